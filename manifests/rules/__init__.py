"""The rules, one module for what belongs together.

A module has `RULES`, a tuple of them, and `check(repository)`, which yields their problems. Its line in
`manifests/catalogue.py` makes it known.
"""
