"""The verbs of ``app``: Argo CD's Applications, by the Kubernetes API. Beside the verbs stands what they share."""
