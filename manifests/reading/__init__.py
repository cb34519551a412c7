"""From files to documents: what is a manifest in a folder, and where each of its fields stands."""
