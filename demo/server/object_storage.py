"""The objects of one cluster, and the history of what happened to them.

Every object is kept as the JSON text it is served as, encoded once when it is written: a list is
a join, a watch event a concatenation, and what `get` hands out may be changed by the caller
without harm. The store keeps whatever it is given; the rules of the API (what a client may not
write, what raises a generation) are `demo.server.writes`'s business.
"""

from __future__ import annotations

import asyncio
import copy
import random
import time
import uuid
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from demo.server.objects import Obj, stamp
from demo.server.patches import merge
from demo.server.served_kinds import KINDS, NAMESPACES, ServedKind

Key = tuple[str, str]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(type=Obj).decode


@dataclass(slots=True, eq=False)
class StoredObject:
    """One version of one object. `lead` is the length of `{"apiVersion":…,"kind":…,` at the start of `body`."""

    namespace: str
    name: str
    version: int
    labels: dict[str, str]
    body: bytes
    lead: int

    def obj(self) -> Obj:
        return _decode(self.body)

    @property
    def bare(self) -> bytes:
        """Without kind and apiVersion, as items stand in lists of built-in kinds."""
        return b"{" + self.body[self.lead :]


@dataclass(slots=True, eq=False)
class StoreChange:
    """One change of an object. `type` is ADDED, MODIFIED or DELETED.

    `before` is what the object was; None for one that is new.
    """

    version: int
    type: str
    entry: StoredObject
    before: StoredObject | None


def event_line(event_type: str, body: bytes) -> bytes:
    """A line of a watch."""
    return b'{"type":"%s","object":%s}\n' % (event_type.encode(), body)


@dataclass(eq=False)
class Collection:
    """All objects of one kind, in the order of (namespace, name), and their latest changes.

    Every event in `waiting` is set when there is another change.
    """

    kind: ServedKind
    history: deque[StoreChange]
    entries: dict[Key, StoredObject] = field(default_factory=dict)
    version: int = 0
    forgotten: int = 0
    waiting: set[asyncio.Event] = field(default_factory=set)
    _order: list[Key] | None = None

    def ordered(self) -> list[StoredObject]:
        if self._order is None:
            self._order = sorted(self.entries)
        entries = self.entries
        return [entries[key] for key in self._order]

    def in_namespace(self, namespace: str) -> list[StoredObject]:
        return [entry for entry in self.ordered() if entry.namespace == namespace]

    def record(self, event_type: str, entry: StoredObject) -> None:
        key = (entry.namespace, entry.name)
        before = self.entries.get(key)
        if event_type == "DELETED":
            self.entries.pop(key, None)
        else:
            self.entries[key] = entry
        if before is None or event_type == "DELETED":
            self._order = None
        if len(self.history) == self.history.maxlen:
            self.forgotten = self.history[0].version
        self.history.append(StoreChange(entry.version, event_type, entry, before))
        self.version = entry.version
        for event in self.waiting:
            event.set()

    def after(self, version: int) -> list[StoreChange] | None:
        """The changes since `version`; None if that is too long ago to know."""
        if version < self.forgotten:
            return None
        if not self.history or self.history[-1].version <= version:
            return []
        start = bisect_right(self.history, version, key=lambda change: change.version)
        return [self.history[i] for i in range(start - len(self.history), 0)]

    def forget(self, now: int) -> None:
        """Drop all history, as compaction does: whoever resumes from before gets 410."""
        self.history.clear()
        self.forgotten = now


