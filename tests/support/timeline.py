"""Forty-eight minutes of a real operator's work, through a server, a feed and onto a board."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from demo.server.api_server import ApiServer
from fleet.board.rows import StackRow
from fleet.fleet import Fleet
from support.fleets import watching
from support.recorded import timeline
from support.waiting import eventually

PLAYED = {"Stack", "Update", "Workspace", "Pod", "Lease", "Deployment", "Namespace"}


async def play(server: ApiServer, speed: float | None) -> None:
    """Put the recorded events into the store, in order; `speed` times as fast as they came, or at once."""
    began, first, count = time.monotonic(), None, 0
    for at, event, obj in timeline():
        if obj["kind"] not in PLAYED:
            continue
        first = at if first is None else first
        count += 1
        if speed is not None:
            await asyncio.sleep(max(0.0, (at - first) / speed - (time.monotonic() - began)))
        elif count % 50 == 0:
            await asyncio.sleep(0)
        apply(server, event, obj)


def apply(server: ApiServer, event: str, obj: dict[str, Any]) -> None:
    meta = obj["metadata"]
    if event == "DELETED":
        server.store.delete(obj["kind"], meta.get("namespace"), meta["name"])
    else:
        server.store.put({**obj, "metadata": {k: v for k, v in meta.items() if k != "resourceVersion"}})


def essence(row: StackRow) -> tuple[Any, ...]:
    """What must be equal: everything but what has been looked up around the Stack, which depends on when."""
    return row.key, row.stack, row.health, row.holder


async def check_that_the_film_ends_like_a_fresh_picture(speed: float | None) -> None:
    async with ApiServer() as server, watching(server) as fleet:
        await eventually(lambda: fleet.board.contexts["lab"].state(time.time()) == "connected")
        await play(server, speed)
        async with watching(server) as fresh:
            await eventually(lambda: synced(fresh))
            expected = {essence(row)[0]: essence(row) for row in fresh.board.stacks.values()}
            assert expected
            await eventually(lambda: {row.key: essence(row) for row in fleet.board.stacks.values()} == expected)


def synced(fleet: Fleet) -> bool:
    return fleet.board.contexts["lab"].stacks.synced
