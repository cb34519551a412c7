"""The few messages that kubectl insists on sending as protobuf (`auth can-i`, `create namespace|configmap|secret`).

Only requests: an answer may be JSON whenever the client accepts that too, and kubectl does.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

Obj = dict[str, Any]
Shape = dict[int, tuple[str, Any]]

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"

_MAGIC = b"k8s\x00"


class UnreadableError(Exception):
    """Not a message we know."""


# Of each message: field number -> (JSON name, how to read it). A dict reads a nested message,
# "text" and "bytes" a value, "map" and "bytemap" a map<string, …>.
_META: Shape = {1: ("name", "text"), 2: ("generateName", "text"), 3: ("namespace", "text"),
              11: ("labels", "map"), 12: ("annotations", "map")}  # fmt: skip
_RESOURCE: Shape = {1: ("namespace", "text"), 2: ("verb", "text"), 3: ("group", "text"), 4: ("version", "text"),
                    5: ("resource", "text"), 6: ("subresource", "text"), 7: ("name", "text")}  # fmt: skip
_MESSAGES: dict[str, Shape] = {
    "Namespace": {1: ("metadata", _META)},
    "ConfigMap": {1: ("metadata", _META), 2: ("data", "map"), 3: ("binaryData", "bytemap")},
    "Secret": {1: ("metadata", _META), 2: ("data", "bytemap"), 3: ("type", "text")},
    "SelfSubjectAccessReview": {1: ("metadata", _META), 2: ("spec", {1: ("resourceAttributes", _RESOURCE)})},
    "SelfSubjectReview": {},
    "DeleteOptions": {},
}


def decode(raw: bytes) -> Obj:
    if not raw.startswith(_MAGIC):
        raise UnreadableError("not a Kubernetes protobuf message")
    envelope = dict(_fields(raw[len(_MAGIC) :]))
    kind_of = {number: value.decode() for number, value in _fields(envelope.get(1, b""))}
    kind = kind_of.get(2, "")
    if kind not in _MESSAGES:
        raise UnreadableError(f"the demo reads no protobuf of kind {kind!r}")
    return {"apiVersion": kind_of.get(1, ""), "kind": kind} | _message(envelope.get(2, b""), _MESSAGES[kind])


def _message(raw: bytes, shape: Shape) -> Obj:
    found: Obj = {}
    for number, value in _fields(raw):
        name, how = shape.get(number, ("", ""))
        if isinstance(how, dict):
            found[name] = _message(value, how)
        elif how in ("map", "bytemap"):
            pair = dict(_fields(value))
            content = pair.get(2, b"")
            text = content.decode() if how == "map" else base64.b64encode(content).decode()
            found.setdefault(name, {})[pair.get(1, b"").decode()] = text
        elif how == "text" and value:
            found[name] = value.decode()
    return found


def _fields(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Field numbers and contents of a message; numbers (varints) come as empty contents."""
    place = 0
    try:
        while place < len(raw):
            tag, place = _varint(raw, place)
            number, wire = tag >> 3, tag & 7
            if wire == 0:
                _, place = _varint(raw, place)
                yield number, b""
            elif wire == 2:
                length, place = _varint(raw, place)
                yield number, raw[place : place + length]
                place += length
            else:
                place += {1: 8, 5: 4}[wire]
    except (IndexError, KeyError):
        raise UnreadableError("a truncated protobuf message") from None


def _varint(raw: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
