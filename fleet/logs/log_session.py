"""The logs of a set of Stacks, over all their contexts, as one stream of events.

Which pods are a Stack's is decided by owner references, again and again while logs are followed: a
pod that comes later is picked up, one that is gone has ended. Only so many logs are open at once; the
others wait their turn, and it is said that they do. Where there is no log, what is known instead is
told in its place. Nothing of this knows whether a person or a file reads it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from cluster.backoff import Sleep
from cluster.http.connection import Connection
from fleet.logs.log_events import Event, LinesWritten, LogNotice, LogOptions, LogsLimited, LogSource
from fleet.logs.log_merge import WINDOW, LogMerger
from fleet.logs.open_log_limit import OpenLogLimit
from fleet.scope import StackSelector

MOMENT = 0.05
"""seconds in which it shows who all has to wait"""


async def read_logs(
    connections: Mapping[str, Connection],
    whos: Sequence[StackSelector],
    wish: LogOptions | None = None,
    *,
    window: float = WINDOW,
    sleep: Sleep = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[Event, None]:
    """What the logs of these Stacks hold, and with `follow` what comes, until nobody asks any more."""
    from fleet.logs.followed_logs import follow_context
    from fleet.logs.listed_logs import list_context

    wish = wish or LogOptions()
    desk = LogSession(wish, window if wish.window.follow else float("inf"), sleep, clock)
    for who in whos:
        desk.merger.hold(who.context)
        watch = follow_context if wish.window.follow else list_context
        desk.start(watch(desk, connections[who.context], who))
    async with aclosing(desk.events()) as events:
        async for event in events:
            yield event


class LogSession:
    """Where everything comes together: logs, what happened to them, and what couldn't be had."""

    def __init__(self, wish: LogOptions, window: float, sleep: Sleep, clock: Callable[[], float]) -> None:
        self.wish = wish
        self.sleep = sleep
        self.merger = LogMerger(window, clock)
        self.places = OpenLogLimit(wish.most)
        self._waiting: dict[LogSource, None] = {}
        self._told: set[LogSource] = set()
        self._telling: asyncio.TimerHandle | None = None
        self._news: deque[Event] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None

    def say(self, event: Event) -> None:
        """Tell the reader at once."""
        self._news.append(event)
        self.merger.wake.set()

    async def take_place(self, origin: LogSource) -> None:
        """Wait until one more log may be open. Who has to wait is told, all of them at once."""
        self._waiting[origin] = None
        if self._telling is None:
            moment = MOMENT if self.wish.window.follow else 0.0  # followed pods come one by one
            self._telling = asyncio.get_running_loop().call_later(moment, self._tell_who_waits)
        try:
            await self.places.take()
        finally:
            del self._waiting[origin]

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do this too, as long as anybody reads."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def events(self) -> AsyncGenerator[Event, None]:
        """Everything, in order; it ends when all work is done."""
        try:
            while True:
                self.merger.wake.clear()
                while self._news:
                    yield self._news.popleft()
                for event in self.merger.due():
                    if not isinstance(event, LinesWritten) or event.block:
                        yield event
                if self._failed is not None:
                    raise self._failed
                if not self._tasks and not self._news and self.merger.empty:
                    return
                await self._rest()
        finally:
            if self._telling is not None:
                self._telling.cancel()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self.merger.wait):
                await self.merger.wake.wait()
        except TimeoutError:
            pass  # something is due

    def _tell_who_waits(self) -> None:
        self._telling = None
        waiting = tuple(self._waiting)
        if not self._told.issuperset(waiting):
            self._told.update(waiting)
            self.say(LogNotice("", LogsLimited(self.wish.most, waiting)))

    def _done(self, task: asyncio.Task[None]) -> None:
        """What a cluster does wrong is a value; a task that raises has a bug, and nobody should have to guess."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed = error
        self.merger.wake.set()
