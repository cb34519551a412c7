"""Which logs there are to open: those of a pod's containers, those with the usual names, and the operator's.

The operator's pods are found by what can't be misunderstood: its Lease, and Deployments that run its image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cluster.container_logs.log_stream import LogRefused, LogWindow
from cluster.errors import ApiError, ClusterError
from cluster.http.connection import Connection
from cluster.lists import list_all
from fleet.board.rows import Key
from fleet.logs.log_events import LogNote
from fleet.logs.log_session import LogSession
from fleet.logs.log_sources import AGENT_CONTAINER, OPERATOR, LogSource, OperatorRedactor, workspace_source
from fleet.logs.open_log import OpenLog
from fleet.resource_kinds import DEPLOYMENTS, LEASES, WORKSPACE_PODS
from fleet.stack_objects.queries import listed, named
from stacks.logs.operator_log import CONTAINERS
from stacks.operator import LEASE_NAME, OPERATOR_IMAGE, USUAL_NAMESPACE, is_operator
from stacks.records.kubernetes import WorkspacePod
from stacks.records.stack import Stack
from stacks.records.workspace import WORKSPACE_POD, workspace_of, workspace_pod_of

OPERATOR_SHARE = 200
"""lines of an operator's log among which one is about a certain Stack, as a first guess"""


def open_by_usual_names(session: LogSession, connection: Connection, stacks: Mapping[Key, Stack]) -> None:
    """Open the logs that the usual names lead to: who may read logs but not pods knows those all the same."""
    for key, stack in stacks.items():
        for container in session.options.containers or (AGENT_CONTAINER,):
            source = workspace_source(key, workspace_pod_of(workspace_of(stack)), container)
            OpenLog(session, connection, source, session.options.window)


async def open_operator_logs(
    session: LogSession, connection: Connection, context: str, stacks: Mapping[Key, Stack], window: LogWindow
) -> None:
    """Open the logs of the context's operator, for what they say about these Stacks."""
    try:
        pods = await operator_pods(connection)
    except ClusterError as error:
        session.notify(context, LogNote(f"the operator's pod can't be looked for: {error}"))
        return
    if not pods:
        session.notify(context, LogNote("the operator's pod wasn't found"))
    workspaces = {(key.namespace, workspace_of(stack)): key.name for key, stack in stacks.items()}
    for pod, container in pods:
        metadata = pod.metadata
        sources = {
            (key.namespace, key.name): LogSource(
                key, OPERATOR, metadata.name, container, metadata.uid, metadata.namespace
            )
            for key in stacks
        }
        tail = window.tail_lines
        if window.follow:  # its past can't be told from its present: about as many lines as were asked for
            redactor, lines = OperatorRedactor(sources, workspaces), None if tail is None else tail * OPERATOR_SHARE
        else:
            redactor, lines = OperatorRedactor(sources, workspaces, tail), None
        first = next(iter(sources.values()))
        OpenLog(session, connection, first, replace(window, tail_lines=lines), redactor=redactor)


def no_such_container(wanted: Sequence[str], pod: WorkspacePod) -> LogRefused:
    """The pod has none of the containers that were asked for."""
    have = ", ".join(pod.container_names)
    return LogRefused(f"pod {pod.metadata.name} has no container {' or '.join(wanted)}; it has {have}", 400)


def refusal(error: ClusterError) -> LogRefused:
    """An error of a cluster as a notice."""
    return LogRefused(str(error), error.status if isinstance(error, ApiError) else 0)


async def operator_pods(connection: Connection) -> list[tuple[WorkspacePod, str]]:
    """The operator's pods and their container, the leader first. Raises ClusterError if it can't be looked for."""
    namespace, leader = await _leader(connection)
    found: list[WorkspacePod] = []
    for place in [namespace] if namespace else await _namespaces(connection):
        pods = await list_all(connection, WORKSPACE_PODS, (place,), label_selector=f"!{WORKSPACE_POD.split('=')[0]}")
        found += [pod for pod in pods if _container(pod)]
    found.sort(key=lambda pod: pod.metadata.name != leader)
    return [(pod, _container(pod)) for pod in found]


def _container(pod: WorkspacePod) -> str:
    """The container that is the operator; empty for other pods."""
    running = [container for container in pod.spec.containers or () if OPERATOR_IMAGE in container.image]
    usual = next((container.name for container in running if container.name in CONTAINERS), "")
    return usual or (running[0].name if running else "")


async def _leader(connection: Connection) -> tuple[str, str]:
    """The namespace of the Lease, and the pod that holds it: ``<pod>_<uuid>``."""
    try:
        leases = await listed(connection, LEASES, None, named(LEASE_NAME))
    except ClusterError:
        return "", ""
    if not leases:
        return "", ""
    return leases[0].metadata.namespace, leases[0].spec.holder_identity.partition("_")[0]


async def _namespaces(connection: Connection) -> list[str]:
    try:
        deployments = await list_all(connection, DEPLOYMENTS, None)
    except ClusterError:
        return [USUAL_NAMESPACE]
    return list(dict.fromkeys(d.metadata.namespace for d in deployments if is_operator(d)))
