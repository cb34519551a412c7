"""Objects as the Tables kubectl prints: the server fills in the cells."""

from __future__ import annotations

from typing import Any

import msgspec

from demo.server.object_storage import StoredObject
from demo.server.served_kinds import ServedKind

Obj = dict[str, Any]

_encode = msgspec.json.Encoder().encode


def wants_table(accept: str) -> bool:
    return "as=Table" in accept and "g=meta.k8s.io" in accept


def definitions(kind: ServedKind) -> bytes:
    return _encode([column.definition() for column in kind.all_columns])


def row(kind: ServedKind, entry: StoredObject, now: float, include: str) -> bytes:
    obj = entry.obj()
    cells = [column.value(obj, now) for column in kind.all_columns]
    if include == "Object":
        attached = obj
    elif include == "None":
        return _encode({"cells": cells})
    else:
        attached = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
    return _encode({"cells": cells, "object": attached})


def table(kind: ServedKind, rows: list[bytes], metadata: Obj) -> bytes:
    return b'{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":%s,"columnDefinitions":%s,"rows":[%s]}\n' % (
        _encode(metadata),
        definitions(kind),
        b",".join(rows),
    )


def one_row(kind: ServedKind, entry: StoredObject, now: float, include: str, with_columns: bool) -> bytes:
    """A Table of one object, as a watch sends it; only the first of a stream names the columns."""
    return b'{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":%s,"columnDefinitions":%s,"rows":[%s]}' % (
        _encode({"resourceVersion": str(entry.version)}),
        definitions(kind) if with_columns else b"null",
        row(kind, entry, now, include),
    )
