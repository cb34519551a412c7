"""The watches of several namespaces, merged into one stream of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing, suppress
from typing import Generic

from msgspec.structs import replace

from cluster.resources import R
from cluster.watch.watch_events import Alive, Lost, Restricted, Synced, WatchEvent

AHEAD = 64  # events that wait for the reader, before the watches have to


class MergedWatch(Generic[R]):
    """One watch a namespace, each in a task of its own, started and stopped while their events are read.

    A failure that several share is reported once, and as long as one of them has failed, no other's `Alive` says
    that all is well. A namespace that is forbidden isn't a failure: it is left out, and reported as `Restricted`.
    `restriction` is why there are only these namespaces; empty if no more were asked for.
    """

    def __init__(
        self, follow_namespace: Callable[[str], AsyncGenerator[WatchEvent[R], None]], restriction: str = ""
    ) -> None:
        self._follow_namespace = follow_namespace
        self._restriction = restriction
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._queue: asyncio.Queue[tuple[str, WatchEvent[R] | None]] = asyncio.Queue(AHEAD)
        self._crashed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lost: dict[str, Lost] = {}
        self._reported_lost: Lost | None = None
        self._reported_namespaces: tuple[str, ...] | None = None

    def set_namespaces(self, namespaces: Iterable[str]) -> None:
        """Follow these from now on, and no others."""
        wanted = dict.fromkeys(namespaces)
        for namespace in self._watches.keys() - wanted.keys():
            self._watches.pop(namespace).cancel()
            self._lost.pop(namespace, None)
        for namespace in wanted:
            if namespace not in self._watches:
                self._watches[namespace] = asyncio.ensure_future(self._watch(namespace))
                self._watches[namespace].add_done_callback(self._ended)
        if self._reported_namespaces is None and not self._restriction:
            self._reported_namespaces = tuple(self._watches)
        with suppress(asyncio.QueueFull):  # then the reader is awake anyway
            self._queue.put_nowait(("", None))

    async def events(self, until: asyncio.Future[None]) -> AsyncGenerator[WatchEvent[R], None]:
        """The events of all, until the future is done. The watches end with this generator."""
        try:
            while (queued := await self._next(until)) is not None:
                for event in self._merge(*queued):
                    yield event
        finally:
            watches = list(self._watches.values())
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)

    async def _watch(self, namespace: str) -> None:
        async with aclosing(self._follow_namespace(namespace)) as events:
            async for event in events:
                await self._queue.put((namespace, event))

    def _ended(self, watch: asyncio.Task[None]) -> None:
        """A watch ends only when it is cancelled, or by a mistake of ours, which mustn't go unseen."""
        if not watch.cancelled() and (error := watch.exception()) is not None and not self._crashed.done():
            self._crashed.set_exception(error)

    async def _next(self, until: asyncio.Future[None]) -> tuple[str, WatchEvent[R] | None] | None:
        """A namespace and its next event (None: the namespaces may have changed); None once `until` is done."""
        if self._queue.empty() or until.done() or self._crashed.done():
            getting = asyncio.ensure_future(self._queue.get())
            try:
                await asyncio.wait((getting, until, self._crashed), return_when=asyncio.FIRST_COMPLETED)
            finally:
                getting.cancel()
            if self._crashed.done():
                self._crashed.result()
            return None if until.done() else await getting
        return self._queue.get_nowait()

    def _merge(self, namespace: str, event: WatchEvent[R] | None) -> Iterator[WatchEvent[R]]:
        """The events that the reader gets for an event of one namespace."""
        if event is None or namespace not in self._watches:
            pass
        elif isinstance(event, Lost):
            self._lost[namespace] = event
        else:
            if isinstance(event, Synced | Alive):
                self._lost.pop(namespace, None)
            if not isinstance(event, Alive) or self._common_lost() is None:
                yield event
                if isinstance(event, Synced | Alive):
                    self._reported_lost = None  # that is how the reader understands it
        yield from self._report()

    def _report(self) -> Iterator[WatchEvent[R]]:
        """Which namespaces can be read, and what is wrong with them together, where that has changed."""
        readable = tuple(namespace for namespace in self._watches if not self._forbidden(namespace))
        if readable and readable != self._reported_namespaces:
            self._reported_namespaces = readable
            yield Restricted(self._why_restricted(readable), readable)
        lost = self._common_lost()
        if lost != self._reported_lost:
            self._reported_lost = lost
            yield lost or Alive()

    def _forbidden(self, namespace: str) -> bool:
        return namespace in self._lost and self._lost[namespace].forbidden

    def _why_restricted(self, readable: tuple[str, ...]) -> str:
        hidden = [namespace for namespace in self._watches if self._forbidden(namespace)]
        if self._restriction or not hidden:
            return self._restriction
        total = len(hidden) + len(readable)
        return f"{len(hidden)} of {total} namespaces may not be read: {self._lost[hidden[0]].reason}"

    def _common_lost(self) -> Lost | None:
        """One for all that have failed: the first one's words, the longest duration, the nearest attempt."""
        lost = [each for each in self._lost.values() if not each.forbidden]
        if not lost and self._watches and all(map(self._forbidden, self._watches)):
            lost = list(self._lost.values())
        if not lost:
            return None
        return replace(lost[0], since=min(each.since for each in lost), retry_at=min(each.retry_at for each in lost))
