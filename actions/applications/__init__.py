"""What Argo CD is told to do with an Application: refresh, sync, terminate. As patches, which need no argocd-server."""
