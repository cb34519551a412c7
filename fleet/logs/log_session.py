"""What all readers of one request for logs share: the merger of lines, the queue of notices, the limit of open logs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

from cluster.backoff import Sleep
from fleet.clock import Clock
from fleet.logs.log_events import About, Event, LinesWritten, LogNotice, LogOptions, LogsLimited, Notice
from fleet.logs.log_merge import LogMerger
from fleet.logs.log_sources import LogSource

GATHERING = 0.05
"""seconds in which those who have to wait for a slot are gathered, to be named in one notice"""


class LogSession:
    """Given to everything that reads logs for one request. Its tasks end with the reader of `events`."""

    def __init__(
        self, options: LogOptions, window: float, sleep: Sleep, clock: Callable[[], float], now: Clock
    ) -> None:
        self.options = options
        self.sleep = sleep
        self.now = now
        self.merger = LogMerger(window, clock)
        self._slots: asyncio.Queue[None] = asyncio.Queue()
        """the free ones; a queue's items can be taken without a turn of the event loop, a semaphore can't"""
        for _ in range(options.most):
            self.release_slot()
        self._waiting: dict[LogSource, None] = {}
        self._named_as_waiting: set[LogSource] = set()
        self._naming: asyncio.TimerHandle | None = None
        self._undelivered: deque[Event] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None

    def deliver(self, event: Event) -> None:
        """Let the reader have this event before any line that is still being merged."""
        self._undelivered.append(event)
        self.merger.wake.set()

    def notify(self, about: About, notice: Notice) -> None:
        self.deliver(LogNotice(about, notice))

    @property
    def has_free_slot(self) -> bool:
        """Whether one more log may be opened at once: none is free while others wait for it."""
        return not (self._waiting or self._slots.empty())

    def acquire_slot_now(self) -> bool:
        """Take a slot if one is free: a log that opens at once belongs to the merger before the next one opens."""
        if free := self.has_free_slot:
            self._slots.get_nowait()
        return free

    def release_slot(self) -> None:
        self._slots.put_nowait(None)

    async def acquire_slot(self, source: LogSource) -> None:
        """Wait until one more log may be open. A notice names those who have to wait, all of them at once."""
        self._waiting[source] = None
        if self._naming is None:
            delay = GATHERING if self.options.window.follow else 0.0  # followed pods come one by one
            self._naming = asyncio.get_running_loop().call_later(delay, self._name_waiting)
        try:
            await self._slots.get()
        finally:
            del self._waiting[source]

    def start_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run this as long as anybody reads the events."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task

    async def events(self) -> AsyncGenerator[Event, None]:
        """Everything, in order; it ends when all tasks are done. Raises what a task raised."""
        try:
            while True:
                self.merger.wake.clear()
                while self._undelivered:
                    yield self._undelivered.popleft()
                for event in self.merger.due():
                    if not isinstance(event, LinesWritten) or event.block:
                        yield event
                if self._failed is not None:
                    raise self._failed
                if not self._tasks and not self._undelivered and self.merger.empty:
                    return
                await self._wait_for_more()
        finally:
            if self._naming is not None:
                self._naming.cancel()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait_for_more(self) -> None:
        try:
            async with asyncio.timeout(self.merger.wait):
                await self.merger.wake.wait()
        except TimeoutError:
            pass  # a line has waited long enough for older ones

    def _name_waiting(self) -> None:
        self._naming = None
        waiting = tuple(self._waiting)
        if not self._named_as_waiting.issuperset(waiting):
            self._named_as_waiting.update(waiting)
            self.notify("", LogsLimited(self.options.most, waiting))

    def _task_done(self, task: asyncio.Task[None]) -> None:
        """What a cluster does wrong is a value; a task that raises has a bug, and nobody should have to guess."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed = error
        self.merger.wake.set()
