"""Simulated time, and one cluster of the simulation: its server, its operator's version, and its own sources of chance.

A routine is a generator that yields the seconds to wait until its next step. Everything that moves in
the demo is such a routine, so a test can advance an hour in a moment and see the same hour each time.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import itertools
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from random import Random

from demo.manifests import event
from demo.server.api_server import ApiServer
from demo.server.object_storage import ObjectStorage
from demo.server.objects import Obj, moment

Routine = Generator[float, None, None]


@dataclass(order=True)
class ScheduledRoutine:
    """A routine, and the simulated time of its next step. `order` decides between steps of the same time."""

    when: float
    order: int
    routine: Routine = field(compare=False)
    cancelled: bool = field(default=False, compare=False)
    running: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """End the routine where it waits. One that cancels itself ends when it waits the next time."""
        self.cancelled = True
        if not self.running:
            self.routine.close()


class Schedule:
    """The clock, and a queue of routines. It begins at `start` (Unix seconds; None: the present).

    `speed` is how many simulated seconds pass in a real one, while `run` lets them.
    """

    def __init__(self, start: float | None = None, speed: float = 1.0) -> None:
        self._base = time.time() if start is None else start
        self._speed = speed
        self._since: float | None = None
        """the monotonic time at which it was `_base`, while time passes by itself"""
        self._due: float | None = None
        """the time at which the routine was due that is running"""
        self._queue: list[ScheduledRoutine] = []
        self._order = itertools.count()

    def now(self) -> float:
        """The simulated time, in Unix seconds. While a routine runs, it is exactly the time at which it was due."""
        if self._due is not None:
            return self._due
        if self._since is None:
            return self._base
        return self._base + (time.monotonic() - self._since) * self._speed

    def start(self, routine: Routine, after: float = 0.0) -> ScheduledRoutine:
        """Run the first step of a routine in so many seconds, and then whenever it is due."""
        scheduled = ScheduledRoutine(self.now() + after, next(self._order), routine)
        heapq.heappush(self._queue, scheduled)
        return scheduled

    def call(self, callback: Callable[[], None], after: float = 0.0) -> ScheduledRoutine:
        """Call it once, in so many seconds."""
        return self.start(_once(callback), after)

    def every(self, seconds: float, callback: Callable[[], None], after: float = 0.0) -> ScheduledRoutine:
        """Call it again and again: in `after` seconds, then every so many."""
        return self.start(_repeatedly(seconds, callback), after)

    def advance(self, seconds: float, between: Callable[[], None] | None = None) -> None:
        """Let simulated time pass at once. `between` is called after each step of a routine."""
        self._run_until(self.now() + seconds, between)
        self._base += seconds

    async def run(self, wake: asyncio.Event, between: Callable[[], None]) -> None:
        """Let time pass by the wall clock, until cancelled.

        `between` is called after each step of a routine, and whenever `wake` is set.
        """
        self._since = time.monotonic()
        try:
            while True:
                self._run_until(self.now(), between)
                wait = (self._queue[0].when - self.now()) / self._speed if self._queue else None
                try:
                    async with asyncio.timeout(wait if wait is None else max(wait, 0.0)):
                        await wake.wait()
                except TimeoutError:
                    pass
                wake.clear()
        finally:
            self._base, self._since = self.now(), None

    def _run_until(self, end: float, between: Callable[[], None] | None) -> None:
        if between:
            between()
        while self._queue and self._queue[0].when <= end:
            scheduled = heapq.heappop(self._queue)
            if scheduled.cancelled:
                continue
            self._due = scheduled.when
            try:
                self._step(scheduled)
                if between:
                    between()
            finally:
                self._due = None

    def _step(self, scheduled: ScheduledRoutine) -> None:
        scheduled.running = True
        try:
            pause = next(scheduled.routine)
        except StopIteration:
            return
        finally:
            scheduled.running = False
        if scheduled.cancelled:
            scheduled.routine.close()
            return
        scheduled.when += pause
        scheduled.order = next(self._order)
        heapq.heappush(self._queue, scheduled)


def _once(callback: Callable[[], None]) -> Routine:
    callback()
    yield from ()


def _repeatedly(seconds: float, callback: Callable[[], None]) -> Routine:
    while True:
        callback()
        yield seconds


@dataclass(eq=False)
class SimulatedContext:
    """`pko` is the operator's version, such as v2.9.0."""

    context: str
    server: ApiServer
    schedule: Schedule
    pko: str
    random: Random
    _events: dict[tuple[str, str, str, str], str] = field(default_factory=dict)

    @property
    def store(self) -> ObjectStorage:
        return self.server.store

    def now(self) -> float:
        return self.schedule.now()

    @property
    def stalls(self) -> bool:
        """Whether this operator gives up after three failures: 2.8 and later do."""
        major, minor = self.pko.lstrip("v").split(".")[:2]
        return (int(major), int(minor)) >= (2, 8)

    def commit(self, text: str) -> str:
        """A commit hash, always the same for the same text."""
        return hashlib.sha1(f"{self.context}/{text}".encode(), usedforsecurity=False).hexdigest()

    def record(
        self, about: Obj, reason: str, message: str, component: str, *, warning: bool = False, at: float | None = None
    ) -> None:
        """An Event; one that repeats is counted, as the event recorder does."""
        when = self.now() if at is None else at
        metadata = about["metadata"]
        same = (metadata.get("uid", ""), reason, message, component)
        name = self._events.get(same) or f"{metadata['name']}.{self.random.getrandbits(60):x}"
        old = self.store.get("Event", metadata["namespace"], name)
        first = moment(old["firstTimestamp"]) if old else when
        count = old["count"] + 1 if old else 1
        self._events[same] = name
        kind = "Warning" if warning else "Normal"
        made = event(about, reason, message, component, last=when, name=name, kind=kind, first=first, count=count)
        self.store.put(made)
