"""A diagnosis of Stacks in clusters: read, explain, and read what would decide more, until nothing would."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from cluster.http.connection import Connection
from diagnosis.explain import Diagnosis
from diagnosis.facts.context_objects import ContextObjects, OperatorLogWanted
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.reading.context_lists import StacksAsked, read_lists
from diagnosis.reading.wanted_answers import answer_all
from fleet.board.relations import DestinationMap
from fleet.board.rows import Key
from fleet.clock import Clock
from fleet.opener import Opener
from stacks.argocd_tracking import normalised
from stacks.fields import text

_ROUNDS = 4
"""how often it is asked for more: a log may show that another object decides"""
_FOR_EACH_STACK = 2
"""single requests for each Stack that isn't fine"""
_AT_LEAST = 12
"""single requests of a context, where few Stacks are asked about"""


@dataclass
class DiagnosedContexts:
    """What was found. `unseen` is why contexts couldn't be read; `asked` are the Stacks that were asked for."""

    diagnosis: Diagnosis
    asked: list[Key] = field(default_factory=list)
    unseen: dict[str, str] = field(default_factory=dict)


async def diagnose(opener: Opener, contexts: Sequence[str], names: Collection[str], clock: Clock) -> DiagnosedContexts:
    """Explain the Stacks of these names, or all, that the opener's scope selects, in all these contexts at once."""
    scope = opener.scope
    servers: dict[str, str] = {}
    close_look = len(names) == 1

    async def look(context: str, connection: Connection) -> tuple[ContextObjects, list[Key]]:
        servers[context] = normalised(connection.target.server)
        namespaces = scope.within(connection.target.namespace)
        objects = ContextObjects(context, clock())
        stacks = await read_lists(
            connection, objects, StacksAsked(namespaces, scope.label_selector, names), scope.fallback
        )
        objects.now = clock() + (connection.clock_skew or 0.0)
        keys = [Key(context, text(each, "metadata", "namespace"), text(each, "metadata", "name")) for each in stacks]
        await _answer_until_decided(connection, objects, keys, clock, close_look=close_look)
        return objects, keys

    found, failures = await opener.in_each(contexts, look)
    seen = {context: objects for context, (objects, _) in found.items()}
    fleet = FleetFacts(seen, scope.thresholds, DestinationMap(servers, scope.mapping), close_look=close_look)
    keys = [key for _, some in found.values() for key in some]
    return DiagnosedContexts(Diagnosis(fleet), keys, {name: str(why) for name, why in failures.items()})


async def _answer_until_decided(
    connection: Connection, objects: ContextObjects, keys: Collection[Key], clock: Clock, *, close_look: bool
) -> None:
    """Explain the Stacks of one context, and read what that asks for, as often as it asks for more.

    Its Applications are explained, too: they may hold Stacks of other contexts.
    """
    left = max(_AT_LEAST, 0)
    for round_ in range(_ROUNDS):
        diagnosis = Diagnosis(FleetFacts({objects.context: objects}, close_look=close_look))
        troubled = [key for key in keys if diagnosis.findings(key)]
        for place in objects.raw("Application"):
            diagnosis.application_findings(Key(objects.context, *place))
        if round_ == 0:
            left = max(_AT_LEAST, _FOR_EACH_STACK * len(troubled))
        wanted = list(objects.wanted)
        shared = [each for each in wanted if isinstance(each, OperatorLogWanted)]
        single = [each for each in wanted if not isinstance(each, OperatorLogWanted)][:left]
        left -= len(single)
        if not shared and not single:
            return
        objects.wanted.clear()
        await answer_all(connection, objects, [*shared, *single], clock)
