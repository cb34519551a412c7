"""One list and one watch, again and again, and the version at which the next watch goes on.

A list comes in pages, or as the beginning of a watch (`sendInitialEvents`). The second saves the server
memory and us a request, but a watch is never compressed: of 10,000 Stacks over TLS it takes three times
the CPU time, and over a slow line ten times as long. So it is for connections that don't compress.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from typing import Generic

from cluster.decoding.decoder import Bookmark, Decoder, Deleted
from cluster.decoding.line_splitter import Block, LineSplitter
from cluster.errors import ApiError, Garbled, Silent, Unacceptable, Unreachable
from cluster.http.connection import Connection
from cluster.lists import pages
from cluster.resources import R, ResourceKind
from cluster.watch.watch_events import Alive, Arrived, Removed, Synced, WatchEvent

TRIAL = 15.0  # seconds in which a server has to show that it sends lists as watches
SHORTEST, LONGEST = 240, 480  # seconds after which the server ends a watch; spread, so that not all end at once


class _StreamingListRefused(Exception):  # noqa: N818  (a finding, not a failure)
    """This server doesn't send lists as watches."""


class ListWatch(Generic[R]):
    """The objects of one kind, in one namespace or in all."""

    def __init__(
        self,
        connection: Connection,
        kind: ResourceKind[R],
        namespace: str | None,
        silence: float,
        page_size: int,
        label_selector: str,
        rng: Callable[[], float],
        field_selector: str = "",
    ) -> None:
        self._connection = connection
        self._decoder = Decoder(kind)
        self._namespace = namespace
        self._path = kind.resource.path(namespace)
        self._silence = silence
        self._page_size = page_size
        selection = {"labelSelector": label_selector, "fieldSelector": field_selector}
        self._selection = {name: selector for name, selector in selection.items() if selector}
        self._rng = rng
        self._version = ""
        self._mute = False
        """Whether the last watch was opened and never said a word: the next one isn't taken for alive just so."""
        self._listed: set[tuple[str, str]] | None = None
        """Who has come so far, while a list comes as a watch; None otherwise."""

    def forget(self) -> None:
        """Begin the next round with a list."""
        self._version = ""

    async def round(self) -> AsyncGenerator[WatchEvent[R], None]:
        """A list, unless the last watch can be resumed; then a watch, until the server ends it."""
        if not self._version:
            if self._connection.lists_by_watch is not False and not self._connection.compress:
                try:
                    async with aclosing(self._watch(from_start=True)) as events:
                        async for event in events:
                            yield event
                    return
                except _StreamingListRefused:
                    self._connection.lists_by_watch = False
            async with aclosing(self._list()) as events:
                async for event in events:
                    yield event
        async with aclosing(self._watch(from_start=False)) as events:
            async for event in events:
                yield event

    async def _list(self) -> AsyncGenerator[WatchEvent[R], None]:
        listed: set[tuple[str, str]] = set()
        version = ""
        async with aclosing(
            pages(self._connection, self._decoder, self._path, self._selection, self._page_size)
        ) as parts:
            async for page in parts:
                listed.update(map(_key, page.objects))
                version = page.version
                for start in range(0, len(page.objects), self._page_size):
                    yield Arrived(page.objects[start : start + self._page_size])
                    await asyncio.sleep(0)  # let a screen answer its keys in between
        self._version = version
        yield Synced(self._namespace, frozenset(listed))

    async def _watch(self, from_start: bool) -> AsyncGenerator[WatchEvent[R], None]:
        self._listed = set() if from_start else None
        lines = LineSplitter()
        heard = False
        try:
            async with self._connection.stream(self._path, self._parameters(from_start), self._silence) as pieces:
                if not from_start and not self._mute:
                    yield Alive()
                while piece := await self._next(pieces):
                    heard = True
                    if self._mute and not from_start:
                        yield Alive()
                    self._mute = False
                    for event in self._told(lines.feed(piece)):
                        yield event
        except (Unacceptable, Silent) as error:
            if self._trying:
                raise _StreamingListRefused from None
            self._mute = isinstance(error, Silent) and not heard
            raise
        if self._trying:
            raise _StreamingListRefused
        if lines.broken_off or self._listed is not None:
            raise Unreachable("the cluster broke off in the middle of what it was saying")

    @property
    def _trying(self) -> bool:
        return self._listed is not None and self._connection.lists_by_watch is None

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes:
        """The next piece, empty at the end."""
        if not self._trying:
            return await anext(pieces, b"")
        try:
            async with asyncio.timeout(TRIAL):
                return await anext(pieces, b"")
        except TimeoutError:
            # An older server sends what there is, and goes on as a watch that nobody can tell the list's end in.
            raise _StreamingListRefused from None

    def _told(self, blocks: list[Block]) -> Iterator[WatchEvent[R]]:
        """All of one network read, in as few events as keep the order."""
        batch: _Batch[R] = _Batch()
        failure: ApiError | Garbled | None = None
        try:
            for block in blocks:
                for told in self._decoder.events(block):
                    if isinstance(told, ApiError):
                        raise told
                    yield from self._absorbed(told, batch)
        except (ApiError, Garbled) as error:
            failure = error
        yield from batch.flush()
        if failure is not None:
            raise failure

    def _absorbed(self, told: R | Deleted[R] | Bookmark, batch: _Batch[R]) -> Iterable[WatchEvent[R]]:
        if isinstance(told, Bookmark):
            return [*batch.flush(), *self._reached(told)]
        if isinstance(told, Deleted):
            self._note(told.record, gone=True)
            return batch.remove(told.record)
        self._note(told)
        return batch.arrive(told)

    def _note(self, record: R, gone: bool = False) -> None:
        if self._listed is None:
            self._version = record.metadata.resource_version or self._version
        elif gone:
            self._listed.discard(_key(record))
        else:
            # The version isn't a place to resume at: the objects of a list come in no order.
            self._listed.add(_key(record))

    def _reached(self, bookmark: Bookmark) -> Iterator[WatchEvent[R]]:
        if self._listed is None:
            self._version = bookmark.version or self._version
            yield Alive()
        elif bookmark.complete:
            self._connection.lists_by_watch = True
            self._version = bookmark.version
            listed, self._listed = self._listed, None
            yield Synced(self._namespace, frozenset(listed))
        elif self._trying:
            raise _StreamingListRefused

    def _parameters(self, from_start: bool) -> dict[str, str]:
        seconds = SHORTEST + int(self._rng() * (LONGEST - SHORTEST))
        where = (
            {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
            if from_start
            else {"resourceVersion": self._version}
        )
        return {
            **self._selection,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(seconds),
            **where,
        }


class _Batch(Generic[R]):
    """What came together is told together, except where the order matters: twice the same object."""

    def __init__(self) -> None:
        self._arrived: list[R] = []
        self._removed: dict[tuple[str, str], None] = {}

    def arrive(self, record: R) -> Iterable[WatchEvent[R]]:
        told: Iterable[WatchEvent[R]] = self._flush_removed() if self._removed and _key(record) in self._removed else ()
        self._arrived.append(record)
        return told

    def remove(self, record: R) -> Iterable[WatchEvent[R]]:
        key = _key(record)
        told: Iterable[WatchEvent[R]] = (
            self._flush_arrived() if any(_key(each) == key for each in self._arrived) else ()
        )
        self._removed[key] = None
        return told

    def flush(self) -> list[WatchEvent[R]]:
        return [*self._flush_removed(), *self._flush_arrived()]

    def _flush_arrived(self) -> list[WatchEvent[R]]:
        told: list[WatchEvent[R]] = [Arrived(self._arrived)] if self._arrived else []
        self._arrived = []
        return told

    def _flush_removed(self) -> list[WatchEvent[R]]:
        told: list[WatchEvent[R]] = [Removed(list(self._removed))] if self._removed else []
        self._removed = {}
        return told


def _key(record: R) -> tuple[str, str]:
    return record.metadata.namespace, record.metadata.name
