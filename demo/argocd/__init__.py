"""A simulated Argo CD: Applications, syncs in waves, health, and its settings."""
