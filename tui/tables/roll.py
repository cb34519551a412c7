"""The rows that are wanted, in order, worked out anew only where a row changed.

Ten thousand rows are looked at every second, and a few hundred of them are new. Judging and sorting
those few and merging them into the rest takes a tenth of what doing everything again takes, which
is what a key that is pressed meanwhile has to wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True)
class View(Generic[Row]):
    """What is asked for: the rows that `wanted` lets through, by `order`, under a heading for each `group`.

    `narrows` says that `wanted` can only let through what the view before did. The functions are
    compared by identity: a view with the same ones costs only what changed.
    """

    order: Callable[[Row], Any]
    wanted: Callable[[Row], bool] | None = None
    reverse: bool = False
    group: Callable[[Row], str] | None = None
    narrows: bool = False


class Entry(Generic[Row]):
    """A row, and what was worked out about it. Orders are worked out when they are first needed."""

    __slots__ = ("changed", "group", "key", "order", "place", "row", "wanted")

    def __init__(self, key: Hashable, row: Row) -> None:
        self.key = key
        self.row = row
        self.order: Any = None
        self.group = ""
        self.wanted = True
        self.changed = True
        self.place = 0
        """where it stood when the order was frozen, or came since"""


class Roll(Generic[Row]):
    """All rows by key, and the wanted ones in order."""

    def __init__(self, identity: Callable[[Row], Hashable]) -> None:
        self._identity = identity
        self._entries: dict[Hashable, Entry[Row]] = {}
        self._listed: list[Entry[Row]] = []
        """the wanted ones, upwards"""
        self._view: View[Row] | None = None
        self._places = 0
        self.frozen = False

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def group_of(self, key: Hashable) -> str | None:
        """The group that a row was put into."""
        entry = self._entries.get(key)
        return entry.group if entry is not None else None

    def freeze(self, frozen: bool) -> None:
        """Keep the order as it is, new rows last; or let it follow again."""
        self.frozen = frozen
        if frozen:
            for place, entry in enumerate(self._in_order()):
                entry.place = place
            self._places = len(self._listed)

    def take(self, rows: Sequence[Row], view: View[Row]) -> list[Entry[Row]]:
        """The wanted rows in order."""
        before, self._view = self._view, view
        changed = self._compare(rows)
        self._judge(changed, view, before)
        self._sort(changed, view, before)
        for entry in changed:
            entry.changed = False
        return self._in_order()

    def _compare(self, rows: Sequence[Row]) -> list[Entry[Row]]:
        """Put the rows in; those that are new or different are returned, those that went are forgotten."""
        known, identity = self._entries, self._identity
        changed: list[Entry[Row]] = []
        for row in rows:
            key = identity(row)
            entry = known.get(key)
            if entry is None:
                entry = known[key] = Entry(key, row)
                entry.place = self._places
                changed.append(entry)
            elif entry.row is not row:
                if entry.row != row:
                    entry.changed, entry.order = True, None
                    changed.append(entry)
                entry.row = row
        if len(rows) < len(known):
            for key in known.keys() - set(map(identity, rows)):
                known.pop(key).changed = True
        return changed

    def _judge(self, changed: list[Entry[Row]], view: View[Row], before: View[Row] | None) -> None:
        """Say of each row whether it is wanted and which group it is in, where that may have changed."""
        wanted, group = view.wanted, view.group
        if before is None or wanted is not before.wanted:
            narrows = view.narrows and before is not None
            judged: Iterable[Entry[Row]] = [*self._listed, *changed] if narrows else self._entries.values()
        else:
            judged = changed
        for entry in judged:
            entry.wanted = wanted is None or wanted(entry.row)
        regroup: Iterable[Entry[Row]] = changed
        if before is not None and group is not before.group:
            regroup = self._entries.values()
        for entry in regroup if group is not None else ():
            if not (self.frozen and entry.group):
                entry.group = group(entry.row) if group is not None else ""

    def _sort(self, changed: list[Entry[Row]], view: View[Row], before: View[Row] | None) -> None:
        """Put the wanted ones in order. Most of them are already, which is what the sort is good at."""
        narrower = before is not None and (view.wanted is before.wanted or view.narrows)
        same_order = before is not None and view.order is before.order
        if narrower:
            stayed = [entry for entry in self._listed if entry.wanted and not entry.changed]
            came = [entry for entry in changed if entry.wanted]
        else:
            stayed, came = [], [entry for entry in self._entries.values() if entry.wanted]
        if not same_order:
            for entry in self._entries.values():
                entry.order = None
            stayed, came = [], stayed + came
        for entry in came:
            if entry.order is None:
                entry.order = view.order(entry.row)
        self._listed = stayed + came
        if came:
            self._listed.sort(key=attrgetter("order"))

    def _in_order(self) -> list[Entry[Row]]:
        listed = self._listed[::-1] if self._view is not None and self._view.reverse else self._listed
        if not self.frozen:
            return listed
        ordered = sorted(listed, key=attrgetter("place"))
        for entry in ordered:
            if entry.place >= self._places:
                entry.place = self._places
                self._places += 1
        return ordered
