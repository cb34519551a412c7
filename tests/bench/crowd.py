"""Many contexts full of Stacks that change, in a process of their own.

usage: python -m tests.bench.crowd CONTEXTS STACKS   (prints a kubeconfig as JSON, then obeys lines on stdin)

    rate N      from now on N changes a second, spread over all Stacks
    mark TEXT   the worst Stack's message becomes TEXT; answers with the instant at which it was written
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

from demo.server.api_server import ApiServer
from tests.bench.objects import stack

TICK = 0.02


class Crowd:
    """The servers, and what changes on them."""

    def __init__(self, servers: list[ApiServer], stacks: int) -> None:
        self._servers = servers
        self._stacks = stacks
        self._rate = 0
        self._next = 1

    def fill(self) -> None:
        for number in range(self._stacks):
            self._put(number, stack(number, message="first" if number == 0 else ""))

    async def obey(self, line: str) -> None:
        verb, _, rest = line.strip().partition(" ")
        if verb == "rate":
            self._rate = int(rest)
        elif verb == "mark":
            self._put(0, stack(0, message=rest, at="2020-01-01T00:00:00Z"))
            print(time.time(), flush=True)

    async def change(self) -> None:
        began, done = time.monotonic(), 0
        while True:
            await asyncio.sleep(TICK)
            if not self._rate:
                began, done = time.monotonic(), 0
                continue
            due = int((time.monotonic() - began) * self._rate)
            at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            while done < due:
                number = 1 + self._next % (self._stacks - 1)
                self._next += 7919
                self._put(number, stack(number, message=f"change {done}" if done % 10 == 0 else "", at=at))
                done += 1

    def _put(self, number: int, obj: dict[str, Any]) -> None:
        self._servers[number % len(self._servers)].store.put(obj)


async def _serve(contexts: int, stacks: int) -> None:
    async with AsyncExitStack() as opened:
        servers = [await opened.enter_async_context(ApiServer(history=50_000)) for _ in range(contexts)]
        crowd = Crowd(servers, stacks)
        crowd.fill()
        configs = [server.kubeconfig(f"cluster-{number:02}") for number, server in enumerate(servers)]
        print(json.dumps(configs), flush=True)
        changing = asyncio.create_task(crowd.change())
        while line := await asyncio.to_thread(sys.stdin.readline):
            await crowd.obey(line)
        changing.cancel()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
