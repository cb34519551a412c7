"""Which kinds of objects around a Stack are watched, and which of the objects found are its own.

To show one more kind: a record in `stacks.records`, a `ResourceKind` in `fleet.resource_kinds`, a line in `selections`
(for its Events one in `_event_names`, and its kind in `ownership.TELLING_KINDS`), a field of `StackObjects` that
`own_objects` fills, a node in
`fleet.stack_objects.object_tree`, its place among `RESOURCES` of `tui.pages.stack_tables`, and the right to watch it in
docs/rbac.yaml.

All this is the same for `gather_objects`, which asks once, and for a page that follows the answers
(`fleet.page_watches.live_pages`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cluster.http.connection import Connection
from cluster.lists import fetch
from cluster.resources import ResourceKind
from fleet.board.rows import Key
from fleet.resource_kinds import APPLICATIONS, EVENTS, STACKS, STATEFULSETS, UPDATES, WORKSPACE_PODS, WORKSPACES
from fleet.stack_objects.ownership import is_event_of, is_of_stack, update_order
from fleet.stack_objects.queries import about_name, listed, named, readable
from stacks.argocd_tracking import claim
from stacks.records.application import Application
from stacks.records.base import controller_of
from stacks.records.kubernetes import Event, StatefulSet, WorkspacePod
from stacks.records.stack import Stack
from stacks.records.workspace import (
    STACK_NAME,
    WORKSPACE_NAME,
    Update,
    Workspace,
    workspace_of,
    workspace_pod_of,
    workspace_set_of,
)
from stacks.update_times import completed_at

UPDATES_WITH_EVENTS = 5
"""of how many Updates, the newest ones, the Events are asked for"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Objects of one kind in the Stack's namespace. `once`: listing them is enough, they won't change any more."""

    kind: ResourceKind[Any]
    label_selector: str = ""
    field_selector: str = ""
    once: bool = field(default=False, compare=False)

    @property
    def parameters(self) -> dict[str, str]:
        """The selection as list and watch take it."""
        chosen = {"labelSelector": self.label_selector, "fieldSelector": self.field_selector}
        return {name: text for name, text in chosen.items() if text}


@dataclass(frozen=True)
class SelectionResult:
    """What a selection found, or why it found nothing. `known` is False while nobody has answered yet."""

    records: Sequence[Any] = ()
    why: str = ""
    known: bool = True


@dataclass
class StackObjects:
    """The objects that belong to a Stack, as far as they are known."""

    key: Key
    stack: Stack
    workspaces: list[Workspace] = field(default_factory=list)
    statefulsets: list[StatefulSet] = field(default_factory=list)
    pods: list[WorkspacePod] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    applications: dict[Key, Application] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    """plural name of a kind (``pods``) -> why it couldn't be read"""
    pending: set[str] = field(default_factory=set)
    """plural names of kinds that were asked for and haven't been answered yet"""


def selections(parts: StackObjects) -> Iterator[Selection]:
    """All selections that what is known leads to; once they are answered, it may lead to more."""
    of_stack = f"{STACK_NAME}={parts.key.name}"
    yield Selection(WORKSPACES, of_stack)
    yield Selection(UPDATES, of_stack)
    for name in workspace_names(parts):
        yield Selection(STATEFULSETS, f"{WORKSPACE_NAME}={name}")
        yield Selection(WORKSPACE_PODS, f"{WORKSPACE_NAME}={name}")
    # An Event is found by the name of what it is about; those of objects that are gone tell something too.
    for name in _event_names(parts):
        yield Selection(EVENTS, field_selector=about_name(name))
    for update in parts.updates[:UPDATES_WITH_EVENTS]:
        yield Selection(EVENTS, field_selector=about_name(update.metadata.name), once=completed_at(update) is not None)


def workspace_names(parts: StackObjects) -> list[str]:
    """The names of the Stack's Workspaces, and the name that its Workspace would have where there is none."""
    return list(dict.fromkeys([workspace_of(parts.stack), *(space.metadata.name for space in parts.workspaces)]))


def _event_names(parts: StackObjects) -> list[str]:
    names = [parts.key.name]
    for name in workspace_names(parts):
        names += [name, workspace_set_of(name), workspace_pod_of(name)]
    return list(dict.fromkeys([*names, *(pod.metadata.name for pod in parts.pods)]))


