"""What a table lists right now: what the reader asked for (filter, order, groups), applied on a clock.

Events change rows at any rate. Which rows are listed and in which order is decided at most once a
second, and only if something changed; in between, lines stand still and only their texts move.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar, cast

from tui.tables.best_row import Shows, best_row
from tui.tables.row_index import IndexedRow, RowQuery
from tui.tables.row_window import RowWindow
from tui.tables.table_spec import TableSpec
from views.filter import EVERYTHING, Filter

Row = TypeVar("Row")

_UPDATE_EVERY = 1.0
"""seconds"""
_UPDATE_LOADING = 0.25
"""the same while the first rows arrive, which shouldn't wait for a whole second"""


class TableModel(Generic[Row]):
    """All rows of a table, the window onto those that are listed, and what the reader asked for."""

    def __init__(self, spec: TableSpec[Row], shows: Shows[Row] = lambda row, text: True) -> None:
        """`shows` says what can be read of a row on the screen."""
        self.spec = spec
        self._shows = shows
        self.window: RowWindow[Row] = RowWindow(spec.identity, spec.health, _counted(spec))
        self.query: Filter = EVERYTHING
        self.problem = ""
        """what is wrong with the filter that was typed last; `query` is the last good one"""
        self.only_broken = False
        self.contexts: frozenset[str] = frozenset()
        """list these contexts only; empty: all of them"""
        self.namespaces: frozenset[str] = frozenset()
        self.sort_column = ""
        """empty: the table's own order"""
        self.reverse = False
        self.grouped_by = ""
        self._group: Callable[[Row], str] | None = None
        self._matches: Callable[[IndexedRow[Row]], bool] | None = None
        self._narrows = True
        """everything asked for since the last update can only leave out more rows"""
        self._query_changed = True
        self._is_typed = False
        """a filter is being typed, so that the cursor goes to the best row, until the reader moves it"""
        self._typed_from: Hashable | None = None
        """what the cursor was on before"""
        self._moves_before = 0
        self._version = -1
        self._updated_at = float("-inf")

    @property
    def sort_name(self) -> str:
        column = self.spec.column(self.sort_column)
        name = column.title.lower() if column else self.spec.order_name
        return f"{name}, reversed" if self.reverse else name

    @property
    def is_restricted(self) -> bool:
        return bool(self.query or self.only_broken or self.contexts or self.namespaces)

    @property
    def scope_words(self) -> str:
        """The contexts and namespaces that are listed, where that isn't all of them."""
        parts = (("ctx", self.contexts), ("ns", self.namespaces))
        return " ".join(f"{word} {','.join(sorted(those))}" for word, those in parts if those)

    def health_counts(self, *, without: Container[str]) -> Mapping[str, int] | None:
        """How many listed rows have which health, without those of some contexts; None where rows have no health."""
        if self.spec.health is None:
            return None
        counts: Counter[str] = Counter()
        for (context, health, _), count in self._counts():
            if context not in without:
                counts[health] += count
        return counts

    def standing_counts(self, *, without: Container[str]) -> Mapping[str, Mapping[str, int]] | None:
        """context -> how many listed rows stand how, without some contexts; None where that isn't told of rows."""
        if self.spec.standing is None:
            return None
        counts: dict[str, Counter[str]] = {}
        for (context, _, standing), count in self._counts():
            if context not in without:
                counts.setdefault(context, Counter())[standing] += count
        return counts

    def count_in(self, contexts: Container[str]) -> int:
        return sum(count for (context, *_), count in self._counts() if context in contexts)

    def _counts(self) -> Iterator[tuple[tuple[str, str, str], int]]:
        """((context, health, standing), how many are listed)."""
        counts = self.window.index.listed_counts
        return ((cast("tuple[str, str, str]", value), count) for value, count in counts.items() if count)

    # What the reader asks for

    def filter_by(self, query: Filter) -> None:
        """List only what this filter matches. One that makes no sense changes only `problem`."""
        self.problem = query.problem
        if query.problem or query.words == self.query.words:
            return
        narrows, self.query = query.narrows(self.query), query
        self._change_filter(narrows=narrows)

    def begin_typing(self) -> None:
        """A filter is going to be typed: the cursor follows the row that matches best."""
        window = self.window
        self._is_typed, self._moves_before = True, window.moves
        self._typed_from = window.key if window.touched else None

    def end_typing(self) -> None:
        """Nobody types a filter any more: the cursor stays with its row. If no filter is in force, free what was worked
        out for one.
        """
        self._is_typed = False
        for indexed in self.window.index if not self.query else ():
            indexed.filter_fields = None

    def toggle_broken(self) -> None:
        self.only_broken = not self.only_broken
        self._change_filter()

    def restrict(self, *, contexts: Iterable[str] | None = None, namespaces: Iterable[str] | None = None) -> None:
        """List only these contexts or namespaces; none of them means all again, None leaves it as it is."""
        if contexts is not None:
            self.contexts = frozenset(contexts)
        if namespaces is not None:
            self.namespaces = frozenset(namespaces)
        self._change_filter()

    def clear_filter(self) -> None:
        self.query, self.problem, self.only_broken = EVERYTHING, "", False
        self._change_filter()

    def sort(self, column: str, *, reverse: bool | None = None) -> None:
        """Sort by a column (empty: the table's own order); by the same once more, the other way round."""
        turned = not self.reverse if column == self.sort_column else False
        self.reverse = turned if reverse is None else reverse
        self.sort_column = column
        self.window.index.freeze(False)
        self._query_changed = True

    def group(self, name: str, of: Callable[[Row], str] | None) -> None:
        """Put the rows under headings; without a function there are none."""
        self.grouped_by, self._group = name if of else "", of
        self._query_changed = True

    def toggle_frozen(self) -> None:
        self.window.index.freeze(not self.window.index.frozen)
        self._query_changed = True

    # Updating

    def outdate(self, keys: Iterable[Hashable]) -> None:
        """These rows say something else by now, though they are the same objects; their version has to be another."""
        self.window.index.outdate(keys)

    def is_due(self, version: int, clock: float, *, loading: bool) -> bool:
        """Whether it is time to update: `version` is that of the rows, `clock` any monotonic one, in seconds."""
        if self._query_changed:
            return True
        pause = _UPDATE_LOADING if loading else _UPDATE_EVERY
        return version != self._version and (clock - self._updated_at >= pause or not self.window.lines)

    def update(self, rows: Iterable[Row], version: int, clock: float, *, loading: bool) -> int:
        """List what matches among these rows, which are all there are; returns by how many lines the cursor went down.

        While `loading`, a cursor that the reader hasn't moved stays on its line instead of following its row.
        """
        self._query_changed, self._version, self._updated_at = False, version, clock
        column = self.spec.column(self.sort_column)
        order = column.order if column else self.spec.order
        query = RowQuery(order, self._matches, self.reverse, self._group, self._narrows)
        self._narrows = True
        moved = self.window.update(rows, query, follow_row=not loading)
        return moved + (self._seek_best() if self._is_typed and self.query else 0)

    def _seek_best(self) -> int:
        """Put the cursor on the row that matches best; returns by how many lines it went down."""
        window = self.window
        if window.moves != self._moves_before:
            return 0
        best = best_row(window.matching, self.query, self._typed_from, self._shows)
        return 0 if best is None else window.seek(best)

    def prepare_filter(self, rows: Iterator[IndexedRow[Row]], seconds: float) -> bool:
        """Work out what a filter will ask of these rows, for at most this long. True when all of it is done.

        Doing it all at the first letter would take a tenth of a second with ten thousand rows.
        """
        until = time.perf_counter() + seconds
        for indexed in rows:
            if indexed.filter_fields is None:
                indexed.filter_fields = self.spec.filter_fields(indexed.row)
                if time.perf_counter() > until:
                    return False
        return True

    def _change_filter(self, *, narrows: bool = False) -> None:
        self._matches, self._query_changed = self._predicate(), True
        self._narrows = narrows and self._narrows

    def _predicate(self) -> Callable[[IndexedRow[Row]], bool] | None:
        if not self.is_restricted:
            return None
        passes_filter = self._filter_predicate() if self.query else None
        if not (self.only_broken or self.contexts or self.namespaces):
            return passes_filter
        spec, only_broken, contexts, namespaces = self.spec, self.only_broken, self.contexts, self.namespaces

        def matches(indexed: IndexedRow[Row]) -> bool:
            row = indexed.row
            if only_broken and not spec.broken(row):
                return False
            if contexts and spec.context(row) not in contexts:
                return False
            if namespaces and spec.namespace(row) not in namespaces:
                return False
            return passes_filter is None or passes_filter(indexed)

        return matches

    def _filter_predicate(self) -> Callable[[IndexedRow[Row]], bool]:
        """The filter as a predicate. It is called ten thousand times at a key: nothing in it could be left out."""
        fields_of, tests = self.spec.filter_fields, self.query.tests
        test = tests[0] if len(tests) == 1 else self.query.matches

        def passes_filter(indexed: IndexedRow[Row]) -> bool:
            fields = indexed.filter_fields
            if fields is None:
                fields = indexed.filter_fields = fields_of(indexed.row)
            return test(fields)

        return passes_filter


def _counted(spec: TableSpec[Row]) -> Callable[[Row], Hashable] | None:
    """row -> (context, health, standing), by which rows are counted for the header; None where they have no health."""
    context, health, standing = spec.context, spec.health, spec.standing
    if health is None:
        return None
    if standing is None:
        return lambda row: (context(row), health(row), "")
    return lambda row: (context(row), health(row), standing(row))
