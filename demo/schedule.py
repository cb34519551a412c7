"""What happens when: a clock that can run, run faster, or stand still, and scenes that unfold on it.

A scene is a generator that yields the seconds to wait until its next step. Everything that moves in
the demo is such a scene, so a test can advance an hour in a moment and see the same hour each time.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

Scene = Generator[float, None, None]


@dataclass(order=True)
class Cue:
    """When a scene goes on. Cancelling it ends the scene where it stands."""

    when: float
    turn: int
    scene: Scene = field(compare=False)
    cancelled: bool = field(default=False, compare=False)
    acting: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """A scene may cancel itself: it then ends at its next pause."""
        self.cancelled = True
        if not self.acting:
            self.scene.close()


class Schedule:
    """`start` is the time it is at the beginning (Unix seconds; None: the present)."""

    def __init__(self, start: float | None = None, speed: float = 1.0) -> None:
        self._base = time.time() if start is None else start
        self._speed = speed
        self._since: float | None = None
        self._acting: float | None = None
        self._cues: list[Cue] = []
        self._turns = itertools.count()

    def rewind(self, seconds: float) -> None:
        """Begin earlier, to have a past; only before anything was played."""
        self._base -= seconds

    def now(self) -> float:
        """While a scene acts, exactly the time it was due."""
        if self._acting is not None:
            return self._acting
        if self._since is None:
            return self._base
        return self._base + (time.monotonic() - self._since) * self._speed

    def play(self, scene: Scene, after: float = 0.0) -> Cue:
        cue = Cue(self.now() + after, next(self._turns), scene)
        heapq.heappush(self._cues, cue)
        return cue

    def call(self, act: Callable[[], None], after: float = 0.0) -> Cue:
        return self.play(_once(act), after)

    def every(self, seconds: float, act: Callable[[], None], after: float = 0.0) -> Cue:
        return self.play(_repeated(seconds, act), after)

    def advance(self, seconds: float, between: Callable[[], None] | None = None) -> None:
        """Let time pass at once, as far as it isn't passing by itself. `between` is called after each step."""
        self._pass_until(self.now() + seconds, between)
        self._base += seconds

    def _pass_until(self, end: float, between: Callable[[], None] | None) -> None:
        if between:
            between()
        while self._cues and self._cues[0].when <= end:
            cue = heapq.heappop(self._cues)
            if cue.cancelled:
                continue
            self._acting = cue.when
            try:
                self._step(cue)
                if between:
                    between()
            finally:
                self._acting = None

    def _step(self, cue: Cue) -> None:
        cue.acting = True
        try:
            pause = next(cue.scene)
        except StopIteration:
            return
        finally:
            cue.acting = False
        if cue.cancelled:
            cue.scene.close()
            return
        cue.when += pause
        cue.turn = next(self._turns)
        heapq.heappush(self._cues, cue)

    async def run(self, wake: asyncio.Event, between: Callable[[], None]) -> None:
        """Let time pass by the wall clock, until cancelled; `wake` makes it look up early."""
        self._since = time.monotonic()
        try:
            while True:
                self._pass_until(self.now(), between)
                wait = (self._cues[0].when - self.now()) / self._speed if self._cues else None
                try:
                    async with asyncio.timeout(wait if wait is None else max(wait, 0.0)):
                        await wake.wait()
                except TimeoutError:
                    pass
                wake.clear()
        finally:
            self._base, self._since = self.now(), None


def _once(act: Callable[[], None]) -> Scene:
    act()
    return
    yield 0.0  # what makes it a scene


def _repeated(seconds: float, act: Callable[[], None]) -> Scene:
    while True:
        act()
        yield seconds
