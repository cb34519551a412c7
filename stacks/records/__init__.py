"""The objects of PKO, Argo CD and Kubernetes as msgspec structs, with just the fields that are read."""
