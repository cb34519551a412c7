"""Lists and watches: our client beside kubernetes.aio and beside bytes that nobody decodes."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import aiohttp

from cluster.http.connection import Connection
from cluster.lists import list_all
from cluster.target import Target
from cluster.watch.reflector import follow
from cluster.watch.watch_events import Arrived
from fleet.board.stack_health import judge
from fleet.resource_kinds import STACKS
from tests.bench.figures import Section, at_least, at_most, median, plain

ROOT = Path(__file__).parents[2]
LISTED, STREAMS, EVENTS, RUNS = 10_000, 20, 3_000, 5


@contextmanager
def canned(stacks: int, events: int) -> Iterator[str]:
    """The address of a server that costs nothing, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.canned", str(stacks), str(events)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def sections() -> list[Section]:
    with canned(LISTED, EVENTS) as url:
        return [asyncio.run(_measure(url))]


async def _measure(url: str) -> Section:
    listing = {
        "bytes": await _middle(lambda: _read_bytes(url)),
        "ours": await _middle(lambda: _list_ours(url)),
        "kubernetes.aio": await _middle(lambda: _list_theirs(url), runs=3),
    }
    stacks = await _list_ours(url)
    began = time.perf_counter()
    for stack in stacks:
        judge(stack)
    judging = time.perf_counter() - began
    ours, theirs = await _watch(_watch_ours, url), await _watch(_watch_theirs, url)
    total = STREAMS * EVENTS
    return Section(
        "Lists and watches",
        f"{LISTED:,} Stacks of 2.4 KB; {STREAMS} watch streams of {EVENTS:,} events; a server in another process "
        "that has made its answers before. CPU is this process's own.",
        [
            plain("list and decode to records", f"{listing['ours'] * 1000:.0f} ms"),
            at_least(
                "faster than kubernetes.aio",
                listing["kubernetes.aio"] / listing["ours"],
                10,
                note=f" ({listing['kubernetes.aio'] * 1000:.0f} ms)",
                why="for custom resources its API returns plain dictionaries and builds no models, "
                "which is what costs it most with built-in kinds; reading the bytes alone is a third of our time",
            ),
            at_most(
                "compared to reading the bytes",
                listing["ours"] / listing["bytes"],
                2.5,
                "x",
                2,
                f" ({listing['bytes'] * 1000:.0f} ms)",
                "about 30 ms go into decoding 21 MB and 20 ms into making every text harmless, on top of the bytes",
            ),
            at_most("judging them by our own check", judging * 1000, 300, "ms"),
            plain("watch events, ours", f"{total / ours[0]:,.0f}/s, {ours[1] / total * 1e6:.1f} us of CPU each"),
            plain("kubernetes.aio Watch", f"{total / theirs[0]:,.0f}/s, {theirs[1] / total * 1e6:.0f} us of CPU each"),
            at_least(
                "faster than kubernetes.aio Watch",
                theirs[1] / ours[1],
                15,
                note=" in CPU",
                why="its Watch, too, leaves custom resources as dictionaries, so an event is parsed once and not "
                "three times",
            ),
        ],
    )


async def _middle(work: Callable[[], Awaitable[object]], runs: int = RUNS) -> float:
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - began)
    return median(taken)


def _connection(url: str) -> Connection:
    return Connection(Target(context="bench", server=url))


async def _read_bytes(url: str) -> bytes:
    async with aiohttp.ClientSession() as http, http.get(f"{url}{STACKS.resource.path()}") as answer:
        return await answer.read()


async def _list_ours(url: str) -> list[object]:
    connection = _connection(url)
    try:
        return list(await list_all(connection, STACKS))
    finally:
        await connection.close()


async def _list_theirs(url: str) -> object:
    from kubernetes.aio import client

    configuration = client.Configuration(host=url)
    async with client.ApiClient(configuration) as api:
        return await client.CustomObjectsApi(api).list_cluster_custom_object("pulumi.com", "v1", "stacks")


Watcher = Callable[[str], Awaitable[None]]


async def _watch(watcher: Watcher, url: str) -> tuple[float, float]:
    """Wall and CPU seconds until every stream has delivered everything."""
    began, cpu = time.perf_counter(), _cpu()
    await asyncio.gather(*(watcher(url) for _ in range(STREAMS)))
    return time.perf_counter() - began, _cpu() - cpu


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _watch_ours(url: str) -> None:
    connection, seen = _connection(url), 0
    try:
        async with aclosing(follow(connection, STACKS)) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, Arrived):
                    seen += len(event.objects)
                    if seen >= EVENTS:
                        return
    finally:
        await connection.close()


async def _watch_theirs(url: str) -> None:
    from kubernetes.aio import client, watch

    seen = 0
    async with client.ApiClient(client.Configuration(host=url)) as api:
        source = client.CustomObjectsApi(api).list_cluster_custom_object
        async with watch.Watch().stream(source, "pulumi.com", "v1", "stacks") as stream:
            async for _ in stream:
                seen += 1
                if seen >= EVENTS:
                    return
