"""Waiting before a retry, so that a cluster in trouble isn't kept there, and running several coroutines at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")


async def gather_all(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all, in their order. The first exception cancels the others, and is raised as it is.

    Neither of asyncio's own does both: `gather` lets the others go on, and a TaskGroup raises an ExceptionGroup.
    """
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


Sleep: TypeAlias = Callable[[float], Awaitable[object]]
"""Waits this many seconds: `asyncio.sleep`, or what a test puts in its place."""


class Backoff:
    """Exponential back-off with full jitter: a random time between nothing and a ceiling, which doubles each time.

    The ceiling starts at `first` seconds and ends at `most`. At random, so that a hundred clients whose server was away
    don't come back all at once.
    """

    def __init__(self, first: float, most: float, rng: Callable[[], float]) -> None:
        self._first = first
        self._most = most
        self._rng = rng
        self.tries = 0
        """how often `next` was called since the beginning, or since the last reset"""

    def next(self) -> float:
        """The seconds to wait now."""
        ceiling = min(self._most, self._first * 2.0 ** min(self.tries, 32))
        self.tries += 1
        return self._rng() * ceiling

    def reset(self) -> None:
        """Begin with the first ceiling again: it has worked in between."""
        self.tries = 0


async def pause(seconds: float, sleep: Sleep, hurry: asyncio.Event | None) -> None:
    """Sleep this long, or until the event `hurry` is set. It wakes everybody who waits for it, and is cleared then."""
    if seconds <= 0:
        return
    if hurry is None:
        await sleep(seconds)
        return
    waking = [asyncio.ensure_future(sleep(seconds)), asyncio.ensure_future(hurry.wait())]
    try:
        await asyncio.wait(waking, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waking:
            each.cancel()
        await asyncio.gather(*waking, return_exceptions=True)
    hurry.clear()
