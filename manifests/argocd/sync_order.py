"""When Argo CD applies a document within a sync: its phase and its wave."""

from __future__ import annotations

import re

from manifests.document import Document

WAVE = "argocd.argoproj.io/sync-wave"
HOOK = "argocd.argoproj.io/hook"
HELM_HOOK = "helm.sh/hook"
_HELM_WEIGHT = "helm.sh/hook-weight"
HOOKS = ("PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete")
_HELM_PHASES = {
    "pre-install": "PreSync",
    "pre-upgrade": "PreSync",
    "post-install": "PostSync",
    "post-upgrade": "PostSync",
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
WAVE_PATH = ("metadata", "annotations", WAVE)


def integer(value: object) -> int | None:
    """The number that Argo CD reads in an annotation; None where it reads none."""
    return int(value) if isinstance(value, str) and _INTEGER.match(value) else None


def wave(document: Document) -> int:
    """The wave of a document: what isn't a number counts as none, and none is 0. A number without quotes is the one
    that is meant."""
    written = document.annotations.get(WAVE)
    found = written if type(written) is int else integer(written)
    if found is None:
        found = integer(document.annotations.get(_HELM_WEIGHT))
    return found or 0


def phases(document: Document) -> frozenset[str]:
    """The phases of a sync in which it is applied; none for a hook that no sync runs."""
    hook = document.annotations.get(HOOK)
    if hook is not None:
        names = {each.strip() for each in hook.split(",")} if isinstance(hook, str) else set()
        return frozenset() if "Skip" in names else frozenset(names & set(HOOKS))
    helm = document.annotations.get(HELM_HOOK)
    if isinstance(helm, str) and helm != "crd-install":
        return frozenset(_HELM_PHASES[each] for each in map(str.strip, helm.split(",")) if each in _HELM_PHASES)
    return frozenset({"Sync"})


def in_sync_phase(document: Document) -> bool:
    return "Sync" in phases(document)