def own_objects(key: Key, stack: Stack, answers: Mapping[Selection, SelectionResult]) -> StackObjects:
    """Those of the answers that are this Stack's by their owner references: others may carry the same labels."""
    parts = StackObjects(key, stack)
    found: dict[str, list[Any]] = {}
    for selection, answer in answers.items():
        plural = selection.kind.resource.plural
        found.setdefault(plural, []).extend(answer.records)
        if answer.why:
            parts.hidden[plural] = answer.why
        elif not answer.known:
            parts.pending.add(plural)
    uid = stack.metadata.uid
    parts.workspaces = [space for space in found.get("workspaces", ()) if is_of_stack(space.metadata, uid)]
    updates = [update for update in found.get("updates", ()) if is_of_stack(update.metadata, uid)]
    parts.updates = sorted(updates, key=lambda update: update_order(update.metadata), reverse=True)
    _own_workloads(parts, found.get("statefulsets", ()), found.get("pods", ()))
    there = (parts.workspaces, parts.statefulsets, parts.pods, parts.updates)
    known = {each.metadata.uid for some in there for each in some}
    parts.events = [event for event in found.get("events", ()) if is_event_of(event, stack, known)]
    return parts


def _own_workloads(parts: StackObjects, sets: Sequence[StatefulSet], pods: Sequence[WorkspacePod]) -> None:
    """Add the StatefulSets and pods. Where an owner may not be read, its name in the owner reference has to do."""
    spaces = {space.metadata.uid for space in parts.workspaces}
    names = set(workspace_names(parts))
    set_names = set(map(workspace_set_of, names))
    for each in sets:
        kind, name, uid = controller_of(each.metadata)
        if uid in spaces or ("workspaces" in parts.hidden and kind == "Workspace" and name in names):
            parts.statefulsets.append(each)
    owners = {each.metadata.uid for each in parts.statefulsets}
    unsure = "statefulsets" in parts.hidden
    for pod in pods:
        kind, name, uid = controller_of(pod.metadata)
        if uid in owners or (unsure and kind == "StatefulSet" and name in set_names):
            parts.pods.append(pod)


async def gather_objects(connections: Mapping[str, Connection], key: Key) -> StackObjects:
    """Read the Stack, its objects and the Applications that hold it, once. Raises ClusterError for the Stack alone."""
    connection = connections[key.context]
    stack = await fetch(connection, STACKS, key.namespace, key.name)
    applications = asyncio.ensure_future(_applications(connections, stack))
    try:
        answers: dict[Selection, SelectionResult] = {}
        parts = StackObjects(key, stack)
        while new := [selection for selection in selections(parts) if selection not in answers]:
            found = await asyncio.gather(*(fetch_selection(connection, key.namespace, selection) for selection in new))
            answers |= dict(zip(new, found, strict=True))
            parts = own_objects(key, stack, answers)
        parts.applications, hidden = await applications
        parts.hidden |= hidden
    finally:
        applications.cancel()
        await asyncio.gather(applications, return_exceptions=True)
    return parts


async def fetch_selection(connection: Connection, namespace: str, selection: Selection) -> SelectionResult:
    """List what a selection selects; the reason stands in the result where that isn't possible."""
    found, why = await readable(listed(connection, selection.kind, namespace, selection.parameters))
    return SelectionResult(found, why)


async def _applications(
    connections: Mapping[str, Connection], stack: Stack
) -> tuple[dict[Key, Application], dict[str, str]]:
    """The Applications of all contexts that the Stack's tracking mark names; and why some couldn't be read."""
    mark = claim(stack)
    if mark is None:
        return {}, {}
    hidden: dict[str, str] = {}

    async def look(context: str, connection: Connection) -> dict[Key, Application]:
        found, why = await readable(listed(connection, APPLICATIONS, mark.namespace, named(mark.name)))
        if why:
            hidden[f"applications in {context}"] = why
        return {Key(context, app.metadata.namespace, app.metadata.name): app for app in found}

    found = await asyncio.gather(*(look(context, connection) for context, connection in connections.items()))
    return {key: app for some in found for key, app in some.items()}, hidden