class ObjectStorage:
    """The objects of all kinds, written by `put`, `patch` and `delete` without any of the rules that bind clients."""

    def __init__(
        self,
        kinds: Iterable[ServedKind] = KINDS,
        *,
        clock: Callable[[], float] = time.time,
        seed: int = 0,
        history: int = 10_000,
    ) -> None:
        self.clock = clock
        self.version = 1000
        self.collections = {
            str(kind): Collection(kind, deque(maxlen=history), version=self.version, forgotten=self.version)
            for kind in kinds
        }
        self._random = random.Random(seed)
        self._names = {word: c for c in self.collections.values() for word in (str(c.kind), c.kind.plural, c.kind.kind)}

    def collection(self, kind: str) -> Collection:
        """By `stacks`, `stacks.pulumi.com` or `Stack`."""
        return self._names[kind]

    def uid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def suffix(self, length: int = 5) -> str:
        """The random end of a generated name."""
        return "".join(self._random.choices("bcdfghjklmnpqrstvwxz2456789", k=length))

    def commit(self, collection: Collection, obj: Obj, event_type: str) -> StoredObject:
        """Write `obj` as it is, under the next resourceVersion."""
        self.version += 1
        metadata = obj["metadata"]
        metadata["resourceVersion"] = str(self.version)
        rest = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind")}
        lead = _encode({"apiVersion": collection.kind.api_version, "kind": collection.kind.kind})[:-1] + b","
        entry = StoredObject(
            metadata.get("namespace") or "",
            metadata["name"],
            self.version,
            metadata.get("labels") or {},
            lead + _encode(rest)[1:],
            len(lead),
        )
        collection.record(event_type, entry)
        return entry

    def get(self, kind: str, namespace: str | None, name: str) -> Obj | None:
        found = self.collection(kind).entries.get((namespace or "", name))
        return found.obj() if found else None

    def list(self, kind: str, namespace: str | None = None) -> list[Obj]:
        collection = self.collection(kind)
        entries = collection.ordered() if namespace is None else collection.in_namespace(namespace)
        return [entry.obj() for entry in entries]

    def put(self, obj: Obj) -> Obj:
        """Create or replace, status included. What `obj` leaves out of uid, creationTimestamp and generation
        is carried on from the object that was there, or made up."""
        collection = self.collection(obj["kind"])
        obj = copy.copy(obj)
        metadata = obj["metadata"] = dict(obj["metadata"])
        namespace = metadata.get("namespace") or ""
        before = collection.entries.get((namespace, metadata["name"]))
        old = before.obj() if before else None
        past = old["metadata"] if old else {}
        if collection.kind.namespaced:
            self._need_namespace(namespace)
        metadata.setdefault("uid", past.get("uid") or self.uid())
        metadata.setdefault("creationTimestamp", past.get("creationTimestamp") or stamp(self.clock()))
        if collection.kind.generated and "generation" not in metadata:
            changed = old is None or content(collection.kind, old) != content(collection.kind, obj)
            metadata["generation"] = past.get("generation", 0) + changed
        return self.commit(collection, obj, "MODIFIED" if before else "ADDED").obj()

    def _need_namespace(self, name: str) -> None:
        namespaces = self.collections.get(str(NAMESPACES))
        if namespaces is not None and name and ("", name) not in namespaces.entries:
            self.put(namespace_object(name))

    def patch(self, kind: str, namespace: str | None, name: str, patch: Obj) -> Obj:
        """A merge patch on the whole object, status included. KeyError if there is no such object."""
        collection = self.collection(kind)
        old = collection.entries[(namespace or "", name)].obj()
        new = merge(old, patch)
        if collection.kind.generated and content(collection.kind, new) != content(collection.kind, old):
            new["metadata"]["generation"] = new["metadata"].get("generation", 0) + 1
        return self.commit(collection, new, "MODIFIED").obj()

    def delete(self, kind: str, namespace: str | None, name: str) -> Obj | None:
        """Take it out at once, whatever its finalizers say; None if it wasn't there."""
        collection = self.collection(kind)
        found = collection.entries.get((namespace or "", name))
        return self.commit(collection, found.obj(), "DELETED").obj() if found else None


def content(kind: ServedKind, obj: Obj) -> Obj:
    """What counts for the generation: of custom resources everything but metadata (and a guarded status)."""
    if not kind.custom:
        return {"spec": obj.get("spec")}
    left_out = ("metadata", "status") if kind.status else ("metadata",)
    return {key: value for key, value in obj.items() if key not in left_out}


def namespace_object(name: str) -> Obj:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }
