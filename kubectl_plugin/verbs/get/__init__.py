"""``get``: the same truth as the board, printed once or as it changes."""
