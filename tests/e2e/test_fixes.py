"""Fixes on a real kube-apiserver: its own words of refusal, its rights, and commands that run beside a kubelet's code."""

from contract.test_fixes import *  # noqa: F403
