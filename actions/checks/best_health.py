"""How healthy an Application can be at best: as its worst Stack, by the check that is in force in its Argo CD.

Stacks are read once for all Applications that hold them, and judged beside the event loop: another's check may
take a second for each.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeAlias

from cluster.concurrency import gather_all
from cluster.errors import ClusterError, NotFound
from cluster.http.connection import Connection
from fleet.argocd.argocd_survey import is_ignored
from fleet.argocd.instances import ArgoCDInstance
from fleet.argocd.raw_objects import Obj, fetch_raw, field, pages_raw
from fleet.resource_kinds import STACKS
from health.argocd_cm.standing import standing
from health.judge import Judge, judge
from health.result import STATUSES

Place: TypeAlias = tuple[str, str]
"""namespace and name of a Stack"""

FEW = 5
"""Stacks of a namespace up to which each is asked for, and not all that are there"""
SIDE_BY_SIDE = 8
"""namespaces that are read at once"""


@dataclass(frozen=True, slots=True)
class StackVerdict:
    """What a Stack says: a health word, or nothing if it doesn't count. `unseen`: why that can't be told."""

    word: str = ""
    unseen: str = ""


@dataclass(frozen=True, slots=True)
class BestHealth:
    """The best word that an Application can have, and the Stack because of which; no word if none of them counts.

    With `unseen` it may be worse: one of its Stacks can't be judged, and why.
    """

    word: str = ""
    whose: str = ""
    unseen: str = ""


_DOES_NOT_COUNT = StackVerdict()


def judge_of(instance: ArgoCDInstance) -> Judge:
    """Whoever judges Stacks there."""
    return judge(standing(instance.settings, "pulumi.com/Stack", instance.release), instance.release)


def better(health: str, than: str) -> bool:
    """Whether one health word is better than another; an Application without one is as good as can be."""
    if not health:
        return True
    return health in STATUSES and STATUSES.index(health) < STATUSES.index(than)


def at_best(stacks: Iterable[Place], verdicts: Mapping[Place, StackVerdict]) -> BestHealth:
    """How healthy an Application of these Stacks can be. One without a verdict is gone, and doesn't count."""
    word = whose = unseen = ""
    for place in stacks:
        verdict = verdicts.get(place, _DOES_NOT_COUNT)
        unseen = unseen or verdict.unseen
        if verdict.word and (not word or better(word, verdict.word)):
            word, whose = verdict.word, "/".join(place)
    return BestHealth(word, whose, unseen)


async def verdicts(
    judges: Judge, connection: Connection | None, stacks: Collection[Place]
) -> dict[Place, StackVerdict]:
    """What each of these Stacks says, which all are where this connection leads."""
    if connection is None:
        unseen = StackVerdict(unseen="the cluster of its Stacks is none of the contexts that were chosen")
        return dict.fromkeys(stacks, unseen)
    wanted: dict[str, set[str]] = defaultdict(set)
    for namespace, name in stacks:
        wanted[namespace].add(name)
    room, turn = asyncio.Semaphore(SIDE_BY_SIDE), asyncio.Lock()

    async def one(namespace: str, names: set[str]) -> dict[Place, StackVerdict]:
        found: dict[Place, StackVerdict] = {}
        try:
            async with room, aclosing(_read(connection, namespace, names)) as pages:
                async for page in pages:
                    async with turn:  # a check has one runtime
                        found |= await asyncio.to_thread(_judged, judges, namespace, page)
        except ClusterError as error:
            unseen = StackVerdict(unseen=f"Stacks in {namespace} can't be read: {error}")
            return dict.fromkeys(((namespace, name) for name in names), unseen)
        return found

    return {
        place: verdict
        for found in await gather_all(one(*item) for item in wanted.items())
        for place, verdict in found.items()
    }


async def _read(connection: Connection, namespace: str, names: Collection[str]) -> AsyncGenerator[list[Obj], None]:
    """These Stacks, in pieces, without those that are gone. Raises ClusterError."""
    if len(names) > FEW:
        async with aclosing(pages_raw(connection, STACKS.resource, namespace)) as pages:
            async for page in pages:
                yield [stack for stack in page if field(stack, "metadata", "name") in names]
        return
    for name in sorted(names):
        try:
            yield [await fetch_raw(connection, STACKS.resource, namespace, name)]
        except NotFound:
            continue


def _judged(judges: Judge, namespace: str, stacks: Iterable[Obj]) -> dict[Place, StackVerdict]:
    return {
        (namespace, str(field(stack, "metadata", "name"))): (
            _DOES_NOT_COUNT if is_ignored(stack) else StackVerdict(judges(stack).counts_as)
        )
        for stack in stacks
    }
