"""Which of a buffer's lines are shown, kept up to date at the cost of what is new."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from operator import attrgetter

from stacks.logs.runs import LogSection
from tui.logs.log_buffer import LogBuffer
from tui.logs.log_line import LogLine
from tui.logs.search import NOTHING, Search

_number = attrgetter("number")


@dataclass(frozen=True)
class LineSelection:
    """What is asked for: one run or everything, from an instant on, only what was searched."""

    run: LogSection | None = None
    since: str = ""
    """in UTC, as times are sent"""
    only: Search = NOTHING
    chatter: bool = False


class LogView:
    """The chosen lines of a buffer, in order."""

    def __init__(self, buffer: LogBuffer) -> None:
        self.buffer = buffer
        self.choice = LineSelection()
        self.lines: list[LogLine] = []
        self.gone = 0
        """how many of the lines shown before were dropped by the last update"""
        self._next = 0
        self._first = 0
        self._folded: list[int] = []
        """the numbers of the lines of chatter that would be shown if chatter were"""

    @property
    def folded(self) -> int:
        """How many lines of chatter are left out, of those that are asked for otherwise."""
        return len(self._folded)

    def choose(self, choice: LineSelection) -> None:
        if choice is not self.choice and not _same(choice, self.choice):
            self.choice = choice
            self.lines, self._folded = [], []
            self._next = 0
            self.update()

    def update(self) -> None:
        """Add the lines that the buffer has got, and drop those that it has dropped."""
        buffer, self.gone = self.buffer, 0
        if buffer.first != self._first:
            self._first = buffer.first
            self._drop_gone()
        fresh = buffer.since(self._next)
        self._next = buffer.first + len(buffer.lines)
        self.lines += chosen(fresh, self.choice)
        if not self.choice.chatter:
            talk = [line for line in fresh if line.kind == "chatter"]
            self._folded += map(_number, chosen(talk, replace(self.choice, chatter=True)))

    def _drop_gone(self) -> None:
        gone = bisect_left(self.lines, self._first + 1, key=_number)
        self.lines[:gone] = [self.buffer.lines[0]] if self._next > self._first else []
        self.gone = max(0, gone - 1)
        del self._folded[: bisect_left(self._folded, self._first)]


def chosen(lines: Iterable[LogLine], choice: LineSelection) -> list[LogLine]:
    wanted = _line_filter(choice)
    return [line for line in lines if wanted(line)]


def _line_filter(choice: LineSelection) -> Callable[[LogLine], bool]:
    run, since, chatter = choice.run, choice.since, choice.chatter
    test = choice.only.test if choice.only else None

    def wanted(line: LogLine) -> bool:
        if run is not None and line.section is not run and line.section is not None:
            return False
        if line.kind == "chatter" and not chatter:
            return False
        if since and line.time and _utc(line.time) < since:
            return False
        return test is None or line.kind == "note" or test(line.text)

    return wanted


def _utc(time: str) -> str:
    """The time in the form that sorts as text; kubelets with another zone than UTC are rare."""
    if time.endswith("Z"):
        return time
    try:
        return datetime.fromisoformat(time).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return time


def _same(one: LineSelection, other: LineSelection) -> bool:
    """Sections grow while they are read, so they are told apart by identity."""
    return one.run is other.run and (one.since, one.only, one.chatter) == (other.since, other.only, other.chatter)
