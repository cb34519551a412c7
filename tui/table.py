"""A screen that is mostly a table: what Stacks, Applications and contexts have in common."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.timer import Timer

from fleet.fleet import Fleet
from fleet.state import Shown, TableState
from tui.arrangement import arranged, usual
from tui.command_line import Candidates, CommandLine
from tui.empty import why_empty
from tui.faces import Face
from tui.filter_line import FilterLine, FilterTrouble
from tui.header import Header
from tui.keyline import KeyLine
from tui.listing import Listing
from tui.matching import Matches
from tui.memory import Memory
from tui.reference import Reference
from tui.rows import Rows
from tui.saving import Export, csv, json_text
from tui.stale import ages
from tui.summary import Summary, first_line, second_line
from tui.table_keys import TABLE_KEYS

Row = TypeVar("Row")

FRAME = 0.1
"""seconds between two looks at whether there is something new to draw"""
_PREPARE_EVERY, _PREPARE_FOR = 0.02, 0.005


class TableScreen(Screen[None], Generic[Row]):
    """Rows under a header, a filter line, and the keys at the bottom. Subclasses say what the rows are."""

    AUTO_FOCUS = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = TABLE_KEYS

    def __init__(
        self,
        fleet: Fleet,
        face: Face[Row],
        *,
        writable: bool = False,
        memory: Memory | None = None,
        hints: bool = True,
    ) -> None:
        super().__init__()
        self.fleet = fleet
        self.face = face
        self.writable = writable
        self.memory = memory or Memory()
        self.hints = hints
        self.listing: Listing[Row] = Listing(face)
        self.table: Rows[Row] = Rows(face, self.listing.window, self.find)
        self.header = Header()
        self._drawn: tuple[int, int, int] | None = None
        self._preparing: Timer | None = None

    # For subclasses

    def all_rows(self) -> Iterable[Row]:
        """Every row there is, in no order."""
        raise NotImplementedError

    def find(self, key: Hashable) -> Row | None:
        """One row as it is now."""
        raise NotImplementedError

    def stale(self, now: float) -> Mapping[str, str]:
        """The contexts whose rows may no longer be true, and how old those are."""
        return ages(self.fleet.board.contexts.values(), now)

    def shape(self, row: Row, now: float) -> dict[str, Any]:
        """A row as JSON has it."""
        raise NotImplementedError

    def references(self) -> list[Reference]:
        """The objects that are marked, or the one under the cursor."""
        return []

    @property
    def is_root(self) -> bool:
        """Whether there is nothing to go back to."""
        return len(self.app.screen_stack) == 1

    # The screen

    def compose(self) -> ComposeResult:
        yield self.header
        yield FilterLine(lambda: self.memory.state.filters)
        yield FilterTrouble()
        yield self.table
        yield Candidates()
        yield CommandLine(self.words)
        yield KeyLine()

    def on_mount(self) -> None:
        self._recall()
        self.set_interval(FRAME, self.tick)
        self.tick()

    def on_screen_resume(self) -> None:
        self.tick()

    def tick(self) -> None:
        """Draw what is new, if anything is: the board's version moved, or a second has passed."""
        if not self.is_current:
            return
        board, now, clock = self.fleet.board, self.fleet.clock(), time.monotonic()
        loading = any(context.state(now) == "connecting" for context in board.contexts.values())
        if settled := self.listing.due(board.version, clock, loading=loading):
            self._settle(clock, loading)
        seen = (board.version, int(now), len(self.listing.window.marks))
        if seen == self._drawn and not settled:
            return
        self._drawn = seen
        self.table.tick(now, self.stale(now))
        self._say(now)

    def _settle(self, clock: float, loading: bool) -> None:
        moved = self.listing.settle(self.all_rows(), self.fleet.board.version, clock, loading=loading)
        self.table.settled(moved)

    def _say(self, now: float) -> None:
        summary = self.summary()
        self.header.show(first_line(summary, now), second_line(summary, now))
        if not self.listing.window.lines:
            contexts, more = summary.contexts, len(self.fleet.available)
            self.table.say(why_empty(self.listing, contexts, now, hints=self.hints, more=more))

    def summary(self) -> Summary:
        """What the header tells."""
        listing, window = self.listing, self.listing.window
        return Summary(
            noun=self.face.noun,
            listed=len(window.listed),
            total=window.total,
            contexts=tuple(self.fleet.board.contexts.values()),
            tallies=listing.tallies,
            sort=listing.sort_name,
            query=listing.query.text,
            narrowed=listing.narrowed_words,
            grouped=listing.grouped_by,
            only_broken=listing.only_broken,
            frozen=window.frozen,
            marked=len(window.marks),
            marked_elsewhere=window.marked_elsewhere,
            writable=self.writable,
        )

    # What is remembered

    def _recall(self) -> None:
        chosen = self.memory.state.table(self.face.noun)
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

    def action_filter(self) -> None:
        self.query_one(FilterLine).open()
        if self._preparing is None:
            rows = iter(list(self.all_rows()))
            self._preparing = self.set_interval(_PREPARE_EVERY, lambda: self._prepare(rows))

    def _prepare(self, rows: Iterator[Row]) -> None:
        if self._preparing is not None and self.listing.prepare(rows, _PREPARE_FOR):
            self._preparing.stop()
            self._preparing = None

    def action_clear(self) -> None:
        listing = self.listing
        if listing.query or listing.problem or listing.only_broken:
            self.query_one(FilterLine).value = ""
            listing.clear()
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
        from tui.columns_dialog import ColumnsDialog

        def answered(chosen: tuple[Shown, ...] | None) -> None:
            if chosen is not None:
                self.table.rearrange(arranged(self.face, chosen))
                self._keep(columns=chosen)
                self.tick()

        now: TableState = self.memory.state.table(self.face.noun)
        self.app.push_screen(ColumnsDialog(self.face, now.columns or usual(self.face)), answered)

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
        if self.is_root:
            self.app.exit()
        else:
            self.dismiss()

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
        self.table.forget_widths()
        self.tick()

    def on_filter_line_left(self) -> None:
        self.set_focus(self.table)

    def on_rows_title_clicked(self, event: Rows.TitleClicked) -> None:
        self.action_sort(event.column)

    def exports(self) -> list[Export]:
        """What can be saved of this screen besides its picture: the listed rows, as they are filtered and sorted."""
        name = self.face.noun.lower()
        return [
            Export("the table as CSV", name, "csv", self._csv),
            Export("the table as JSON", name, "json", self._json),
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


def words(screen: TableScreen[Any], kind: str) -> Sequence[str]:
    """What may follow a command on a table."""
    from tui.themes import names

    board, face = screen.fleet.board, screen.face
    match kind:
        case "theme":
            return names(screen.app.available_themes)
        case "ctx":
            return ["all", *board.contexts]
        case "ns":
            return ["all", *sorted({name for row in screen.all_rows() if (name := face.namespace(row))})]
        case "group":
            return [*face.groupings, "label", "off"]
        case "sort":
            return [face.order_name, *(column.id for column in face.columns)]
        case "copy":
            return ["kubectl", "name"]
    return []
