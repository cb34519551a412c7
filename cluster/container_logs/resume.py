"""Read a broken log on where it broke, without losing or repeating lines.

A log can only be resumed at a whole second (`sinceTime`), so the lines of the last second come once
more. A `ResumePoint` remembers that second and what was read of it; after the reconnect its `ResumeFilter`
takes out just those lines. If they don't come again, the log isn't the one that was read before: it was
rotated, or the container was started anew, and lines may be missing in between.

Both work on blocks of whole lines, each begun by its time, and count by searching them, not by
splitting them: a log comes at 100,000 lines a second.
"""

from __future__ import annotations

import re

_TIME = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)(?: |$)")
_SECOND = 19  # bytes of a time down to the second


def time_of(line: bytes) -> bytes:
    """The time that a line begins with; empty if it begins with something else."""
    found = _TIME.match(line)
    return found[0].rstrip() if found else b""


def first_time(block: bytes) -> str:
    """The time of the first line of a block that has one."""
    for line in block.split(b"\n", 100):
        if found := time_of(line):
            return found.decode()
    return ""


class ResumePoint:
    """How far a log was read."""

    def __init__(self) -> None:
        self._second = b""
        self._zone = b"Z"
        self._count = 0
        self._head = b""
        self._last = b""
        self._newest = b""

    def __bool__(self) -> bool:
        """Whether anything was read at all."""
        return bool(self._second)

    @property
    def time(self) -> str:
        """The time of the last line."""
        return time_of(self._last).decode()

    @property
    def since(self) -> str:
        """The `sinceTime` at which to go on."""
        return (self._second + self._zone).decode()

    def advance(self, block: bytes) -> None:
        """Take in lines that were read; `block` ends with a newline."""
        last = _last_with_time(block)
        if not last:
            return
        second = last[:_SECOND]
        found = _TIME.match(last)
        assert found is not None
        count = block.count(b"\n" + second) + block.startswith(second)
        if second == self._second:
            self._count += count
        else:
            start = 0 if block.startswith(second) else block.find(b"\n" + second) + 1
            self._second, self._zone, self._count = second, found[2], count
            self._head = block[start : block.find(b"\n", start)]
        self._last = last
        self._newest = max(self._newest, second)

    def filter(self) -> ResumeFilter:
        """A filter for what comes once more when the log is read on from `since`."""
        return ResumeFilter(self._second, self._count, self._head, self._last, self._newest)


class ResumeFilter:
    """Takes out lines that were read before. `done` once all have passed; `missed` if they didn't come again."""

    def __init__(self, second: bytes, count: int, head: bytes, last: bytes, newest: bytes) -> None:
        self._second = second
        self._left = count
        self._head = head
        self._last = last
        self._newest = newest
        self._begun = False
        self.done = not count
        self.missed = False

    def new_lines(self, block: bytes) -> bytes:
        """The lines of this block that are new."""
        start = 0
        while not self.done and start < len(block):
            end = block.find(b"\n", start) + 1
            if self._was_read(block[start : end - 1]):
                start = end
        return block[start:] if start else block

    def finish(self) -> None:
        """The log has ended: lines that haven't come again won't."""
        if not self.done:
            self._give_up()

    def _was_read(self, line: bytes) -> bool:
        second = line[:_SECOND]
        if not self._begun:
            # Before the first line that we know of this second there may be others, if reading began within it.
            if line != self._head:
                return self._was_before(line, second) or self._give_up()
            self._begun = True
        if second == self._second:
            self._left -= 1
            if not self._left:
                self.done = True
                self.missed = line != self._last
            return True
        # A node's clock that was set back: later seconds stand between the lines of this one.
        return second <= self._newest or self._give_up()

    def _was_before(self, line: bytes, second: bytes) -> bool:
        if second == self._second:
            return time_of(line) <= time_of(self._head)
        return second <= self._newest

    def _give_up(self) -> bool:
        self.done = self.missed = True
        return False


def _last_with_time(block: bytes) -> bytes:
    """The last line that begins with a time: a kubelet's own words have none."""
    end = len(block) - 1
    while end > 0:
        start = block.rfind(b"\n", 0, end) + 1
        if _TIME.match(block, start, end):
            return block[start:end]
        end = start - 1
    return b""
