"""A diagnosis of Stacks in clusters: read, explain, and read what would decide more, until nothing would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from cluster.errors import ClusterError
from cluster.http.connection import Connection
from diagnosis.explain import Diagnosis
from diagnosis.facts.context_objects import ContextObjects, ObjectWanted, OperatorLogWanted, Wanted
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.finding import Finding
from diagnosis.reading.context_lists import StacksAsked, read_lists
from diagnosis.reading.wanted_answers import answer_all
from fleet.board.relations import DestinationMap
from fleet.board.rows import Key
from fleet.clock import Clock
from fleet.last_defence import contained
from fleet.opener import Opener
from fleet.scope import WatchScope
from stacks.argocd_tracking import normalised
from stacks.fields import text

_ROUNDS = 4
"""how often it is asked for more: a log may show that another object decides"""
_FOR_EACH_STACK = 2
"""single requests for each Stack that isn't fine"""
_SHARED = 8
"""requests for what is no single Stack's: the operator's log and pods, CRDs, argocd-cm"""
_CLOCKS_AGREE = 2.0
"""seconds by which two clocks may differ and count as one: the server tells whole seconds"""


@dataclass
class DiagnosedContexts:
    """What was found. `unseen` is why contexts couldn't be read; `asked` are the Stacks that were asked for.

    `unread` is which kinds couldn't be read in a context, and why.
    """

    diagnosis: Diagnosis
    asked: list[Key] = field(default_factory=list)
    unseen: dict[str, str] = field(default_factory=dict)
    unread: dict[str, dict[str, str]] = field(default_factory=dict)


async def diagnose(opener: Opener, contexts: Sequence[str], names: Collection[str], clock: Clock) -> DiagnosedContexts:
    """Explain the Stacks of these names, or all, that the opener's scope selects, in all these contexts at once."""
    return await _diagnose(partial(opener.in_each, contexts), opener.scope, names, clock)


async def diagnose_connected(
    connections: Mapping[str, Connection], scope: WatchScope, names: Collection[str], clock: Clock
) -> DiagnosedContexts:
    """The same over connections that are open already, by context."""

    async def in_each(look: _Look) -> tuple[dict[str, _Looked], dict[str, ClusterError]]:
        found: dict[str, _Looked] = {}
        failures: dict[str, ClusterError] = {}

        async def one(context: str) -> None:
            with contained(lambda error: failures.update({context: error})):
                found[context] = await look(context, connections[context])

        await asyncio.gather(*(one(context) for context in connections))
        return found, failures

    return await _diagnose(in_each, scope, names, clock)


_Looked: TypeAlias = tuple[ContextObjects, list[Key]]
_Look: TypeAlias = Callable[[str, Connection], Awaitable[_Looked]]
_InEach: TypeAlias = Callable[[_Look], Awaitable[tuple[dict[str, _Looked], dict[str, ClusterError]]]]


async def _diagnose(in_each: _InEach, scope: WatchScope, names: Collection[str], clock: Clock) -> DiagnosedContexts:
    servers: dict[str, str] = {}

    async def look(context: str, connection: Connection) -> _Looked:
        servers[context] = normalised(connection.target.server)
        asked = StacksAsked(scope.within(connection.target.namespace), scope.label_selector, names)
        return await read_context(connection, context, asked, scope, clock)

    found, failures = await in_each(look)
    seen = {context: objects for context, (objects, _) in found.items()}
    fleet = FleetFacts(seen, scope.thresholds, DestinationMap(servers, scope.mapping), close_look=len(names) == 1)
    keys = [key for _, some in found.values() for key in some]
    unseen = {name: str(why) for name, why in failures.items()}
    unread = {context: objects.refusals for context, objects in seen.items() if objects.refusals}
    return DiagnosedContexts(Diagnosis(fleet), keys, unseen, unread)


async def diagnose_again(
    connection: Connection, before: Diagnosis, key: Key, scope: WatchScope, clock: Clock
) -> Diagnosis:
    """Look at one Stack anew; the other contexts stay as they were read. Raises ClusterError."""
    asked = StacksAsked((key.namespace,), names=(key.name,))
    objects, _ = await read_context(connection, key.context, asked, scope, clock)
    return Diagnosis(before.fleet.with_context(objects))


def server_time(connection: Connection, clock: Clock) -> float:
    """The instant by the server's clock, where that is known to be another one."""
    skew = connection.clock_skew or 0.0
    return clock() + (skew if abs(skew) > _CLOCKS_AGREE else 0.0)


async def read_context(
    connection: Connection, context: str, asked: StacksAsked, scope: WatchScope, clock: Clock
) -> tuple[ContextObjects, list[Key]]:
    """What explains the Stacks of one context that are asked for, and which these are. Raises ClusterError."""
    objects = ContextObjects(context, clock())
    stacks = await read_lists(connection, objects, asked, scope.fallback)
    objects.now = server_time(connection, clock)
    keys = [Key(context, text(each, "metadata", "namespace"), text(each, "metadata", "name")) for each in stacks]
    close_look = len(asked.names) == 1
    fleet = partial(FleetFacts, {context: objects}, scope.thresholds, close_look=close_look)
    await _answer_until_decided(connection, objects, keys, fleet, clock)
    return objects, keys


async def _answer_until_decided(
    connection: Connection,
    objects: ContextObjects,
    keys: Collection[Key],
    fleet: Callable[[], FleetFacts],
    clock: Clock,
) -> None:
    """Explain the Stacks of one context, and read what that asks for, as often as it asks for more: then those alone
    are explained again that asked.

    Its Applications are explained, too: they may hold Stacks of other contexts.
    """
    left, left_shared = 0, _SHARED
    apps = [Key(objects.context, *place) for place in objects.raw("Application")]
    for round_ in range(_ROUNDS):
        diagnosis = Diagnosis(fleet())
        asked: dict[Wanted, None] = {}
        asking = [key for key in keys if _asks(objects, asked, diagnosis.findings, key)]
        apps = [key for key in apps if _asks(objects, asked, diagnosis.application_findings, key)]
        if round_ == 0:
            left = _FOR_EACH_STACK * max(sum(bool(diagnosis.findings(key)) for key in keys), 1)
        keys = asking
        shared = [each for each in asked if _is_shared(each, objects)][:left_shared]
        single = [each for each in asked if not _is_shared(each, objects)][:left]
        left, left_shared = left - len(single), left_shared - len(shared)
        if not shared and not single:
            return
        await answer_all(connection, objects, [*shared, *single], clock)


def _asks(
    objects: ContextObjects, asked: dict[Wanted, None], explain: Callable[[Key], Sequence[Finding]], key: Key
) -> bool:
    """Whether explaining this one asks for more; what it asks for is added to `asked`."""
    explain(key)
    wanted = list(objects.wanted)
    objects.wanted.clear()
    asked |= dict.fromkeys(wanted)
    return bool(wanted)


def _is_shared(wanted: Wanted, objects: ContextObjects) -> bool:
    """Whether what is asked for is no single Stack's."""
    if isinstance(wanted, OperatorLogWanted) or wanted.namespace in ("", objects.operator_namespace):
        return True
    return isinstance(wanted, ObjectWanted) and wanted.kind in ("ConfigMap", "Application") and bool(wanted.name)
