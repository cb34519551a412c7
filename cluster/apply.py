"""Changes as values: a request that can be read before it is sent, and is sent once.

Each carries what it takes for granted (a uid, a resourceVersion, a value that is tested), so that the
server refuses it where somebody else was faster; and a refusal changed nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import msgspec

from cluster.decoding.json_pieces import UNREADABLE
from cluster.errors import ApiError, Garbled, ServerError
from cluster.http.connection import Connection

APPLY, JSON_PATCH, MERGE_PATCH, JSON = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/json",
)
_GO_ESCAPES = tuple((chr(code).encode(), f"\\u{code:04x}".encode()) for code in (0x3C, 0x3E, 0x26, 0x2028, 0x2029))
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """One request that writes, just as it goes out."""

    method: str
    path: str
    body: bytes
    content_type: str
    params: tuple[tuple[str, str], ...] = ()

    def rehearsed(self) -> WriteRequest:
        """The same, for the server to check and not to keep.

        A deletion says so in its body, too: where there is one, a server doesn't look at the parameters.
        """
        body = self.body
        if self.method == "DELETE" and body:
            body = msgspec.json.encode(_decode(body) | {"dryRun": ["All"]})
        return replace(self, body=body, params=(*self.params, ("dryRun", "All")))

    @property
    def answers_with_object(self) -> bool:
        """Whether the answer is the object as it is afterwards: that to a DELETE may be a Status, or the object as it
        was."""
        return self.method != "DELETE"

    @property
    def url(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path


def apply(path: str, obj: Mapping[str, Any], manager: str, *, force: bool = False) -> WriteRequest:
    """Server-side apply: what `obj` names is `manager`'s from then on, and what it named before and doesn't now goes.

    With a uid in its metadata nothing is created, and with a resourceVersion nothing is overwritten unseen.
    """
    params = [("fieldManager", manager), *([("force", "true")] if force else [])]
    return WriteRequest("PATCH", path, msgspec.json.encode(obj), APPLY, tuple(params))


def json_patch(path: str, operations: Sequence[Mapping[str, Any]], manager: str) -> WriteRequest:
    """All of these operations, or none: a `test` that doesn't hold refuses the whole."""
    return WriteRequest("PATCH", path, _as_go_writes(operations), JSON_PATCH, (("fieldManager", manager),))


def merge_patch(path: str, patch: Mapping[str, Any], manager: str) -> WriteRequest:
    return WriteRequest("PATCH", path, msgspec.json.encode(patch), MERGE_PATCH, (("fieldManager", manager),))


def delete(path: str, uid: str) -> WriteRequest:
    """Delete the object at this path, if it is the one with this uid: another one is answered with a conflict."""
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
    return WriteRequest("DELETE", path, msgspec.json.encode(options), JSON)


def _as_go_writes(value: Any) -> bytes:
    """JSON with the escapes of Go's encoder: an API server tests texts byte by byte as they are written there."""
    written = msgspec.json.encode(value)
    for character, escaped in _GO_ESCAPES:
        written = written.replace(character, escaped)
    return written


async def send(connection: Connection, change: WriteRequest) -> Mapping[str, Any]:
    """Send it once; the answer, which is mostly the object as it is afterwards. Raises ClusterError.

    After an ApiError that is `decided` nothing was changed; after anything else nobody knows.
    """
    answer = await connection.request(
        change.method, change.path, change.body, change.content_type, dict(change.params) or None
    )
    return _object(answer)


async def read(connection: Connection, path: str) -> Mapping[str, Any]:
    """The object at this path, whole, as it is now. Raises ClusterError."""
    return _object(await connection.get(path))


def _object(answer: bytes) -> Mapping[str, Any]:
    try:
        found = _decode(answer)
    except UNREADABLE:
        found = None
    if not isinstance(found, dict):
        raise Garbled("the answer isn't an object, as an API server sends it; is the address right?")
    return found


def decided(error: Exception) -> bool:
    """Whether this refusal means that nothing was changed: a server in trouble may have written all the same."""
    return isinstance(error, ApiError) and not isinstance(error, ServerError)
