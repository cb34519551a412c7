"""How long to wait before trying again, so that a cluster in trouble isn't kept there by those who watch it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

Sleep: TypeAlias = Callable[[float], Awaitable[object]]


class Backoff:
    """Anything between nothing and a ceiling that doubles each time: a hundred clients don't come back together."""

    def __init__(self, first: float, most: float, rng: Callable[[], float]) -> None:
        self._first = first
        self._most = most
        self._rng = rng
        self.tries = 0

    def next(self) -> float:
        ceiling = min(self._most, self._first * 2.0 ** min(self.tries, 32))
        self.tries += 1
        return self._rng() * ceiling

    def reset(self) -> None:
        self.tries = 0


async def pause(seconds: float, sleep: Sleep, hurry: asyncio.Event | None) -> None:
    """Sleep, unless somebody is in a hurry. Setting the event wakes everybody who waits, and is used up by it."""
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
