"""A simulated Pulumi Kubernetes Operator, with the controllers and the kubelet that it needs."""
