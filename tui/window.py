"""Which rows are listed, in which order, and where the cursor is. Plain arithmetic, no screen.

Rows change all the time, their order only when somebody calls `settle`: lines don't jump under the
reader's hand. The cursor belongs to a row, so it moves with it; where the row went away it stays
on the line.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")
Value = TypeVar("Value")


@dataclass(frozen=True)
class View(Generic[Row]):
    """What is asked for: the rows that `wanted` lets through, by `order`."""

    order: Callable[[Row], Any]
    wanted: Callable[[Row], bool] | None = None
    reverse: bool = False


class Remembered(Generic[Row, Value]):
    """What was computed of each row, kept for as long as the row stays the same."""

    def __init__(self, compute: Callable[[Row], Value]) -> None:
        self._compute = compute
        self._known: dict[Hashable, tuple[Row, Value]] = {}

    def of(self, key: Hashable, row: Row) -> Value:
        known = self._known.get(key)
        if known is not None and (known[0] is row or known[0] == row):
            return known[1]
        value = self._compute(row)
        self._known[key] = (row, value)
        return value

    def keep(self, keys: Iterable[Hashable], count: int) -> None:
        """Forget rows that went away, once they are worth the work: `count` rows are there."""
        if len(self._known) > 1000 + 2 * count:
            self._known = {key: self._known[key] for key in keys if key in self._known}


class Window(Generic[Row]):
    """The listed rows' keys, the line that the cursor is on, and the marks."""

    def __init__(self, identity: Callable[[Row], Hashable]) -> None:
        self.lines: list[Hashable] = []
        self.cursor = 0
        self.touched = False
        """the reader has moved the cursor, so it belongs to a row"""
        self.frozen = False
        self.marks: set[Hashable] = set()
        self.total = 0
        """how many rows there are, listed or not"""
        self._identity = identity
        self._order: Callable[[Row], Any] | None = None
        self._orders: Remembered[Row, Any] = Remembered(lambda row: None)

    @property
    def key(self) -> Hashable | None:
        """The row under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def settle(self, rows: Iterable[Row], view: View[Row], *, hold: bool = True) -> int:
        """List the rows anew; returns by how many lines the cursor's row went down.

        With `hold` the cursor goes with its row, otherwise it stays on its line: while the first
        rows are still arriving, nobody has chosen one. A frozen window keeps its order, and new
        rows come last.
        """
        held, before = self.key, self.cursor
        listed = self._sorted(rows, view)
        if self.frozen:
            listed = self._in_old_order(listed)
        self.lines = listed
        self._orders.keep(listed, self.total)
        if (hold or self.touched) and held is not None:
            self.cursor = _find(listed, held, before)
        self.cursor = max(0, min(self.cursor, len(listed) - 1))
        return self.cursor - before

    def move(self, to: int) -> None:
        """Put the cursor on a line, or as near to it as there are lines."""
        self.touched = True
        self.cursor = max(0, min(to, len(self.lines) - 1))

    def mark(self) -> None:
        """Mark the row under the cursor, or take its mark away."""
        if self.key is not None:
            self.touched = True
            self.marks ^= {self.key}

    def chosen(self) -> list[Hashable]:
        """The marked rows in the order of the lines; without marks the one under the cursor."""
        marked = [key for key in self.lines if key in self.marks]
        return marked or ([self.key] if self.key is not None else [])

    def _sorted(self, rows: Iterable[Row], view: View[Row]) -> list[Hashable]:
        if view.order is not self._order:
            self._order, self._orders = view.order, Remembered(view.order)
        wanted, identity, orders = view.wanted, self._identity, self._orders.of
        found: list[tuple[Any, Hashable]] = []
        self.total = 0
        for row in rows:
            self.total += 1
            if wanted is None or wanted(row):
                key = identity(row)
                found.append((orders(key, row), key))
        found.sort(key=itemgetter(0), reverse=view.reverse)
        return [key for _, key in found]

    def _in_old_order(self, listed: list[Hashable]) -> list[Hashable]:
        there = set(listed)
        stayed = [key for key in self.lines if key in there]
        old = set(stayed)
        return stayed + [key for key in listed if key not in old]


def scrolled(top: int, height: int, cursor: int) -> int:
    """The first visible line, moved no further than it takes to see the cursor."""
    if cursor < top:
        return cursor
    return cursor - height + 1 if height > 0 and cursor >= top + height else top


def _find(lines: list[Hashable], key: Hashable, near: int) -> int:
    """The line of a key, looked for first where it was; `near` if it is gone."""
    if near < len(lines) and lines[near] == key:
        return near
    try:
        return lines.index(key)
    except ValueError:
        return near
