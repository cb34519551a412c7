"""How Argo CD is told to sync: its settings, wherever they are written down, waves, and options."""
