"""Asking a server beforehand whether a request would be allowed, by a SelfSubjectAccessReview."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from cluster.decoding.json_pieces import UNREADABLE
from cluster.errors import ClusterError
from cluster.http.connection import Connection

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """A verb on a resource of a namespace, as RBAC has it. `name` empty: on all objects of it."""

    verb: str
    group: str
    resource: str
    namespace: str
    subresource: str = ""
    name: str = ""

    def __str__(self) -> str:
        resource = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        return f"{self.verb} {resource}{f'.{self.group}' if self.group else ''}"


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """`allowed` is None where the server couldn't be asked; `why` is what it says, where it says anything."""

    question: AccessQuestion
    allowed: bool | None
    why: str = ""


class _ReviewStatus(msgspec.Struct):
    allowed: bool = False
    reason: str = ""
    evaluationError: str = ""  # noqa: N815  (as the API spells it)


class _Review(msgspec.Struct):
    status: _ReviewStatus


async def ask_access(connection: Connection, question: AccessQuestion) -> AccessAnswer:
    """The server's answer. Never raises: a server that doesn't tell leaves `allowed` None."""
    attributes = {
        "verb": question.verb,
        "group": question.group,
        "resource": question.resource,
        "subresource": question.subresource,
        "namespace": question.namespace,
        "name": question.name,
    }
    spec = {"resourceAttributes": {name: value for name, value in attributes.items() if value}}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}
    try:
        answer = await connection.request("POST", REVIEWS, msgspec.json.encode(body))
        status = msgspec.json.decode(answer, type=_Review).status
    except ClusterError as error:
        return AccessAnswer(question, None, str(error))
    except UNREADABLE:
        return AccessAnswer(question, None, "the answer isn't a SelfSubjectAccessReview")
    if status.evaluationError and not status.allowed:
        return AccessAnswer(question, None, status.evaluationError)
    return AccessAnswer(question, status.allowed, status.reason)
