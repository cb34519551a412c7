"""How the simulated Argo CD judges a Stack: by its built-in rule, or, with a check of ours installed, more sharply.

A stand-in for running Lua: it knows the outcomes that the stories need, not the scripts.
"""

from __future__ import annotations

from typing import Any

Obj = dict[str, Any]

CHECK = "resource.customizations.health.pulumi.com_Stack"
_ORDER = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")


def worst(words: list[str]) -> str:
    return max(words, key=_ORDER.index, default="Healthy")


def judge(stack: Obj | None, *, built_in: bool, installed: bool) -> str:
    """The health of a Stack; "" where this Argo CD has no opinion."""
    if stack is None:
        return "Missing"
    if not built_in and not installed:
        return ""
    metadata, status = stack["metadata"], stack.get("status") or {}
    found = {c["type"]: c for c in status.get("conditions") or []}
    first_run = installed and metadata.get("generation") == 1 and status.get("observedGeneration") == 0
    if metadata.get("deletionTimestamp") and not (installed and "Stalled" in found):
        return "Progressing"
    if not found or (status.get("observedGeneration") != metadata.get("generation") and not first_run):
        return "Progressing"
    if "Stalled" in found:
        return "Degraded"
    last = status.get("lastUpdate") or {}
    if installed and last.get("state") == "failed" and last.get("failures", 0) >= 3:
        return "Degraded"
    return "Healthy" if found.get("Ready", {}).get("status") == "True" else "Progressing"
