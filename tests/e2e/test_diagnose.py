"""``diagnose`` of recorded scenes on a real kube-apiserver."""

from contract.test_diagnose import *  # noqa: F403
