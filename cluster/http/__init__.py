"""One pool of connections to one API server: TLS, proxies, and failures in words."""
