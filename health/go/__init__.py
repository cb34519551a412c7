"""What Go makes of YAML, JSON and globs, where Argo CD's settings depend on it."""
