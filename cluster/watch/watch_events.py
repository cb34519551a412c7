"""The events of following objects (`cluster.watch.reflector.follow`): what to believe of the objects from now on.

An object that arrives takes the place of the one of before, and a complete list takes away what it doesn't have
(`cluster.watch.store` does both).
"""

from __future__ import annotations

from typing import Generic, TypeAlias

from msgspec import Struct

from cluster.resources import R


class Connecting(Struct, frozen=True):
    """A request is on its way; nothing is known yet, or what is known is getting old."""


class Arrived(Struct, Generic[R], frozen=True):
    """These objects are there as of now, new or changed. All of one network read, in order."""

    objects: list[R]


class Removed(Struct, frozen=True):
    """These objects are gone: (namespace, name) each."""

    keys: list[tuple[str, str]]


class Obscured(Struct, frozen=True):
    """These objects are there, and can't be read any more: (namespace, name) each, empty where not even that can."""

    keys: list[tuple[str, str]]


class Synced(Struct, frozen=True):
    """A complete list has been delivered (in `Arrived` pieces, before this). Whatever the reader
    holds of `namespace` (None: of all namespaces) and isn't in `keys` no longer exists, or is in `unreadable`."""

    namespace: str | None
    keys: frozenset[tuple[str, str]]
    unreadable: frozenset[tuple[str, str]] = frozenset()
    """of the same list: the objects that can't be read"""


class Alive(Struct, frozen=True):
    """The peer has just said that there is nothing new (a bookmark): what the reader holds is fresh."""


class Lost(Struct, frozen=True):
    """The cluster can't be seen right now, what the reader holds is getting old. Instants of the Unix epoch."""

    reason: str
    """a sentence for people, without secrets"""
    since: float
    retry_at: float
    code: int = 0
    """the HTTP status if an answer was had"""
    absent: bool = False
    """the cluster answered, and has no such kind: its CRD isn't there"""

    @property
    def forbidden(self) -> bool:
        """Whether the cluster answered that this user may not read it (403)."""
        return self.code == 403


class Restricted(Struct, frozen=True):
    """Only these namespaces may be read, and are followed. An empty `reason` takes it back: all are followed again."""

    reason: str
    namespaces: tuple[str, ...]


WatchEvent: TypeAlias = Connecting | Arrived[R] | Removed | Obscured | Synced | Alive | Lost | Restricted
