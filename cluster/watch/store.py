"""The objects of one watch, kept as its events say; who keeps a row for each instead asks for the `changes` alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeAlias

from cluster.resources import R
from cluster.watch.watch_events import Arrived, Obscured, Removed, Synced, WatchEvent

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
        case Removed(keys) | Obscured(keys):
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
