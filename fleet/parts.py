"""The objects around one Stack, each asked for by a selector, and each absence with its reason.

A page over these can be kept true by following the same selections (`selections`); the tree is made of
whatever is known (`fleet.tree.grow`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cluster.connection import Connection
from cluster.lists import fetch, list_all
from fleet.belonging import (
    STATEFULSETS,
    WORKSPACE_PODS,
    find_events,
    listed,
    named,
    readable,
    update_order,
    workspace_of,
)
from fleet.kinds import APPLICATIONS, STACKS, UPDATES, WORKSPACES
from fleet.rows import Key
from stacks.records import Application, Stack, Update, Workspace
from stacks.tracking import claim
from stacks.workloads import STACK_NAME, WORKSPACE_NAME, Event, StatefulSet, WorkspacePod, controller_of

TELLING = 5
"""Updates, the newest ones, whose Events are asked for"""


@dataclass
class Parts:
    """What was found around a Stack. `hidden` says of a kind why it couldn't be seen."""

    key: Key
    stack: Stack
    workspaces: list[Workspace] = field(default_factory=list)
    statefulsets: list[StatefulSet] = field(default_factory=list)
    pods: list[WorkspacePod] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    applications: dict[Key, Application] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)


async def gather(connections: Mapping[str, Connection], key: Key) -> Parts:
    """Everything around this Stack, as it is now. Raises ClusterError if the Stack itself can't be had."""
    connection = connections[key.context]
    parts = Parts(key, await fetch(connection, STACKS, key.namespace, key.name))
    applications = asyncio.ensure_future(_applications(connections, parts))
    try:
        of_stack = f"{STACK_NAME}={key.name}"
        workspaces, updates = await asyncio.gather(
            _part(parts, connection, WORKSPACES, of_stack), _part(parts, connection, UPDATES, of_stack)
        )
        parts.workspaces = [space for space in workspaces if _is_owned(space, parts.stack.metadata.uid)]
        parts.updates = sorted(updates, key=lambda update: update_order(update.metadata), reverse=True)
        await _workloads(parts, connection)
        await _events(parts, connection)
        parts.applications = await applications
    finally:
        applications.cancel()
        await asyncio.gather(applications, return_exceptions=True)
    return parts


async def _workloads(parts: Parts, connection: Connection) -> None:
    names = [space.metadata.name for space in parts.workspaces] or [workspace_of(parts.stack)]
    selector = f"{WORKSPACE_NAME} in ({','.join(names)})"
    sets, pods = await asyncio.gather(
        _part(parts, connection, STATEFULSETS, selector), _part(parts, connection, WORKSPACE_PODS, selector)
    )
    spaces = {space.metadata.uid for space in parts.workspaces}
    unsure = "workspaces" in parts.hidden
    parts.statefulsets = [each for each in sets if unsure or controller_of(each.metadata)[2] in spaces]
    owners = {each.metadata.uid for each in parts.statefulsets}
    unsure = unsure or "statefulsets" in parts.hidden
    parts.pods = [pod for pod in pods if unsure or controller_of(pod.metadata)[2] in owners]


async def _events(parts: Parts, connection: Connection) -> None:
    """An Event is found by the name of what it is about; those of objects that are gone tell something too."""
    names = [parts.key.name, *(space.metadata.name for space in parts.workspaces)]
    names += [f"{workspace_of(parts.stack)}-workspace", f"{workspace_of(parts.stack)}-workspace-0"]
    names += [pod.metadata.name for pod in parts.pods]
    names += [update.metadata.name for update in parts.updates[:TELLING]]
    found = await asyncio.gather(
        *(readable(find_events(connection, parts.key.namespace, name)) for name in dict.fromkeys(names))
    )
    for events, why in found:
        parts.events += [event for event in events if _is_about(event, parts)]
        if why:
            parts.hidden["events"] = why


def _is_about(event: Event, parts: Parts) -> bool:
    """Other kinds may have the same name, and the Stack a namesake that is gone."""
    about = event.involved_object
    if about.kind not in ("Stack", "Workspace", "Update", "StatefulSet", "Pod"):
        return False
    return about.kind != "Stack" or about.uid in ("", parts.stack.metadata.uid)


async def _part(parts: Parts, connection: Connection, kind: Any, selector: str) -> list[Any]:
    found, why = await readable(list_all(connection, kind, (parts.key.namespace,), label_selector=selector))
    if why:
        parts.hidden[kind.resource.plural] = why
    return found


def _is_owned(space: Workspace, uid: str) -> bool:
    owner = controller_of(space.metadata)[2]
    return not owner or not uid or owner == uid


async def _applications(connections: Mapping[str, Connection], parts: Parts) -> dict[Key, Application]:
    """The Applications of the name that the Stack's own mark says, wherever there is one."""
    mark = claim(parts.stack)
    if mark is None:
        return {}

    async def look(context: str, connection: Connection) -> dict[Key, Application]:
        found, why = await readable(listed(connection, APPLICATIONS, mark.namespace, named(mark.name)))
        if why:
            parts.hidden[f"applications in {context}"] = why
        return {Key(context, app.metadata.namespace, app.metadata.name): app for app in found}

    found = await asyncio.gather(*(look(context, connection) for context, connection in connections.items()))
    return {key: app for some in found for key, app in some.items()}
