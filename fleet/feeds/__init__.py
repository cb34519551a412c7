"""What keeps one context's part of the board true: the watches, surveys of the context, and single look-ups."""
