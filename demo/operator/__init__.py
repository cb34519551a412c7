"""The Pulumi Kubernetes Operator, played, with the controllers and the kubelet that it needs."""
