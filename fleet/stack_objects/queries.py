"""Lists of the objects around Stacks: by name, by label, by what an Event is about.

Every question has a selector, since a cluster keeps tens of thousands of finished Updates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from cluster.decoding.decoder import Decoder
from cluster.errors import ClusterError, Forbidden, NotFound
from cluster.http.connection import Connection
from cluster.lists import ListPages, fetch, list_all
from cluster.resources import ResourceKind
from fleet.resource_kinds import STACKS, UPDATES, WORKSPACE_PODS
from fleet.scope import StackSelector
from fleet.stack_objects.ownership import update_order
from stacks.records.kubernetes import WorkspacePod
from stacks.records.stack import Stack
from stacks.records.workspace import STACK_NAME, WORKSPACE_NAME, WORKSPACE_POD, Update

_MANY = 40
"""names in one selector; where more are meant, it is all workspaces' pods"""


def pods_selector(workspaces: Sequence[str]) -> str:
    if 0 < len(workspaces) <= _MANY:
        return f"{WORKSPACE_NAME} in ({','.join(sorted(workspaces))})"
    return WORKSPACE_POD


def named(name: str) -> dict[str, str]:
    """The selection of one object by name, as list and watch take it."""
    return {"fieldSelector": f"metadata.name={name}"}


async def find_stacks(connection: Connection, who: StackSelector) -> list[Stack]:
    """The Stacks that are meant, those that there are. Raises ClusterError."""
    if not who.names:
        return await list_all(connection, STACKS, who.namespaces, label_selector=who.label_selector)
    if who.namespaces is None:
        asked = [listed(connection, STACKS, None, named(name)) for name in who.names]
    else:
        asked = [_one(connection, namespace, name) for namespace in who.namespaces for name in who.names]
    return [stack for found in await asyncio.gather(*asked) for stack in found]


async def _one(connection: Connection, namespace: str, name: str) -> list[Any]:
    try:
        return [await fetch(connection, STACKS, namespace, name)]
    except NotFound:
        return []


async def find_pods(
    connection: Connection, namespaces: Sequence[str] | None, workspaces: Sequence[str]
) -> list[WorkspacePod]:
    """The pods that carry these Workspaces' labels; `PodOwnership` knows whose they are. Raises ClusterError."""
    return await list_all(connection, WORKSPACE_PODS, namespaces, label_selector=pods_selector(workspaces))


async def find_updates(connection: Connection, namespace: str, stack: str) -> list[Update]:
    """The Updates of a Stack, newest first; none where they may not be read, or in PKO 1."""
    try:
        found = await list_all(connection, UPDATES, (namespace,), label_selector=f"{STACK_NAME}={stack}")
    except (Forbidden, NotFound):
        return []
    return sorted(found, key=lambda update: update_order(update.metadata), reverse=True)


def about_name(name: str) -> str:
    """The field selector of the Events about objects of this name."""
    return f"involvedObject.name={name}"


async def listed(
    connection: Connection, kind: ResourceKind[Any], namespace: str | None, selection: dict[str, str]
) -> list[Any]:
    """Everything that a selection lets through, page by page."""
    found: list[Any] = []
    async with aclosing(ListPages(connection, Decoder(kind), kind.resource.path(namespace), selection, 500)) as pages:
        async for page in pages:
            found += page.objects
    return found


async def readable(listing: Any) -> tuple[list[Any], str]:
    """What a question found, or nothing and the reason why."""
    try:
        return await listing, ""
    except NotFound:
        return [], ""
    except ClusterError as error:
        return [], str(error)
