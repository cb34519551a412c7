"""The rows that match a query, in order, worked out anew only where a row changed.

Ten thousand rows are looked at every second, and a few hundred of them are new. Only those are matched,
ordered and counted again, and most of them change nothing about which lines there are. A key that is
pressed meanwhile has to wait for all of it.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, compress
from operator import attrgetter, is_not
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")

_FEW = 20
"""up to one row in so many is put in its place by itself; for more it is quicker to sort all"""
_NOT_ORDERED = object()
"""stands for the sort key of a row that hasn't been needed yet"""


class IndexedRow(Generic[Row]):
    __slots__ = ("counted", "filter_fields", "frozen_place", "group", "key", "matches", "order", "row")

    def __init__(self, key: Hashable, row: Row, frozen_place: int) -> None:
        self.key = key
        self.row = row
        self.filter_fields: Any = None
        """what filters ask about, kept here by whoever works it out; None again when the row changes"""
        self.order: Any = _NOT_ORDERED
        """the row's sort key"""
        self.counted: Hashable = None
        """what it is counted as"""
        self.group = ""
        self.matches = False
        """whether the query lists the row"""
        self.frozen_place = frozen_place
        """where it stood when the order was frozen, or was added since"""


@dataclass(frozen=True)
class RowQuery(Generic[Row]):
    """Which rows to list (those that `matches` is true of; None for all), sorted by `order`, under a heading
    for each `group`.

    Rows of the same order are sorted by their keys. `narrows` says that `matches` is true of no row that the
    query before didn't list. The functions are compared by identity: after a query with the same ones only the
    rows that changed are looked at.
    """

    order: Callable[[Row], Any]
    matches: Callable[[IndexedRow[Row]], bool] | None = None
    reverse: bool = False
    group: Callable[[Row], str] | None = None
    narrows: bool = False


