"""The arithmetic of argocd-cm: what its keys put in force for a kind, what breaks the instance, who owns it."""
