"""The events of following objects (`cluster.watch.reflector.follow`), and the store that they are applied to.

Each event says what to believe of the objects from now on: one that arrives takes the place of the one of before, and a
complete list takes away what it doesn't have (`changes`). Who keeps nothing but the objects takes a `Store`; who keeps
something else by their names, as a row for each, asks for the changes alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeAlias

from cluster.resources import R


@dataclass(frozen=True, slots=True)
class Connecting:
    """A request is on its way; nothing is known yet, or what is known is getting old."""


@dataclass(frozen=True)
class Arrived(Generic[R]):
    """These objects are there as of now, new or changed. All of one network read, in order."""

    objects: list[R]


@dataclass(frozen=True, slots=True)
class Removed:
    """These objects are gone: (namespace, name) each."""

    keys: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Synced:
    """A complete list has been delivered (in `Arrived` pieces, before this). Whatever the reader
    holds of `namespace` (None: of all namespaces) and isn't in `keys` no longer exists."""

    namespace: str | None
    keys: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Alive:
    """The peer has just said that there is nothing new (a bookmark): what the reader holds is fresh."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The cluster can't be seen right now. What the reader holds is getting old.

    `reason` is a sentence for people, without secrets. `code` is the HTTP status if an answer was
    had, else 0. `absent` says that the cluster answered, and has no such kind (its CRD isn't there).
    `since` and `retry_at` are seconds of the Unix epoch.
    """

    reason: str
    since: float
    retry_at: float
    code: int = 0
    absent: bool = False

    @property
    def forbidden(self) -> bool:
        """Whether the cluster answered that this user may not read it (403)."""
        return self.code == 403


@dataclass(frozen=True, slots=True)
class Restricted:
    """Not all namespaces may be read; only `namespaces` are followed (empty: none of them).

    An empty `reason` takes it back: everything that was asked for is followed again.
    """

    reason: str
    namespaces: tuple[str, ...]


WatchEvent: TypeAlias = Connecting | Arrived[R] | Removed | Synced | Alive | Lost | Restricted


ObjectKey: TypeAlias = tuple[str, str]
"""(namespace, name)"""


@dataclass(frozen=True, slots=True)
class Change(Generic[R]):
    """What became of one object: None where there was none before, or is none any more."""

    key: ObjectKey
    before: R | None
    after: R | None


def changes(event: WatchEvent[R], known: Iterable[ObjectKey]) -> Iterator[tuple[ObjectKey, R | None]]:
    """The objects that an event is about, in its order: each as it is now, or None if it is gone.

    `known` are the objects of this watch that there were until now; they are looked at only if the event is
    the end of a complete list. What the event says is gone needn't have been known.
    """
    match event:
        case Arrived(objects):
            for record in objects:
                yield (record.metadata.namespace, record.metadata.name), record
        case Removed(keys):
            for key in keys:
                yield key, None
        case Synced(namespace, keys):
            # A list, because the reader takes them out of what is known.
            for key in [key for key in known if namespace in (None, key[0]) and key not in keys]:
                yield key, None


class Store(Generic[R]):
    """The objects of one watch, by (namespace, name)."""

    def __init__(self) -> None:
        self.objects: dict[ObjectKey, R] = {}

    def apply(self, event: WatchEvent[R]) -> list[Change[R]]:
        """Keep the objects as they are after this event; says which ones it was about, and what they were before.

        An object that arrives as it was before is a change, too; one that goes without having been known is none.
        """
        applied: list[Change[R]] = []
        for key, record in changes(event, self.objects):
            before = self.objects.get(key)
            if record is not None:
                self.objects[key] = record
            elif self.objects.pop(key, None) is None:
                continue
            applied.append(Change(key, before, record))
        return applied
