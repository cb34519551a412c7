"""Which lines a table has, in which order and groups, which are marked, and where the cursor is. Nothing of a screen.

Rows change all the time, the order of their lines only when somebody calls `update`: lines don't jump under
the reader's hand. The cursor belongs to a row, so it moves with it; where the row went away it stays
on the line, and where its group was folded it goes to the heading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tui.tables.row_index import IndexedRow, RowIndex, RowQuery

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Heading:
    """The key of a group's own line."""

    group: str


@dataclass(frozen=True)
class Group:
    name: str
    members: tuple[Hashable, ...]
    health_counts: Mapping[str, int]
    """health -> how many of the rows have it"""
    folded: bool


class Groups(Generic[Row]):
    """Puts headings among the lines. A group stands where its first row would: sorted by urgency, the
    group with the worst row is the first.
    """

    def __init__(self, health: Callable[[Row], str] | None) -> None:
        self._health = health
        self._folded: set[str] = set()
        self._all_folded = False
        self.by_heading: dict[Hashable, Group] = {}

    def lines(self, rows: Sequence[IndexedRow[Row]]) -> list[Hashable]:
        """The keys of all lines: each heading, and the rows below it unless it is folded."""
        buckets: dict[str, list[IndexedRow[Row]]] = {}
        for indexed in rows:
            buckets.setdefault(indexed.group, []).append(indexed)
        self.by_heading = {}
        lines: list[Hashable] = []
        for name, members in buckets.items():
            keys = [indexed.key for indexed in members]
            heading = Heading(name)
            folded = self.is_folded(name)
            self.by_heading[heading] = Group(name, tuple(keys), self._count_healths(members), folded)
            lines.append(heading)
            if not folded:
                lines += keys
        return lines

    def is_folded(self, name: str) -> bool:
        return (name in self._folded) != self._all_folded

    def fold(self, name: str) -> None:
        """Show only the heading of this group, or all of it again."""
        self._folded ^= {name}

    def fold_all(self) -> None:
        """Show headings alone, or everything again."""
        anything_open = any(not group.folded for group in self.by_heading.values())
        self._folded.clear()
        self._all_folded = anything_open

    def _count_healths(self, members: Sequence[IndexedRow[Row]]) -> Mapping[str, int]:
        return Counter(map(self._health, [indexed.row for indexed in members])) if self._health is not None else {}


class Marks(set[Hashable]):
    """The keys of the marked rows, and the one that a range would start from.

    A mark belongs to an object, wherever it is listed, and goes when that goes.
    """

    _anchor: Hashable | None = None

    def toggle(self, keys: Sequence[Hashable]) -> None:
        """Mark these; if all of them are marked already, take their marks away."""
        if not keys:
            return
        if self.issuperset(keys):
            self.difference_update(keys)
            self._anchor = None
        else:
            self.update(keys)
            self._anchor = keys[-1]

    def extend(self, lines: Sequence[Hashable], to: Sequence[Hashable]) -> None:
        """Mark all lines from the anchor to these; without an anchor just these."""
        if not to:
            return
        places = [lines.index(key) for key in (self._anchor, to[0], to[-1]) if key in lines]
        if self._anchor in lines and places:
            self.update(lines[min(places) : max(places) + 1])
        self.update(to)
        self._anchor = to[-1]

    def clear(self) -> None:
        super().clear()
        self._anchor = None

    def discard_missing(self, existing: Container[Hashable]) -> None:
        """Take away the marks of keys that don't exist any more."""
        self.difference_update([key for key in self if key not in existing])


