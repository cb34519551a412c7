"""Bytes from an API server become records.

The usual way is one pass: msgspec reads a page of 500 objects straight into typed structs and skips
what they don't name. Only when something is of a wrong type is it read a second time, object by object, and
those that don't fit are converted leniently (`cluster.decoding.lenient`). Text that isn't UTF-8 is mended as Go does it
(`cluster.decoding.json_pieces`), and an object that can't be read all the same is named: an `UnreadableObject` in the
place of a record. What isn't JSON at all is `Garbled`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import msgspec

from cluster.decoding.json_pieces import UNREADABLE, members, pieces, readable, text
from cluster.decoding.line_splitter import Block
from cluster.errors import ApiError, Garbled, presentable
from cluster.http.request_errors import error_of_answer
from cluster.resources import R, ResourceKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class UnreadableObject:
    """An object of which no record can be made: nested too deep, or no object at all. Its name is empty if unknown."""

    namespace: str = ""
    name: str = ""
    version: str = ""
    deleted: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name


@dataclass(frozen=True)
class ListPage(Generic[R]):
    """A part of a list, and how to ask for the next one (empty: this was the last)."""

    objects: list[R]
    version: str
    continue_token: str
    remaining: int = 0
    """how many objects the server says are still to come; 0 also where it doesn't say"""
    unreadable: tuple[UnreadableObject, ...] = ()


