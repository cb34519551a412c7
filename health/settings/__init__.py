"""The arithmetic of argocd-cm: what its keys put in force for a kind, what breaks the instance, who owns it.

Everything here is text in, values out. Nothing reads a cluster, and nothing writes to one.
"""
