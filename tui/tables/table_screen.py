"""A screen that shows a table and keeps it current; what the reader chose of it is remembered."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.widgets import Input

from fleet.fleet import Fleet
from settings.state_file import ColumnChoice
from tui.shell.board_app import app_of
from tui.shell.command_line import CommandCandidates, CommandLine
from tui.shell.file_export import FileExport, csv, json_text
from tui.shell.navigation import KubectlReference
from tui.shell.preferences import RememberedState
from tui.tables.empty_table import why_empty
from tui.tables.filter_line import FilterLine, FilterProblem
from tui.tables.line_look import FilterMatches
from tui.tables.row_index import IndexedRow
from tui.tables.table_header import HeaderFacts, first_line, second_line
from tui.tables.table_keys import TABLE_KEYS
from tui.tables.table_model import TableModel
from tui.tables.table_spec import TableSpec, seen_at, stack_ages, with_asked_commits, with_columns
from tui.tables.table_widget import TableWidget
from tui.widgets.header_and_keys import Header, HeaderPiece, KeyLine
from tui.widgets.leavable import LeavableScreen

Row = TypeVar("Row")

FRAME = 0.1
"""seconds between two looks at whether there is something new to draw"""
_MEANT_FOR_PAGE = 1.0
"""seconds after a page was left in which a q may have been meant for it"""
_PREPARE_EVERY, _PREPARE_FOR = 0.02, 0.005
"""seconds: how often, and for how long each time, rows are made ready for a filter that is being typed"""


class TableScreen(LeavableScreen[None], Generic[Row]):
    """Rows under a header and a filter line. Subclasses say what the rows are."""

    AUTO_FOCUS = "TableWidget"
    BINDINGS: ClassVar[list[BindingType]] = TABLE_KEYS
    arrives_in_bulk = True
    """rows arrive by the thousand at first: until the reader moves it, the cursor stays on the first line"""

    def __init__(self, fleet: Fleet, spec: TableSpec[Row]) -> None:
        super().__init__()
        self.fleet = fleet
        self.spec = spec
        self.model: TableModel[Row] = TableModel(spec, lambda row, text: self.table.shows(row, text))
        self.table: TableWidget[Row] = TableWidget(spec, self.model.window, self.find)
        self._chosen_columns = spec
        self._asks_for_commit = False
        self.header = Header()
        self.returned_at = float("-inf")
        """when something that lay over this screen was left"""
        self._covered = False
        self._drawn: tuple[int, int, int, bool, int] | None = None
        self._preparing: Timer | None = None

    # For subclasses

    def all_rows(self) -> Iterable[Row]:
        """Every row there is, in no order."""
        raise NotImplementedError

    def find(self, key: Hashable) -> Row | None:
        """The row with this key as it is now; None if there is none."""
        raise NotImplementedError

    @property
    def rows_version(self) -> int:
        """Another number whenever there may be other rows, or something else in them."""
        return self.fleet.board.version

    def stale(self, now: float) -> Mapping[str, str]:
        """Context -> the age of its rows in words, for the contexts whose rows may no longer be true."""
        return stack_ages(self.fleet.board.contexts.values(), now)

    def is_unread(self, *, loading: bool) -> bool:
        """Whether the cursor stays on the first line until the reader moves it; `loading`: contexts still answer."""
        return loading and self.arrives_in_bulk

    def as_json(self, row: Row, now: float) -> dict[str, Any]:
        """A row as ``get -o json`` prints it."""
        raise NotImplementedError

    def references(self) -> list[KubectlReference]:
        return []

    def compose_rows(self) -> ComposeResult:
        """The table, and what stands beside it."""
        yield self.table

    # The screen

    def compose(self) -> ComposeResult:
        yield self.header
        yield FilterLine(self.spec.filter_words, lambda: self.memory.state.filters)
        yield FilterProblem()
        yield from self.compose_rows()
        yield CommandCandidates()
        yield CommandLine(app_of(self).commands, self.words)
        yield KeyLine()

    def on_mount(self) -> None:
        self._restore_choices()
        self.set_interval(FRAME, self.refresh_if_changed)
        self.refresh_if_changed()

    def on_screen_suspend(self) -> None:
        self._covered = True

    def on_screen_resume(self) -> None:
        if self._covered:
            self._covered, self.returned_at = False, time.monotonic()
        self.refresh_if_changed()

    @property
    def memory(self) -> RememberedState:
        return app_of(self).memory

    @property
    def is_root(self) -> bool:
        return len(self.app.screen_stack) == 1

    def refresh_if_changed(self) -> None:
        """Draw what is new, if anything is: other rows, another query, or another second."""
        if not self.is_current:
            return
        contexts, now, clock = self.fleet.board.contexts.values(), self.fleet.clock(), time.monotonic()
        loading = any(context.state(now) == "connecting" for context in contexts)
        if due := self.model.is_due(self.rows_version, clock, loading=loading):
            unread = self.is_unread(loading=loading)
            moved = self.model.update(self.all_rows(), self.rows_version, clock, loading=unread)
            self.table.lines_changed(moved)
        shown = (self.rows_version, int(now), len(self.model.window.marks), app_of(self).writable, self.app.size.width)
        if shown == self._drawn and not due:
            return
        self._drawn = shown
        self.table.refresh_rows(now, self.stale(now), seen_at(contexts, now))
        self._refresh_texts(now)

    def _refresh_texts(self, now: float) -> None:
        """The header, and what stands where there are no rows."""
        facts = self.header_facts(now)
        self.header.show(*self.header_lines(facts, now))
        if not self.model.window.lines:
            self.table.show_notice(self.notice(facts, now))

    def notice(self, facts: HeaderFacts, now: float) -> str:
        """What stands there where no row is listed."""
        hints, unwatched = app_of(self).preferences.hints, len(self.fleet.available)
        return why_empty(self.model, facts.contexts, now, hints=hints, more=unwatched)

    def header_lines(self, facts: HeaderFacts, now: float) -> tuple[list[HeaderPiece], list[HeaderPiece]]:
        """The two lines of the header."""
        return first_line(facts, now), second_line(facts, now)

    def header_facts(self, now: float) -> HeaderFacts:
        """What the header shows. What can't be seen now isn't counted."""
        model, window = self.model, self.model.window
        stale = self.stale(now)
        return HeaderFacts(
            noun=self.spec.noun,
            listed=len(window.listed),
            total=window.total,
            contexts=tuple(self.fleet.board.contexts.values()),
            health_counts=model.health_counts(without=stale),
            unseen=model.count_in(stale),
            standing_counts=model.standing_counts(without=stale),
            width=self.app.size.width,
            ascii_only=app_of(self).preferences.ascii,
            sort=model.sort_name,
            query=model.query.text,
            scope=model.scope_words,
            grouped=model.grouped_by,
            only_broken=model.only_broken,
            frozen=window.index.frozen,
            marked=len(window.marks),
            marked_elsewhere=window.marked_elsewhere,
            writable=app_of(self).writable,
        )

    def words(self, kind: str) -> Sequence[str]:
        match kind:
            case "ctx":
                app = app_of(self)
                return [*app.argument_words(kind), *(f"@{name}" for name in app.preferences.groups)]
            case "ns":
                return ["all", *sorted({name for row in self.all_rows() if (name := self.spec.namespace(row))})]
            case "group":
                return [*self.spec.groupings, "label", "off"]
            case "sort":
                return [self.spec.order_name, *(column.id for column in self.spec.columns)]
            case "save":
                return ["svg", "csv", "json"]
        return app_of(self).argument_words(kind)

    def exports(self) -> list[FileExport]:
        """What can be saved of this screen besides its picture: the listed rows, as they are filtered and sorted."""
        name = self.spec.noun.lower()
        return [
            FileExport("the table as CSV", name, "csv", self._csv),
            FileExport("the table as JSON", name, "json", self._json),
        ]

    def _csv(self) -> str:
        now, columns = self.fleet.clock(), self.table.spec.columns
        rows = ([column.text(row, now) for column in columns] for row in self._listed_rows())
        return csv([column.id for column in columns], rows)

    def _json(self) -> str:
        now = self.fleet.clock()
        return json_text([self.as_json(row, now) for row in self._listed_rows()])

    def _listed_rows(self) -> list[Row]:
        return [row for key in self.model.window.listed if (row := self.find(key)) is not None]

    # What is remembered

    def _restore_choices(self) -> None:
        chosen = self.memory.table(self.spec.noun)
        self._choose_columns(chosen.columns)
        if chosen.sort or chosen.reverse:
            self.action_sort(chosen.sort, chosen.reverse)
        if chosen.group:
            self.group_by(chosen.group)

    def _choose_columns(self, chosen: Sequence[ColumnChoice]) -> None:
        self._chosen_columns = with_columns(self.spec, chosen)
        self._show_columns(anew=True)

    def _show_columns(self, *, anew: bool = False) -> None:
        """Show the chosen columns; while the filter asks for a commit, in one of them how that stands.

        Unless `anew`, nothing is done as long as they are the same: they keep their widths.
        """
        asks = bool(self.model.query.commits)
        if anew or asks != self._asks_for_commit:
            self._asks_for_commit = asks
            chosen = self._chosen_columns
            self.table.use_columns(with_asked_commits(chosen, lambda: self.model.query.commits) if asks else chosen)

    def _remember(self, **changes: Any) -> None:
        chosen = replace(self.memory.state.table(self.spec.noun), **changes)
        self._warn_unless(self.memory.change(lambda state: state.with_table(self.spec.noun, chosen)))

    def _warn_unless(self, remembered: bool) -> None:
        if not remembered:
            self.notify(f"It won't be remembered: {self.memory.problem}", severity="warning", markup=False)

    # Which rows, in which order

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where text is typed, a slash is one."""
        return not isinstance(self.focused, Input) if action == "filter" else super().check_action(action, parameters)

    def action_filter(self) -> None:
        self.query_one(FilterLine).open()
        self.model.begin_typing()
        if self._preparing is None:
            rows = iter(list(self.model.window.index))
            self._preparing = self.set_interval(_PREPARE_EVERY, lambda: self._prepare_filter(rows))

    def _prepare_filter(self, rows: Iterator[IndexedRow[Row]]) -> None:
        if self.model.prepare_filter(rows, _PREPARE_FOR):
            self._stop_preparing()

    def _stop_preparing(self) -> None:
        if self._preparing is not None:
            self._preparing.stop()
            self._preparing = None

    def on_filter_line_filtered(self, event: FilterLine.Filtered) -> None:
        self.model.filter_by(event.query)
        if event.accepted and event.query and not event.query.problem:
            self._warn_unless(self.memory.change(lambda state: state.with_filter(event.query.text)))
        self._filter_changed()

    def on_filter_line_left(self) -> None:
        self.set_focus(self.table)
        self._stop_preparing()
        self.model.end_typing()

    def _filter_changed(self) -> None:
        self._show_columns()
        self.query_one(FilterProblem).show_problem(self.model.problem)
        self.table.underline(FilterMatches.of(self.model.query))
        self.refresh_if_changed()

    def action_clear(self) -> None:
        """Take back one thing: the filter, then the restriction to contexts and namespaces, then the screen."""
        model = self.model
        if model.query or model.problem or model.only_broken:
            self.query_one(FilterLine).value = ""
            model.clear_filter()
            model.end_typing()
            self._filter_changed()
        elif model.is_restricted:
            self.action_everywhere()
        elif not self.is_root:
            self.dismiss()

    def action_broken(self) -> None:
        self.model.toggle_broken()
        self._filter_changed()

    def restrict(self, *, contexts: Iterable[str] | None = None, namespaces: Iterable[str] | None = None) -> None:
        """List only these, or everything again. What is watched stays the same."""
        self.model.restrict(contexts=contexts, namespaces=namespaces)
        self._filter_changed()

    def action_everywhere(self) -> None:
        self.restrict(contexts=(), namespaces=())

    def action_sort(self, column: str, reverse: bool | None = None) -> None:
        known = column if self.spec.column(column) else ""
        self.model.sort(known, reverse=reverse)
        self.table.show_sort(known, self.model.reverse)
        if reverse is None:
            self._remember(sort=known, reverse=self.model.reverse)
        self.refresh_if_changed()

    def on_table_widget_title_clicked(self, event: TableWidget.TitleClicked) -> None:
        self.action_sort(event.column)

    def action_freeze(self) -> None:
        self.model.toggle_frozen()
        self.refresh_if_changed()

    def action_group(self) -> None:
        from tui.widgets.dialogs import ChoiceDialog  # here, as the first frame doesn't wait for it

        names = [*self.spec.groupings, "off"]

        def answered(place: int | None) -> None:
            if place is not None:
                self.regroup(names[place])

        self.app.push_screen(ChoiceDialog("Group the lines by", names), answered)

    def regroup(self, name: str) -> bool:
        """Group by this from now on, and the next time; False if there is no such grouping."""
        known = self.group_by(name)
        if known:
            self._remember(group=self.model.grouped_by)
        return known

    def group_by(self, name: str) -> bool:
        """Group by this, ``label KEY`` or not at all (off); False if there is no such grouping."""
        group = None if name == "off" else self.spec.grouping(name)
        if group is None and name != "off":
            return False
        self.model.group(name, group)
        self.refresh_if_changed()
        return True

    # Other keys

    def action_columns(self) -> None:
        from tui.tables.columns_dialog import ColumnsDialog  # here, as the first frame doesn't wait for it

        unchosen = self.memory.configured(self.spec.noun) or self.spec.usual_columns

        def answered(chosen: tuple[ColumnChoice, ...] | None) -> None:
            if chosen is not None:
                self._choose_columns(chosen or unchosen)
                self._remember(columns=chosen)
                self.refresh_if_changed()

        now = self.memory.table(self.spec.noun)
        self.app.push_screen(ColumnsDialog(self.spec, now.columns or unchosen, unchosen), answered)

    def action_copy(self) -> None:
        names = [str(getattr(key, "name", key)) for key in self.model.window.chosen()]
        if names:
            self.app.copy_to_clipboard("\n".join(names))
            what = names[0] if len(names) == 1 else f"{len(names)} names"
            self.notify(f"Copied {what}", markup=False, timeout=2)

    def action_leave(self) -> None:
        if not self.is_root:
            self.dismiss()
        elif time.monotonic() - self.returned_at < _MEANT_FOR_PAGE:
            self.returned_at = float("-inf")
            self.notify("q again to leave the program", markup=False, timeout=2)
        else:
            self.app.exit()
