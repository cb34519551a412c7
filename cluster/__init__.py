"""Kubernetes over HTTP: where the clusters are, how to log in, and how to follow what is in them.

Input and output only. This package knows neither Pulumi nor Argo CD nor a screen; what an
object means is somebody else's business, it only needs to know where objects live and how
to decode them.
"""
