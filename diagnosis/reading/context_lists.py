"""The lists that a diagnosis reads of one context: all Stacks, and what is around those that aren't simply fine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from cluster.errors import ClusterError, Forbidden
from cluster.http.connection import Connection
from cluster.resources import Resource
from diagnosis.facts.application_facts import is_stack
from diagnosis.facts.context_objects import ContextObjects, Place
from diagnosis.facts.operator_facts import PKO_1_LEASE
from diagnosis.facts.quiet_stacks import is_quiet
from fleet.argocd.raw_objects import ListedObjects, list_each
from fleet.resource_kinds import (
    APPLICATIONS,
    DEPLOYMENTS,
    EVENTS,
    LEASES,
    STACKS,
    STATEFULSETS,
    UPDATES,
    WORKSPACE_PODS,
    WORKSPACES,
)
from stacks.fields import Obj, mappings, text
from stacks.operator import LEASE_NAME, USUAL_NAMESPACE
from stacks.records.workspace import STACK_NAME, WORKSPACE_NAME, WORKSPACE_POD

_IN_ONE_SELECTOR = 40
"""names in one label selector; where more are meant, all objects with the label are listed"""
_ROOM_IS_MADE = ("TriggeredScaleUp", "Nominated")
"""reasons of the Events, of no warning, with which autoscalers say that a pod gets a node"""


@dataclass(frozen=True)
class StacksAsked:
    """Which Stacks of a context are to be explained; `namespaces` None: of all, no `names`: all of those."""

    namespaces: tuple[str, ...] | None
    label_selector: str = ""
    names: Collection[str] = ()


async def read_lists(
    connection: Connection, objects: ContextObjects, asked: StacksAsked, fallback: Iterable[str]
) -> list[Obj]:
    """Put into `objects` what the context's lists hold, and return the Stacks that are to be explained.

    What may not be listed is noted there with the reason. Raises ClusterError where Stacks can't be listed.
    """
    namespaces = asked.namespaces
    selected, *_ = await asyncio.gather(
        _selected(connection, asked, fallback),
        _list_stacks(connection, objects, namespaces, fallback),
        _noted(objects, APPLICATIONS.resource, partial(list_each, connection, APPLICATIONS.resource, None, fallback)),
        _list_operator(connection, objects),
    )
    stacks = [
        stack
        for place, stack in objects.raw("Stack").items()
        if (selected is None or place in selected)
        and (namespaces is None or place[0] in namespaces)
        and (not asked.names or place[1] in asked.names)
    ]
    close_look = len(asked.names) == 1
    behind = _behind(objects, [stack for stack in stacks if not is_quiet(stack)])
    if asked.names:
        behind += _beside(objects, stacks)
    troubled = [stack for stack in {id(each): each for each in (*stacks, *behind)}.values() if not is_quiet(stack)]
    troubled = troubled or (stacks if close_look else [])
    if asked.names or selected is not None:
        objects.looked_at = frozenset(map(_place, troubled))
    if troubled:
        await _list_surroundings(connection, objects, namespaces, fallback, troubled)
    return stacks


def _behind(objects: ContextObjects, stacks: Iterable[Obj]) -> list[Obj]:
    """The Stacks for which these ones wait, and those for which those do."""
    found: dict[Place, Obj] = {}
    ahead = list(stacks)
    while ahead:
        stack = ahead.pop()
        namespace = text(stack, "metadata", "namespace")
        for _, entry in mappings(stack, "spec", "prerequisites"):
            place = (namespace, text(entry, "name"))
            other = objects.raw("Stack").get(place)
            if other is not None and place not in found:
                found[place] = other
                ahead.append(other)
    return list(found.values())


def _beside(objects: ContextObjects, stacks: Iterable[Obj]) -> list[Obj]:
    """The Stacks of the Applications that hold these ones: a sync of theirs may wait for another Stack of it."""
    places = set(map(_place, stacks))
    found: dict[Place, Obj] = {}
    for app in objects.raw("Application").values():
        resources = [resource for _, resource in mappings(app, "status", "resources") if is_stack(resource)]
        held = [(text(resource, "namespace"), text(resource, "name")) for resource in resources]
        if places.intersection(held):
            found |= {place: other for place in held if (other := objects.raw("Stack").get(place)) is not None}
    return list(found.values())


def _place(stack: Obj) -> Place:
    return text(stack, "metadata", "namespace"), text(stack, "metadata", "name")


async def _selected(connection: Connection, asked: StacksAsked, fallback: Iterable[str]) -> set[Place] | None:
    """The places of the Stacks with the labels; None where none are asked for. Servers know what selectors mean."""
    if not asked.label_selector:
        return None
    selection = {"labelSelector": asked.label_selector}
    listed = await list_each(connection, STACKS.resource, asked.namespaces, fallback, **selection)
    return {(text(each, "metadata", "namespace"), text(each, "metadata", "name")) for each in listed.objects}


async def _list_stacks(
    connection: Connection, objects: ContextObjects, namespaces: tuple[str, ...] | None, fallback: Iterable[str]
) -> None:
    """All Stacks of the cluster where they may be listed: one of another namespace can keep the operator from reading
    any, or share a backend stack. Else those of the namespaces that are asked about."""
    listed = await list_each(connection, STACKS.resource, None, (*(namespaces or ()), *fallback))
    if listed.refused and not listed.objects and (namespaces is None or set(namespaces) <= set(listed.refused)):
        raise Forbidden(403, "Forbidden", str(next(iter(listed.refused.values()))))
    objects.put_list("Stack", listed.objects)
    for namespace, why in listed.refused.items():
        if namespace or not listed.objects:
            objects.put_refusal("Stack", why, namespace)


async def _list_operator(connection: Connection, objects: ContextObjects) -> None:
    """The operator's Lease, and the Deployments of its namespace: of PKO 2, of PKO 1, or of both at once."""

    def read(name: str) -> Awaitable[None]:
        selection = {"fieldSelector": f"metadata.name={name}"}
        return _noted(objects, LEASES.resource, partial(list_each, connection, LEASES.resource, None, **selection))

    await asyncio.gather(read(LEASE_NAME), read(PKO_1_LEASE))
    found = sorted(objects.raw("Lease"), key=lambda place: place[1] != LEASE_NAME)
    places = [namespace for namespace, _ in found] or [USUAL_NAMESPACE]
    objects.operator_namespace = places[0]
    await _noted(
        objects, DEPLOYMENTS.resource, partial(list_each, connection, DEPLOYMENTS.resource, dict.fromkeys(places))
    )


