"""The table of lines that only draws what can be seen: what is listed, in which order, and how it looks."""
