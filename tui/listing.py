"""What a table lists right now: the filter, the order and the counts, settled on a clock.

Events change rows at any rate. Which rows are listed and in which order is decided at most once a
second, and only if something changed; in between, lines stand still and only their texts move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from tui.faces import Face
from tui.query import EVERYTHING, Query, Subject
from tui.window import Remembered, View, Window

Row = TypeVar("Row")

SETTLE_EVERY = 1.0
_SETTLE_LOADING = 0.25  # rows that are just arriving shouldn't wait for a whole second


class Listing(Generic[Row]):
    """The window onto all rows of a face, and what the reader asked of it."""

    def __init__(self, face: Face[Row]) -> None:
        self.face = face
        self.window: Window[Row] = Window(face.identity)
        self.query: Query = EVERYTHING
        self.only_broken = False
        self.sort_column = ""
        """empty: the face's own order"""
        self.reverse = False
        self.tallies: dict[str, int] | None = None
        self._subjects: Remembered[Row, Subject] = Remembered(face.subject)
        self._asked = True
        self._version = -1
        self._settled_at = float("-inf")

    @property
    def sort_name(self) -> str:
        """What the rows are sorted by, in words."""
        column = self.face.column(self.sort_column)
        name = column.title.lower() if column else self.face.order_name
        return f"{name}, reversed" if self.reverse else name

    def ask(self, query: Query) -> None:
        """List only what this filter lets through."""
        self.query = query
        self._asked = True

    def toggle_broken(self) -> None:
        """List only what is broken, or everything again."""
        self.only_broken = not self.only_broken
        self._asked = True

    def sort(self, column: str) -> None:
        """Sort by a column (empty: the face's own order); by the same once more, the other way round."""
        self.reverse = not self.reverse if column == self.sort_column else False
        self.sort_column = column
        self.window.frozen = False
        self._asked = True

    def toggle_frozen(self) -> None:
        """Keep the order as it is, or let it follow again."""
        self.window.frozen = not self.window.frozen
        self._asked = True

    def due(self, version: int, clock: float, *, loading: bool) -> bool:
        """Whether it is time to settle: `version` is the board's, `clock` any monotonic one."""
        if self._asked:
            return True
        pause = _SETTLE_LOADING if loading else SETTLE_EVERY
        return version != self._version and (clock - self._settled_at >= pause or not self.window.lines)

    def settle(self, rows: Iterable[Row], version: int, clock: float, *, loading: bool) -> int:
        """List anew; returns by how many lines the cursor's row went down."""
        self._asked, self._version, self._settled_at = False, version, clock
        verdicts: Counter[str] = Counter()
        column = self.face.column(self.sort_column)
        view = View(column.order if column else self.face.order, self._wanted(), self.reverse)
        if self.face.verdict is not None:
            rows = _counted(rows, self.face.verdict, verdicts)
            self.tallies = verdicts
        moved = self.window.settle(rows, view, hold=not loading)
        self._subjects.keep(self.window.lines, self.window.total)
        return moved

    def _wanted(self) -> Callable[[Row], bool] | None:
        if not self.query and not self.only_broken:
            return None
        broken, identity, subjects, matches = (
            self.face.broken,
            self.face.identity,
            self._subjects.of,
            self.query.matches,
        )
        only_broken, everything = self.only_broken, not self.query

        def wanted(row: Row) -> bool:
            if only_broken and not broken(row):
                return False
            return everything or matches(subjects(identity(row), row))

        return wanted


def _counted(rows: Iterable[Row], verdict: Callable[[Row], str], into: Counter[str]) -> Iterable[Row]:
    for row in rows:
        into[verdict(row)] += 1
        yield row
