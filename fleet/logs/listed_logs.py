"""The logs that there are in a context now, once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cluster.container_logs.log_stream import LogRefused, LogWindow
from cluster.errors import ApiError, ClusterError, Forbidden
from cluster.http.connection import Connection
from fleet.board.rows import Key
from fleet.logs.log_events import MAIN, ContextSettled, LogNote, LogNotice, LogSource, StackChanged
from fleet.logs.log_redaction import OperatorLineRedactor
from fleet.logs.log_session import LogSession
from fleet.logs.missing_log import instead_of_a_log
from fleet.logs.open_log import start_reading
from fleet.logs.operator_pods import operator_pods
from fleet.scope import StackSelector
from fleet.stack_objects.ownership import PodOwnership, find_pods, find_stacks
from stacks.records.pod import WorkspacePod
from stacks.records.stack import Stack
from stacks.records.workspace import workspace_of

AMONG = 200
"""lines of an operator's log among which one is about a certain Stack, to begin with"""
_AT_ONCE = 8


async def list_context(desk: LogSession, connection: Connection, who: StackSelector) -> None:
    """Read the logs of all these Stacks' pods, and say where there are none."""
    try:
        await _open_all(desk, connection, who)
    finally:
        desk.merger.release(who.context)


async def _open_all(desk: LogSession, connection: Connection, who: StackSelector) -> None:
    try:
        stacks = await find_stacks(connection, who)
    except ClusterError as error:
        desk.say(LogNotice(who.context, refused(error)))
        desk.say(LogNotice(who.context, ContextSettled()))
        return
    keyed = {Key(who.context, s.metadata.namespace, s.metadata.name): s for s in stacks}
    for key, stack in keyed.items():
        desk.say(StackChanged(key, stack))
    desk.say(LogNotice(who.context, ContextSettled()))
    if not keyed:
        return
    pods = await _pods_by_stack(desk, connection, who, keyed)
    for key in keyed:
        for pod in pods.get(key, ()):
            _read_pod(desk, connection, key, pod)
    places = asyncio.Semaphore(_AT_ONCE)

    async def explain(key: Key) -> None:
        async with places:
            desk.say(LogNotice(key, await instead_of_a_log(connection, keyed[key])))

    await asyncio.gather(*(explain(key) for key in keyed if key not in pods))
    if desk.wish.operator:
        await read_operator(desk, connection, who.context, keyed, desk.wish.window)


async def _pods_by_stack(
    desk: LogSession, connection: Connection, who: StackSelector, stacks: Mapping[Key, Stack]
) -> dict[Key, list[WorkspacePod]]:
    namespaces = _few(who, stacks)
    workspaces = list(dict.fromkeys(workspace_of(stack) for stack in stacks.values()))
    try:
        pods = await find_pods(connection, namespaces, workspaces)
    except Forbidden as error:
        desk.say(LogNotice(who.context, LogNote(f"pods may not be listed ({error}); reading by their usual names")))
        return read_by_name(desk, connection, stacks)
    except ClusterError as error:
        desk.say(LogNotice(who.context, refused(error)))
        return {key: [] for key in stacks}
    belonging = PodOwnership(connection)
    places = asyncio.Semaphore(_AT_ONCE)
    found: dict[Key, list[WorkspacePod]] = {}

    async def place(pod: WorkspacePod) -> None:
        async with places:
            try:
                stack = await belonging.stack_of(pod)
            except ClusterError as error:
                desk.say(LogNotice(who.context, refused(error)))
                return
        key = Key(who.context, pod.metadata.namespace, stack)
        if key in stacks:
            found.setdefault(key, []).append(pod)

    await asyncio.gather(*(place(pod) for pod in pods))
    if belonging.hidden:
        desk.say(
            LogNotice(who.context, LogNote(f"owners may not be read, so pods are taken by name ({belonging.hidden})"))
        )
    return found


def _few(who: StackSelector, stacks: Mapping[Key, Stack]) -> Sequence[str] | None:
    """The namespaces to look in: those of the Stacks, unless one question about all of them is cheaper."""
    places = list(dict.fromkeys(key.namespace for key in stacks))
    return places if who.namespaces is not None or len(places) <= _AT_ONCE else None


def read_by_name(
    desk: LogSession, connection: Connection, stacks: Mapping[Key, Stack]
) -> dict[Key, list[WorkspacePod]]:
    """Read what the usual names lead to: who may read logs but not pods knows those all the same."""
    for key, stack in stacks.items():
        for container in desk.wish.containers or (MAIN,):
            origin = LogSource(key, f"{workspace_of(stack)}-workspace-0", container)
            start_reading(desk, connection, origin, desk.wish.window)
    return {key: [] for key in stacks}


def _read_pod(desk: LogSession, connection: Connection, key: Key, pod: WorkspacePod) -> None:
    chosen = desk.wish.choose(pod)
    if not chosen:
        desk.say(LogNotice(key, no_such_container(desk.wish.containers, pod)))
    for container in chosen:
        origin = LogSource(key, pod.metadata.name, container, pod.metadata.uid)
        start_reading(desk, connection, origin, desk.wish.window)


def no_such_container(wanted: Sequence[str], pod: WorkspacePod) -> LogRefused:
    """The pod has none of the containers that were asked for."""
    have = ", ".join(pod.container_names)
    return LogRefused(f"pod {pod.metadata.name} has no container {' or '.join(wanted)}; it has {have}", 400)


def refused(error: ClusterError) -> LogRefused:
    """An error in the words of a reader of logs."""
    return LogRefused(str(error), error.status if isinstance(error, ApiError) else 0)


async def read_operator(
    desk: LogSession, connection: Connection, context: str, stacks: Mapping[Key, Stack], window: LogWindow
) -> None:
    """What the operator of the context says about these Stacks."""
    try:
        pods = await operator_pods(connection)
    except ClusterError as error:
        desk.say(LogNotice(context, LogNote(f"the operator's pod can't be looked for: {error}")))
        return
    if not pods:
        desk.say(LogNotice(context, LogNote("the operator's pod wasn't found")))
    workspaces = {(key.namespace, workspace_of(stack)): key.name for key, stack in stacks.items()}
    for pod, container in pods:
        origins = {
            (key.namespace, key.name): LogSource(
                key, pod.metadata.name, container, pod.metadata.uid, operator=True, namespace=pod.metadata.namespace
            )
            for key in stacks
        }
        first, tail = next(iter(origins.values())), window.tail_lines
        if window.follow:  # its past can't be told from its present: about as much as was asked for
            sieve, among = OperatorLineRedactor(origins, workspaces), None if tail is None else tail * AMONG
        else:
            sieve, among = OperatorLineRedactor(origins, workspaces, tail), None
        start_reading(desk, connection, first, replace(window, tail_lines=among), sieve)
