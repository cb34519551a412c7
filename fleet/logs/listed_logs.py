"""The logs that there are in a context now, once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from cluster.errors import ClusterError, Forbidden
from cluster.http.connection import Connection
from fleet.board.rows import Key
from fleet.logs.log_events import ContextSettled, LogNote, StackChanged
from fleet.logs.log_session import LogSession
from fleet.logs.log_sources import workspace_source
from fleet.logs.missing_log import explain_missing_log
from fleet.logs.open_log import OpenLog
from fleet.logs.pod_logs import no_such_container, open_by_usual_names, open_operator_logs, refusal
from fleet.scope import StackSelector
from fleet.stack_objects.ownership import PodOwnership
from fleet.stack_objects.queries import find_pods, find_stacks
from stacks.records.kubernetes import WorkspacePod
from stacks.records.stack import Stack
from stacks.records.workspace import workspace_of

_AT_ONCE = 8


async def list_context(session: LogSession, connection: Connection, selector: StackSelector) -> None:
    """Open the logs of all these Stacks' pods, and explain for the others why there is none."""
    try:
        await _open_all(session, connection, selector)
    finally:
        session.merger.release(selector.context)


async def _open_all(session: LogSession, connection: Connection, selector: StackSelector) -> None:
    context = selector.context
    try:
        found = await find_stacks(connection, selector)
    except ClusterError as error:
        session.notify(context, refusal(error))
        session.notify(context, ContextSettled())
        return
    stacks = {Key(context, stack.metadata.namespace, stack.metadata.name): stack for stack in found}
    for key, stack in stacks.items():
        session.deliver(StackChanged(key, stack))
    session.notify(context, ContextSettled())
    if not stacks:
        return
    pods = await _pods_by_stack(session, connection, selector, stacks)
    for key in stacks:
        for pod in pods.get(key, ()):
            _open_pod(session, connection, key, pod)
    limit = asyncio.Semaphore(_AT_ONCE)

    async def explain(key: Key) -> None:
        async with limit:
            session.notify(key, await explain_missing_log(connection, stacks[key], session.now()))

    await asyncio.gather(*(explain(key) for key in stacks if key not in pods))
    if session.options.operator:
        await open_operator_logs(session, connection, context, stacks, session.options.window)


async def _pods_by_stack(
    session: LogSession, connection: Connection, selector: StackSelector, stacks: Mapping[Key, Stack]
) -> dict[Key, list[WorkspacePod]]:
    """The pods of each Stack; a Stack that mustn't be explained has an empty list."""
    context = selector.context
    workspaces = list(dict.fromkeys(workspace_of(stack) for stack in stacks.values()))
    try:
        pods = await find_pods(connection, _namespaces(selector, stacks), workspaces)
    except Forbidden as error:
        session.notify(context, LogNote(f"pods may not be listed ({error}); reading by their usual names"))
        open_by_usual_names(session, connection, stacks)
        return {key: [] for key in stacks}
    except ClusterError as error:
        session.notify(context, refusal(error))
        return {key: [] for key in stacks}
    ownership = PodOwnership(connection)
    limit = asyncio.Semaphore(_AT_ONCE)
    found: dict[Key, list[WorkspacePod]] = {}

    async def find_owner(pod: WorkspacePod) -> None:
        async with limit:
            try:
                stack = await ownership.stack_of(pod)
            except ClusterError as error:
                session.notify(context, refusal(error))
                return
        key = Key(context, pod.metadata.namespace, stack)
        if key in stacks:
            found.setdefault(key, []).append(pod)

    await asyncio.gather(*(find_owner(pod) for pod in pods))
    if ownership.hidden:
        session.notify(context, LogNote(f"owners may not be read, so pods are taken by name ({ownership.hidden})"))
    return found


def _namespaces(selector: StackSelector, stacks: Mapping[Key, Stack]) -> Sequence[str] | None:
    """The namespaces to look in: those of the Stacks, unless one question about all of them is cheaper."""
    namespaces = list(dict.fromkeys(key.namespace for key in stacks))
    return namespaces if selector.namespaces is not None or len(namespaces) <= _AT_ONCE else None


def _open_pod(session: LogSession, connection: Connection, key: Key, pod: WorkspacePod) -> None:
    options = session.options
    containers = options.containers_of(pod)
    if not containers:
        session.notify(key, no_such_container(options.containers, pod))
    for container in containers:
        OpenLog(
            session,
            connection,
            workspace_source(key, pod.metadata.name, container, pod.metadata.uid),
            options.window,
        )
