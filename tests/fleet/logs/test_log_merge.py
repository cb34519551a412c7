"""Many logs are told as one in the order of their times, with bounded memory and bounded waiting."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.container_logs.log_stream import LogEnded
from fleet.board.rows import Key
from fleet.logs.log_events import LinesWritten, LogNotice
from fleet.logs.log_merge import AHEAD, LogMerger
from fleet.logs.log_sources import LogSource, workspace_source


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def source(name: str) -> LogSource:
    return workspace_source(Key("hub", "prod", name), f"{name}-workspace-0", "pulumi")


def line(at: float, text: str) -> bytes:
    return f"2026-11-23T18:24:{at:012.9f}Z {text}\n".encode()


def texts(events: list[LinesWritten | LogNotice]) -> list[str]:
    return [
        each.partition(b" ")[2].decode()
        for event in events
        if isinstance(event, LinesWritten)
        for each in event.block.split(b"\n")[:-1]
    ]


async def test_lines_come_in_the_order_of_their_times() -> None:
    merger = LogMerger(math.inf)
    web, db = merger.open(source("web")), merger.open(source("db"))
    await web.put(line(1, "a") + line(3, "c") + line(5, "e"))
    await db.put(line(2, "b") + line(4, "d"))
    assert texts(list(merger.due())) == ["a", "b", "c", "d"]  # what db says next may be older than e
    db.close()
    assert texts(list(merger.due())) == ["e"]


async def test_every_line_keeps_its_origin() -> None:
    merger = LogMerger(math.inf)
    web, db = merger.open(source("web")), merger.open(source("db"))
    await web.put(line(1, "web") + line(3, "web"))
    await db.put(line(2, "db"))
    for channel in (web, db):
        channel.close()
    for event in merger.due():
        assert isinstance(event, LinesWritten)
        assert texts([event]) == [event.source.key.name] * len(texts([event]))


async def test_one_log_alone_is_not_taken_apart() -> None:
    merger = LogMerger(math.inf)
    channel = merger.open(source("web"))
    block = line(1, "a") + line(2, "b")
    await channel.put(block)
    (event,) = merger.due()
    assert isinstance(event, LinesWritten)
    assert event.block is block


async def test_followed_logs_wait_for_each_other_no_longer_than_the_window() -> None:
    clock = Clock()
    merger = LogMerger(0.5, clock)
    web, _ = merger.open(source("web")), merger.open(source("quiet"))
    await web.put(line(1, "a"))
    assert list(merger.due()) == []
    assert merger.wait == 0.5
    clock.now = 0.5
    assert texts(list(merger.due())) == ["a"]
    assert merger.wait is None


async def test_a_late_line_that_comes_in_time_is_told_first() -> None:
    clock = Clock()
    merger = LogMerger(0.5, clock)
    web, db = merger.open(source("web")), merger.open(source("db"))
    await web.put(line(2, "second"))
    assert list(merger.due()) == []
    clock.now = 0.4
    await db.put(line(1, "first"))
    assert texts(list(merger.due())) == ["first"]
    clock.now = 0.5
    assert texts(list(merger.due())) == ["second"]


async def test_what_happens_between_lines_is_told_between_them() -> None:
    merger = LogMerger(math.inf)
    web, db = merger.open(source("web")), merger.open(source("db"))
    gone = LogNotice(source("web"), LogEnded("the pod is gone", gone=True))
    await web.put(line(1, "a"))
    web.notify(gone)
    web.close()
    await db.put(line(2, "b"))
    db.close()
    events = list(merger.due())
    assert events.index(gone) == 1
    assert texts(events) == ["a", "b"]


async def test_who_is_ahead_has_to_wait() -> None:
    merger = LogMerger(math.inf)
    fast, _ = merger.open(source("fast")), merger.open(source("slow"))

    async def write() -> None:
        for number in range(100):
            await fast.put(line(number / 100, str(number)))

    writing = asyncio.ensure_future(write())
    for _ in range(50):
        await asyncio.sleep(0)
        list(merger.due())
    assert not writing.done()
    assert len(fast._items) <= AHEAD
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)


async def test_nodes_in_other_time_zones_are_sorted_by_the_same_clock() -> None:
    merger = LogMerger(math.inf)
    utc, paris = merger.open(source("utc")), merger.open(source("paris"))
    await utc.put(line(2, "second"))
    await paris.put(b"2026-11-23T20:24:01.5+02:00 first\n2026-11-23T20:24:03+02:00 third\n")
    for channel in (utc, paris):
        channel.close()
    assert texts(list(merger.due())) == ["first", "second", "third"]


async def test_a_line_without_a_time_stays_behind_the_one_before_it() -> None:
    merger = LogMerger(math.inf)
    web, db = merger.open(source("web")), merger.open(source("db"))
    await web.put(line(1, "a") + b"unable_to retrieve\n" + line(3, "c"))
    await db.put(line(2, "b"))
    for channel in (web, db):
        channel.close()
    assert texts(list(merger.due())) == ["a", "retrieve", "b", "c"]


LOGS = st.lists(st.lists(st.integers(0, 50), max_size=12).map(sorted), min_size=1, max_size=5)


@pytest.mark.parametrize("size", [1, 3, 100])
@given(LOGS)
def test_merging_is_exact_whatever_the_blocks(size: int, logs: list[list[int]]) -> None:
    async def merged() -> list[str]:
        merger = LogMerger(math.inf)
        channels = [merger.open(source(str(number))) for number in range(len(logs))]
        found: list[LinesWritten | LogNotice] = []

        async def write(number: int) -> None:
            for start in range(0, len(logs[number]), size):
                part = logs[number][start : start + size]
                await channels[number].put(b"".join(line(at, f"{at:02} {number}") for at in part))
            channels[number].close()

        writers = [asyncio.ensure_future(write(number)) for number in range(len(logs))]
        while not all(writer.done() for writer in writers) or not merger.empty:
            await asyncio.sleep(0)
            found += list(merger.due())
        await asyncio.gather(*writers)
        return texts(found)

    told = asyncio.run(merged())
    assert sorted(told) == sorted(f"{at:02} {number}" for number, log in enumerate(logs) for at in log)
    assert [text[:2] for text in told] == sorted(text[:2] for text in told)
