"""Every Stack and Application of every context as a row, and what is known of each context."""
