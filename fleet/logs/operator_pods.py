"""The operator's pods, found by what can't be misunderstood: its Lease, and Deployments that run its image."""

from __future__ import annotations

from typing import Any

from cluster.decoding.decoder import Decoder
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from cluster.lists import list_all
from fleet.feeds.context_survey import LEASE_NAME, USUAL_NAMESPACE
from fleet.resource_kinds import DEPLOYMENTS, LEASES
from fleet.stack_objects.ownership import WORKSPACE_PODS
from stacks.logs.operator_log import CONTAINERS
from stacks.records.kubernetes import WorkspacePod
from stacks.records.workspace import WORKSPACE_POD
from stacks.versions import OPERATOR_IMAGE, is_operator


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
        leases = await _selected(connection, LEASES, None, {"fieldSelector": f"metadata.name={LEASE_NAME}"})
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


async def _selected(connection: Connection, kind: Any, namespace: str | None, selection: dict[str, str]) -> list[Any]:
    raw = await connection.get(kind.resource.path(namespace), selection)
    return list(Decoder(kind).page(raw).objects)
