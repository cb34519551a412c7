"""A screen that is mostly a table: what Stacks, Applications and contexts have in common."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from msgspec.structs import replace
from textual.binding import BindingType
from textual.timer import Timer
from textual.widgets import Input

from fleet.state import Shown
from tui.tables.arrangement import arranged, usual
from tui.tables.filter_line import FilterLine, FilterTrouble
from tui.tables.matching import Matches
from tui.tables.rows import Rows
from tui.tables.table_keys import TABLE_KEYS
from tui.tables.table_view import TableView
from tui.tables.window import Entry

if TYPE_CHECKING:
    from tui.app import PkoArgo

Row = TypeVar("Row")

_TWICE = 1.0
"""seconds after a page was left in which a q may have been meant for it"""
_PREPARE_EVERY, _PREPARE_FOR = 0.02, 0.005


class TableScreen(TableView[Row], Generic[Row]):
    """Everything that a reader can ask of a table; what was chosen is remembered."""

    BINDINGS: ClassVar[list[BindingType]] = TABLE_KEYS

    _preparing: Timer | None = None

    def on_mount(self) -> None:
        self._recall()

    # What is remembered

    def _recall(self) -> None:
        chosen = self.memory.table(self.face.noun)
        self.table.rearrange(arranged(self.face, chosen.columns))
        if chosen.sort or chosen.reverse:
            self.action_sort(chosen.sort, chosen.reverse)
        if chosen.group:
            self.group_by(chosen.group)

    def _keep(self, **changes: Any) -> None:
        chosen = replace(self.memory.state.table(self.face.noun), **changes)
        self._kept(self.memory.keep(lambda state: state.with_table(self.face.noun, chosen)))

    def _kept(self, kept: bool) -> None:
        if not kept:
            self.notify(f"It won't be remembered: {self.memory.problem}", severity="warning", markup=False)

    # What the reader does

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where text is typed, a slash is one."""
        return not isinstance(self.focused, Input) if action == "filter" else super().check_action(action, parameters)

    def action_filter(self) -> None:
        self.query_one(FilterLine).open()
        if self._preparing is None:
            entries = iter(list(self.listing.window.entries()))
            self._preparing = self.set_interval(_PREPARE_EVERY, lambda: self._prepare(entries))

    def _prepare(self, entries: Iterator[Entry[Row]]) -> None:
        if self.listing.prepare(entries, _PREPARE_FOR):
            self._stop_preparing()

    def _stop_preparing(self) -> None:
        if self._preparing is not None:
            self._preparing.stop()
            self._preparing = None

    def action_clear(self) -> None:
        listing = self.listing
        if listing.query or listing.problem or listing.only_broken:
            self.query_one(FilterLine).value = ""
            listing.clear()
            listing.rest()
            self._asked()
        elif listing.narrowed:
            listing.within(contexts=(), namespaces=())
            self._asked()
        elif not self.is_root:
            self.dismiss()

    def action_broken(self) -> None:
        self.listing.toggle_broken()
        self._asked()

    def action_sort(self, column: str, reverse: bool | None = None) -> None:
        known = column if self.face.column(column) else ""
        self.listing.sort(known, reverse=reverse)
        self.table.retitle(known, self.listing.reverse)
        if reverse is None:
            self._keep(sort=known, reverse=self.listing.reverse)
        self.tick()

    def action_freeze(self) -> None:
        self.listing.toggle_frozen()
        self.tick()

    def action_columns(self) -> None:
        from tui.tables.columns_dialog import ColumnsDialog

        unchosen = self.memory.configured(self.face.noun) or usual(self.face)

        def answered(chosen: tuple[Shown, ...] | None) -> None:
            if chosen is not None:
                self.table.rearrange(arranged(self.face, chosen or unchosen))
                self._keep(columns=chosen)
                self.tick()

        now = self.memory.table(self.face.noun)
        self.app.push_screen(ColumnsDialog(self.face, now.columns or unchosen, unchosen), answered)

    def action_group(self) -> None:
        from tui.dialogs import Choice

        names = [*self.face.groupings, "off"]

        def answered(place: int | None) -> None:
            if place is not None:
                self.regroup(names[place])

        self.app.push_screen(Choice("Group the lines by", names), answered)

    def regroup(self, name: str) -> bool:
        """Group by this from now on, and the next time."""
        known = self.group_by(name)
        if known:
            self._keep(group=self.listing.grouped_by)
        return known

    def group_by(self, name: str) -> bool:
        """Group by this, ``label KEY`` or not at all (off); says whether there is such a grouping."""
        of = None if name == "off" else self.face.grouping(name)
        if of is None and name != "off":
            return False
        self.listing.group(name, of)
        self.tick()
        return True

    def action_copy(self) -> None:
        names = [str(getattr(key, "name", key)) for key in self.listing.window.chosen()]
        self.copy("\n".join(names), names[0] if len(names) == 1 else f"{len(names)} names")

    def copy(self, text: str, what: str) -> None:
        """Copy something and say so."""
        if text:
            self.app.copy_to_clipboard(text)
            self.notify(f"Copied {what}", markup=False, timeout=2)

    def action_leave(self) -> None:
        if not self.is_root:
            self.dismiss()
        elif time.monotonic() - self.returned_at < _TWICE:
            self.returned_at = float("-inf")
            self.notify("q again to leave the program", markup=False, timeout=2)
        else:
            self.app.exit()

    def words(self, kind: str) -> Sequence[str]:
        """What may follow a command here."""
        return words(self, kind)

    def narrow(self, *, contexts: Iterable[str] | None = None, namespaces: Iterable[str] | None = None) -> None:
        """List only these, or everything again. What is watched stays the same."""
        self.listing.within(contexts=contexts, namespaces=namespaces)
        self._asked()

    def action_everywhere(self) -> None:
        self.narrow(contexts=(), namespaces=())

    def on_filter_line_asked(self, event: FilterLine.Asked) -> None:
        self.listing.ask(event.query)
        self.query_one(FilterTrouble).say(self.listing.problem)
        if event.kept and event.query and not event.query.problem:
            self._kept(self.memory.keep(lambda state: state.with_filter(event.query.text)))
        self._asked()

    def _asked(self) -> None:
        self.query_one(FilterTrouble).say(self.listing.problem)
        self.table.underline(Matches.of(self.listing.query))
        self.tick()

    def on_filter_line_left(self) -> None:
        self.set_focus(self.table)
        self._stop_preparing()
        self.listing.rest()

    def on_rows_title_clicked(self, event: Rows.TitleClicked) -> None:
        self.action_sort(event.column)


def words(screen: TableScreen[Any], kind: str) -> Sequence[str]:
    """What may follow a command on a table."""
    from tui.themes import names

    board, face = screen.fleet.board, screen.face
    match kind:
        case "theme":
            return names(screen.app.available_themes)
        case "ctx":
            groups = cast("PkoArgo", screen.app).preferences.groups
            return ["all", *board.contexts, *(f"@{name}" for name in groups)]
        case "ns":
            return ["all", *sorted({name for row in screen.all_rows() if (name := face.namespace(row))})]
        case "group":
            return [*face.groupings, "label", "off"]
        case "sort":
            return [face.order_name, *(column.id for column in face.columns)]
        case "copy":
            return ["kubectl", "name"]
        case "write":
            return ["on", "off"]
        case "save":
            return ["svg", "csv", "json"]
    return []
