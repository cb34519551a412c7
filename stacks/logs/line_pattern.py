"""Regular expressions that somebody typed, tried on one line at a time and never for long.

Python's own engine can't be stopped while it tries, and some patterns take for ever on some lines; `regex`
takes a time limit.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable

LINE_LIMIT = 0.1
"""seconds that one line may take"""
_SHORT = 1000
"""characters up to which a line needs no limit, if the pattern is tame"""
_MANY_CHOICES = 6

_ESCAPE_OR_SET = re.compile(r"\\[^1-9gG]|\[\^?\]?[^\]]*\]", re.DOTALL)
_UNTAME = re.compile(r"\)\s*[*+?{]|\\|\(\?(?!:)")
"""a repeated group, a back reference, or anything else of regular expressions that isn't plain"""
_REPETITION = re.compile(r"[*+{]")
_CHOICE = re.compile(r"[?|]")


class PatternError(ValueError):
    """The text is no regular expression; says why, for people."""


class PatternTimeoutError(Exception):
    """The pattern took too long on a line."""

    def __init__(self, text: str, length: int) -> None:
        super().__init__(f"the pattern {text!r} takes too long on a line of {length:,} characters")


class LinePattern:
    """A pattern in the dialect of Python's `re`. Raises PatternError."""

    def __init__(self, text: str) -> None:
        import regex  # here, because it takes a twentieth of a second, and most readers of logs look for nothing

        self.text = text
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about what may mean something else in another version
                self._pattern = regex.compile(text, regex.VERSION0)
        except (regex.error, ValueError, OverflowError, RecursionError) as error:
            raise PatternError(str(error)) from None
        self._search = self._pattern.search
        self._search_short = self._tame_search()

    def _tame_search(self) -> Callable[[str], object] | None:
        """For short lines, if the pattern is tame: without a limit, by Python's own engine, twice as fast."""
        if not _is_tame(self.text):
            return None
        try:
            return re.compile(self.text).search
        except (re.error, ValueError, OverflowError, RecursionError):
            return None

    def matches(self, line: str) -> bool:
        """Whether the line holds it somewhere. Raises PatternTimeoutError."""
        if self._search_short is not None and len(line) <= _SHORT:
            return self._search_short(line) is not None
        try:
            return self._search(line, timeout=LINE_LIMIT) is not None
        except TimeoutError:
            raise PatternTimeoutError(self.text, len(line)) from None

    def spans(self, line: str) -> list[tuple[int, int]]:
        """Where in the line it is found; empty matches don't count. Raises PatternTimeoutError."""
        try:
            found = [match.span() for match in self._pattern.finditer(line, timeout=LINE_LIMIT)]
        except TimeoutError:
            raise PatternTimeoutError(self.text, len(line)) from None
        return [(start, end) for start, end in found if end > start]


def _is_tame(text: str) -> bool:
    """Whether no short line can take long: a limit costs microseconds a line, as much as most patterns themselves.

    With one repetition at most, and no repeated group, the work grows with the square of a line's length.
    """
    bare = _ESCAPE_OR_SET.sub("x", text)
    if _UNTAME.search(bare):
        return False
    return len(_REPETITION.findall(bare)) <= 1 and len(_CHOICE.findall(bare)) <= _MANY_CHOICES
