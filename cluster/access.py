"""Asking the API server what we may do, before finding out the hard way."""

from __future__ import annotations

import msgspec

from cluster.errors import ClusterError, Garbled
from cluster.http.connection import Connection
from cluster.resources import Resource

_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class _Verdict(msgspec.Struct):
    allowed: bool


class _Review(msgspec.Struct):
    status: _Verdict


async def may(
    connection: Connection,
    verb: str,
    resource: Resource,
    namespace: str | None = None,
    *,
    name: str = "",
    subresource: str = "",
) -> bool | None:
    """Whether we may do it, in a namespace or in all; None if that can't be told.

    Being unable to reach the server isn't an answer either, and whoever asks is about to find that out.
    """
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
    """The same, for those who want to know why there is no answer."""
    attributes = {
        "verb": verb,
        "group": resource.group,
        "version": resource.version,
        "resource": resource.plural,
        "subresource": subresource,
        "namespace": namespace or "",
        "name": name,
    }
    question = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }
    answer = await connection.request("POST", _PATH, msgspec.json.encode(question))
    try:
        return msgspec.json.decode(answer, type=_Review).status.allowed
    except msgspec.MsgspecError:
        raise Garbled("the answer to what we may do isn't what an API server sends") from None
