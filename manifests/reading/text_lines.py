"""Lines and columns of a text as YAML counts them."""

from __future__ import annotations

import re
from bisect import bisect_right

from manifests.problem import Position

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class TextLines:
    """Where the lines of a text begin, for places in it that are known by their index."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    def position(self, index: int) -> Position:
        line = bisect_right(self._starts, index)
        return Position(line, index - self._starts[line - 1] + 1)

    def start(self, line: int) -> int:
        """The index at which a line, counted from 1, begins; the end of the text for one behind the last."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def line(self, number: int) -> str:
        """A line, counted from 1, with its line break; empty behind the last one."""
        return self.text[self.start(number) : self.start(number + 1)]

    def __len__(self) -> int:
        return len(self._starts)
