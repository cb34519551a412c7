"""Pages about one object: what they say, and the tables in them."""
