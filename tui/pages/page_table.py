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

    def __init__(self, face: TableSpec[Row], name: str) -> None:
        self.listing: TableModel[Row] = TableModel(face)
        self.rows: TableWidget[Row] = TableWidget(face, self.listing.window, self.find, id=name)
        self._face = face
        self._by_key: dict[Hashable, Row] = {}
        self._version = 0
        self._opened_at: float | None = None

    def find(self, key: Hashable) -> Row | None:
        return self._by_key.get(key)

    @property
    def here(self) -> Row | None:
        """The row under the cursor."""
        key = self.listing.window.key
        return self.find(key) if key is not None else None

    def show(self, rows: Sequence[Row], now: float, stale: Mapping[str, str], notice: str = "") -> None:
        """Show these rows, and `notice` where there are none."""
        by_key = {self._face.identity(row): row for row in rows}
        if changed := list(by_key.items()) != list(self._by_key.items()):
            self._by_key = by_key
            self._version += 1
        self.rows.say(notice)
        clock = time.monotonic()
        self._opened_at = clock if self._opened_at is None else self._opened_at
        arriving = changed and clock - self._opened_at < _ARRIVING
        if arriving or self.listing.due(self._version, clock, loading=True):
            loading = not self.listing.window.touched
            moved = self.listing.settle(list(by_key.values()), self._version, clock, loading=loading)
            self.rows.settled(moved)
        self.rows.tick(now, stale)
