"""Speed and memory, measured against what others take for the same work, both sides in one run.

Milliseconds belong to a machine; ratios travel. Nothing here fails a test: what falls short is written down as it is.
"""
