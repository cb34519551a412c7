"""A small table inside a page: its rows are given anew, the cursor stays with the row that it is on."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from tui.tables.table_model import TableModel
from tui.tables.table_spec import TableSpec
from tui.tables.table_widget import TableWidget

Row = TypeVar("Row")

_ARRIVING = 3.0
"""seconds in which rows are listed as they come: nobody reads yet, and nothing may be waited for"""


class PageTable(Generic[Row]):
    """The rows of one section, in the order in which they are given."""

    def __init__(self, spec: TableSpec[Row], name: str) -> None:
        self.model: TableModel[Row] = TableModel(spec)
        self.table: TableWidget[Row] = TableWidget(spec, self.model.window, self.find, id=name)
        self._spec = spec
        self._by_key: dict[Hashable, Row] = {}
        self._version = 0
        self._opened_at: float | None = None

    def find(self, key: Hashable) -> Row | None:
        return self._by_key.get(key)

    @property
    def row_under_cursor(self) -> Row | None:
        """The row under the cursor."""
        key = self.model.window.key
        return self.find(key) if key is not None else None

    def show(self, rows: Sequence[Row], now: float, stale: Mapping[str, str], notice: str = "") -> None:
        """Show these rows, and `notice` where there are none."""
        by_key = {self._spec.identity(row): row for row in rows}
        if changed := list(by_key.items()) != list(self._by_key.items()):
            self._by_key = by_key
            self._version += 1
        self.table.show_notice(notice)
        clock = time.monotonic()
        self._opened_at = clock if self._opened_at is None else self._opened_at
        arriving = changed and clock - self._opened_at < _ARRIVING
        if arriving or self.model.is_due(self._version, clock, loading=True):
            loading = not self.model.window.touched
            moved = self.model.update(list(by_key.values()), self._version, clock, loading=loading)
            self.table.lines_changed(moved)
        self.table.refresh_rows(now, stale)
