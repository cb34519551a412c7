"""``health``: Argo CD's health checks for Pulumi's kinds; imported when it is asked for."""
