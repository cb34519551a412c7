"""A screen that shows a table and keeps it current."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from fleet.fleet import Fleet
from settings.state_file import ColumnChoice
from tui.shell.board_app import app_of
from tui.shell.command_line import CommandCandidates, CommandLine
from tui.shell.file_export import FileExport, csv, json_text
from tui.shell.kubectl_reference import KubectlReference
from tui.shell.remembered_state import RememberedState
from tui.tables.column_choice import arranged, usual
from tui.tables.empty_table import why_empty
from tui.tables.filter_line import FilterLine, FilterProblem
from tui.tables.filter_matches import FilterMatches
from tui.tables.row_index import IndexedRow
from tui.tables.stale_rows import ages, seen_at
from tui.tables.table_keys import TABLE_KEYS
from tui.tables.table_model import TableModel
from tui.tables.table_spec import TableSpec
from tui.tables.table_widget import TableWidget
from tui.widgets.header import Header
from tui.widgets.header_text import HeaderFacts, first_line, second_line
from tui.widgets.key_line import KeyLine

Row = TypeVar("Row")


FRAME = 0.1
"""seconds between two looks at whether there is something new to draw"""


class TableScreenBase(Screen[None], Generic[Row]):
    """Rows under a header and a filter line. Subclasses say what the rows are."""

    AUTO_FOCUS = "TableWidget"
    floods = True
    """rows arrive by the thousand at first: until the reader moves it, the cursor stays on the first line"""

    def __init__(self, fleet: Fleet, face: TableSpec[Row]) -> None:
        super().__init__()
        self.fleet = fleet
        self.face = face
        self.listing: TableModel[Row] = TableModel(face)
        self.table: TableWidget[Row] = TableWidget(face, self.listing.window, self.find)
        self.header = Header()
        self.returned_at = float("-inf")
        """when something that lay over this screen was left"""
        self._covered = False
        self._drawn: tuple[int, int, int, bool] | None = None

    # For subclasses

    def all_rows(self) -> Iterable[Row]:
        """Every row there is, in no order."""
        raise NotImplementedError

    def find(self, key: Hashable) -> Row | None:
        """One row as it is now."""
        raise NotImplementedError

    @property
    def rows_version(self) -> int:
        """Moves when there may be other rows, or something else in them."""
        return self.fleet.board.version

    def stale(self, now: float) -> Mapping[str, str]:
        """The contexts whose rows may no longer be true, and how old those are."""
        return ages(self.fleet.board.contexts.values(), now)

    def shape(self, row: Row, now: float) -> dict[str, Any]:
        """A row as JSON has it."""
        raise NotImplementedError

    def references(self) -> list[KubectlReference]:
        """The objects that are marked, or the one under the cursor."""
        return []

    @property
    def memory(self) -> RememberedState:
        """What the reader chose before."""
        return app_of(self).memory

    @property
    def is_root(self) -> bool:
        """Whether there is nothing to go back to."""
        return len(self.app.screen_stack) == 1

    # The screen

    def compose(self) -> ComposeResult:
        yield self.header
        yield FilterLine(lambda: self.memory.state.filters)
        yield FilterProblem()
        yield self.table
        yield CommandCandidates()
        yield CommandLine(app_of(self).commands, self.words)
        yield KeyLine()

    def on_mount(self) -> None:
        self.set_interval(FRAME, self.tick)
        self.tick()

    def on_screen_suspend(self) -> None:
        self._covered = True

    def on_screen_resume(self) -> None:
        if self._covered:
            self._covered, self.returned_at = False, time.monotonic()
        self.tick()

    def tick(self) -> None:
        """Draw what is new, if anything is: the board's version moved, or a second has passed."""
        if not self.is_current:
            return
        board, now, clock = self.fleet.board, self.fleet.clock(), time.monotonic()
        loading = any(context.state(now) == "connecting" for context in board.contexts.values())
        if settled := self.listing.due(self.rows_version, clock, loading=loading):
            self._settle(clock, loading)
        seen = (self.rows_version, int(now), len(self.listing.window.marks), app_of(self).writable)
        if seen == self._drawn and not settled:
            return
        self._drawn = seen
        self.table.tick(now, self.stale(now), seen_at(board.contexts.values(), now))
        self._say(now)

    def _settle(self, clock: float, loading: bool) -> None:
        moved = self.listing.settle(self.all_rows(), self.rows_version, clock, loading=loading and self.floods)
        self.table.settled(moved)

    def _say(self, now: float) -> None:
        summary = self.summary(now)
        self.header.show(first_line(summary, now), second_line(summary, now))
        if not self.listing.window.lines:
            contexts, more = summary.contexts, len(self.fleet.available)
            self.table.say(why_empty(self.listing, contexts, now, hints=app_of(self).preferences.hints, more=more))

    def summary(self, now: float) -> HeaderFacts:
        """What the header tells. What can't be seen now isn't counted among the verdicts."""
        listing, window = self.listing, self.listing.window
        stale = self.stale(now)
        return HeaderFacts(
            noun=self.face.noun,
            listed=len(window.listed),
            total=window.total,
            contexts=tuple(self.fleet.board.contexts.values()),
            tallies=listing.tallied(without=stale),
            not_seen=listing.count(within=stale),
            sort=listing.sort_name,
            query=listing.query.text,
            narrowed=listing.narrowed_words,
            grouped=listing.grouped_by,
            only_broken=listing.only_broken,
            frozen=window.frozen,
            marked=len(window.marks),
            marked_elsewhere=window.marked_elsewhere,
            writable=app_of(self).writable,
        )

    def words(self, kind: str) -> Sequence[str]:
        """What may follow a command here."""
        return ()

    def exports(self) -> list[FileExport]:
        """What can be saved of this screen besides its picture: the listed rows, as they are filtered and sorted."""
        name = self.face.noun.lower()
        return [
            FileExport("the table as CSV", name, "csv", self._csv),
            FileExport("the table as JSON", name, "json", self._json),
        ]

    def _listed(self) -> list[Row]:
        return [row for key in self.listing.window.listed if (row := self.find(key)) is not None]

    def _csv(self) -> str:
        now, columns = self.fleet.clock(), self.table.face.columns
        return csv(
            [column.id for column in columns], ([column.text(row, now) for column in columns] for row in self._listed())
        )

    def _json(self) -> str:
        now = self.fleet.clock()
        return json_text([self.shape(row, now) for row in self._listed()])


