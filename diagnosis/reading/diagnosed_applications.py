"""A diagnosis of Applications alone, from what they say themselves, and from argocd-cm where that decides.

The Stacks that they hold aren't read: what keeps Argo CD from comparing, syncing or ending a sync shows without them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from cluster.errors import Forbidden, NotFound
from cluster.http.connection import Connection
from diagnosis.explain import Diagnosis
from diagnosis.facts.context_objects import ContextObjects, ObjectWanted
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.reading.diagnosed_contexts import DiagnosedContexts, server_time
from diagnosis.reading.wanted_answers import answer_all
from fleet.argocd.raw_objects import ListedObjects, fetch_raw, list_each
from fleet.board.rows import Key
from fleet.clock import Clock
from fleet.last_defence import contained
from fleet.resource_kinds import APPLICATIONS
from fleet.scope import WatchScope
from stacks.fields import Obj, text

_KIND = APPLICATIONS.resource.kind
_SETTINGS = 8
"""ConfigMaps that are read at most: one for each Argo CD that looks broken"""


async def diagnose_applications(
    connections: Mapping[str, Connection], scope: WatchScope, names: Collection[str], clock: Clock
) -> DiagnosedContexts:
    """Explain the Applications of these names, or all, that the scope selects, in all these contexts at once.

    `asked` of the answer are those Applications.
    """
    found: dict[str, tuple[ContextObjects, list[Key]]] = {}
    failures: dict[str, Exception] = {}

    async def one(context: str, connection: Connection) -> None:
        with contained(lambda error: failures.update({context: error})):
            found[context] = await _read_context(connection, context, scope, names, clock)

    await asyncio.gather(*(one(context, connection) for context, connection in connections.items()))
    seen = {context: objects for context, (objects, _) in found.items()}
    keys = [key for _, some in found.values() for key in some]
    unseen = {context: str(why) for context, why in failures.items()}
    unread = {context: objects.refusals for context, objects in seen.items() if objects.refusals}
    return DiagnosedContexts(Diagnosis(FleetFacts(seen, scope.thresholds)), keys, unseen, unread)


async def diagnose_application_again(connection: Connection, before: Diagnosis, key: Key, clock: Clock) -> Diagnosis:
    """Look at one Application anew; all others stay as they were read. Raises ClusterError, but not where it's gone."""
    known = before.fleet.contexts[key.context].raw(_KIND)
    apps: list[Obj] = [app for place, app in known.items() if place != (key.namespace, key.name)]
    try:
        apps.append(await fetch_raw(connection, APPLICATIONS.resource, key.namespace, key.name))
    except NotFound:
        pass
    objects = ContextObjects(key.context, server_time(connection, clock))
    objects.put_list(_KIND, apps)
    await _read_settings(connection, objects, [key], clock)
    return Diagnosis(before.fleet.with_context(objects))


async def _read_context(
    connection: Connection, context: str, scope: WatchScope, names: Collection[str], clock: Clock
) -> tuple[ContextObjects, list[Key]]:
    listed = await _list(connection, scope)
    if listed.refused and not listed.objects:
        raise Forbidden(403, "Forbidden", next(iter(listed.refused.values())))
    objects = ContextObjects(context, server_time(connection, clock))
    objects.put_list(_KIND, listed.objects)
    for namespace, why in listed.refused.items():
        objects.put_refusal(_KIND, why, namespace)
    keys = [Key(context, *place) for place in objects.raw(_KIND) if not names or place[1] in names]
    if scope.label_selector:
        labelled = await _list(connection, scope, labelSelector=scope.label_selector)
        places = {(text(app, "metadata", "namespace"), text(app, "metadata", "name")) for app in labelled.objects}
        keys = [key for key in keys if (key.namespace, key.name) in places]
    await _read_settings(connection, objects, keys, clock)
    return objects, keys


async def _list(connection: Connection, scope: WatchScope, **selection: str) -> ListedObjects:
    namespaces = scope.within(connection.target.namespace)
    fallback = (connection.target.namespace, *scope.fallback)
    return await list_each(connection, APPLICATIONS.resource, namespaces, fallback, **selection)


async def _read_settings(connection: Connection, objects: ContextObjects, keys: Sequence[Key], clock: Clock) -> None:
    """Read argocd-cm where it decides whether an Argo CD works at all."""
    diagnosis = Diagnosis(FleetFacts({objects.context: objects}))
    for key in keys:
        diagnosis.application_findings(key)
    wanted = [each for each in objects.wanted if isinstance(each, ObjectWanted) and each.kind == "ConfigMap"]
    objects.wanted.clear()
    await answer_all(connection, objects, wanted[:_SETTINGS], clock)
