"""``wait`` on a real kube-apiserver, where a status has a door of its own and a generation counts by itself."""

from contract.test_wait import *  # noqa: F403
