"""Reading what a diagnosis is made from: of clusters, with few lists and bounded questions, and of files.

`diagnosed_contexts` reads and asks until nothing more would decide anything. `context_lists` has the lists of a
context, `wanted_answers` the single objects and logs, `object_files` what was saved with kubectl.
"""
