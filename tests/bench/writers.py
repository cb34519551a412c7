"""Workspace pods that write, in a process of their own.

usage: python -m tests.bench.writers CONTEXTS PODS   (prints kubeconfigs as JSON, then obeys lines on stdin)

    rate N      from now on N lines a second, spread over all pods; 0 stops, and answers how many were written in all
    fill N      N lines at once into the first pod
    wide N      a line of N characters into the first pod
    size N      every line has about N characters from now on
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack

from demo.server.api_server import ApiServer
from demo.server.objects import stamp_fraction
from support.workspaces import put_workspace

TICK = 0.02
KEPT = 50_000
NAMESPACE = "prod"
BEGUN = (
    '2026-11-25T10:00:00.000Z\tINFO\tserver\tselected a stack\t{"name": "dev"}',
    "2026-11-25T10:00:01.000Z\tINFO\tpulumi\tUpdating (dev):",
)
"""so that the run is one, and nobody takes its lines for outputs"""


class Writers:
    """The servers, and what their pods write."""

    def __init__(self, servers: list[ApiServer], pods: int) -> None:
        self._places = [(server, f"s{number:02}") for number in range(pods // len(servers)) for server in servers]
        for server, name in self._places:
            put_workspace(server, name, NAMESPACE)
            server.logs.extend(NAMESPACE, f"{name}-workspace-0", "pulumi", BEGUN)
        self._rate = 0
        self._size = 0
        self.written = 0

    def obey(self, line: str) -> None:
        verb, _, value = line.strip().partition(" ")
        number = int(value or 0)
        match verb:
            case "rate":
                self._rate = number
                if not number:
                    print(self.written, flush=True)
            case "fill":
                self._write(0, number)
            case "wide":
                server, name = self._places[0]
                server.logs.append(NAMESPACE, f"{name}-workspace-0", "pulumi", "w" * number)
                self.written += 1
            case "size":
                self._size = number

    async def write(self) -> None:
        began, done = time.monotonic(), 0
        while True:
            await asyncio.sleep(TICK)
            if not self._rate:
                began, done = time.monotonic(), 0
                continue
            due = int((time.monotonic() - began) * self._rate) - done
            share = -(-due // len(self._places))
            for place in range(len(self._places)):
                self._write(place, min(share, due))
                done += min(share, due)
                due -= min(share, due)

    def _write(self, place: int, count: int) -> None:
        server, name = self._places[place]
        at = stamp_fraction(time.time(), 3)
        more = "y" * self._size
        lines = [f"{at}\tINFO\tpulumi\t    batch {self.written + n}: rows copied {more}" for n in range(count)]
        server.logs.extend(NAMESPACE, f"{name}-workspace-0", "pulumi", lines)
        self.written += count


async def _serve(contexts: int, pods: int) -> None:
    async with AsyncExitStack() as opened:
        servers = [await opened.enter_async_context(ApiServer()) for _ in range(contexts)]
        for server in servers:
            server.logs._keep = KEPT
        writers = Writers(servers, pods)
        configs = [server.kubeconfig(f"cluster-{number}") for number, server in enumerate(servers)]
        print(json.dumps(configs), flush=True)
        writing = asyncio.create_task(writers.write())
        while line := await asyncio.to_thread(sys.stdin.readline):
            writers.obey(line)
        writing.cancel()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
