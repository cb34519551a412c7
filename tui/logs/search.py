"""Looking for a text or a regular expression in many lines, at once and without hanging.

Small letters match both, as in less: then lines are compared in small letters, which is several times
faster than a pattern that ignores case.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui.logs.log_line import LogLine
from tui.logs.pattern_cost import WHOLE, CostlyError, reach

_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")
_CAPITAL = re.compile(r"(?<!\\)[A-Z]")
_PATIENCE = 0.5  # seconds for all lines


class UnsearchableError(Exception):
    """What was typed can't be looked for; the text says why, for people."""


@dataclass(frozen=True)
class Search:
    """What is looked for. Empty text finds nothing."""

    text: str = ""
    pattern: re.Pattern[str] | None = None
    exact_case: bool = False
    reach: int = WHOLE
    """characters of a line that a pattern is tried on"""

    @classmethod
    def of(cls, text: str) -> Search:
        """What somebody typed. Raises UnsearchableError."""
        exact_case = _CAPITAL.search(text) is not None
        if not _SPECIAL.search(text):
            return cls(text, None, exact_case)
        try:
            return cls(text, re.compile(text), exact_case, reach(text))
        except CostlyError:
            raise UnsearchableError(
                "so many repetitions could take for ever; * and + at most twice, none within another"
            ) from None
        except (re.error, ValueError, OverflowError, RecursionError) as error:
            raise UnsearchableError(f"no regular expression: {error}; \\ before a sign takes it as it is") from None

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def test(self) -> Callable[[str], bool]:
        """Whether a text holds it."""
        needle, pattern = self.text, self.pattern
        if not needle:
            return lambda text: False
        if pattern is None:
            return (lambda text: needle in text) if self.exact_case else (lambda text: needle in text.lower())
        look, reach = pattern.search, self.reach
        if self.exact_case:
            return lambda text: look(text[:reach]) is not None
        return lambda text: look(text[:reach].lower()) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in a text it stands."""
        if not self.text:
            return []
        seen = text if self.exact_case else text.lower()
        if len(seen) != len(text):
            return []
        pattern = self.pattern or re.compile(re.escape(self.text))
        return [found.span() for found in pattern.finditer(seen[: self.reach]) if found.end() > found.start()]

    def places(self, lines: Sequence[LogLine]) -> tuple[list[int], bool]:
        """Where in the lines it is found, and whether all of them could be looked at in time."""
        test = self.test
        if self.pattern is None:
            return [place for place, line in enumerate(lines) if test(line.text)], True
        found: list[int] = []
        until = time.monotonic() + _PATIENCE
        for place, line in enumerate(lines):
            if test(line.text):
                found.append(place)
            if not place % _AT_ONCE and time.monotonic() > until:
                return found, False
        return found, True


_AT_ONCE = 8  # lines between two looks at the clock
NOTHING = Search()
