"""Several followers, a namespace each, told as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Generic

from cluster.resources import R
from cluster.watch.watch_events import Alive, Lost, Restricted, Synced, WatchEvent

AHEAD = 64  # events that wait for the reader, before the followers have to


class MergedWatch(Generic[R]):
    """Followers that are started and stopped while their events are read.

    Trouble that they share is told once, and as long as one is in trouble, no other's `Alive` says that
    all is well. A namespace that is forbidden isn't trouble: it is left out, as `Restricted` tells.
    `restriction` is why there are only these namespaces; empty if no more were asked for.
    """

    def __init__(self, follow: Callable[[str], AsyncGenerator[WatchEvent[R], None]], restriction: str = "") -> None:
        self._follow = follow
        self._restriction = restriction
        self._followers: dict[str, asyncio.Task[None]] = {}
        self._queue: asyncio.Queue[tuple[str, WatchEvent[R] | None]] = asyncio.Queue(AHEAD)
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lost: dict[str, Lost] = {}
        self._told_lost: Lost | None = None
        self._told_seen: tuple[str, ...] | None = None

    def become(self, namespaces: Iterable[str]) -> None:
        """Follow these from now on."""
        wanted = dict.fromkeys(namespaces)
        for namespace in self._followers.keys() - wanted.keys():
            self._followers.pop(namespace).cancel()
            self._lost.pop(namespace, None)
        for namespace in wanted:
            if namespace not in self._followers:
                self._followers[namespace] = asyncio.ensure_future(self._pump(namespace))
                self._followers[namespace].add_done_callback(self._ended)
        if self._told_seen is None and not self._restriction:
            self._told_seen = tuple(self._followers)
        with suppress(asyncio.QueueFull):  # then the reader is awake anyway
            self._queue.put_nowait(("", None))

    async def events(self, until: asyncio.Future[None]) -> AsyncGenerator[WatchEvent[R], None]:
        """What the followers say, until the future is done. They end with it."""
        try:
            while (said := await self._next(until)) is not None:
                for event in self._retold(*said):
                    yield event
        finally:
            followers = list(self._followers.values())
            for follower in followers:
                follower.cancel()
            await asyncio.gather(*followers, return_exceptions=True)

    async def _pump(self, namespace: str) -> None:
        async with aclosing(self._follow(namespace)) as events:
            async for event in events:
                await self._queue.put((namespace, event))

    def _ended(self, follower: asyncio.Task[None]) -> None:
        """A follower ends only when it is cancelled, or by a mistake of ours, which mustn't go unseen."""
        if not follower.cancelled() and (error := follower.exception()) is not None and not self._failed.done():
            self._failed.set_exception(error)

    async def _next(self, until: asyncio.Future[None]) -> tuple[str, WatchEvent[R] | None] | None:
        if self._queue.empty() or until.done() or self._failed.done():
            getting = asyncio.ensure_future(self._queue.get())
            try:
                await asyncio.wait((getting, until, self._failed), return_when=asyncio.FIRST_COMPLETED)
            finally:
                getting.cancel()
            if self._failed.done():
                self._failed.result()
            return None if until.done() else await getting
        return self._queue.get_nowait()

    def _retold(self, namespace: str, event: WatchEvent[R] | None) -> Iterator[WatchEvent[R]]:
        if event is None or namespace not in self._followers:
            pass
        elif isinstance(event, Lost):
            self._lost[namespace] = event
        else:
            if isinstance(event, Synced | Alive):
                self._lost.pop(namespace, None)
            if not isinstance(event, Alive) or self._trouble() is None:
                yield event
                if isinstance(event, Synced | Alive):
                    self._told_lost = None  # so the reader believes
        yield from self._situation()

    def _situation(self) -> Iterator[WatchEvent[R]]:
        """What the reader should know beyond the single events, if it changed."""
        seen = tuple(namespace for namespace in self._followers if not self._refused(namespace))
        if seen and seen != self._told_seen:
            self._told_seen = seen
            yield Restricted(self._why(seen), seen)
        trouble = self._trouble()
        if trouble != self._told_lost:
            self._told_lost = trouble
            yield trouble or Alive()

    def _refused(self, namespace: str) -> bool:
        return namespace in self._lost and self._lost[namespace].forbidden

    def _why(self, seen: tuple[str, ...]) -> str:
        hidden = [namespace for namespace in self._followers if self._refused(namespace)]
        if self._restriction or not hidden:
            return self._restriction
        return f"{len(hidden)} of {len(hidden) + len(seen)} namespaces may not be read: {self._lost[hidden[0]].reason}"

    def _trouble(self) -> Lost | None:
        """One for all of them: the first one's words, the longest duration, the nearest attempt."""
        lost = [each for each in self._lost.values() if not each.forbidden]
        if not lost and self._followers and all(map(self._refused, self._followers)):
            lost = list(self._lost.values())
        if not lost:
            return None
        return replace(lost[0], since=min(each.since for each in lost), retry_at=min(each.retry_at for each in lost))
