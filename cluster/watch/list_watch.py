"""One list and the watch after it, and the version at which the next watch resumes.

A list comes in pages, or as the beginning of a watch (`sendInitialEvents`). The second saves the server
memory and us a request, but a watch is never compressed: of 10,000 Stacks over TLS it takes three times
the CPU time, and over a slow line ten times as long. So it is for connections that don't compress.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from typing import Generic

from cluster.decoding.decoder import Bookmark, Decoder, Deleted, UnreadableObject
from cluster.decoding.line_splitter import Block, LineSplitter
from cluster.errors import ApiError, Garbled, Silent, Unacceptable, Unreachable
from cluster.http.connection import Connection
from cluster.list_bounds import MOST_OBJECTS
from cluster.lists import ListPages
from cluster.resources import R, ResourceKind
from cluster.watch.store import ObjectKey
from cluster.watch.watch_events import Alive, Arrived, Obscured, Removed, Synced, WatchEvent

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
        selectors = {"labelSelector": label_selector, "fieldSelector": field_selector}
        self._selectors = {name: selector for name, selector in selectors.items() if selector}
        self._rng = rng
        self._version = ""
        """The resourceVersion at which the next watch resumes; empty where it takes a list first."""
        self._nothing_came = False
        """Whether the last watch was opened and never sent a byte: then the next isn't taken for alive by opening."""
        self._listed: set[ObjectKey] | None = None
        """The objects that have come so far, while a list comes as a watch; None otherwise."""
        self._unreadable: set[ObjectKey] = set()
        """Those that have come in such a list and can't be read."""
        self._list_until = math.inf
        """when such a list has to be complete, by the loop's clock"""

    def forget(self) -> None:
        """Begin the next round with a list."""
        self._version = ""

    def requests(self) -> Iterator[AsyncGenerator[WatchEvent[R], None]]:
        """The requests of one round, to be read to the end one after the other: the events of each.

        A list, unless the last watch can be resumed; then a watch, until the server ends it. A plain iterator
        of generators, so that an event doesn't pass through one more of them. Each is made only when the one
        before has ended, since what that has found out decides which is next.
        """
        if not self._version:
            if self._connection.lists_by_watch is not False and not self._connection.compress:
                yield self._streaming_list()
                if self._version:
                    return  # the list came, and the watch after it, in one request
            yield self._paged_list()
        yield self._watch()

    async def _paged_list(self) -> AsyncGenerator[WatchEvent[R], None]:
        unreadable: set[ObjectKey] = set()
        version = ""
        async with aclosing(
            ListPages(self._connection, self._decoder, self._path, self._selectors, self._page_size)
        ) as pages:
            async for page in pages:
                unreadable.update(each.key for each in page.unreadable)
                version = page.version
                for start in range(0, len(page.objects), self._page_size):
                    yield Arrived(page.objects[start : start + self._page_size])
                    await asyncio.sleep(0)  # let a screen answer its keys in between
        self._version = version
        yield Synced(self._namespace, frozenset(pages.keys), frozenset(unreadable))

    async def _watch(self) -> AsyncGenerator[WatchEvent[R], None]:
        """What changes after the version that is known, until the server ends the watch."""
        lines = LineSplitter()
        nothing_came = True
        self._listed = None
        try:
            async with self._connection.stream(
                self._path, self._parameters({"resourceVersion": self._version}), self._silence
            ) as pieces:
                if not self._nothing_came:
                    yield Alive()
                async for piece in pieces:
                    nothing_came = False
                    if self._nothing_came:
                        self._nothing_came = False
                        yield Alive()
                    for event in self._events(lines.feed(piece)):
                        yield event
        except (Unacceptable, Silent) as error:
            self._nothing_came = isinstance(error, Silent) and nothing_came
            raise
        if lines.broken_off:
            raise Unreachable(_BROKEN_OFF)

    async def _streaming_list(self) -> AsyncGenerator[WatchEvent[R], None]:
        """The list as the beginning of a watch. Where the server doesn't send lists so, it ends, with no version."""
        lines = LineSplitter()
        nothing_came = True
        self._list_until = _now() + (self._connection.request_timeout or math.inf)
        self._listed, self._unreadable = set(), set()
        parameters = self._parameters({"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"})
        try:
            async with self._connection.stream(self._path, parameters, self._silence) as pieces:
                while piece := await self._next_piece(pieces):
                    nothing_came = self._nothing_came = False
                    for event in self._events(lines.feed(piece)):
                        yield event
            if self._trying:
                raise _StreamingListRefused
        except _StreamingListRefused:
            self._connection.lists_by_watch = False
            return
        except (Unacceptable, Silent) as error:
            if self._trying:
                self._connection.lists_by_watch = False
                return
            self._nothing_came = isinstance(error, Silent) and nothing_came
            raise
        if lines.broken_off or self._listed is not None:
            raise Unreachable(_BROKEN_OFF)

    @property
    def _trying(self) -> bool:
        """Whether a list is coming as a watch from a server that has never sent one so to its end."""
        # Also where another kind has just found out that it doesn't: this request may have been on its way.
        return self._listed is not None and not self._connection.lists_by_watch

    async def _next_piece(self, pieces: AsyncIterator[bytes]) -> bytes:
        """The next piece of the answer; empty at its end. A list has to be complete in the time of a request."""
        if self._listed is None:
            return await anext(pieces, b"")
        left = self._list_until - _now()
        try:
            async with asyncio.timeout(min(left, TRIAL) if self._trying else None if math.isinf(left) else left):
                return await anext(pieces, b"")
        except TimeoutError:
            if not self._trying:
                raise Unreachable(f"the list of {self._decoder.resource} didn't come to its end in time") from None
            # An older server sends what there is, and goes on as a watch that nobody can tell the list's end in.
            raise _StreamingListRefused from None

    def _events(self, blocks: list[Block]) -> Iterator[WatchEvent[R]]:
        """All of one network read, in as few events as keep the order."""
        batch: _Batch[R] = _Batch()
        failure: ApiError | Garbled | None = None
        try:
            for block in blocks:
                for decoded in self._decoder.events(block):
                    if isinstance(decoded, ApiError):
                        raise decoded
                    yield from self._add(decoded, batch)
        except (ApiError, Garbled) as error:
            failure = error
        yield from batch.flush()
        if failure is not None:
            raise failure

    def _add(self, decoded: R | Deleted[R] | UnreadableObject | Bookmark, batch: _Batch[R]) -> Iterable[WatchEvent[R]]:
        """Put it into the batch; what has to be said before it, or at once, comes back."""
        if isinstance(decoded, Bookmark):
            return [*batch.flush(), *self._at_bookmark(decoded)]
        if isinstance(decoded, UnreadableObject):
            return [*batch.flush(), *self._at_unreadable(decoded)]
        if isinstance(decoded, Deleted):
            self._note(decoded.record, deleted=True)
            return batch.remove(decoded.record)
        self._note(decoded)
        return batch.arrive(decoded)

    def _note(self, record: R, deleted: bool = False) -> None:
        """Remember which object it was while a list comes, and afterwards its version."""
        if self._listed is None:
            self._version = record.metadata.resource_version or self._version
        elif deleted:
            self._listed.discard(_key(record))
        else:
            # The version isn't a place to resume at: the objects of a list come in no order.
            self._listed.add(_key(record))
            if len(self._listed) > MOST_OBJECTS:
                raise Garbled(f"there are more than {MOST_OBJECTS:,} {self._decoder.resource}; so many aren't read")

    def _at_unreadable(self, found: UnreadableObject) -> Iterator[WatchEvent[R]]:
        if self._listed is None:
            self._version = found.version or self._version
            yield Removed([found.key]) if found.deleted else Obscured([found.key])
            return
        self._listed.discard(found.key)
        if found.deleted:
            self._unreadable.discard(found.key)
        else:
            self._unreadable.add(found.key)

    def _at_bookmark(self, bookmark: Bookmark) -> Iterator[WatchEvent[R]]:
        if self._listed is None:
            self._version = bookmark.version or self._version
            yield Alive()
        elif bookmark.complete:
            self._connection.lists_by_watch = True
            self._version = bookmark.version
            listed, self._listed = self._listed, None
            yield Synced(self._namespace, frozenset(listed), frozenset(self._unreadable))
        elif self._trying:
            raise _StreamingListRefused

    def _parameters(self, start: dict[str, str]) -> dict[str, str]:
        """The query of a watch that begins at `start`."""
        seconds = SHORTEST + int(self._rng() * (LONGEST - SHORTEST))
        return {
            **self._selectors,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(seconds),
            **start,
        }


