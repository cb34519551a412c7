"""A table with what is known of the row under the cursor, below it or beside it; a key takes that away."""

from __future__ import annotations

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.containers import Container

from fleet.fleet import Fleet
from tui.tables.detail_strip import BELOW, BESIDE, BRIEF, DetailStrip, RowDetail, detail_form
from tui.tables.table_screen import Row, TableScreen
from tui.tables.table_spec import TableSpec


class DetailedTable(TableScreen[Row]):
    """Whether the details are shown is remembered, for all such tables together."""

    def __init__(self, fleet: Fleet, spec: TableSpec[Row], details: DetailStrip | None = None) -> None:
        super().__init__(fleet, spec)
        self.details = details or DetailStrip()

    def detail(self, now: float) -> RowDetail:
        """What is said of the row under the cursor."""
        raise NotImplementedError

    def form(self) -> str:
        """How the details are drawn in a terminal of this size."""
        return detail_form(*self.app.size)

    def compose_rows(self) -> ComposeResult:
        with Container(id="rows"):
            yield self.table
            yield self.details

    def on_mount(self) -> None:
        self.details.display = self.memory.state.details
        self.place_details()

    def on_resize(self) -> None:
        self.place_details()

    def place_details(self) -> None:
        """Put the details where there is room for them."""
        form = self.form()
        for each in (BRIEF, BELOW, BESIDE):
            self.set_class(each == form, each)
        self.details.draw_as(form)

    def on_table_widget_cursor_moved(self) -> None:
        self._show_details(self.fleet.clock())

    def _refresh_texts(self, now: float) -> None:
        super()._refresh_texts(now)
        self._show_details(now)

    def _show_details(self, now: float) -> None:
        if self.details.display:
            self.details.show(self.detail(now))

    def action_details(self) -> None:
        shown = not self.details.display
        self.details.display = shown
        self.place_details()
        self._show_details(self.fleet.clock())
        self._warn_unless(self.memory.change(lambda state: replace(state, details=shown)))