class RowIndex(Generic[Row]):
    """All rows by key, the matching ones in order, and counts over all of them."""

    def __init__(self, identity: Callable[[Row], Hashable], counted: Callable[[Row], Hashable] | None = None) -> None:
        self.counts: Counter[Hashable] = Counter()
        """value of `counted` -> how many rows have it, listed or not"""
        self.frozen = False
        self._identity = identity
        self._counted = counted
        self._rows: dict[Any, IndexedRow[Row]] = {}
        self._rows_by_key = True
        """whether `_rows` is in the order of its keys"""
        self._given: list[IndexedRow[Row]] = []
        """all rows in the order in which they were given the last time"""
        self._sorted: list[IndexedRow[Row]] = []
        """the matching rows, in ascending order"""
        self._displayed: list[IndexedRow[Row]] = []
        """the same, reversed or in the frozen order if that was asked for"""
        self._query: RowQuery[Row] | None = None
        self._next_place = 0
        self._outdated: list[IndexedRow[Row]] = []
        self._values: dict[Hashable, Hashable] = {}
        """each value of `counted` -> the one object that stands for it in all rows"""

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[IndexedRow[Row]]:
        return iter(self._rows.values())

    def is_listed(self, key: Hashable) -> bool:
        found = self._rows.get(key)
        return found is not None and found.matches

    def group_of(self, key: Hashable) -> str | None:
        found = self._rows.get(key)
        return found.group if found is not None else None

    @property
    def listed_counts(self) -> Counter[Hashable]:
        """value of `counted` -> how many of the rows that match have it"""
        if self._counted is None or len(self._sorted) == len(self._rows):
            return self.counts
        return Counter(map(attrgetter("counted"), self._sorted))

    def outdate(self, keys: Iterable[Hashable]) -> None:
        """Match and order these rows again with the next update, though they are the same objects as before."""
        self._outdated += [found for key in keys if (found := self._rows.get(key)) is not None]

    def freeze(self, frozen: bool) -> None:
        """Keep the order as it is, new rows last; or sort again from the next update on."""
        if frozen and not self.frozen:
            for place, indexed in enumerate(self._displayed):
                indexed.frozen_place = place
            self._next_place = len(self._displayed)
        self.frozen = frozen
        self._displayed = []

    def update(self, rows: Iterable[Row], query: RowQuery[Row]) -> list[IndexedRow[Row]]:
        """The matching rows among `rows`, in order.

        The very list that was returned before, if neither a line nor the order of lines is another now.
        """
        before, self._query = self._query, query
        changed, gone = self._store(list(rows))
        changed += self._renewed(gone)
        self._assign_groups(changed, query, before)
        if before is None or query.order is not before.order or query.matches is not before.matches:
            self._match_again(changed, query, before)
            self._sort(query)
        else:
            moved = self._find_moved(changed, query)
            if not moved and not gone and query.reverse is before.reverse and self._displayed:
                return self._displayed
            self._place(moved, gone, query)
        self._displayed = self._display_order(query)
        return self._displayed

    def _renewed(self, gone: set[IndexedRow[Row]]) -> list[IndexedRow[Row]]:
        """Those that were outdated, as far as they are still there."""
        outdated, self._outdated = self._outdated, []
        for indexed in outdated:
            indexed.filter_fields = None
        return [indexed for indexed in outdated if indexed not in gone]

    # Which rows there are

    def _store(self, rows: list[Row]) -> tuple[list[IndexedRow[Row]], set[IndexedRow[Row]]]:
        """Replace all rows. Returns those that are new or other objects than before, and those that are gone."""
        changed: list[IndexedRow[Row]] = []
        if (replaced := self._replaced(rows)) is not None:
            for indexed, row in replaced:
                self._replace(indexed, row)
                changed.append(indexed)
            return changed, set()
        known, self._given = self._rows, []
        for row in rows:
            key = self._identity(row)
            found = known.get(key)
            if found is None:
                found = known[key] = IndexedRow(key, row, self._next_place)
                self._rows_by_key = False
                self._count(found, 1)
                changed.append(found)
            elif found.row is not row:
                self._replace(found, row)
                changed.append(found)
            self._given.append(found)
        gone = set()
        if len(rows) < len(known):
            gone = {known.pop(key) for key in known.keys() - {indexed.key for indexed in self._given}}
            for indexed in gone:
                self._count(indexed, -1)
        return changed, gone

    def _replaced(self, rows: list[Row]) -> list[tuple[IndexedRow[Row], Row]] | None:
        """(what is indexed, its new row) for each that changed, if the same keys were given in the same order as
        the last time; None if they weren't.
        """
        if len(self._given) != len(rows):
            return None
        identity = self._identity
        others = map(is_not, rows, map(attrgetter("row"), self._given))
        replaced = list(compress(zip(self._given, rows, strict=True), others))
        return replaced if all(indexed.key == identity(row) for indexed, row in replaced) else None

    def _replace(self, indexed: IndexedRow[Row], row: Row) -> None:
        if self._counted is not None and indexed.counted != (after := self._counted(row)):
            self.counts[indexed.counted] -= 1
            indexed.counted = self._values.setdefault(after, after)
            self.counts[indexed.counted] += 1
        indexed.row, indexed.filter_fields = row, None

    def _count(self, indexed: IndexedRow[Row], by: int) -> None:
        if self._counted is None:
            return
        if by > 0:
            value = self._counted(indexed.row)
            indexed.counted = self._values.setdefault(value, value)
        self.counts[indexed.counted] += by

    # Which of them are listed

    def _assign_groups(
        self, changed: list[IndexedRow[Row]], query: RowQuery[Row], before: RowQuery[Row] | None
    ) -> None:
        """Work out the groups that may have changed. In a frozen order no row leaves its group."""
        group = query.group
        if group is None:
            return
        for indexed in changed if before is not None and group is before.group else self:
            if not (self.frozen and indexed.group):
                indexed.group = group(indexed.row)

    def _match_again(self, changed: list[IndexedRow[Row]], query: RowQuery[Row], before: RowQuery[Row] | None) -> None:
        """Match all rows that another filter may list, and drop the sort keys that another order makes wrong."""
        matches = query.matches
        candidates: Iterable[IndexedRow[Row]] = changed
        if before is None or matches is not before.matches:
            candidates = chain(self._sorted, changed) if before is not None and query.narrows else self
        for indexed in candidates:
            indexed.matches = matches is None or matches(indexed)
        for indexed in changed if before is not None and query.order is before.order else self:
            indexed.order = _NOT_ORDERED

    def _sort(self, query: RowQuery[Row]) -> None:
        """Sort all matching rows: first by key, and then by the order, which is stable."""
        if not self._rows_by_key:
            self._rows, self._rows_by_key = dict(sorted(self._rows.items())), True
        order = query.order
        self._sorted = [indexed for indexed in self if indexed.matches]
        for indexed in self._sorted:
            if indexed.order is _NOT_ORDERED:
                indexed.order = order(indexed.row)
        self._sorted.sort(key=attrgetter("order"))

    def _find_moved(self, changed: list[IndexedRow[Row]], query: RowQuery[Row]) -> list[IndexedRow[Row]]:
        """Match the rows that changed. Returns those that appear, disappear or have another place now."""
        matches, order = query.matches, query.order
        moved = []
        for indexed in changed:
            matched, ordered = indexed.matches, indexed.order
            indexed.matches = matches is None or matches(indexed)
            indexed.order = order(indexed.row) if indexed.matches else _NOT_ORDERED
            if indexed.matches != matched or indexed.order != ordered:
                moved.append(indexed)
        return moved

    def _place(self, moved: list[IndexedRow[Row]], gone: set[IndexedRow[Row]], query: RowQuery[Row]) -> None:
        """Put these few in their places among the sorted, or sort everything if they aren't few."""
        if len(moved) > len(self._sorted) // _FEW:
            self._sort(query)
            return
        removed = gone.union(moved)
        self._sorted = [indexed for indexed in self._sorted if indexed not in removed]
        for indexed in moved:
            if indexed.matches:
                insort(self._sorted, indexed, key=attrgetter("order", "key"))

    def _display_order(self, query: RowQuery[Row]) -> list[IndexedRow[Row]]:
        listed = self._sorted[::-1] if query.reverse else self._sorted
        if not self.frozen:
            return listed
        ordered = sorted(listed, key=attrgetter("frozen_place"))
        for indexed in ordered:
            if indexed.frozen_place >= self._next_place:
                indexed.frozen_place = self._next_place
                self._next_place += 1
        return ordered
