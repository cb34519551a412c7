"""Lists: which objects, in which pages, in which form."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from demo.server.object_storage import Collection, ObjectStorage, StoredObject
from demo.server.objects import Obj
from demo.server.refusals import Refusal, bad_request, integer, invalid_options
from demo.server.selectors import FieldTest, LabelTest, field_test, label_test
from demo.server.served_kinds import ServedKind

_encode = msgspec.json.Encoder().encode
_LIST_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter."
)


@dataclass(frozen=True, slots=True)
class ObjectSelection:
    """Which objects of a kind are meant; a field that is None leaves none out."""

    namespace: str | None = None
    name: str | None = None
    labels: LabelTest | None = None
    fields: FieldTest | None = None

    @property
    def everything(self) -> bool:
        return self.namespace is None and not self.filters

    @property
    def filters(self) -> bool:
        return self.name is not None or self.labels is not None or self.fields is not None

    def holds(self, entry: StoredObject) -> bool:
        return (
            (self.namespace is None or entry.namespace == self.namespace)
            and (self.name is None or entry.name == self.name)
            and (self.labels is None or self.labels(entry.labels))
            and (self.fields is None or self.fields(entry.obj()))
        )

    def of(self, collection: Collection) -> list[StoredObject]:
        if self.everything:
            return collection.ordered()
        if self.name is not None and self.namespace is not None:
            found = collection.entries.get((self.namespace, self.name))
            return [found] if found and self.holds(found) else []
        return [entry for entry in collection.ordered() if self.holds(entry)]


def select(kind: ServedKind, namespace: str | None, name: str | None, query: Mapping[str, str]) -> ObjectSelection:
    field_namespace, field_name, fields = field_test(kind, query.get("fieldSelector", ""))
    if namespace is not None and field_namespace not in (None, namespace):
        fields = _nothing
    return ObjectSelection(
        namespace if namespace is not None else field_namespace,
        name if name is not None else field_name,
        label_test(query.get("labelSelector", "")),
        fields,
    )


def _nothing(obj: Obj) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ListForm:
    """How objects are wanted: as themselves, or as rows of a Table."""

    table: bool = False
    include: str = "Metadata"


@dataclass(frozen=True, slots=True)
class ServedPage:
    entries: list[StoredObject]
    version: int
    more: str = ""
    remaining: int | None = None


class ServedPages:
    """Snapshots behind `continue` tokens: all pages of a list show one instant, as with the real server.

    They cost a list of references each; the oldest go first, and their tokens are then answered with 410.
    """

    def __init__(self, keep: int = 64) -> None:
        self._keep = keep
        self._shots: OrderedDict[tuple[str, int], list[StoredObject]] = OrderedDict()

    def forget(self) -> None:
        self._shots.clear()

    def page(
        self, store: ObjectStorage, collection: Collection, selection: ObjectSelection, query: Mapping[str, str]
    ) -> ServedPage:
        limit = integer(query.get("limit") or "0")
        token = query.get("continue", "")
        if token:
            version, start = _read_token(token)
            shot = self._shots.get((str(collection.kind), version))
            if shot is None:
                raise Refusal(410, "Expired", _LIST_EXPIRED)
            entries = shot[bisect_right(shot, start, key=lambda e: (e.namespace, e.name)) :]
            entries = [entry for entry in entries if selection.holds(entry)]
        else:
            _check_version(store, query)
            version, entries = store.version, selection.of(collection)
        if not limit or len(entries) <= limit:
            return ServedPage(entries, version)
        if not token:
            self._shots[(str(collection.kind), version)] = collection.ordered()
            while len(self._shots) > self._keep:
                self._shots.popitem(last=False)
        page, last = entries[:limit], entries[limit - 1]
        remaining = None if selection.filters else len(entries) - limit
        return ServedPage(page, version, _token(version, last), remaining)


def _token(version: int, last: StoredObject) -> str:
    start = f"{last.namespace}/{last.name}\0" if last.namespace else f"{last.name}\0"
    raw = _encode({"v": "meta.k8s.io/v1", "rv": version, "start": start})
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, tuple[str, str]]:
    try:
        raw = msgspec.json.decode(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, _, name = raw["start"].removesuffix("\0").rpartition("/")
        return int(raw["rv"]), (namespace, name)
    except (binascii.Error, msgspec.DecodeError, KeyError, TypeError, ValueError):
        raise bad_request("invalid continue token: continue key is not valid") from None


def read_version(query: Mapping[str, str]) -> int:
    text = query.get("resourceVersion", "") or "0"
    if not text.isdecimal():
        why = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise bad_request(f'invalid resource version: resourceVersion: Invalid value: "{text}": {why}')
    return int(text)


def _check_version(store: ObjectStorage, query: Mapping[str, str]) -> None:
    asked = read_version(query)
    if query.get("resourceVersionMatch") and not query.get("resourceVersion"):
        why = "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        raise invalid_options("ListOptions", "", "resourceVersionMatch", why)
    if asked > store.version:
        causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
        text = f"Too large resource version: {asked}, current: {store.version}"
        raise Refusal(504, "Timeout", text, {"causes": causes, "retryAfterSeconds": 1})


def list_body(kind: ServedKind, page: ServedPage, form: ListForm, now: float) -> bytes:
    """Keys stand in the real server's order: of custom kinds `metadata` comes after the items."""
    metadata: Obj = {"resourceVersion": str(page.version)}
    if page.more:
        metadata["continue"] = page.more
    if page.remaining is not None:
        metadata["remainingItemCount"] = page.remaining
    if form.table:
        return table(kind, [row(kind, entry, now, form.include) for entry in page.entries], metadata) + b"\n"
    head = (kind.api_version.encode(), f"{kind.kind}List".encode(), _encode(metadata))
    if kind.custom:
        items = b",".join([entry.body for entry in page.entries])
        return b'{"apiVersion":"%s","items":[%s],"kind":"%s","metadata":%s}\n' % (head[0], items, head[1], head[2])
    items = b",".join([entry.bare for entry in page.entries])
    return b'{"kind":"%s","apiVersion":"%s","metadata":%s,"items":[%s]}\n' % (head[1], head[0], head[2], items)


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


def table(kind: ServedKind, rows: list[bytes], metadata: Obj, with_columns: bool = True) -> bytes:
    columns = _encode([column.definition() for column in kind.all_columns]) if with_columns else b"null"
    return b'{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":%s,"columnDefinitions":%s,"rows":[%s]}' % (
        _encode(metadata),
        columns,
        b",".join(rows),
    )


def one_row(kind: ServedKind, entry: StoredObject, now: float, include: str, with_columns: bool) -> bytes:
    """A Table of one object; of those that a watch sends only the first names the columns."""
    return table(kind, [row(kind, entry, now, include)], {"resourceVersion": str(entry.version)}, with_columns)
