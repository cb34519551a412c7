"""What a table lists right now: the filter, the order and the counts, settled on a clock.

Events change rows at any rate. Which rows are listed and in which order is decided at most once a
second, and only if something changed; in between, lines stand still and only their texts move.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar, cast

from tui.tables.row_index import IndexedRow, RowQuery
from tui.tables.row_window import RowWindow
from tui.tables.table_spec import TableSpec
from views.filter import EVERYTHING, Filter

Row = TypeVar("Row")

SETTLE_EVERY = 1.0
_SETTLE_LOADING = 0.25  # rows that are just arriving shouldn't wait for a whole second


class TableModel(Generic[Row]):
    """The window onto all rows of a face, and what the reader asked of it."""

    def __init__(self, face: TableSpec[Row]) -> None:
        self.face = face
        self.window: RowWindow[Row] = RowWindow(face.identity, face.verdict, _counted(face))
        self.query: Filter = EVERYTHING
        self.problem = ""
        """what is wrong with the filter that was typed last; `query` is the last good one"""
        self.only_broken = False
        self.contexts: frozenset[str] = frozenset()
        """list these contexts only; empty: all of them"""
        self.namespaces: frozenset[str] = frozenset()
        self.sort_column = ""
        """empty: the face's own order"""
        self.reverse = False
        self.grouped_by = ""
        self._group: Callable[[Row], str] | None = None
        self._wanted: Callable[[IndexedRow[Row]], bool] | None = None
        self._narrows = True
        """everything asked for since the rows were settled can only leave out more of them"""
        self._asked = True
        self._version = -1
        self._settled_at = float("-inf")

    @property
    def sort_name(self) -> str:
        """What the rows are sorted by, in words."""
        column = self.face.column(self.sort_column)
        name = column.title.lower() if column else self.face.order_name
        return f"{name}, reversed" if self.reverse else name

    @property
    def narrowed(self) -> bool:
        """Whether rows are left out that there are."""
        return bool(self.query or self.only_broken or self.contexts or self.namespaces)

    @property
    def narrowed_words(self) -> str:
        """The contexts and namespaces that are listed, where that isn't all of them."""
        parts = (("ctx", self.contexts), ("ns", self.namespaces))
        return " ".join(f"{word} {','.join(sorted(those))}" for word, those in parts if those)

    def tallied(self, *, without: Container[str]) -> Mapping[str, int] | None:
        """How many rows have which verdict, but for those of some contexts; None where rows have none."""
        if self.face.verdict is None:
            return None
        tallies: Counter[str] = Counter()
        for (context, verdict), count in self._tallies():
            if context not in without:
                tallies[verdict] += count
        return tallies

    def count(self, *, within: Container[str]) -> int:
        """How many rows there are of these contexts."""
        return sum(count for (context, _), count in self._tallies() if context in within)

    def _tallies(self) -> Iterator[tuple[tuple[str, str], int]]:
        """((context, verdict), how many)."""
        return ((cast("tuple[str, str]", pair), count) for pair, count in self.window.tallies.items() if count)

    # What the reader asks for

    def ask(self, query: Filter) -> None:
        """List only what this filter lets through. One that makes no sense changes nothing."""
        self.problem = query.problem
        if query.problem or query.words == self.query.words:
            return
        narrows, self.query = query.narrows(self.query), query
        self._want(narrows=narrows)

    def toggle_broken(self) -> None:
        """List only what is broken, or everything again."""
        self.only_broken = not self.only_broken
        self._want()

    def within(self, *, contexts: Iterable[str] | None = None, namespaces: Iterable[str] | None = None) -> None:
        """List only these contexts or namespaces; none of them means all again, None leaves it as it is."""
        if contexts is not None:
            self.contexts = frozenset(contexts)
        if namespaces is not None:
            self.namespaces = frozenset(namespaces)
        self._want()

    def clear(self) -> None:
        """Take the filter away."""
        self.query, self.problem, self.only_broken = EVERYTHING, "", False
        self._want()

    def sort(self, column: str, *, reverse: bool | None = None) -> None:
        """Sort by a column (empty: the face's own order); by the same once more, the other way round."""
        turned = not self.reverse if column == self.sort_column else False
        self.reverse = turned if reverse is None else reverse
        self.sort_column = column
        self.window.frozen = False
        self._asked = True

    def group(self, name: str, of: Callable[[Row], str] | None) -> None:
        """Put the rows under headings; without a function there are none."""
        self.grouped_by, self._group = name if of else "", of
        self._asked = True

    def toggle_frozen(self) -> None:
        """Keep the order as it is, or let it follow again."""
        self.window.frozen = not self.window.frozen
        self._asked = True

    # Settling

    def due(self, version: int, clock: float, *, loading: bool) -> bool:
        """Whether it is time to settle: `version` is the board's, `clock` any monotonic one."""
        if self._asked:
            return True
        pause = _SETTLE_LOADING if loading else SETTLE_EVERY
        return version != self._version and (clock - self._settled_at >= pause or not self.window.lines)

    def settle(self, rows: Iterable[Row], version: int, clock: float, *, loading: bool) -> int:
        """List anew; returns by how many lines the cursor's row went down."""
        self._asked, self._version, self._settled_at = False, version, clock
        column = self.face.column(self.sort_column)
        order = column.order if column else self.face.order
        view = RowQuery(order, self._wanted, self.reverse, self._group, self._narrows)
        self._narrows = True
        return self.window.settle(rows, view, hold=not loading)

    def prepare(self, entries: Iterator[IndexedRow[Row]], seconds: float) -> bool:
        """Work out what a filter will ask of these rows, for this long; says whether that is done.

        Doing it all at the first letter would take a tenth of a second with ten thousand rows.
        """
        until = time.perf_counter() + seconds
        for entry in entries:
            if entry.subject is None:
                entry.subject = self.face.subject(entry.row)
                if time.perf_counter() > until:
                    return False
        return True

    def rest(self) -> None:
        """Nobody types a filter any more. If none is in force, what was worked out for one goes."""
        for entry in self.window.entries() if not self.query else ():
            entry.subject = None

    def _want(self, *, narrows: bool = False) -> None:
        self._wanted, self._narrows, self._asked = self._test(), narrows and self._narrows, True

    def _test(self) -> Callable[[IndexedRow[Row]], bool] | None:
        if not self.narrowed:
            return None
        matches = self._matching() if self.query else None
        if not (self.only_broken or self.contexts or self.namespaces):
            return matches
        face, only_broken, contexts, namespaces = self.face, self.only_broken, self.contexts, self.namespaces

        def wanted(entry: IndexedRow[Row]) -> bool:
            row = entry.row
            if only_broken and not face.broken(row):
                return False
            if contexts and face.context(row) not in contexts:
                return False
            if namespaces and face.namespace(row) not in namespaces:
                return False
            return matches is None or matches(entry)

        return wanted

    def _matching(self) -> Callable[[IndexedRow[Row]], bool]:
        """The filter as a test of rows. It is asked ten thousand times at a key: there is nothing in it to spare."""
        subject_of, tests = self.face.subject, self.query.tests
        test = tests[0] if len(tests) == 1 else self.query.matches

        def matches(entry: IndexedRow[Row]) -> bool:
            subject = entry.subject
            if subject is None:
                subject = entry.subject = subject_of(entry.row)
            return test(subject)

        return matches


def _counted(face: TableSpec[Row]) -> Callable[[Row], Hashable] | None:
    """What the rows are counted by, for the sums over the table; nothing where they have no verdicts."""
    context, verdict = face.context, face.verdict
    if verdict is None:
        return None
    return lambda row: (context(row), verdict(row))
