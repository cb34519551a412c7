"""Scripts of others that take as long as the event loop takes to come round, so that who holds it up waits in vain."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress

import pytest

from health.result import ScriptError
from support.waiting import LIMIT

_BEATS = 10


class Heart:
    """Counts how often the loop came round, and stands in for the process of scripts (`LuaWorker`).

    Each question there is answered after some more beats, by a script that has used its second; `stopped` tells that
    they didn't come.
    """

    def __init__(self) -> None:
        self.beats = 0
        self.stopped = False
        self._until = time.monotonic() + LIMIT

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(0.01)
            self.beats += 1

    def engine(self, lua: str, *, open_libs: bool) -> str:
        return "lua51"

    def run_each(self, lua: str, objs: Iterable[object], *, open_libs: bool) -> Iterator[ScriptError]:
        for _ in objs:
            before = self.beats
            while self.beats < before + _BEATS and not self.stopped:
                time.sleep(0.001)
                self.stopped = time.monotonic() > self._until
            yield ScriptError("context deadline exceeded")


@asynccontextmanager
async def scripts_end_by_heartbeats(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Heart]:
    """Every script of others takes ten beats of the loop: whoever holds the loop up waits for it in vain."""
    heart = Heart()
    monkeypatch.setattr("health.lua.worker_process.lua_worker", lambda: heart)
    beating = asyncio.create_task(heart.beat())
    try:
        yield heart
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
