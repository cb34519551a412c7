"""The objects around one Stack: whose they are, its tree, its updates and its events."""
