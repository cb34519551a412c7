"""What is known of the clusters: watches of every context feed one board, and single objects are read beside it."""