_TWICE = 1.0
"""seconds after a page was left in which a q may have been meant for it"""


_PREPARE_EVERY, _PREPARE_FOR = 0.02, 0.005


class TableScreen(TableScreenBase[Row], Generic[Row]):
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

    def _prepare(self, entries: Iterator[IndexedRow[Row]]) -> None:
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

        def answered(chosen: tuple[ColumnChoice, ...] | None) -> None:
            if chosen is not None:
                self.table.rearrange(arranged(self.face, chosen or unchosen))
                self._keep(columns=chosen)
                self.tick()

        now = self.memory.table(self.face.noun)
        self.app.push_screen(ColumnsDialog(self.face, now.columns or unchosen, unchosen), answered)

    def action_group(self) -> None:
        from tui.widgets.dialogs import ChoiceDialog

        names = [*self.face.groupings, "off"]

        def answered(place: int | None) -> None:
            if place is not None:
                self.regroup(names[place])

        self.app.push_screen(ChoiceDialog("Group the lines by", names), answered)

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
        self.query_one(FilterProblem).say(self.listing.problem)
        if event.kept and event.query and not event.query.problem:
            self._kept(self.memory.keep(lambda state: state.with_filter(event.query.text)))
        self._asked()

    def _asked(self) -> None:
        self.query_one(FilterProblem).say(self.listing.problem)
        self.table.underline(FilterMatches.of(self.listing.query))
        self.tick()

    def on_filter_line_left(self) -> None:
        self.set_focus(self.table)
        self._stop_preparing()
        self.listing.rest()

    def on_table_widget_title_clicked(self, event: TableWidget.TitleClicked) -> None:
        self.action_sort(event.column)


def words(screen: TableScreen[Any], kind: str) -> Sequence[str]:
    """What may follow a command on a table."""
    from tui.shell.themes import names

    board, face = screen.fleet.board, screen.face
    match kind:
        case "theme":
            return names(screen.app.available_themes)
        case "ctx":
            groups = app_of(screen).preferences.groups
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
