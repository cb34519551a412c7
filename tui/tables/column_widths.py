"""How wide a table's columns are, learnt from what was seen in them.

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

_USUAL = 118  # cells of a line in a window of 120
GUTTER = 2
"""cells before the first column: the cursor's sign, and a row's mark"""


class ColumnWidths(Generic[Row]):
    """The cells that each column of a spec has, 0 for those that there is no room for."""

    def __init__(self, spec: TableSpec[Row]) -> None:
        self._spec = spec
        self._contents: dict[str, int] = {}
        self._widths: list[int] = [0] * len(spec.columns)
        self.marked = ""
        """the column whose title carries the sort mark, which takes a cell"""
        self.shown: list[int] = []
        """the places of the columns that are drawn, among the spec's"""

    def __getitem__(self, place: int) -> int:
        return self._widths[place]

    @property
    def hidden(self) -> int:
        """How many cells of the last column's widest text can't be seen."""
        last = len(self._spec.columns) - 1
        return max(0, self._contents.get(self._spec.columns[last].id, 0) - self._widths[last])

    @property
    def is_empty(self) -> bool:
        """Nothing has been learnt yet."""
        return not self._contents

    def forget(self) -> None:
        """Let columns get narrower again."""
        self._contents.clear()

    def learn(self, rows: Iterable[Row], now: float) -> None:
        """Look at all columns of these rows."""
        for row in rows:
            for column in self._spec.columns:
                self._note(column, clean_cell(column.text(row, now)))

    def learn_cells(self, lines: Iterable[tuple[str, ...]]) -> bool:
        """Look at the texts of drawn lines; says whether one is wider than anything before."""
        columns = [self._spec.columns[place] for place in self.shown]
        grown = False
        for cells in lines:
            for column, text in zip(columns, cells, strict=True):
                grown |= self._note(column, text)
        return grown

    def fit(self, width: int) -> bool:
        """Divide a line of `width` cells; says whether that changed anything."""
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

    def _note(self, column: Column[Row], text: str) -> bool:
        known = self._contents.get(column.id, 0)
        most = column.width.most
        if known >= most or 2 * len(text) <= known:  # no character is wider than two cells
            return False
        width = min(most, cell_len(text))
        if width <= known:
            return False
        self._contents[column.id] = width
        return True

    def _has_content(self, column: Column[Row]) -> bool:
        """A column in which nothing was seen takes no room from the others, unless all are empty."""
        wanted = self._contents.get(column.id, 0) > 0 or not self._contents
        return wanted or column.width.weight == 0 or column is self._spec.columns[-1]

    def _need(self, column: Column[Row], room: int) -> Need:
        extent = column.width
        fills = column is self._spec.columns[-1]
        # The message says most: of what a wide window has more than an usual one, half is its own.
        least = extent.least + max(0, room - _USUAL) // 2 if fills else extent.least
        title, most = len(column.title), extent.most
        if column.id == self.marked:
            title += 1
            least, most = max(least, title), max(most, title)
        content = max(self._contents.get(column.id, 0), title)
        return Need(content, least, most, extent.weight, fills)
