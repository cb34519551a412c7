"""The board on a terminal: from an event or a key to the bytes that paint it, what it costs, and how that grows."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from support.program import write
from support.terminal import Terminal, terminal
from tests.bench.figures import Figure, Section, at_most, median, percentile, plain
from tests.bench.meters import cpu_share, resident
from tests.bench.others import Others, others

COLUMNS, LINES = 160, 45
MARKS, KEYS, TURNS = 60, 40, 20
MARKINGS, UNMARK = 5, "\x1c"
PAUSE = 0.15
SETTLED = 0.6
"""seconds after which nothing of the last turn is still being drawn"""


def sections() -> list[Section]:
    return [asyncio.run(_board()), asyncio.run(_growth())]


async def _board() -> Section:
    async with others("crowd", 20, 10_000) as crowd, _opened(crowd) as board:
        await _all_rows(board, 10_000)
        await asyncio.sleep(3)
        memory = resident(board.process.pid)
        idle = await cpu_share(board.process.pid, 10)
        await crowd.say("rate 1000")
        await asyncio.sleep(2)
        busy = await cpu_share(board.process.pid, 10)
        to_paint = await _event_to_paint(board, crowd)
        keys = await _key_to_paint(board)
        sorts = await _turns(board, [("N", "by name"), ("U", "by urgency")])
        groups = await _turns(
            board, [(":group context\r", "grouped by context"), (":group phase\r", "grouped by phase")]
        )
        board.type(":group off\r")
        plain_share, marked_share = await _shares_without_and_with_marks(board)
        moved = resident(board.process.pid)
    first, textual = await _first_frame(), median([_textual() for _ in range(5)])
    return Section(
        "The board: 10,000 Stacks in 20 contexts on a terminal of 160x45",
        "The program as a user starts it, on a pty, its servers in another process. Time to paint is until the bytes "
        "have come out of the pty. Shares are of one core, over ten seconds.",
        [
            at_most("1,000 events/s: event to paint, p95", percentile(to_paint, 0.95) * 1000, 150, "ms"),
            plain("the same, median", f"{median(to_paint) * 1000:.0f} ms"),
            at_most("1,000 events/s: key in the filter to paint, p95", percentile(keys, 0.95) * 1000, 50, "ms"),
            plain("the same, median", f"{median(keys) * 1000:.0f} ms"),
            at_most("1,000 events/s: sort to paint, p95", percentile(sorts, 0.95) * 1000, 60, "ms",
                    why="10,000 rows are sorted and drawn while a thousand changes a second are taken by one core; "
                    "where neighbours leave that core less, it takes up to twice as long"),
            at_most("1,000 events/s: grouping to paint, p95", percentile(groups, 0.95) * 1000, 100, "ms",
                    why="as above"),
            at_most("1,000 events/s: what 1,000 marks cost", (marked_share - plain_share) * 100, 1, "% of a core", 1,
                    f" ({plain_share * 100:.1f} % without, {marked_share * 100:.1f} with)"),
            at_most("1,000 events/s: share of a core, end to end", busy * 100, 20, "%", 1),
            at_most("nothing happening: share of a core", idle * 100, 2, "%", 1, " (k9s: 23-28)"),
            at_most("resident memory", memory, 120, "MiB", 0, " (k9s: 657)"),
            at_most("resident memory after all that", moved, 120, "MiB"),
            at_most("first frame, compared to importing Textual", first / textual, 1.4, "x", 2,
                    f" ({first * 1000:.0f} ms to {textual * 1000:.0f})",
                    "some 55 ms of modules of our own, and one layout of the screen"),
        ],
    )  # fmt: skip


async def _growth() -> Section:
    figures: list[Figure] = []
    for contexts, stacks in ((1, 1_000), (1, 10_000), (1, 50_000), (10, 10_000), (50, 10_000)):
        async with others("crowd", contexts, stacks) as crowd, _opened(crowd) as board:
            began = time.perf_counter()
            await _all_rows(board, stacks)
            filled = time.perf_counter() - began
            await asyncio.sleep(2)
            memory = resident(board.process.pid)
            idle = await cpu_share(board.process.pid, 5)
            await crowd.say("rate 1000")
            await asyncio.sleep(1)
            busy = await cpu_share(board.process.pid, 5)
        figures.append(
            plain(
                f"{stacks:,} Stacks in {contexts} context{'s' if contexts > 1 else ''}",
                f"{memory:.0f} MiB, all rows after {filled:.1f} s, idle {idle * 100:.1f} %, "
                f"{busy * 1000:.0f} us of CPU per event at 1,000/s (painting included)",
            )
        )
    return Section("Growth", "The same, with other numbers of Stacks and contexts.", figures)


@asynccontextmanager
async def _opened(crowd: Others) -> AsyncIterator[Terminal]:
    async with terminal(crowd.kubeconfig, "--all-contexts", columns=COLUMNS, lines=LINES) as board:
        yield board


async def _all_rows(board: Terminal, stacks: int) -> None:
    """Until the header counts them all."""
    await board.until(lambda: f"Stacks {stacks}" in board.text or f"Stacks {stacks:,}" in board.text, 60)


async def _event_to_paint(board: Terminal, crowd: Others) -> list[float]:
    taken = []
    for number in range(MARKS):
        text = f"mark{number:05}"
        mark = text.encode()
        board.raw = b""
        written = await crowd.ask(f"mark {text}")
        await board.until(lambda mark=mark: mark in board.raw, 10)
        taken.append(time.time() - written)
        await asyncio.sleep(PAUSE)
    return taken


async def _key_to_paint(board: Terminal) -> list[float]:
    """Characters typed into the filter, each looked for in what is painted after it."""
    taken: list[float] = []
    word = "stack-0"
    board.type("/")
    await asyncio.sleep(0.5)
    while len(taken) < KEYS:
        for length in range(1, len(word) + 1):
            board.raw = b""
            began = time.perf_counter()
            board.type(word[length - 1])
            await board.until(lambda typed=word[:length]: _typed(board, typed), 10)
            taken.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE)
        board.type("\x7f" * len(word))
        await asyncio.sleep(0.5)
    board.type("\x1b")
    return taken


async def _turns(board: Terminal, pairs: list[tuple[str, str]]) -> list[float]:
    """What is typed, and what the header says once it is done; the last character is the one that counts."""
    taken: list[float] = []
    for number in range(TURNS):
        typed, said = pairs[number % len(pairs)]
        board.type(typed[:-1])
        await asyncio.sleep(SETTLED)
        board.raw = b""
        began = time.perf_counter()
        board.type(typed[-1])
        await board.until(lambda said=said: said in board.text, 10)
        taken.append(time.perf_counter() - began)
        await asyncio.sleep(SETTLED)
    return taken


async def _shares_without_and_with_marks(board: Terminal) -> tuple[float, float]:
    """Taken in turns, because what else the machine does changes more than marks do."""
    without, marked = [], []
    for _ in range(MARKINGS):
        await asyncio.sleep(1)
        without.append(await cpu_share(board.process.pid, 5))
        await _mark_a_thousand(board)
        marked.append(await cpu_share(board.process.pid, 5))
        board.type(UNMARK)
    return median(without), median(marked)


async def _mark_a_thousand(board: Terminal) -> None:
    """Two contexts' Stacks, marked by their headings; then the groups go, and the marks stay."""
    board.raw = b""
    board.type(":group context\r")
    await asyncio.sleep(1)
    board.type("g }")
    await asyncio.sleep(0.5)
    board.type(" ")
    await board.until(lambda: "1000 marked" in board.text or "1,000 marked" in board.text, 10)
    board.type(":group off\r")
    await asyncio.sleep(1)


def _typed(board: Terminal, text: str) -> bool:
    """Whether the filter's line shows this text: rows show it too, but with more behind it than a blank."""
    return f"{text} " in board.text


async def _first_frame() -> float:
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "config", _deaf())
        for _ in range(5):
            began = time.perf_counter()
            async with terminal(path, columns=COLUMNS, lines=LINES) as board:
                await board.until(lambda: "Stacks 0" in board.text, 20)
                taken.append(time.perf_counter() - began)
    return median(taken)


def _deaf() -> dict[str, object]:
    """A context whose address nobody answers at: the first frame waits for nobody."""
    return {
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
    }


def _textual() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
    return time.perf_counter() - began
