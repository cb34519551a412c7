"""How far something is, on stderr: one line that is written over on a terminal, elsewhere a line for each step."""

from __future__ import annotations

import sys


class Progress:
    """Prints steps and counts. `piped`: also where stderr is no terminal, with each on a line of its own."""

    def __init__(self, *, piped: bool) -> None:
        self._terminal = sys.stderr.isatty()
        self._silent = not (self._terminal or piped)
        self._line = ""
        """the last count; on a terminal it stands there and is written over"""

    def count(self, line: str) -> None:
        """How far the present step is, in the place of what was counted before."""
        if self._silent or line == self._line:
            return
        if self._terminal:
            print(f"\r{line:<{len(self._line)}}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
        self._line = line

    def step(self, line: str) -> None:
        """A new step, on a line that stays."""
        self.end()
        if not self._silent:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the last count where it is, and go on below it."""
        if self._terminal and self._line:
            print(file=sys.stderr)
        self._line = ""

    def wipe(self) -> None:
        """Remove the last count from the terminal."""
        if self._terminal and self._line:
            print(f"\r{'':<{len(self._line)}}\r", end="", file=sys.stderr, flush=True)
        self._line = ""
