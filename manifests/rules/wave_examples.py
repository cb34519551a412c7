"""Examples of waves: Stacks with what they need and wait for, in and out of order."""

from __future__ import annotations

from typing import TypedDict


class _Examples(TypedDict):
    wrong: str
    right: str
    alike: str


def _account(wave: str, phase: str = "") -> str:
    hook = f"\n    argocd.argoproj.io/hook: {phase}" if phase else ""
    return f"""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: pulumi
  namespace: shop
  annotations:
    argocd.argoproj.io/sync-wave: "{wave}"{hook}
---
"""


def _stack(name: str, wave: str, more: str = "") -> str:
    return f"""\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: {name}
  namespace: shop
  annotations:
    argocd.argoproj.io/sync-wave: "{wave}"
spec:
  stack: acme/{name}/dev
  projectRepo: https://github.com/acme/{name}.git
  branch: main
{more}"""


_ACCOUNT = "  serviceAccountName: pulumi\n"
_AFTER_NETWORK = "  prerequisites:\n    - name: network\n"

ORDER_EXAMPLES: _Examples = {
    "wrong": _account("1") + _stack("web", "0", _ACCOUNT),
    "right": _account("0") + _stack("web", "1", _ACCOUNT),
    "alike": _account("1", "PreSync") + _stack("web", "0", _ACCOUNT),
}
DEADLOCK_EXAMPLES: _Examples = {
    "wrong": _stack("network", "2") + "---\n" + _stack("web", "1", _AFTER_NETWORK),
    "right": _stack("network", "1") + "---\n" + _stack("web", "2", _AFTER_NETWORK),
    "alike": _stack("network", "1") + "---\n" + _stack("web", "1", _AFTER_NETWORK),
}
WITHOUT_CHECK_EXAMPLES: _Examples = {
    "wrong": _stack("network", "1") + "---\n" + _stack("web", "2"),
    "right": _stack("network", "1")
    + "---\n"
    + _stack("web", "2")
    + """\
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  namespace: argocd
  labels:
    app.kubernetes.io/part-of: argocd
data:
  resource.customizations.health.pulumi.com_Stack: |
    return {status = "Progressing"}
""",
    "alike": _stack("network", "1") + "---\n" + _stack("web", "1"),
}
