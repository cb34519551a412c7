"""What a context tells of itself: versions, whether the operator is alive and, if allowed, an Argo CD's clusters."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from cluster.decoding.decoder import Decoder
from cluster.decoding.json_pieces import UNREADABLE, readable
from cluster.errors import ClusterError, Forbidden
from cluster.http.connection import Connection
from cluster.resources import ResourceKind
from fleet.board.context_state import ContextFacts
from fleet.resource_kinds import DEPLOYMENTS, LEASES
from stacks.fields import mappings
from stacks.operator import (
    LEASE_NAME,
    USUAL_NAMESPACE,
    OperatorState,
    OperatorWorkload,
    is_operator,
    operator_version,
    workload_of,
)
from stacks.records.kubernetes import Deployment, Lease, LeaseSpec
from stacks.text import plain
from stacks.times import instant
from stacks.versions import image_version, version_words

if TYPE_CHECKING:
    from cluster.http.connection import Connection


DEAD_AFTER = 180.0
"""seconds without a renewal of the Lease after which nobody leads; the operator renews it every 10 s"""


class _Version(msgspec.Struct):
    git_version: str = msgspec.field(name="gitVersion", default="")


class ContextSurvey:
    """Reads the facts of a context; remembers when the Lease last moved, to tell a dead operator from a wrong clock."""

    def __init__(self, connection: Connection, namespaces: tuple[str, ...] | None) -> None:
        self._connection = connection
        self._namespaces = namespaces
        self._renewal: tuple[str, float] | None = None

    async def facts(self, now: float) -> ContextFacts:
        """What can be found out now; what can't be read is named in `hidden`, and is no error."""
        found = ContextFacts(server_version=await self._server_version())
        found = await self._argo_cd(found)
        return await self._operator(found, now)

    async def _server_version(self) -> str:
        try:
            return plain(msgspec.json.decode(await self._connection.get("/version", {}), type=_Version).git_version)
        except (ClusterError, *UNREADABLE):
            return ""

    async def _argo_cd(self, found: ContextFacts) -> ContextFacts:
        try:
            parts = await self._list(DEPLOYMENTS, None, {"labelSelector": "app.kubernetes.io/part-of=argocd"})
        except Forbidden:
            return replace(found, hidden=(*found.hidden, "Deployments (version of Argo CD)"))
        except ClusterError:
            return found
        for part in parts:
            for container in part.spec.template.spec.containers or ():
                if "argocd" in container.image and (version := image_version(container.image)):
                    return replace(
                        found, argocd_version=version_words(version), argocd_namespace=part.metadata.namespace
                    )
        return found

    async def _operator(self, found: ContextFacts, now: float) -> ContextFacts:
        lease, hidden = await self._lease()
        namespace = lease.metadata.namespace if lease is not None else ""
        answer = b""
        operators: list[Deployment] = []
        try:
            answer = await self._answer(DEPLOYMENTS, namespace or USUAL_NAMESPACE, {})
            operators = [each for each in Decoder(DEPLOYMENTS).page(answer).objects if is_operator(each)]
        except Forbidden:
            hidden = (*hidden, "the operator's Deployment (its version, replicas and workers)")
        except ClusterError:
            pass  # the watches say what is wrong with the context
        if not namespace and operators:
            namespace = operators[0].metadata.namespace
        leading = self._leading(lease, now) if lease is not None else None
        return replace(
            found,
            operator=OperatorState(operator_version(operators), leading),
            workload=_workload(answer, lease),
            operator_namespace=namespace,
            hidden=(*found.hidden, *hidden),
        )

    async def _lease(self) -> tuple[Lease | None, tuple[str, ...]]:
        """The operator's Lease, if there is one, and what couldn't be read."""
        try:
            leases = await self._list(LEASES, None, {"fieldSelector": f"metadata.name={LEASE_NAME}"})
        except Forbidden:
            return None, ("Leases (whether the operator is alive)",)
        except ClusterError:
            return None, ()
        return (leases[0] if leases else None), ()

    def _leading(self, lease: Lease, now: float) -> bool | None:
        """Whether somebody holds the Lease and renews it.

        None while it can't be known: a renewal long ago may be our clock, until it stays the same.
        """
        if not lease.spec.holder_identity:
            return False
        renewed = lease.spec.renew_time
        if self._renewal is None or self._renewal[0] != renewed:
            first = self._renewal is None
            self._renewal = (renewed, now)
            at = instant(renewed)
            return None if first and at is not None and now - at > DEAD_AFTER else True
        return now - self._renewal[1] <= DEAD_AFTER

    async def _list(self, kind: ResourceKind[Any], namespace: str | None, params: Mapping[str, str]) -> list[Any]:
        return Decoder(kind).page(await self._answer(kind, namespace, params)).objects

    async def _answer(self, kind: ResourceKind[Any], namespace: str | None, params: Mapping[str, str]) -> bytes:
        return await self._connection.get(kind.resource.path(namespace), {**params, "limit": "100"})


def _workload(answer: bytes, lease: Lease | None) -> OperatorWorkload:
    """How the operator is run, by a list of Deployments as it was sent: in their environment may stand secrets, so that
    no record has it, and nothing of it is kept but a number."""
    try:
        deployments = mappings(msgspec.json.decode(readable(answer)), "items") if answer else []
    except UNREADABLE:
        deployments = []
    spec = lease.spec if lease is not None else LeaseSpec()
    return workload_of((each for _, each in deployments), spec.holder_identity, instant(spec.acquire_time))


class _Data(msgspec.Struct):
    name: str = ""
    server: str = ""


class _Secret(msgspec.Struct):
    data: _Data | None = None


class _Secrets(msgspec.Struct):
    items: list[_Secret] = []


async def registered_clusters(connection: Connection, namespace: str) -> dict[str, str]:
    """Name -> server of the clusters that the Argo CD in this namespace knows; empty if it may not be read."""
    params = {"labelSelector": "argocd.argoproj.io/secret-type=cluster"}
    try:
        raw = await connection.get(f"/api/v1/namespaces/{namespace}/secrets", params)
        secrets = msgspec.json.decode(raw, type=_Secrets)
    except (ClusterError, *UNREADABLE):
        return {}
    found = ((_text(s.data.name), _text(s.data.server)) for s in secrets.items if s.data)
    return {name: server for name, server in found if name and server}


def _text(encoded: str) -> str:
    try:
        return plain(b64decode(encoded, validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        return ""
