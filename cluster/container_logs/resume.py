"""Where a broken log is sewn together again.

A log can only be resumed at a whole second (`sinceTime`), so the lines of the last second come once
more. A `Cursor` remembers that second and what was seen of it; after the reconnect its `Seam` takes
out just those lines. If they don't come again, the log isn't the one that was read before: it was
rotated, or the container was started anew, and lines may be missing in between.

Both work on blocks of whole lines, each begun by its time, and count by searching them, not by
splitting them: a log comes at 100,000 lines a second.
"""

from __future__ import annotations

import re

_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)(?: |$)")
_SECOND = 19  # bytes of a time down to the second


def stamp(line: bytes) -> bytes:
    """The time that a line begins with; empty if it begins with something else."""
    found = _STAMP.match(line)
    return found[0].rstrip() if found else b""


def first_stamp(block: bytes) -> str:
    """The time of the first line of a block that has one."""
    for line in block.split(b"\n", 100):
        if found := stamp(line):
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
        return stamp(self._last).decode()

    @property
    def since(self) -> str:
        """The `sinceTime` at which to go on."""
        return (self._second + self._zone).decode()

    def note(self, block: bytes) -> None:
        """These lines were read; `block` ends with a newline."""
        last = _last_stamped(block)
        if not last:
            return
        second = last[:_SECOND]
        found = _STAMP.match(last)
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

    def seam(self) -> ResumeFilter:
        """What has to be taken out of the log when it is read on from `since`."""
        return ResumeFilter(self._second, self._count, self._head, self._last, self._newest)


class ResumeFilter:
    """Takes out lines that were read before. `closed` once that is done; `missed` if they didn't come again."""

    def __init__(self, second: bytes, count: int, head: bytes, last: bytes, newest: bytes) -> None:
        self._second = second
        self._left = count
        self._head = head
        self._last = last
        self._newest = newest
        self._begun = False
        self.closed = not count
        self.missed = False

    def skip(self, block: bytes) -> bytes:
        """The lines of this block that are new."""
        start = 0
        while not self.closed and start < len(block):
            end = block.find(b"\n", start) + 1
            if self._known(block[start : end - 1]):
                start = end
        return block[start:] if start else block

    def ended(self) -> None:
        """The log is over; what didn't come by now won't come."""
        if not self.closed:
            self._miss()

    def _known(self, line: bytes) -> bool:
        second = line[:_SECOND]
        if not self._begun:
            # Before the first line that we know of this second there may be others, if reading began within it.
            if line != self._head:
                return self._early(line, second) or self._miss()
            self._begun = True
        if second == self._second:
            self._left -= 1
            if not self._left:
                self.closed = True
                self.missed = line != self._last
            return True
        # A node's clock that was set back: later seconds stand between the lines of this one.
        return second <= self._newest or self._miss()

    def _early(self, line: bytes, second: bytes) -> bool:
        if second == self._second:
            return stamp(line) <= stamp(self._head)
        return second <= self._newest

    def _miss(self) -> bool:
        self.closed = self.missed = True
        return False


def _last_stamped(block: bytes) -> bytes:
    """The last line that begins with a time: a kubelet's own words have none."""
    end = len(block) - 1
    while end > 0:
        start = block.rfind(b"\n", 0, end) + 1
        if _STAMP.match(block, start, end):
            return block[start:end]
        end = start - 1
    return b""