async def _list_surroundings(
    connection: Connection,
    objects: ContextObjects,
    namespaces: tuple[str, ...] | None,
    fallback: Iterable[str],
    stacks: Sequence[Obj],
) -> None:
    """What belongs to these Stacks, in seven lists, and for a single Stack one more: what has gone well with it."""
    names = [text(stack, "metadata", "name") for stack in stacks]
    spaces = [text(stack, "spec", "workspaceTemplate", "metadata", "name") for stack in stacks]
    spaces = [space or name for space, name in zip(spaces, names, strict=True)]
    of_stack, of_workspace = _selector(STACK_NAME, names), _selector(WORKSPACE_NAME, spaces)
    places = tuple(dict.fromkeys(text(stack, "metadata", "namespace") for stack in stacks))
    within = places if len(places) == 1 else namespaces
    pods = of_workspace if "(" in of_workspace else WORKSPACE_POD

    def read(resource: Resource, **selection: str) -> Awaitable[None]:
        return _noted(objects, resource, partial(list_each, connection, resource, within, fallback, **selection))

    await asyncio.gather(
        read(WORKSPACES.resource, labelSelector=of_stack),
        read(UPDATES.resource, labelSelector=of_stack),
        read(STATEFULSETS.resource, labelSelector=of_workspace),
        read(WORKSPACE_PODS.resource, labelSelector=pods),
        read(EVENTS.resource, fieldSelector="type=Warning"),
        *(read(EVENTS.resource, fieldSelector=f"reason={reason}") for reason in _ROOM_IS_MADE),
        *(
            read(EVENTS.resource, fieldSelector=f"type=Normal,involvedObject.name={name}")
            for name in (names if len(names) == 1 else ())
        ),
    )


def _selector(label: str, values: Iterable[str]) -> str:
    some = sorted({value for value in values if value})
    return f"{label} in ({','.join(some)})" if 0 < len(some) <= _IN_ONE_SELECTOR else label


async def _noted(
    objects: ContextObjects, resource: Resource, list_objects: Callable[[], Awaitable[ListedObjects]]
) -> None:
    """What a list holds, or why it can't be read. Cancelled before its turn, it has asked for nothing."""
    try:
        listed = await list_objects()
    except ClusterError as error:
        objects.put_refusal(resource.kind, str(error))
        return
    for namespace, why in listed.refused.items():
        objects.put_refusal(resource.kind, why, namespace)
    if not listed.refused or listed.objects:
        objects.put_list(resource.kind, listed.objects)
