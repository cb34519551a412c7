"""Values that something fills in before they reach a cluster."""

from __future__ import annotations

_SIGNS = ("${", "$(", "{{", "<")
"""of envsubst and Argo CD's plugins, Kustomize, Helm, and people's"""


def filled_in_later(value: str) -> bool:
    """Whether a name, an address or the like isn't the one that will stand there."""
    return any(sign in value for sign in _SIGNS)
