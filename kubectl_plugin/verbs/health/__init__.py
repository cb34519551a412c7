"""The verbs of ``health``: Argo CD's health checks for Pulumi's kinds. Beside the verbs stand their parts."""
