"""A Kubernetes API server in this process, on loopback."""
