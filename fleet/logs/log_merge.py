"""Merge the lines of many logs by their times.

Logs that aren't followed are merged exactly: no line passes until the next line of every log is known.
One that is followed can't be waited for, as it may be quiet for hours; so a line waits for older ones of
other logs at most for the window. Each log has its own small buffer, and a log that is ahead has to wait:
memory stays bounded, however fast the logs come and however slowly they are read.
"""

from __future__ import annotations

import asyncio
import math
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import heappop, heappush

from cluster.container_logs.resume import time_of
from fleet.logs.log_events import LinesWritten, LogNotice
from fleet.logs.log_sources import LogSource

WINDOW = 0.4
"""seconds for which a line waits for older ones of other logs"""
AHEAD = 2
"""blocks of one log that wait to be merged"""
_UTC = 30  # bytes of a time in UTC with nanoseconds, as kubelets write it


@dataclass(slots=True)
class _MergeItem:
    """Lines that wait to be merged, or a notice that stands between lines."""

    arrived: float
    source: LogSource
    block: bytes = b""
    notice: LogNotice | None = None


class LogChannel:
    """One log's way into the merger."""

    def __init__(self, source: LogSource, number: int, wake: asyncio.Event, clock: Callable[[], float]) -> None:
        self.number = number
        self.closed = False
        self.arrived = 0.0
        """when the block of the next line came"""
        self._source = source
        self._wake = wake
        self._clock = clock
        self._items: deque[_MergeItem] = deque()
        self._room = asyncio.Semaphore(AHEAD)
        self._lines: list[bytes] = []
        """the block that is being merged, as lines; `_next` is the index of the next one"""
        self._next = 0
        self._previous_time = b""

    async def put(self, block: bytes, source: LogSource | None = None) -> None:
        """Hand over whole lines; waits while enough of them are waiting already."""
        await self._room.acquire()
        self._items.append(_MergeItem(self._clock(), source or self._source, block))
        self._wake.set()

    def notify(self, notice: LogNotice) -> None:
        """Hand over a notice that stands after the lines so far."""
        self._items.append(_MergeItem(self._clock(), self._source, notice=notice))
        self._wake.set()

    def close(self) -> None:
        """There won't be more."""
        self.closed = True
        self._wake.set()

    @property
    def empty(self) -> bool:
        return self._next >= len(self._lines) and not self._items

    def pop_notice(self) -> LogNotice | None:
        """The notice that stands before the next line; None if there is none."""
        if self._next >= len(self._lines) and self._items and self._items[0].notice is not None:
            return self._items.popleft().notice
        return None

    def pop_block(self) -> LinesWritten | None:
        """The next block as it came; None if it was begun, or there is none."""
        if self._next < len(self._lines) or not self._items or self._items[0].notice is not None:
            return None
        item = self._pop_lines()
        return LinesWritten(item.source, item.block)

    def next_time(self) -> bytes | None:
        """The time of the next line; None if there is none. `arrived` is when it came."""
        if self._next >= len(self._lines):
            if not self._items or self._items[0].notice is not None:
                return None
            item = self._pop_lines()
            self.arrived, self._source = item.arrived, item.source
            self._lines, self._next = item.block.split(b"\n")[:-1], 0
        return self._time(self._lines[self._next])

    def pop_until(self, limit: bytes) -> LinesWritten:
        """The next line, and those after it that aren't later than `limit`; empty means all there are."""
        lines, start = self._lines, self._next
        end = bisect_right(lines, limit, start + 1, key=self._time) if limit else len(lines)
        self._next = end
        self._previous_time = self._time(lines[end - 1])
        return LinesWritten(self._source, b"\n".join(lines[start:end]) + b"\n")

    def _pop_lines(self) -> _MergeItem:
        self._room.release()
        return self._items.popleft()

    def _time(self, line: bytes) -> bytes:
        """What a line is ordered by; one without a time stays where it is."""
        time = line[:_UTC]
        if time[-1:] == b"Z":
            return time
        return _in_utc(time_of(line)) or self._previous_time


class LogMerger:
    """All channels, and which of their lines may pass by now."""

    def __init__(self, window: float = WINDOW, clock: Callable[[], float] = time.monotonic) -> None:
        self.wake = asyncio.Event()
        self._window = window
        self._clock = clock
        self._heads: list[tuple[bytes, int, LogChannel]] = []
        self._silent: dict[LogChannel, None] = {}
        self._opened = 0
        self._held: set[str] = set()
        self._due_at = math.inf

    def hold(self, context: str) -> None:
        """Let nothing pass: logs are going to be opened there that may begin earlier than those that are open."""
        self._held.add(context)

    def release(self, context: str) -> None:
        """The logs of this context are open now, or won't be soon."""
        self._held.discard(context)
        self.wake.set()

    def open(self, source: LogSource) -> LogChannel:
        """One more log, from now on."""
        channel = LogChannel(source, self._opened, self.wake, self._clock)
        self._opened += 1
        self._silent[channel] = None
        return channel

    @property
    def empty(self) -> bool:
        """Whether everything that was handed over has passed."""
        return not self._heads and all(channel.empty for channel in self._silent)

    @property
    def wait(self) -> float | None:
        """Seconds until something is due by the passing of time alone; None if nothing will be."""
        return None if self._due_at == math.inf else max(0.0, self._due_at - self._clock())

    def due(self) -> Iterator[LinesWritten | LogNotice]:
        """The lines and notices that may pass by now, in order."""
        self._due_at = math.inf
        if self._held:
            return
        yield from self._single_log()
        yield from self._next_of_silent()
        while self._heads:
            _, _, channel = self._heads[0]
            if self._silent and self._clock() < channel.arrived + self._window:
                self._due_at = channel.arrived + self._window
                return
            limit = min((head[0] for head in self._heads[1:3]), default=b"")
            yield channel.pop_until(limit)
            heappop(self._heads)
            self._silent[channel] = None
            yield from self._next_of_silent()

    def _single_log(self) -> Iterator[LinesWritten | LogNotice]:
        """Where there is but one log, its blocks needn't be taken apart."""
        if len(self._silent) != 1 or self._heads:
            return
        (channel,) = self._silent
        while (event := channel.pop_notice() or channel.pop_block()) is not None:
            yield event

    def _next_of_silent(self) -> Iterator[LogNotice]:
        """The notices of channels whose next line wasn't known; those that have a line now join the heap."""
        for channel in list(self._silent):
            while (notice := channel.pop_notice()) is not None:
                yield notice
            head = channel.next_time()
            if head is not None:
                heappush(self._heads, (head, channel.number, channel))
            if head is not None or channel.closed:
                del self._silent[channel]


def _in_utc(time: bytes) -> bytes:
    """A node's local time as UTC, in the form that sorts as text; empty if it is no time."""
    try:
        moment = datetime.fromisoformat(time.decode()).astimezone(UTC)
    except (ValueError, UnicodeDecodeError):
        return b""
    rest = time.partition(b".")[2]
    digits = rest[: len(rest) - len(rest.lstrip(b"0123456789"))]
    return moment.strftime("%Y-%m-%dT%H:%M:%S.").encode() + digits.ljust(9, b"0")[:9] + b"Z"
