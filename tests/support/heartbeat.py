"""A clock that goes on only while the event loop does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace

import pytest

from support.waiting import LIMIT


class Heart:
    """Counts how often the loop came round; `stopped` if it didn't for too long."""

    def __init__(self) -> None:
        self.beats = 0
        self.stopped = False
        self._until = time.monotonic() + LIMIT

    def now(self) -> float:
        """Ten beats are a second. A loop that stands still stops the clock, until it is clear that it hangs."""
        if time.monotonic() > self._until:
            self.stopped = True
            return time.monotonic() * 1e6
        return self.beats / 10

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(0.01)
            self.beats += 1


@asynccontextmanager
async def scripts_end_by_heartbeats(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Heart]:
    """A script's second passes in ten beats of the loop: whoever holds the loop up waits for it in vain."""
    heart = Heart()
    monkeypatch.setattr("health.lua.sandbox.INSTRUCTIONS", 10**15)
    monkeypatch.setattr("health.lua.sandbox.time", SimpleNamespace(monotonic=heart.now))
    beating = asyncio.create_task(heart.beat())
    try:
        yield heart
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
