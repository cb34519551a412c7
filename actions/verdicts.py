"""How healthy an Application can be at best: as its worst Stack, by the check that is in force in its Argo CD."""

from __future__ import annotations

from collections.abc import Sequence

from cluster.connection import Connection
from cluster.errors import ClusterError
from fleet.argocd.instances import Instance
from fleet.argocd.raw import fetch_raw, texts
from fleet.kinds import STACKS
from health.answer import STATUSES
from health.judges import FAILED, Judge, judge
from health.settings.standing import standing

_IGNORED = "argocd.argoproj.io/ignore-healthcheck"


def judge_of(instance: Instance) -> Judge:
    """Whoever judges Stacks there."""
    return judge(standing(instance.settings, "pulumi.com/Stack", instance.release), instance.release)


def better(health: str, than: str) -> bool:
    """Whether one health word is better than another; an Application without one is as good as can be."""
    if not health:
        return True
    return health in STATUSES and STATUSES.index(health) < STATUSES.index(than)


async def at_best(judges: Judge, connection: Connection | None, stacks: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The word, and the Stack because of which; empty if nothing can be told. An unreadable Stack doesn't count."""
    worst, whose = "", ""
    if connection is None:
        return worst, whose
    for namespace, name in stacks:
        try:
            stack = await fetch_raw(connection, STACKS.resource, namespace, name)
        except ClusterError:
            continue
        if texts(stack, "metadata", "annotations").get(_IGNORED, "").lower() in ("true", "1", "t"):
            continue
        word = judges(stack).word
        word = "Unknown" if word == FAILED else word
        if word in STATUSES and (not worst or better(worst, word)):
            worst, whose = word, f"{namespace}/{name}"
    return worst, whose
