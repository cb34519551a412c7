"""How wide a table's columns are, measured by what was seen in them.

Columns only grow while one looks at them, so that lines keep still; they start anew when the
window or the filter changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from rich.cells import cell_len

from tui.tables.table_spec import TableSpec
from tui.widgets.cell_layout import GAP, Need, clean_cell, fit
from views.columns import Column

Row = TypeVar("Row")

_NARROW, _USUAL = 77, 118
"""cells of a line in a window of 80, and of 120"""
_WIDE = 100
"""cells of a line in a window that is called wide"""
GUTTER = 2
"""cells before the first column: the cursor's sign, and a row's mark"""


class ColumnWidths(Generic[Row]):
    """The cells that each column of a spec has, 0 for those that there is no room for."""

    def __init__(self, spec: TableSpec[Row]) -> None:
        self._spec = spec
        self.widest: dict[str, int] = {}
        """column id -> cells of the widest text that was seen in it"""
        self._widths: list[int] = [0] * len(spec.columns)
        self.filling = _filling(spec)
        """index of the column that gets what the others leave, and moves sideways"""
        self.sorted_by = ""
        """id of the column in whose title the arrow stands, which takes a cell"""
        self.shown: list[int] = []
        """indexes of the columns that are drawn, among those of the spec"""

    def __getitem__(self, place: int) -> int:
        return self._widths[place]

    @property
    def hidden(self) -> int:
        """How many cells of the filling column's widest text can't be seen."""
        column = self._spec.columns[self.filling]
        return max(0, self.widest.get(column.id, 0) - self._widths[self.filling])

    def reset(self) -> None:
        self.widest.clear()

    def measure_rows(self, rows: Iterable[Row], now: float) -> None:
        """Measure all columns of these rows."""
        for row in rows:
            for column in self._spec.columns:
                self._record(column, clean_cell(column.text(row, now)))

    def measure_cells(self, lines: Iterable[tuple[str, ...]]) -> bool:
        """Measure the texts of drawn lines; True if one is wider than anything before in its column."""
        columns = [self._spec.columns[place] for place in self.shown]
        grown = False
        for cells in lines:
            for column, text in zip(columns, cells, strict=True):
                grown |= self._record(column, text)
        return grown

    def fit(self, width: int) -> bool:
        """Divide a line of `width` cells among the columns; True if that changed any width."""
        room = max(0, width - GUTTER)
        asking = [place for place in range(len(self._widths)) if self._has_content(self._spec.columns[place])]
        given = fit([self._need(self._spec.columns[place], room) for place in asking], room)
        widths = [0] * len(self._widths)
        for place, cells in zip(asking, given, strict=True):
            widths[place] = cells
        if widths == self._widths:
            return False
        self._widths = widths
        self.shown = [place for place, cells in enumerate(widths) if cells]
        return True

    def column_at(self, x: int) -> str:
        """The id of the column that this cell of a line belongs to; empty beside them all."""
        left = GUTTER
        for place in self.shown:
            right = left + self._widths[place] + GAP
            if left <= x < right:
                return self._spec.columns[place].id
            left = right
        return ""

    def _record(self, column: Column[Row], text: str) -> bool:
        known = self.widest.get(column.id, 0)
        most = column.width.most
        if known >= most or 2 * len(text) <= known:  # no character is wider than two cells
            return False
        width = min(most, cell_len(text))
        if width <= known:
            return False
        self.widest[column.id] = width
        return True

    def _has_content(self, column: Column[Row]) -> bool:
        """A column in which nothing was seen takes no room from the others, unless all are empty."""
        wanted = self.widest.get(column.id, 0) > 0 or not self.widest
        return wanted or column.width.drop_order == 0 or column is self._spec.columns[self.filling]

    def _need(self, column: Column[Row], room: int) -> Need:
        wanted_width = column.width
        fills = column is self._spec.columns[self.filling]
        least = wanted_width.least_wide if wanted_width.least_wide and room >= _WIDE else wanted_width.least
        least += _share(room, chosen=wanted_width.fills) if fills else 0
        title, most = len(column.title), wanted_width.most
        if column.id == self.sorted_by:
            title += 1
            least, most = max(least, title), max(most, title)
        content = max(self.widest.get(column.id, 0), title)
        return Need(content, least, most, wanted_width.drop_order, fills, wanted_width.together)


def _share(room: int, *, chosen: bool) -> int:
    """Cells that are the filling column's own before another gets any, as it says most: of what a window has more than
    a narrow one, half where the table chose the column; half of what it has more than a usual one elsewhere.
    """
    return max(0, room - (_NARROW if chosen else _USUAL)) // 2


def _filling(spec: TableSpec[Row]) -> int:
    last = len(spec.columns) - 1
    return next((place for place, column in enumerate(spec.columns) if column.width.fills), last)
