"""The contexts: how well each is seen, whether its operator keeps up, and what is stuck there since when."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, ClassVar

from textual.binding import BindingType

from diagnosis.board_findings import BoardFindings
from diagnosis.fleet_causes import fleet_troubles
from fleet.fleet import Fleet
from tui.shell.navigation import OpenCauses, OpenContext, open_page
from tui.tables.context_detail import context_detail
from tui.tables.detail_strip import BELOW, BRIEF, NOTHING, DetailStrip, RowDetail
from tui.tables.detailed_table import DetailedTable
from tui.tables.table_keys import sort_keys
from tui.tables.table_spec import TableSpec
from tui.tables.table_widget import TableWidget
from tui.widgets.dialogs import ChoiceDialog, ConfirmDialog
from tui.widgets.header_and_keys import bind
from views.context_counts import CountedContexts
from views.context_table import (
    CONTEXT_COLUMNS,
    USUAL_CONTEXT_COLUMNS,
    ContextRow,
    by_state,
    context_filter_fields,
    context_row_fields,
)

CONTEXT_TABLE: TableSpec[ContextRow] = TableSpec(
    noun="Contexts",
    columns=CONTEXT_COLUMNS,
    usual=USUAL_CONTEXT_COLUMNS,
    identity=lambda row: row.state.name,
    context=lambda row: row.state.name,
    order=by_state,
    order_name="state",
    filter_fields=context_filter_fields,
    filter_words=("ctx", "name", "status"),
    groupings={"state": lambda row: row.word},
    broken=lambda row: row.is_broken,
)
_COMPUTE_FOR = 0.005
"""seconds of each tenth of a second in which findings are computed that the board hasn't computed yet"""
_DETAILS_FROM = 16
"""lines of a terminal in which there are few contexts and much room"""
_LEAST_ROWS = 6
"""lines of the table; with less, a notice in it has no room"""


class ContextsScreen(DetailedTable[ContextRow]):
    """All watched contexts. They can be tried again, joined by more, and left."""

    arrives_in_bulk = False
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("r", "retry", "Retry now", "contexts.retry", "Try a lost context now instead of later."),
        bind("d", "diagnose", "Diagnose", "contexts.diagnose", "The causes of all that isn't fine in this context."),
        bind("D", "app.causes", "Causes", "contexts.causes", "The causes of all that isn't fine, in all contexts."),
        bind("i", "details", "Details", "contexts.details", "Say more of the context under the cursor, or don't."),
        bind("plus,a", "add", "Add", "contexts.add", "Watch one more context of the kubeconfig."),
        bind("minus,delete", "remove", "Leave", "contexts.remove", "Watch this context no more; its rows go."),
        *sort_keys(CONTEXT_COLUMNS),
    ]

    def __init__(self, fleet: Fleet, findings: BoardFindings) -> None:
        super().__init__(fleet, CONTEXT_TABLE, DetailStrip(wraps=True))
        self._findings = findings
        self._counted = CountedContexts(fleet.board)
        self._told = 0
        """times that findings have become others"""
        self._rows_height: int | None = None
        """lines of the table; None: all there are"""

    # Rows

    def refresh_if_changed(self) -> None:
        if self.is_current:
            now = self.fleet.clock()
            self._counted.update(now)
            if self._findings.advance(_COMPUTE_FOR, now):
                self._told += 1
            self._share_room()
        super().refresh_if_changed()

    @property
    def rows_version(self) -> int:
        return super().rows_version + self._counted.version + self._told  # all of them only grow

    def all_rows(self) -> Iterable[ContextRow]:
        return [row for name in self.fleet.board.contexts if (row := self.find(name)) is not None]

    def find(self, key: Hashable) -> ContextRow | None:
        state = self.fleet.board.contexts.get(key) if isinstance(key, str) else None
        if state is None:
            return None
        return ContextRow(state, state.state(self.fleet.clock()), self._counted.of(state.name))

    def as_json(self, row: ContextRow, now: float) -> dict[str, Any]:
        return context_row_fields(row, now)

    def stale(self, now: float) -> Mapping[str, str]:
        """Here a context that can't be seen is the message, and no doubtful one."""
        return {}

    # The row under the cursor

    def form(self) -> str:
        """Few contexts leave half of the screen empty, and their reasons need its whole width."""
        return BELOW if self.app.size.height >= _DETAILS_FROM else BRIEF

    def place_details(self) -> None:
        super().place_details()
        self._share_room()

    def _share_room(self) -> None:
        """Give the rows what they need, up to half of the screen, and the details the rest."""
        height = None
        if self.details.display and self.form() == BELOW:
            needed = max(_LEAST_ROWS, len(self.fleet.board.contexts) + 2)
            height = min(needed, self.app.size.height // 2 - 2)
        if height != self._rows_height:
            self._rows_height = height
            self.table.styles.height = "1fr" if height is None else height

    def detail(self, now: float) -> RowDetail:
        key = self.model.window.key
        row = self.find(key) if key is not None else None
        if row is None:
            return NOTHING
        name = row.state.name
        keys = [key for key in self.fleet.board.stacks if key.context == name]
        broken = (each.key for each, _ in self._findings.all_broken() if each.key.context == name)
        return context_detail(row, fleet_troubles(self._findings, keys, broken), now)

    # Keys

    def on_table_widget_opened(self, event: TableWidget.Opened) -> None:
        open_page(self, OpenContext(str(event.key)))

    def action_diagnose(self) -> None:
        if isinstance(name := self.model.window.key, str):
            open_page(self, OpenCauses(name))

    def action_retry(self) -> None:
        for name in self.model.window.chosen():
            self.fleet.retry(str(name))
            self.notify(f"Trying {name} again", markup=False, timeout=2)

    def action_add(self) -> None:
        names = self.fleet.available
        if not names:
            self.notify("All contexts of the kubeconfig are watched already", markup=False)
            return

        def added(place: int | None) -> None:
            if place is not None:
                self.fleet.add(names[place])

        self.app.push_screen(ChoiceDialog("Watch one more context", names), added)

    def action_remove(self) -> None:
        names = [str(name) for name in self.model.window.chosen()]
        if not names:
            return

        def answered(yes: bool | None) -> None:
            for name in names if yes else ():
                self.fleet.leave(name)
                self.model.window.marks.discard(name)

        what = names[0] if len(names) == 1 else f"{len(names)} contexts"
        self.app.push_screen(ConfirmDialog(f"Stop watching {what}?"), answered)