_BROKEN_OFF = "the cluster broke off in the middle of what it was saying"


class _Batch(Generic[R]):
    """The objects of one network read, put together into one `Arrived` and one `Removed`.

    Except where the order matters: what comes a second time in the same read, and differently, first flushes
    what says the opposite.
    """

    def __init__(self) -> None:
        self._arrived: list[R] = []
        self._removed: dict[ObjectKey, None] = {}

    def arrive(self, record: R) -> Iterable[WatchEvent[R]]:
        before = self._flush_removed() if self._removed and _key(record) in self._removed else []
        self._arrived.append(record)
        return before

    def remove(self, record: R) -> Iterable[WatchEvent[R]]:
        key = _key(record)
        before = self._flush_arrived() if any(_key(each) == key for each in self._arrived) else []
        self._removed[key] = None
        return before

    def flush(self) -> list[WatchEvent[R]]:
        return [*self._flush_removed(), *self._flush_arrived()]

    def _flush_arrived(self) -> list[WatchEvent[R]]:
        events: list[WatchEvent[R]] = [Arrived(self._arrived)] if self._arrived else []
        self._arrived = []
        return events

    def _flush_removed(self) -> list[WatchEvent[R]]:
        events: list[WatchEvent[R]] = [Removed(list(self._removed))] if self._removed else []
        self._removed = {}
        return events


def _now() -> float:
    return asyncio.get_running_loop().time()


def _key(record: R) -> ObjectKey:
    return record.metadata.namespace, record.metadata.name