class RowWindow(Generic[Row]):
    """The keys of the lines (rows and headings), the line that the cursor is on, and the marks."""

    def __init__(
        self,
        identity: Callable[[Row], Hashable],
        health: Callable[[Row], str] | None = None,
        counted: Callable[[Row], Hashable] | None = None,
    ) -> None:
        self.lines: list[Hashable] = []
        self.cursor = 0
        self.touched = False
        """the reader has moved the cursor, so it belongs to a row"""
        self.moves = 0
        """how often the reader has moved it"""
        self.marks = Marks()
        self.listed: list[Hashable] = []
        """the keys of the matching rows, in order, also of those in folded groups"""
        self.index: RowIndex[Row] = RowIndex(identity, counted)
        """all rows, listed or not"""
        self._groups: Groups[Row] = Groups(health)
        self._matching: list[IndexedRow[Row]] = []
        self.grouped = False
        """there are headings among the lines"""

    @property
    def key(self) -> Hashable | None:
        """What is under the cursor: a row's key, or a heading."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    @property
    def total(self) -> int:
        return len(self.index)

    def update(self, rows: Iterable[Row], query: RowQuery[Row], *, follow_row: bool = True) -> int:
        """List those of the rows that match the query; returns by how many lines the cursor went down.

        With `follow_row` the cursor goes with its row, otherwise it stays on its line: while the first
        rows are still arriving, nobody has chosen one. A frozen window keeps its order, and new
        rows come last.
        """
        before, self._matching = self._matching, self.index.update(rows, query)
        was_grouped, self.grouped = self.grouped, query.group is not None
        self.marks.discard_missing(self.index)
        if self._matching is before and not (self.grouped or was_grouped):
            return 0
        return self._rebuild_lines(follow_row or self.touched)

    def move(self, to: int) -> None:
        """Put the cursor on a line, or as near to it as there are lines."""
        self.touched = True
        self.moves += 1
        self.cursor = max(0, min(to, len(self.lines) - 1))

    def seek(self, key: Hashable) -> int:
        """Put the cursor on the row with this key, to which it belongs from now on; returns what `update` does."""
        before, self.touched = self.cursor, True
        self.cursor = self._line_of(key, before)
        return self.cursor - before

    @property
    def matching(self) -> Sequence[IndexedRow[Row]]:
        """The rows of `listed`, in the order that they have without groups."""
        return self._matching

    @property
    def marked_elsewhere(self) -> int:
        """How many marked rows aren't listed, so that nothing is done to them."""
        if len(self.listed) == self.total:
            return 0
        return len(self.marks) - sum(map(self.index.is_listed, self.marks))

    # Groups

    def group(self, heading: Hashable) -> Group | None:
        """The group that a line is the heading of."""
        return self._groups.by_heading.get(heading) if self.grouped else None

    def fold(self) -> int:
        """Fold the group that the cursor is in, or unfold it; returns what `update` does."""
        name = self._group_under_cursor()
        if name is None:
            return 0
        self._groups.fold(name)
        return self._rebuild_lines(follow_row=True)

    def fold_all(self) -> int:
        """Fold all groups, or unfold them if all are; returns what `update` does."""
        self._groups.fold_all()
        return self._rebuild_lines(follow_row=True)

    def next_heading(self, direction: int) -> int:
        """The line of the next heading in this direction; the cursor's own line if there is none."""
        places = range(self.cursor + direction, len(self.lines) if direction > 0 else -1, direction)
        return next((place for place in places if isinstance(self.lines[place], Heading)), self.cursor)

    def _group_under_cursor(self) -> str | None:
        key = self.key
        if isinstance(key, Heading):
            return key.group
        return self.index.group_of(key) if self.grouped and key is not None else None

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

    def _rebuild_lines(self, follow_row: bool) -> int:
        key, before = self.key, self.cursor
        if self.grouped:
            self.lines = self._groups.lines(self._matching)
            self.listed = [key for group in self._groups.by_heading.values() for key in group.members]
        else:
            self.lines = self.listed = [indexed.key for indexed in self._matching]
        if follow_row and key is not None:
            self.cursor = self._line_of(key, before)
        self.cursor = max(0, min(self.cursor, len(self.lines) - 1))
        return self.cursor - before

    def _line_of(self, key: Hashable, before: int) -> int:
        """The line of a key, or of the heading of its folded group; `before`, where it was, if it is gone."""
        if before < len(self.lines) and self.lines[before] == key:
            return before
        group = self.index.group_of(key) if self.grouped else None
        if group is not None and self._groups.is_folded(group):
            key = Heading(group)
        try:
            return self.lines.index(key)
        except ValueError:
            return before


def scrolled(top: int, height: int, cursor: int) -> int:
    """The first visible line of `height`, moved from `top` no further than it takes to see the cursor."""
    if cursor < top:
        return cursor
    return cursor - height + 1 if height > 0 and cursor >= top + height else top
