"""``health status``, ``diff`` and ``preview`` on a real kube-apiserver."""

from contract.test_health_reads import *  # noqa: F403
