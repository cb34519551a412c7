"""How far something is, on stderr: one line that is written over on a terminal, elsewhere a line for each step."""

from __future__ import annotations

import sys


class Progress:
    """`piped`: whether somebody who reads stderr from a pipe is told, too."""

    def __init__(self, *, piped: bool) -> None:
        self._terminal = sys.stderr.isatty()
        self._silent = not (self._terminal or piped)
        self._line = ""
        """what stands there to be written over, or what was said last"""

    def count(self, line: str) -> None:
        """The same as before, of another number."""
        if self._silent or line == self._line:
            return
        if self._terminal:
            print(f"\r{line:<{len(self._line)}}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
        self._line = line

    def step(self, line: str) -> None:
        """Something new, which stays."""
        self.end()
        if not self._silent:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """What counted has come to its end, and stays."""
        if self._terminal and self._line:
            print(file=sys.stderr)
        self._line = ""

    def wipe(self) -> None:
        """What counted is of no interest any more."""
        if self._terminal and self._line:
            print(f"\r{'':<{len(self._line)}}\r", end="", file=sys.stderr, flush=True)
        self._line = ""
