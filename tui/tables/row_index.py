"""The rows that are wanted, in order, worked out anew only where a row changed.

Ten thousand rows are looked at every second, and a few hundred of them are new. Only those are
judged, ordered and counted again, and most of them change nothing about which lines there are. A key
that is pressed meanwhile has to wait for all of it.
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

_MANY = 20
"""one row in so many is as quickly put in its place as all are sorted"""
_UNKNOWN = object()
"""in the place of an order that is worked out when it is first needed"""


class IndexedRow(Generic[Row]):
    """A row, and what was worked out about it."""

    __slots__ = ("group", "key", "order", "place", "row", "subject", "wanted")

    def __init__(self, key: Hashable, row: Row, place: int) -> None:
        self.key = key
        self.row = row
        self.subject: Any = None
        """what filters ask about, kept here by whoever works it out; None again when the row changes"""
        self.order: Any = _UNKNOWN
        self.group = ""
        self.wanted = False
        self.place = place
        """where it stood when the order was frozen, or came since"""


@dataclass(frozen=True)
class RowQuery(Generic[Row]):
    """What is asked for: the rows that `wanted` lets through, by `order`, under a heading for each `group`.

    Rows of the same order stand by their keys. `narrows` says that `wanted` can only let through what
    the view before did. The functions are compared by identity: a view with the same ones costs only
    what changed.
    """

    order: Callable[[Row], Any]
    wanted: Callable[[IndexedRow[Row]], bool] | None = None
    reverse: bool = False
    group: Callable[[Row], str] | None = None
    narrows: bool = False


class RowIndex(Generic[Row]):
    """All rows by key, the wanted ones in order, and how many there are of each sort."""

    def __init__(self, identity: Callable[[Row], Hashable], counted: Callable[[Row], Hashable] | None = None) -> None:
        self.tallies: Counter[Hashable] = Counter()
        """how often `counted` says what of a row"""
        self.frozen = False
        self._identity = identity
        self._counted = counted
        self._entries: dict[Any, IndexedRow[Row]] = {}
        self._by_key = True
        """whether they are in the order of their keys"""
        self._given: list[IndexedRow[Row]] = []
        """those of the rows as they were given the last time"""
        self._listed: list[IndexedRow[Row]] = []
        """the wanted ones, upwards"""
        self._shown: list[IndexedRow[Row]] = []
        """the same, downwards or frozen if that was asked for"""
        self._view: RowQuery[Row] | None = None
        self._places = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[IndexedRow[Row]]:
        return iter(self._entries.values())

    def lists(self, key: Hashable) -> bool:
        """Whether there is such a row, and it is wanted."""
        entry = self._entries.get(key)
        return entry is not None and entry.wanted

    def group_of(self, key: Hashable) -> str | None:
        """The group that a row was put into."""
        entry = self._entries.get(key)
        return entry.group if entry is not None else None

    def freeze(self, frozen: bool) -> None:
        """Keep the order as it is, new rows last; or let it follow again."""
        if frozen and not self.frozen:
            for place, entry in enumerate(self._shown):
                entry.place = place
            self._places = len(self._shown)
        self.frozen = frozen
        self._shown = []

    def take(self, rows: Iterable[Row], view: RowQuery[Row]) -> list[IndexedRow[Row]]:
        """The wanted rows in order. Where nothing about that is different it is the list that was returned before."""
        before, self._view = self._view, view
        changed, gone = self._compare(list(rows))
        self._regroup(changed, view, before)
        if before is None or view.order is not before.order or view.wanted is not before.wanted:
            self._judge(changed, view, before)
            self._sort(view)
        else:
            moved = self._moved(changed, view)
            if not moved and not gone and view.reverse is before.reverse and self._shown:
                return self._shown
            self._rearrange(moved, gone, view)
        self._shown = self._in_order(view)
        return self._shown

    # Which rows there are

    def _compare(self, rows: list[Row]) -> tuple[list[IndexedRow[Row]], set[IndexedRow[Row]]]:
        """Put the rows in; returns those that are new or other objects than before, and those that went."""
        changed: list[IndexedRow[Row]] = []
        if (replaced := self._replaced(rows)) is not None:
            for known_as, row in replaced:
                self._replace(known_as, row)
                changed.append(known_as)
            return changed, set()
        known, self._given = self._entries, []
        for row in rows:
            key = self._identity(row)
            entry = known.get(key)
            if entry is None:
                entry = known[key] = IndexedRow(key, row, self._places)
                self._by_key = False
                self._count(row, 1)
                changed.append(entry)
            elif entry.row is not row:
                self._replace(entry, row)
                changed.append(entry)
            self._given.append(entry)
        gone = set()
        if len(rows) < len(known):
            gone = {known.pop(key) for key in known.keys() - {entry.key for entry in self._given}}
            for entry in gone:
                self._count(entry.row, -1)
        return changed, gone

    def _replaced(self, rows: list[Row]) -> list[tuple[IndexedRow[Row], Row]] | None:
        """What stands in whose place, if these are the rows from before in their places; None if they aren't."""
        if len(self._given) != len(rows):
            return None
        identity = self._identity
        others = map(is_not, rows, map(attrgetter("row"), self._given))
        replaced = list(compress(zip(self._given, rows, strict=True), others))
        return replaced if all(entry.key == identity(row) for entry, row in replaced) else None

    def _replace(self, entry: IndexedRow[Row], row: Row) -> None:
        if self._counted is not None and (before := self._counted(entry.row)) != (after := self._counted(row)):
            self.tallies[before] -= 1
            self.tallies[after] += 1
        entry.row, entry.subject = row, None

    def _count(self, row: Row, by: int) -> None:
        if self._counted is not None:
            self.tallies[self._counted(row)] += by

    # Which of them are listed

    def _regroup(self, changed: list[IndexedRow[Row]], view: RowQuery[Row], before: RowQuery[Row] | None) -> None:
        """Put rows into groups, where those may be others. In a frozen order nothing leaves its group."""
        group = view.group
        if group is None:
            return
        for entry in changed if before is not None and group is before.group else self:
            if not (self.frozen and entry.group):
                entry.group = group(entry.row)

    def _judge(self, changed: list[IndexedRow[Row]], view: RowQuery[Row], before: RowQuery[Row] | None) -> None:
        """Judge again whatever another filter may let through, and forget what another order makes of rows."""
        wanted = view.wanted
        judged: Iterable[IndexedRow[Row]] = changed
        if before is None or wanted is not before.wanted:
            judged = chain(self._listed, changed) if before is not None and view.narrows else self
        for entry in judged:
            entry.wanted = wanted is None or wanted(entry)
        for entry in changed if before is not None and view.order is before.order else self:
            entry.order = _UNKNOWN

    def _sort(self, view: RowQuery[Row]) -> None:
        """List all wanted rows, by their keys and then by the order, which leaves alone what is the same to it."""
        if not self._by_key:
            self._entries, self._by_key = dict(sorted(self._entries.items())), True
        order = view.order
        self._listed = [entry for entry in self if entry.wanted]
        for entry in self._listed:
            if entry.order is _UNKNOWN:
                entry.order = order(entry.row)
        self._listed.sort(key=attrgetter("order"))

    def _moved(self, changed: list[IndexedRow[Row]], view: RowQuery[Row]) -> list[IndexedRow[Row]]:
        """Judge the rows that changed; returns those that come, go or stand elsewhere now."""
        wanted, order = view.wanted, view.order
        moved = []
        for entry in changed:
            was, stood = entry.wanted, entry.order
            entry.wanted = wanted is None or wanted(entry)
            entry.order = order(entry.row) if entry.wanted else _UNKNOWN
            if entry.wanted != was or entry.order != stood:
                moved.append(entry)
        return moved

    def _rearrange(self, moved: list[IndexedRow[Row]], gone: set[IndexedRow[Row]], view: RowQuery[Row]) -> None:
        """Put these few in their places among the listed, or sort everything if they aren't few."""
        if len(moved) > len(self._listed) // _MANY:
            self._sort(view)
            return
        away = gone.union(moved)
        self._listed = [entry for entry in self._listed if entry not in away]
        for entry in moved:
            if entry.wanted:
                insort(self._listed, entry, key=attrgetter("order", "key"))

    def _in_order(self, view: RowQuery[Row]) -> list[IndexedRow[Row]]:
        listed = self._listed[::-1] if view.reverse else self._listed
        if not self.frozen:
            return listed
        ordered = sorted(listed, key=attrgetter("place"))
        for entry in ordered:
            if entry.place >= self._places:
                entry.place = self._places
                self._places += 1
        return ordered
