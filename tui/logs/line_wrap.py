"""Log lines wrapped to the window: which row of the screen is which part of which line.

Unlike `cell_layout.wrap_text`, which makes all rows of a short text, this counts the rows of a line when it comes, and
makes a row when it is drawn. Lines are broken at blanks where there are any. A very long line is broken up to a limit,
and says so; the whole of it is behind `enter`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from tui.logs.log_line import LogLine
from tui.widgets.cell_layout import end_of_fit

LONGEST = 8192
"""characters of a line that are broken into rows"""


class LineWrap:
    """`room` says how many cells a line's text has, beside what stands before it."""

    def __init__(self, lines: Sequence[LogLine], room: Callable[[LogLine], int]) -> None:
        self._lines = lines
        self._room = room
        self._ends: list[int] = []
        """the row after each line's last"""

    @property
    def height(self) -> int:
        """Rows altogether."""
        self._grow()
        return self._ends[-1] if self._ends else 0

    def top(self, index: int) -> int:
        self._grow()
        return self._ends[index - 1] if index and self._ends else 0

    def at(self, row: int) -> tuple[int, int]:
        """Which line stands in a row, and which of its parts. Rows behind the last are lines that aren't there."""
        self._grow()
        index = bisect_right(self._ends, row)
        return index, row - (self._ends[index - 1] if index else 0)

    def part(self, line: LogLine, part: int) -> str:
        return _piece(clipped(line.shown), max(2, self._room(line)), part)

    def _grow(self) -> None:
        lines, ends = self._lines, self._ends
        if len(ends) >= len(lines):
            return
        row = ends[-1] if ends else 0
        for line in lines[len(ends) :]:
            row += _height(clipped(line.shown), max(2, self._room(line)))
            ends.append(row)


def clipped(text: str) -> str:
    """The text as far as it is drawn in rows."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} ... ({len(text) - LONGEST:,} more characters: enter)"


def _height(text: str, room: int) -> int:
    return 1 if len(text) <= room and text.isascii() else len(_pieces(text, room))


def _piece(text: str, room: int, part: int) -> str:
    if not part and len(text) <= room and text.isascii():
        return text
    pieces = _pieces(text, room)
    return pieces[part] if part < len(pieces) else ""


@lru_cache(maxsize=512)
def _pieces(text: str, room: int) -> tuple[str, ...]:
    """The rows of a text: broken at a blank in the second half of a row, where there is one."""
    return tuple(_rows(text, room, _fit_ascii if text.isascii() else end_of_fit))


def _rows(text: str, room: int, end_of_row: Callable[[str, int, int], int]) -> Iterator[str]:
    at, end = 0, len(text)
    while (edge := end_of_row(text, at, room)) < end:
        blank = text.rfind(" ", at + (edge - at) // 2, edge + 1)
        yield text[at : blank if blank > at else edge]
        at = blank + 1 if blank > at else edge
    yield text[at:]


def _fit_ascii(text: str, at: int, room: int) -> int:
    return at + room
