"""``tree``: a Stack with everything around it."""
