"""``lint --live`` against a real kube-apiserver."""

from contract.test_lint_live import *  # noqa: F403
