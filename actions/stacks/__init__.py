"""Fixes of a Stack: each is a kind of change, planned from a diagnosis, and refused where it can't help or can hurt."""
