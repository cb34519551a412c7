"""Logs on a terminal: what it costs to take them, how soon a key is answered meanwhile, what they take of memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from cluster.container_logs.log_stream import LogWindow
from cluster.http.connection import Connection
from cluster.target import KubeconfigUser, Target
from demo.server.api_server import ApiServer
from fleet.board.rows import Key
from fleet.logs.log_events import LinesWritten, LogOptions
from fleet.logs.log_sources import workspace_source
from fleet.logs.read_logs import read_logs
from fleet.scope import StackSelector
from settings.config_file import LOG_MEMORY
from support.terminal import Terminal, terminal
from support.workspaces import put_workspace
from tests.bench.figures import Figure, Section, at_most, median, percentile, plain
from tests.bench.meters import cpu_share, resident
from tests.bench.others import Others, others
from tests.bench.screen import COLUMNS, LINES, PAUSE
from tui.logs.log_buffer import LogBuffer
from tui.logs.search import Search

RATE, SECONDS, KEYS, OPENINGS = 10_000, 8.0, 40, 9
ANSWER = 0.2
"""seconds that an answer takes over a slow network"""
SEARCHED = 100_000


@asynccontextmanager
async def board(pods: Others, stacks: int) -> AsyncIterator[Terminal]:
    async with terminal(pods.kubeconfig, "--all-contexts", columns=COLUMNS, lines=LINES) as shown:
        await shown.until(lambda: f"Stacks {stacks}" in shown.text, 30)
        await asyncio.sleep(1.5)
        yield shown


def sections() -> list[Section]:
    figures = asyncio.run(_figures())
    return [
        Section(
            f"Logs on a terminal of {COLUMNS}x{LINES}",
            "The program as a user starts it, on a pty, the API servers and their writing pods in another process. A "
            "key's time is until the bytes that answer it have come out of the pty; shares are of one core.",
            figures,
        )
    ]


async def _figures() -> list[Figure]:
    return [*await _one_log(), await _far_away(), *await _many_logs(), *await _long_lines(), await _memory(), _search()]


async def _one_log() -> list[Figure]:
    async with others("writers", 1, 1) as pods, board(pods, 1) as shown:
        await pods.say("fill 1000")
        first = [await _opening(shown) for _ in range(OPENINGS)]
        shown.type("l")
        await asyncio.sleep(1)
        await pods.say(f"rate {RATE}")
        await asyncio.sleep(1)
        share = await cpu_share(shown.process.pid, SECONDS)
        keys = await _keys(shown)
        written = int(await pods.ask("rate 0"))
        shown.type("0")
        last = (f"batch {written - 1}: rows", f"{written + 3:,} lines")
        await shown.until(lambda: all(text in shown.text for text in last), 30)
    return [
        at_most("first line on the screen after the key, median", median(first) * 1000, 300, "ms"),
        at_most(f"{RATE:,} lines/s offered, all {written:,} taken: share of a core", share * 100, 25, "%", 1),
        at_most("meanwhile, key to paint, p95", percentile(keys, 0.95) * 1000, 50, "ms"),
        plain("the same, median", f"{median(keys) * 1000:.0f} ms"),
    ]


async def _far_away() -> Figure:
    """The first line of a log where each answer takes its time, as over a slow network: how many are waited for."""
    async with ApiServer() as server:
        put_workspace(server)
        server.logs.extend("prod", "shop-workspace-0", "pulumi", ["a line"], 1_700_000_000.0)
        connection = Connection(Target("lab", server.url, user=KubeconfigUser(token="")), environ={})
        server.faults.latency(ANSWER)
        taken = [await _first_line(connection) for _ in range(OPENINGS // 3)]
        await connection.close()
    share = median(taken) / ANSWER
    return at_most(f"first line where each answer takes {ANSWER * 1000:.0f} ms", share, 3, "answers", 1)


async def _first_line(connection: Connection) -> float:
    began = time.perf_counter()
    options = LogOptions(LogWindow(follow=True))
    reading = read_logs({"lab": connection}, [StackSelector("lab", ("prod",), ("shop",))], options)
    async with aclosing(reading) as events:
        async for event in events:
            if isinstance(event, LinesWritten):
                break
    return time.perf_counter() - began


async def _many_logs() -> list[Figure]:
    async with others("writers", 4, 64) as pods, board(pods, 64) as shown:
        shown.type(" G\x00l")
        await shown.until(lambda: "64 stacks" in shown.text, 10)
        await asyncio.sleep(3)
        await pods.say(f"rate {RATE}")
        await asyncio.sleep(1)
        share = await cpu_share(shown.process.pid, SECONDS)
        keys = await _keys(shown)
        written = int(await pods.ask("rate 0"))
        await shown.until(lambda: f"{written + 64 * 3 + 1:,} lines" in shown.text, 30)
    return [
        plain(
            f"64 streams from 4 contexts, {RATE:,} lines/s in all, all taken: share of a core", f"{share * 100:.1f} %"
        ),
        at_most(
            "meanwhile, key to paint, p95",
            percentile(keys, 0.95) * 1000,
            50,
            "ms",
            why="a key takes some six turns of an event loop that 64 streams share, and the servers that write take "
            "their part of two cores",
        ),
    ]


async def _long_lines() -> list[Figure]:
    async with others("writers", 1, 1) as pods, board(pods, 1) as shown:
        for _ in range(5):
            await pods.say("wide 1000000")
        await pods.say("fill 1")
        shown.type("l")
        await shown.until(lambda: "characters:" in shown.text, 20)
        keys = await _keys(shown)
    return [at_most("lines of 1 MB in view: key to paint, p95", percentile(keys, 0.95) * 1000, 50, "ms")]


async def _memory() -> Figure:
    async with others("writers", 1, 1) as pods, board(pods, 1) as shown:
        before = resident(shown.process.pid)
        await pods.say("size 1000")
        shown.type("l")
        await pods.say(f"rate {RATE}")
        await shown.until(lambda: "let go" in shown.text, 60)
        await asyncio.sleep(SECONDS)
        await pods.ask("rate 0")
        after = resident(shown.process.pid)
    return at_most(
        f"10 MB/s for long: resident memory on top of the board's {before:.0f} MiB, {LOG_MEMORY >> 20} MiB kept",
        after - before, 2 * (LOG_MEMORY >> 20), "MiB",
    )  # fmt: skip


def _search() -> Figure:
    buffer, source = LogBuffer(1 << 30), workspace_source(Key("c", "n", "s"), "p", "fetch")
    lines = (
        f"2026-11-25T10:00:00.000000000Z    batch {n}: {n * 250} rows copied to the table orders, and more\n"
        for n in range(SEARCHED)
    )
    buffer.add_event(LinesWritten(source, "".join(lines).encode()))
    taken = []
    for text in ("99999", "Table orders", "batch 9.*9:", "nothing"):
        search = Search.of(text)
        began = time.perf_counter()
        search.places(buffer.lines)
        taken.append(time.perf_counter() - began)
    return at_most(f"a search in {SEARCHED:,} lines, the slowest of four", max(taken) * 1000, 50, "ms")


async def _opening(shown: Terminal) -> float:
    shown.raw = b""
    began = time.perf_counter()
    shown.type("l")
    await shown.until(lambda: "batch 999:" in shown.text, 10)
    taken = time.perf_counter() - began
    await asyncio.sleep(PAUSE)
    shown.type("q")
    await asyncio.sleep(0.5)
    return taken


async def _keys(shown: Terminal) -> list[float]:
    """Autoscroll is switched off and on again, which the line over the log says at once."""
    taken = []
    for number in range(KEYS):
        word = b"follows" if number % 2 else b"stays"
        shown.raw = b""
        began = time.perf_counter()
        shown.type("s")
        await shown.until(lambda word=word: word in shown.raw, 10)
        taken.append(time.perf_counter() - began)
        await asyncio.sleep(PAUSE)
    return taken
