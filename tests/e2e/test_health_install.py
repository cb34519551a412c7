"""``health install`` and ``health uninstall`` on a real kube-apiserver, with argocd-cm made by the real kubectl."""

import shutil

import pytest

from contract.test_installs import *  # noqa: F403

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
