"""Every Stack and Application of every context, judged and joined, with what is known of each context."""
