"""Looking for a text or a regular expression in many lines, at once and without hanging.

Small letters match both, as in less: then lines are compared in small letters, which is several times
faster than a pattern that ignores case.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stacks.logs.line_pattern import LinePattern, PatternError, PatternTimeoutError
from tui.logs.log_line import LogLine

_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")
_CAPITAL = re.compile(r"(?<!\\)[A-Z]")
_ALL_LINES_LIMIT = 0.5  # seconds for all lines
_AT_ONCE = 32  # lines between two looks at the clock


class UnsearchableError(Exception):
    """What was typed can't be looked for; the text says why, for people."""


@dataclass(unsafe_hash=True)
class Search:
    """What is looked for. Empty text finds nothing, and so does a pattern that took too long on a line."""

    text: str = ""
    exact_case: bool = False

    def __post_init__(self) -> None:
        self.pattern = LinePattern(self.text) if _SPECIAL.search(self.text) else None
        self.timed_out = False
        """whether the pattern took too long, and isn't tried any more"""

    @classmethod
    def of(cls, text: str) -> Search:
        """What somebody typed. Raises UnsearchableError."""
        try:
            return cls(text, _CAPITAL.search(text) is not None)
        except PatternError as error:
            raise UnsearchableError(f"no regular expression: {error}; \\ before a sign takes it as it is") from None

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def test(self) -> Callable[[str], bool]:
        needle, pattern = self.text, self.pattern
        if not needle:
            return lambda text: False
        if pattern is None:
            return (lambda text: needle in text) if self.exact_case else (lambda text: needle in text.lower())
        return self._matches

    def spans(self, text: str) -> list[tuple[int, int]]:
        if not self.text or self.timed_out:
            return []
        compared = text if self.exact_case else text.lower()
        if len(compared) != len(text):
            return []
        if self.pattern is None:
            return [found.span() for found in re.finditer(re.escape(self.text), compared)]
        try:
            return self.pattern.spans(compared)
        except PatternTimeoutError:
            self.timed_out = True
            return []

    def places(self, lines: Sequence[LogLine]) -> tuple[list[int], bool]:
        """Where in the lines it is found, and whether all of them could be looked at in time."""
        pattern, test = self.pattern, self.test
        if pattern is None:
            return [place for place, line in enumerate(lines) if test(line.text)], True
        found: list[int] = []
        until = time.monotonic() + _ALL_LINES_LIMIT
        matches, exact_case = pattern.matches, self.exact_case
        try:
            for place, line in enumerate(lines):
                if matches(line.text if exact_case else line.text.lower()):
                    found.append(place)
                if not place % _AT_ONCE and time.monotonic() > until:
                    return found, False
        except PatternTimeoutError:
            self.timed_out = True
        return found, not self.timed_out

    def _matches(self, text: str) -> bool:
        assert self.pattern is not None
        if self.timed_out:
            return False
        try:
            return self.pattern.matches(text if self.exact_case else text.lower())
        except PatternTimeoutError:
            self.timed_out = True
            return False


NOTHING = Search()
