"""The best health that an Application can have: that of its worst Stack, by the check in force in its Argo CD.

Stacks are read once for all Applications that hold them, and judged in a thread: somebody's own check may take a
second for each.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeAlias

from cluster.concurrency import gather_all
from cluster.decoding.decoder import UnreadableObject
from cluster.errors import ClusterError, NotFound
from cluster.http.connection import Connection
from cluster.lists import NoteUnreadable
from fleet.argocd.argocd_survey import is_ignored
from fleet.argocd.instances import ArgoCDInstance
from fleet.argocd.raw_objects import TOO_DEEP, fetch_raw, pages_raw
from fleet.resource_kinds import STACKS
from health.argocd_cm.check_in_force import check_in_force
from health.judge import Judge, judge_for
from health.result import STATUSES
from stacks.fields import Obj, field

StackName: TypeAlias = tuple[str, str]
"""namespace and name of a Stack"""

GET_AT_MOST = 5
"""Stacks of a namespace up to which each is read by itself; of more, the whole namespace is listed"""
CONCURRENT_NAMESPACES = 8
"""namespaces that are read at the same time"""


@dataclass(frozen=True, slots=True)
class StackVerdict:
    """The health status of a Stack; empty if it doesn't count. `unknown`: why it can't be told."""

    status: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class BestHealth:
    """The best status that an Application can have, and its worst Stack; both empty if none of its Stacks counts.

    `unknown`: why one of its Stacks can't be judged. The status may be worse then.
    """

    status: str = ""
    stack: str = ""
    unknown: str = ""


def stack_check(instance: ArgoCDInstance) -> Judge:
    return judge_for(check_in_force(instance.settings, "pulumi.com/Stack", instance.release), instance.release)


def is_better(status: str, than: str) -> bool:
    """Whether one health status is better than another. None at all is better than any: Argo CD counts it so."""
    if not status:
        return True
    return status in STATUSES and STATUSES.index(status) < STATUSES.index(than)


def best_health(stacks: Iterable[StackName], verdicts: Mapping[StackName, StackVerdict]) -> BestHealth:
    """The best health that an Application of these Stacks can have. A Stack without a verdict is gone."""
    status = worst = unknown = ""
    for name in stacks:
        verdict = verdicts.get(name, StackVerdict())
        unknown = unknown or verdict.unknown
        if verdict.status and (not status or is_better(status, verdict.status)):
            status, worst = verdict.status, "/".join(name)
    return BestHealth(status, worst, unknown)


async def judge_stacks(
    check: Judge, connection: Connection | None, stacks: Collection[StackName]
) -> dict[StackName, StackVerdict]:
    """The verdict of each of these Stacks of one cluster; a Stack that is gone has none.

    Without a connection, or where they can't be read, the verdict says why.
    """
    if connection is None:
        unknown = StackVerdict(unknown="the cluster of its Stacks is none of the contexts that were chosen")
        return dict.fromkeys(stacks, unknown)
    by_namespace: dict[str, set[str]] = defaultdict(set)
    for namespace, name in stacks:
        by_namespace[namespace].add(name)
    reading, judging = asyncio.Semaphore(CONCURRENT_NAMESPACES), asyncio.Lock()

    async def judge_namespace(namespace: str, names: set[str]) -> dict[StackName, StackVerdict]:
        verdicts: dict[StackName, StackVerdict] = {}

        def note(found: UnreadableObject) -> None:
            if found.name in names:
                unknown = f"Stack {namespace}/{found.name} can't be read: {TOO_DEEP}"
                verdicts[namespace, found.name] = StackVerdict(unknown=unknown)

        try:
            async with reading, aclosing(_read(connection, namespace, names, note)) as pages:
                async for page in pages:
                    async with judging:  # a check has one Lua runtime
                        verdicts |= await asyncio.to_thread(_judge_page, check, namespace, page)
        except ClusterError as error:
            unknown = StackVerdict(unknown=f"Stacks in {namespace} can't be read: {error}")
            return dict.fromkeys(((namespace, name) for name in names), unknown)
        return verdicts

    return {
        name: verdict
        for verdicts in await gather_all(judge_namespace(*item) for item in by_namespace.items())
        for name, verdict in verdicts.items()
    }


async def _read(
    connection: Connection, namespace: str, names: Collection[str], note_too_deep: NoteUnreadable
) -> AsyncGenerator[list[Obj], None]:
    """The Stacks of these names, page by page, without those that are gone. Raises ClusterError."""
    if len(names) > GET_AT_MOST:
        async with aclosing(pages_raw(connection, STACKS.resource, namespace, note_too_deep)) as pages:
            async for page in pages:
                yield [stack for stack in page if field(stack, "metadata", "name") in names]
        return
    for name in sorted(names):
        try:
            yield [await fetch_raw(connection, STACKS.resource, namespace, name)]
        except NotFound:
            continue


def _judge_page(check: Judge, namespace: str, stacks: Iterable[Obj]) -> dict[StackName, StackVerdict]:
    return {
        (namespace, str(field(stack, "metadata", "name"))): (
            StackVerdict("" if is_ignored(stack) else check(stack).counts_as)
        )
        for stack in stacks
    }
