"""What stands before the text of a log line: its time, and whose it is. In a narrow window both are shorter."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len

from tui.logs.line_times import Stamps, stamp
from tui.logs.log_line import LogLine
from tui.widgets.cell_layout import CUT

_ENOUGH = 48
"""cells of text below which times have no date"""
_DATE = len("2026-01-31T")
_SENT = len("2026-01-31T10:05:00.000Z ")
_SHARE = 3
"""a name takes at most one part in so many of a line"""


class LinePrefixes:
    """For lines of `width` cells. `prefixes`: source -> the words that say whose lines they are."""

    def __init__(self, prefixes: Mapping[object, str], stamps: Stamps, width: int) -> None:
        self._stamps = stamps
        self._names = {source: f"{_ending(words, width // _SHARE)} " for source, words in prefixes.items()}
        self._cells = {source: cell_len(words) for source, words in self._names.items()}
        self._undated = stamps == "sent" and width - _SENT - max(self._cells.values(), default=0) < _ENOUGH

    def of(self, line: LogLine, now: float) -> tuple[str, str]:
        """The time and the name, each with a blank behind it, or empty."""
        words = stamp(line.time, self._stamps, now)
        if words and self._undated:
            words = words[_DATE:]
        return f"{words} " if words else "", "" if line.kind == "note" else self._names.get(line.source, "")

    def width(self, line: LogLine, now: float) -> int:
        """The cells that both take. Every line that comes is asked for it."""
        name = self._cells.get(line.source, 0) if line.kind != "note" else 0
        return name if self._stamps == "off" else name + len(self.of(line, now)[0])


def _ending(words: str, most: int) -> str:
    """What tells names of one kind apart is their end."""
    if cell_len(words) <= most or most <= 2:
        return words
    kept = words[1:]
    while kept and cell_len(kept) + 2 > most:
        kept = kept[1:]
    return f"{words[:1]}{CUT}{kept}"
