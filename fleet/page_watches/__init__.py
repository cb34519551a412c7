"""What a page follows while it is open: only the objects that belong to the one that it shows."""
