"""Who we are to a cluster: tokens, certificates, credential plugins and OpenID Connect."""
