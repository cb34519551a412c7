"""Which lines there are, in which order, and where the cursor is. Plain arithmetic, no screen.

Rows change all the time, their order only when somebody calls `settle`: lines don't jump under the
reader's hand. The cursor belongs to a row, so it moves with it; where the row went away it stays
on the line, and where its group was folded it goes to the heading.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from tui.tables.groups import Group, Groups, Heading
from tui.tables.marks import Marks
from tui.tables.row_index import IndexedRow, RowIndex, RowQuery

Row = TypeVar("Row")


class RowWindow(Generic[Row]):
    """The keys of the lines, rows and headings, the line that the cursor is on, and the marks."""

    def __init__(
        self,
        identity: Callable[[Row], Hashable],
        verdict: Callable[[Row], str] | None = None,
        counted: Callable[[Row], Hashable] | None = None,
    ) -> None:
        self.lines: list[Hashable] = []
        self.cursor = 0
        self.touched = False
        """the reader has moved the cursor, so it belongs to a row"""
        self.marks = Marks()
        self.listed: list[Hashable] = []
        """the keys of the wanted rows, in order, whether folded or not"""
        self._roll: RowIndex[Row] = RowIndex(identity, counted)
        self._groups: Groups[Row] = Groups(verdict)
        self._entries: list[IndexedRow[Row]] = []
        self.grouped = False
        """there are headings among the lines"""

    @property
    def key(self) -> Hashable | None:
        """What is under the cursor: a row's key, or a heading."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    @property
    def total(self) -> int:
        """How many rows there are, listed or not."""
        return len(self._roll)

    @property
    def tallies(self) -> Mapping[Hashable, int]:
        """How often `counted` says what of a row, listed or not."""
        return self._roll.tallies

    def entries(self) -> Iterator[IndexedRow[Row]]:
        """All rows, listed or not, with what was worked out about them."""
        return iter(self._roll)

    @property
    def frozen(self) -> bool:
        """Whether the order stays as it is."""
        return self._roll.frozen

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        self._roll.freeze(frozen)

    def settle(self, rows: Iterable[Row], view: RowQuery[Row], *, hold: bool = True) -> int:
        """List the rows anew; returns by how many lines the cursor's row went down.

        With `hold` the cursor goes with its row, otherwise it stays on its line: while the first
        rows are still arriving, nobody has chosen one. A frozen window keeps its order, and new
        rows come last.
        """
        before, self._entries = self._entries, self._roll.take(rows, view)
        was_grouped, self.grouped = self.grouped, view.group is not None
        self.marks.keep(self._roll)
        if self._entries is before and not (self.grouped or was_grouped):
            return 0
        return self._lay_out(hold or self.touched)

    def move(self, to: int) -> None:
        """Put the cursor on a line, or as near to it as there are lines."""
        self.touched = True
        self.cursor = max(0, min(to, len(self.lines) - 1))

    @property
    def marked_elsewhere(self) -> int:
        """How many marked rows aren't listed, so that nothing is done to them."""
        if len(self.listed) == self.total:
            return 0
        return len(self.marks) - sum(map(self._roll.lists, self.marks))

    # Groups

    def group(self, heading: Hashable) -> Group | None:
        """The group that a line is the heading of."""
        return self._groups.by_heading.get(heading) if self.grouped else None

    def fold(self) -> int:
        """Fold the group that the cursor is in, or unfold it; returns as `settle` does."""
        name = self._group_under_cursor()
        if name is None:
            return 0
        self._groups.fold(name)
        return self._lay_out(hold=True)

    def fold_all(self) -> int:
        """Fold all groups, or unfold them if all are; returns as `settle` does."""
        self._groups.fold_all()
        return self._lay_out(hold=True)

    def next_heading(self, direction: int) -> int:
        """The line of the next heading in this direction; the cursor's own line if there is none."""
        places = range(self.cursor + direction, len(self.lines) if direction > 0 else -1, direction)
        return next((place for place in places if isinstance(self.lines[place], Heading)), self.cursor)

    def _group_under_cursor(self) -> str | None:
        key = self.key
        if isinstance(key, Heading):
            return key.group
        return self._roll.group_of(key) if self.grouped and key is not None else None

    # Marks

    def mark(self) -> None:
        """Mark the row under the cursor, or all of a heading's rows; or take their marks away."""
        self.touched = True
        self.marks.toggle(self._under_cursor())

    def mark_range(self) -> None:
        """Mark everything from the last mark to the cursor."""
        self.touched = True
        self.marks.extend([key for key in self.lines if not isinstance(key, Heading)], self._under_cursor())

    def chosen(self) -> list[Hashable]:
        """The marked rows that are listed, in their order; without marks what is under the cursor."""
        return [key for key in self.listed if key in self.marks] or self._under_cursor()

    def _under_cursor(self) -> list[Hashable]:
        group = self.group(self.key) if self.key is not None else None
        if group is not None:
            return list(group.members)
        return [self.key] if self.key is not None else []

    def _lay_out(self, hold: bool) -> int:
        held, before = self.key, self.cursor
        if self.grouped:
            self.lines = self._groups.lines(self._entries)
            self.listed = [key for group in self._groups.by_heading.values() for key in group.members]
        else:
            self.lines = self.listed = [entry.key for entry in self._entries]
        if hold and held is not None:
            self.cursor = self._find(held, before)
        self.cursor = max(0, min(self.cursor, len(self.lines) - 1))
        return self.cursor - before

    def _find(self, key: Hashable, near: int) -> int:
        """The line of a key, or of its group's heading; looked for first where it was, `near` if it is gone."""
        if near < len(self.lines) and self.lines[near] == key:
            return near
        home = self._roll.group_of(key) if self.grouped else None
        if home is not None and self._groups.is_folded(home):
            key = Heading(home)
        try:
            return self.lines.index(key)
        except ValueError:
            return near


def scrolled(top: int, height: int, cursor: int) -> int:
    """The first visible line, moved no further than it takes to see the cursor."""
    if cursor < top:
        return cursor
    return cursor - height + 1 if height > 0 and cursor >= top + height else top
