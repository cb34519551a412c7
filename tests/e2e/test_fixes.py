"""Fixes on a real kube-apiserver: its words of refusal, its rights, and commands beside a kubelet's code."""

from contract.test_application_fixes import *  # noqa: F403
from contract.test_fix_commands import *  # noqa: F403
from contract.test_fix_faults import *  # noqa: F403
from contract.test_fix_rights import *  # noqa: F403
from contract.test_fixes import *  # noqa: F403
