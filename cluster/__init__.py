"""Kubernetes over HTTP: where the clusters are, how to log in, and how to follow what is in them, of any kind."""
