"""What Argo CD is told to do with an Application: refresh, sync, terminate. As patches, since there may be no server."""