@dataclass(frozen=True)
class Deleted(Generic[R]):
    """An object that is gone, as it was last."""

    record: R


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Everything up to this version has been sent. `complete`: the list that the watch began with has been, too."""

    version: str
    complete: bool


WatchLine: TypeAlias = R | Deleted[R] | UnreadableObject | Bookmark | ApiError
"""What a line of a watch decodes into: the object as it is now, or one of these."""


class _ListMeta(msgspec.Struct, gc=False):
    # Without a default: the empty object that some proxy returns must not pass for an empty list.
    version: str = msgspec.field(name="resourceVersion")
    continue_token: str = msgspec.field(default="", name="continue")
    remaining: int = msgspec.field(default=0, name="remainingItemCount")


class _List(msgspec.Struct, Generic[R], gc=False):
    metadata: _ListMeta
    items: list[R] | None


class _RawList(msgspec.Struct, gc=False):
    metadata: _ListMeta
    items: list[msgspec.Raw] | None


class _Event(msgspec.Struct, Generic[R], gc=False):
    type: str
    object: R


class _RawEvent(msgspec.Struct, gc=False):
    type: str
    object: msgspec.Raw


class _BookmarkMeta(msgspec.Struct, gc=False):
    version: str = msgspec.field(default="", name="resourceVersion")
    annotations: dict[str, str] | None = None


class _BookmarkObject(msgspec.Struct, gc=False):
    metadata: _BookmarkMeta


_COMPLETE = "k8s.io/initial-events-end"
_USUAL = frozenset({"ADDED", "MODIFIED", "DELETED"})

_raw_list = msgspec.json.Decoder(_RawList).decode
_raw_event = msgspec.json.Decoder(_RawEvent).decode
_list_meta = msgspec.json.Decoder(_ListMeta).decode
_bookmark = msgspec.json.Decoder(_BookmarkObject).decode
_untyped = msgspec.json.Decoder().decode


class Decoder(Generic[R]):
    """Reads what the API says of one kind."""

    def __init__(self, kind: ResourceKind[R]) -> None:
        record = kind.record
        self._record = record
        self._tidy = kind.tidy
        self.resource = kind.resource
        self._list: Callable[[bytes], _List[R]] = msgspec.json.Decoder(_List[record]).decode  # type: ignore[valid-type]
        self._events: Callable[[Block], list[_Event[R]]]
        self._events = msgspec.json.Decoder(_Event[record]).decode_lines  # type: ignore[valid-type]
        self._one: Callable[[bytes | msgspec.Raw], R] = msgspec.json.Decoder(record).decode

    def page(self, raw: bytes) -> ListPage[R]:
        """A list, or a part of one."""
        try:
            listed = self._list(raw)
        except UNREADABLE:
            return self._page_leniently(raw)
        objects = list(map(self._tidy, listed.items or ()))
        return _page(objects, listed.metadata)

    def one(self, raw: bytes) -> R:
        """A single object, as a GET or a patch returns it."""
        try:
            return self._tidy(self._one(raw))
        except UNREADABLE:
            record = self._decode_leniently(readable(raw))
        if record is None:
            raise self._garbled()
        return record

    def events(self, block: Block) -> Iterator[WatchLine[R]]:
        """The lines of a watch, decoded; those that this program can make nothing of are left out."""
        try:
            events = self._events(block)
        except UNREADABLE:
            events = []
        if not events or not all(event.type in _USUAL for event in events):
            # A bookmark, an error, or something odd among them.
            for line in bytes(block).split(b"\n"):
                if line and not line.isspace() and (decoded := self._event(line)) is not None:
                    yield decoded
            return
        tidy = self._tidy
        for event in events:
            record = tidy(event.object)
            yield Deleted(record) if event.type == "DELETED" else record

    def _event(self, line: bytes) -> WatchLine[R] | None:
        kind, raw = self._raw_event(line)
        found: WatchLine[R]
        match kind:
            case "BOOKMARK":
                return _read_bookmark(raw)
            case "ERROR":
                return error_of_answer(0, "", None, raw)
            case "DELETED":
                record = self._decode_one(raw)
                found = replace(record, deleted=True) if isinstance(record, UnreadableObject) else Deleted(record)
            case "ADDED" | "MODIFIED":
                found = self._decode_one(raw)
            case _:
                return None
        # What has no name can't be told from another, so nobody could say later that it is gone.
        return None if isinstance(found, UnreadableObject) and not found.name else found

    def _raw_event(self, line: bytes) -> tuple[str, bytes]:
        """The type and the object of a line."""
        event = self._decoded(_raw_event, line)
        if event is not None:
            return event.type, bytes(event.object)
        parts = self._members(line)
        if b'"object"' not in parts:
            raise self._garbled()
        return text(parts.get(b'"type"', b"")), parts[b'"object"']

    def _decoded(self, decode: Callable[[bytes], V], raw: bytes) -> V | None:
        """The outside of an answer, if need be of what is `readable` of it; None where it is nested too deep for that.

        Raises Garbled where it is no JSON.
        """
        try:
            return decode(raw)
        except UNREADABLE:
            pass
        try:
            return decode(readable(raw))
        except RecursionError:
            return None
        except UNREADABLE:
            raise self._garbled() from None

    def _page_leniently(self, raw: bytes) -> ListPage[R]:
        listed = self._decoded(_raw_list, raw)
        if listed is not None:
            about, items = listed.metadata, [bytes(item) for item in listed.items or ()]
        else:
            about, items = self._taken_apart(raw)
        found = [self._decode_one(item) for item in items]
        return _page(
            [record for record in found if not isinstance(record, UnreadableObject)],
            about,
            tuple(record for record in found if isinstance(record, UnreadableObject)),
        )

    def _taken_apart(self, raw: bytes) -> tuple[_ListMeta, list[bytes]]:
        """The metadata and the items of a list in which something is nested too deep for a decoder."""
        parts = self._members(raw)
        try:
            return _list_meta(parts.get(b'"metadata"', b"")), list(pieces(parts.get(b'"items"', b"")))
        except UNREADABLE:
            raise self._garbled() from None

    def _members(self, raw: bytes) -> dict[bytes, bytes]:
        try:
            return members(raw)
        except UNREADABLE:
            raise self._garbled() from None

    def _decode_one(self, raw: bytes) -> R | UnreadableObject:
        try:
            return self._tidy(self._one(raw))
        except UNREADABLE:
            raw = readable(raw)
        record = self._decode_leniently(raw)
        return unreadable_object(raw) if record is None else record

    def _decode_leniently(self, raw: bytes) -> R | None:
        """The object with what can be read of it; None if not even its name can."""
        from cluster.decoding.lenient import ConversionError, convert_leniently

        try:
            record = convert_leniently(_untyped(raw), self._record)
        except (*UNREADABLE, ConversionError):
            return None
        return self._tidy(record) if record.metadata.name else None

    def _garbled(self) -> Garbled:
        return Garbled(f"the answer about {self.resource} isn't what an API server sends; is the address right?")


def _page(objects: list[R], about: _ListMeta, unreadable: tuple[UnreadableObject, ...] = ()) -> ListPage[R]:
    return ListPage(objects, about.version, about.continue_token, about.remaining, unreadable)


def unreadable_object(raw: bytes) -> UnreadableObject:
    """What is known of an object that no decoder reads."""
    try:
        about = members(members(raw).get(b'"metadata"', b""))
    except UNREADABLE:
        return UnreadableObject()
    namespace, name, version = (text(about.get(key, b"")) for key in (b'"namespace"', b'"name"', b'"resourceVersion"'))
    return UnreadableObject(presentable(namespace), presentable(name), version)


def _read_bookmark(raw: bytes) -> Bookmark | None:
    try:
        metadata = _bookmark(raw).metadata
    except UNREADABLE:
        return None
    return Bookmark(metadata.version, (metadata.annotations or {}).get(_COMPLETE) == "true")
