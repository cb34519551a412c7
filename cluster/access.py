"""Asks the API server whether this user may do something (a SelfSubjectAccessReview), before it is tried."""

from __future__ import annotations

import msgspec

from cluster.errors import ClusterError, Garbled
from cluster.http.connection import Connection
from cluster.resources import Resource

_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class _ReviewStatus(msgspec.Struct):
    allowed: bool


class _Review(msgspec.Struct):
    status: _ReviewStatus


async def may(
    connection: Connection,
    verb: str,
    resource: Resource,
    namespace: str | None = None,
    *,
    name: str = "",
    subresource: str = "",
) -> bool | None:
    """Whether this user may do it, in a namespace or in all (None); None if there is no answer, for whatever reason."""
    try:
        return await review(connection, verb, resource, namespace, name=name, subresource=subresource)
    except ClusterError:
        return None


async def review(
    connection: Connection,
    verb: str,
    resource: Resource,
    namespace: str | None = None,
    *,
    name: str = "",
    subresource: str = "",
) -> bool:
    """Whether this user may do it, in a namespace or in all (None). Raises ClusterError if there is no answer."""
    attributes = {
        "verb": verb,
        "group": resource.group,
        "version": resource.version,
        "resource": resource.plural,
        "subresource": subresource,
        "namespace": namespace or "",
        "name": name,
    }
    request = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }
    answer = await connection.request("POST", _PATH, msgspec.json.encode(request))
    try:
        return msgspec.json.decode(answer, type=_Review).status.allowed
    except msgspec.MsgspecError:
        raise Garbled("the answer to what we may do isn't what an API server sends") from None
