"""The kinds that we have checks for, what people call them, and what argocd-cm calls their keys."""

from __future__ import annotations

STACK, PROGRAM = "pulumi.com/Stack", "pulumi.com/Program"
WORKSPACE, UPDATE = "auto.pulumi.com/Workspace", "auto.pulumi.com/Update"
KINDS = (STACK, PROGRAM, WORKSPACE, UPDATE)
"""Group and kind, as Argo CD writes them in its legacy block."""
DELIVERED = (STACK, PROGRAM)
"""what Applications hold; Workspaces and Updates are PKO's, and people exclude those on purpose"""
OURS, CHANGED, OTHER, BUILT_IN, NONE = "ours", "changed", "other", "built-in", "none"
"""whose check judges a kind in an Argo CD: `health.argocd_cm.check_in_force.CheckInForce.origin`"""


def kind_named(word: str) -> str | None:
    """``pulumi.com/Stack`` for it, ``Stack``, ``stacks`` or ``pulumi.com_Stack``; None for anything else."""
    wanted = word.lower().replace("_", "/")
    for kind in KINDS:
        name = kind.rpartition("/")[2].lower()
        if wanted in (kind.lower(), name, f"{name}s"):
            return kind
    return None


def config_map_key(kind: str, what: str = "health") -> str:
    """The key of argocd-cm for a kind: ``resource.customizations.health.pulumi.com_Stack``."""
    return f"resource.customizations.{what}.{kind.replace('/', '_')}"
