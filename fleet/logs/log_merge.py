"""Many logs told as one, in the order of their lines' times.

A log that isn't followed is merged exactly: nothing is told until every log has shown its next line.
One that is followed can't be waited for, as it may be quiet for hours; so a line waits for its elders
at most for the window. Each log has its own small buffer, and whoever is ahead has to wait: memory
stays bounded, however fast the logs come and however slowly they are read.
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

from cluster.container_logs.resume import stamp
from fleet.logs.log_events import LinesWritten, LogNotice, LogSource

WINDOW = 0.4
"""seconds for which a line waits for older ones of other logs"""
AHEAD = 2
"""blocks of one log that wait to be told"""
_UTC = 30  # bytes of a time in UTC with nanoseconds, as kubelets write it


@dataclass(slots=True)
class _MergeItem:
    """Lines that wait to be told, or something that happened between lines."""

    arrived: float
    origin: LogSource
    block: bytes = b""
    told: LogNotice | None = None


class LogChannel:
    """One log's way into the merger."""

    def __init__(self, origin: LogSource, number: int, wake: asyncio.Event, clock: Callable[[], float]) -> None:
        self.number = number
        self.closed = False
        self.arrived = 0.0
        self._origin = origin
        self._wake = wake
        self._clock = clock
        self._pieces: deque[_MergeItem] = deque()
        self._lines: list[bytes] = []
        self._next = 0
        self._before = b""
        self._room = asyncio.Event()

    async def put(self, block: bytes, origin: LogSource | None = None) -> None:
        """Hand over whole lines; waits while enough of them are waiting already."""
        while len(self._pieces) >= AHEAD:
            self._room.clear()
            await self._room.wait()
        self._pieces.append(_MergeItem(self._clock(), origin or self._origin, block))
        self._wake.set()

    def tell(self, told: LogNotice) -> None:
        """Something happened here, after the lines so far."""
        self._pieces.append(_MergeItem(self._clock(), self._origin, told=told))
        self._wake.set()

    def close(self) -> None:
        """There won't be more."""
        self.closed = True
        self._wake.set()

    @property
    def empty(self) -> bool:
        return self._next >= len(self._lines) and not self._pieces

    def happened(self) -> LogNotice | None:
        """What stands before the next line."""
        if self._next >= len(self._lines) and self._pieces and self._pieces[0].told is not None:
            return self._popped().told
        return None

    def whole(self) -> LinesWritten | None:
        """The next lines as they came; None if they were begun, or there are none."""
        if self._next < len(self._lines) or not self._pieces or self._pieces[0].told is not None:
            return None
        piece = self._popped()
        return LinesWritten(piece.origin, piece.block)

    def head(self) -> bytes | None:
        """The time of the next line; `arrived` is when it came."""
        if self._next >= len(self._lines):
            if not self._pieces or self._pieces[0].told is not None:
                return None
            piece = self._popped()
            self.arrived, self._origin = piece.arrived, piece.origin
            self._lines, self._next = piece.block.split(b"\n")[:-1], 0
        return self._time(self._lines[self._next])

    def until(self, limit: bytes) -> LinesWritten:
        """The next line, and those after it that aren't later than `limit`; empty means all there are."""
        lines, start = self._lines, self._next
        end = bisect_right(lines, limit, start + 1, key=self._time) if limit else len(lines)
        self._next = end
        self._before = self._time(lines[end - 1])
        return LinesWritten(self._origin, b"\n".join(lines[start:end]) + b"\n")

    def _popped(self) -> _MergeItem:
        self._room.set()
        return self._pieces.popleft()

    def _time(self, line: bytes) -> bytes:
        """What a line is ordered by; one without a time stays where it is."""
        time = line[:_UTC]
        if time[-1:] == b"Z":
            return time
        return _in_utc(stamp(line)) or self._before


class LogMerger:
    """All channels, and what of them is due."""

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
        """Logs are going to be opened there, which may begin earlier than those that are open: tell nothing yet."""
        self._held.add(context)

    def release(self, context: str) -> None:
        """They are open now, or won't be soon."""
        self._held.discard(context)
        self.wake.set()

    def open(self, origin: LogSource) -> LogChannel:
        """One more log, from now on."""
        channel = LogChannel(origin, self._opened, self.wake, self._clock)
        self._opened += 1
        self._silent[channel] = None
        return channel

    @property
    def empty(self) -> bool:
        """Whether everything has been told that was handed over."""
        return not self._heads and all(channel.empty for channel in self._silent)

    @property
    def wait(self) -> float | None:
        """Seconds until something is due by the passing of time alone; None if nothing will be."""
        return None if self._due_at == math.inf else max(0.0, self._due_at - self._clock())

    def due(self) -> Iterator[LinesWritten | LogNotice]:
        """What can be told by now."""
        self._due_at = math.inf
        if self._held:
            return
        yield from self._alone()
        yield from self._listen()
        while self._heads:
            _, _, channel = self._heads[0]
            if self._silent and self._clock() < channel.arrived + self._window:
                self._due_at = channel.arrived + self._window
                return
            limit = min((head[0] for head in self._heads[1:3]), default=b"")
            yield channel.until(limit)
            heappop(self._heads)
            self._silent[channel] = None
            yield from self._listen()

    def _alone(self) -> Iterator[LinesWritten | LogNotice]:
        """Where there is but one log, nothing has to be taken apart."""
        if len(self._silent) != 1 or self._heads:
            return
        (channel,) = self._silent
        while (told := channel.happened() or channel.whole()) is not None:
            yield told

    def _listen(self) -> Iterator[LogNotice]:
        """Who of those that were silent has something to tell by now, and who is gone?"""
        for channel in list(self._silent):
            while (told := channel.happened()) is not None:
                yield told
            head = channel.head()
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
