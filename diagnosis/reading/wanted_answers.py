"""Single objects, names and logs that would decide something, read one by one and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from cluster.decoding.json_pieces import UNREADABLE
from cluster.errors import ClusterError, NotFound
from cluster.http.connection import Connection
from cluster.lists import NAMESPACES
from cluster.resources import Resource
from diagnosis.facts.context_objects import (
    ContextObjects,
    LogTail,
    LogWanted,
    ObjectWanted,
    OperatorLogWanted,
    Wanted,
)
from diagnosis.facts.quotable_logs import operator_lines, workspace_lines
from fleet.argocd.argocd_survey import PROGRAMS
from fleet.argocd.instances import CONFIG_MAPS
from fleet.argocd.raw_objects import fetch_raw, list_each
from fleet.clock import Clock
from fleet.logs.pod_logs import operator_pods
from fleet.resource_kinds import (
    APPLICATIONS,
    DEPLOYMENTS,
    PODS,
    STACKS,
    STATEFULSETS,
    UPDATES,
    WORKSPACES,
    flux_source,
)
from stacks.fields import field, text

TAIL = 200
"""lines of a log that are read"""
OPERATOR_TAIL = 2000
"""lines of the operator's log: few of them are about one Stack"""
LARGEST_LOG = 1 << 20
"""bytes of a log that are read"""
_NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""the form of a list without the objects' contents, for kinds whose contents aren't to be read"""
_RESOURCES = {
    kind.resource.kind: kind.resource
    for kind in (STACKS, APPLICATIONS, WORKSPACES, UPDATES, PODS, STATEFULSETS, DEPLOYMENTS)
} | {
    resource.kind: resource
    for resource in (
        PROGRAMS,
        NAMESPACES.resource,
        Resource("", "v1", "secrets", "Secret"),
        CONFIG_MAPS,
        Resource("", "v1", "serviceaccounts", "ServiceAccount"),
        Resource("", "v1", "resourcequotas", "ResourceQuota"),
        Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
        Resource(
            "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", namespaced=False
        ),
    )
}
_READ_AS_A_WHOLE = ("NetworkPolicy",)
"""kinds of which a namespace has few, and each of them may matter: one request instead of one for each"""
_WITHOUT_CONTENTS = ("Secret",)
"""kinds of which nothing but names is read, whatever is asked"""


class _Metadata(msgspec.Struct):
    name: str = ""


class _Named(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


class _NamedList(msgspec.Struct):
    items: list[_Named] = msgspec.field(default_factory=list)


async def answer_all(connection: Connection, objects: ContextObjects, wanted: Iterable[Wanted], clock: Clock) -> None:
    """Read these, and put the answers into `objects`; what can't be read is noted there with its reason."""
    await asyncio.gather(*(_answer(connection, objects, each, clock) for each in wanted))


async def _answer(connection: Connection, objects: ContextObjects, wanted: Wanted, clock: Clock) -> None:
    if isinstance(wanted, LogWanted):
        objects.put_log(wanted, await _log(connection, wanted))
    elif isinstance(wanted, OperatorLogWanted):
        objects.put_operator_log(await _operator_log(connection))
    elif wanted.name:
        await _object(connection, objects, wanted, clock)
    else:
        await _names(connection, objects, wanted)


async def _object(connection: Connection, objects: ContextObjects, wanted: ObjectWanted, clock: Clock) -> None:
    resource = _resource(objects, wanted)
    if resource is None or wanted.kind in _WITHOUT_CONTENTS:
        objects.put_answer(wanted, None, clock(), f"{wanted.kind}s aren't read")
        return
    try:
        found: Any = await fetch_raw(connection, resource, wanted.namespace, wanted.name)
    except NotFound:
        objects.put_answer(wanted, None, clock())
    except ClusterError as error:
        objects.put_answer(wanted, None, clock(), str(error))
    else:
        objects.put_answer(wanted, found, clock())


def _resource(objects: ContextObjects, wanted: ObjectWanted) -> Resource | None:
    """Where a kind is served. A Flux source's version stands in the Stack that names it."""
    if wanted.kind in _RESOURCES:
        return _RESOURCES[wanted.kind]
    named = (field(stack, "spec", "fluxSource", "sourceRef") for stack in objects.raw("Stack").values())
    found = (flux_source(text(ref, "apiVersion"), wanted.kind) for ref in named if text(ref, "kind") == wanted.kind)
    return next((resource for resource in found if resource is not None), None)


async def _names(connection: Connection, objects: ContextObjects, wanted: ObjectWanted) -> None:
    """All names of a kind, by a list without the objects' contents; of what is read as a whole that list is all."""
    resource = _resource(objects, wanted)
    if resource is None:
        objects.put_names(wanted, (), f"{wanted.kind}s aren't read")
        return
    if wanted.kind in _READ_AS_A_WHOLE:
        await _whole(connection, objects, resource, wanted)
        return
    try:
        raw = await connection.get(resource.path(wanted.namespace), {"limit": "500"}, accept=_NAMES_ONLY)
        found = msgspec.json.decode(raw, type=_NamedList)
    except (ClusterError, *UNREADABLE) as error:
        objects.put_names(wanted, (), str(error))
        return
    objects.put_names(wanted, [each.metadata.name for each in found.items])


async def _whole(connection: Connection, objects: ContextObjects, resource: Resource, wanted: ObjectWanted) -> None:
    try:
        listed = await list_each(connection, resource, (wanted.namespace,))
    except ClusterError as error:
        objects.put_names(wanted, (), str(error))
        return
    for why in listed.refused.values():
        objects.put_names(wanted, (), why)
        return
    for each in listed.objects:
        objects.put(each, wanted.kind)
    objects.put_names(wanted, [text(each, "metadata", "name") for each in listed.objects])


async def _log(connection: Connection, wanted: LogWanted) -> LogTail:
    path = PODS.resource.path(wanted.namespace, wanted.pod, "log")
    params = {"container": wanted.container, "previous": "true"} if wanted.previous else {"container": wanted.container}
    try:
        return LogTail(workspace_lines(await _tail(connection, path, params, TAIL)))
    except ClusterError as error:
        return LogTail(unread=str(error))


async def _operator_log(connection: Connection) -> LogTail:
    """The log of the pod that leads, or of the first one that is there."""
    try:
        pods = await operator_pods(connection)
        if not pods:
            return LogTail(unread="the operator's pod wasn't found")
        pod, container = pods[0]
        path = PODS.resource.path(pod.metadata.namespace, pod.metadata.name, "log")
        return LogTail(operator_lines(await _tail(connection, path, {"container": container}, OPERATOR_TAIL)))
    except ClusterError as error:
        return LogTail(unread=str(error))


async def _tail(connection: Connection, path: str, params: dict[str, str], lines: int) -> Sequence[str]:
    """The last lines of a log, each begun by its time; of a flood no more than LARGEST_LOG bytes."""
    bounds = {"tailLines": str(lines), "limitBytes": str(LARGEST_LOG), "timestamps": "true"}
    raw = await connection.get(path, {**params, **bounds})
    return raw.decode("utf-8", "replace").splitlines()
