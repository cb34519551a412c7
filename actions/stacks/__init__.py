"""Fixes of a Stack: each is one kind of change, planned from a diagnosis, and refused where it can't help or can hurt."""
