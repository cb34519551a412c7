"""Argo CD, played: deliveries, syncs in waves, health, and its settings."""
