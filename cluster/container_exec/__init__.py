"""One command in a container: sent once, its output, and how it ended."""
