"""A screen that is mostly a table: what Stacks, Applications and contexts have in common."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from fleet.columns import Column
from fleet.fleet import Fleet
from tui.command_line import CommandLine
from tui.faces import Face
from tui.filter_line import FilterLine
from tui.header import Header
from tui.keyline import KeyLine
from tui.listing import Listing
from tui.query import EVERYTHING
from tui.rows import Rows
from tui.saving import Export, csv
from tui.stale import ages
from tui.summary import Summary, first_line, second_line

Row = TypeVar("Row")

FRAME = 0.1
"""seconds between two looks at whether there is something new to draw"""


def sort_bindings(columns: Sequence[Column[Any]]) -> list[BindingType]:
    """A key with shift for every column that has a letter, and one for the natural order."""
    bindings: list[BindingType] = [
        Binding("U", "sort('')", "Sort: urgency", show=False, id="table.sort.urgency", tooltip="The worst first.")
    ]
    for column in columns:
        if column.letter:
            title = column.title.lower()
            tip = f"Sort by {title}; once more turns it round."
            name = f"table.sort.{column.id}"
            bindings.append(
                Binding(column.letter, f"sort('{column.id}')", f"Sort: {title}", False, id=name, tooltip=tip)
            )
    return bindings


class TableScreen(Screen[None], Generic[Row]):
    """Rows under a header, a filter line, and the keys at the bottom. Subclasses say what the rows are."""

    AUTO_FOCUS = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "filter",
            "Filter",
            id="table.filter",
            tooltip="List only what matches; !text, status:, ctx:, ns:, app:, -l.",
        ),
        Binding(
            "ctrl+z", "broken", "Broken", id="table.broken", tooltip="List only what is broken, or everything again."
        ),
        Binding(
            "z", "freeze", "Freeze", show=False, id="table.freeze", tooltip="Keep the order of the lines as it is."
        ),
        Binding(
            "c",
            "copy",
            "Copy",
            show=False,
            id="table.copy",
            tooltip="Copy the names of the marked lines, or of this one.",
        ),
        Binding(
            "escape",
            "clear",
            "Clear",
            show=False,
            id="table.clear",
            tooltip="Take the filter away; without one, go back.",
        ),
        Binding("q", "leave", "Back", id="table.leave", tooltip="Go back to where you came from."),
    ]

    def __init__(self, fleet: Fleet, face: Face[Row], *, writable: bool = False) -> None:
        super().__init__()
        self.fleet = fleet
        self.face = face
        self.writable = writable
        self.listing: Listing[Row] = Listing(face)
        self.table: Rows[Row] = Rows(face, self.listing.window, self.find)
        self.header = Header()
        self._drawn: tuple[int, int, int] | None = None

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

    @property
    def is_root(self) -> bool:
        """Whether there is nothing to go back to."""
        return len(self.app.screen_stack) == 1

    # The screen

    def compose(self) -> ComposeResult:
        yield self.header
        yield FilterLine()
        yield self.table
        yield CommandLine()
        yield KeyLine()

    def on_mount(self) -> None:
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
        self.table.notice = self._notice()
        self.table.settled(moved)

    def _say(self, now: float) -> None:
        summary = self.summary()
        self.header.show(first_line(summary, now), second_line(summary, now))

    def summary(self) -> Summary:
        """What the header tells."""
        listing, window = self.listing, self.listing.window
        return Summary(
            noun=self.face.noun,
            listed=len(window.lines),
            total=window.total,
            contexts=tuple(self.fleet.board.contexts.values()),
            tallies=listing.tallies,
            sort=listing.sort_name,
            query=listing.query.text,
            problem=listing.query.problem,
            only_broken=listing.only_broken,
            frozen=window.frozen,
            marked=len(window.marks),
            writable=self.writable,
        )

    def _notice(self) -> str:
        total = self.listing.window.total
        if total:
            return f"None of {total} {self.face.noun} match. Press escape to see them all."
        states = {context.state(self.fleet.clock()) for context in self.fleet.board.contexts.values()}
        if "connecting" in states:
            return "Connecting ..."
        if states <= {"connected", "restricted", "behind"}:
            return f"There are no {self.face.noun} where you may look."
        return f"No {self.face.noun} could be seen. Press x to see why."

    # What the reader does

    def action_filter(self) -> None:
        self.query_one(FilterLine).open()

    def action_clear(self) -> None:
        if self.listing.query.text or self.listing.only_broken:
            self.query_one(FilterLine).value = ""
            self.listing.only_broken = False
            self.listing.ask(EVERYTHING)
            self.table.forget_widths()
            self.tick()
        elif not self.is_root:
            self.dismiss()

    def action_broken(self) -> None:
        self.listing.toggle_broken()
        self.table.forget_widths()
        self.tick()

    def action_sort(self, column: str) -> None:
        self.listing.sort(column)
        self.table.retitle(column, self.listing.reverse)
        self.tick()

    def action_freeze(self) -> None:
        self.listing.toggle_frozen()
        self.tick()

    def action_copy(self) -> None:
        names = [str(getattr(key, "name", key)) for key in self.listing.window.chosen()]
        if names:
            self.app.copy_to_clipboard("\n".join(names))
            what = names[0] if len(names) == 1 else f"{len(names)} names"
            self.notify(f"Copied {what}", markup=False, timeout=2)

    def action_leave(self) -> None:
        if self.is_root:
            self.app.exit()
        else:
            self.dismiss()

    def on_filter_line_asked(self, event: FilterLine.Asked) -> None:
        self.listing.ask(event.query)
        self.table.forget_widths()
        self.tick()

    def on_filter_line_left(self) -> None:
        self.set_focus(self.table)

    def on_rows_title_clicked(self, event: Rows.TitleClicked) -> None:
        self.action_sort(event.column)

    def exports(self) -> list[Export]:
        """What can be saved of this screen besides its picture."""
        return [Export("the table as CSV", self.face.noun.lower(), "csv", self._csv)]

    def _csv(self) -> str:
        rows = [row for key in self.listing.window.lines if (row := self.find(key)) is not None]
        now = self.fleet.clock()
        texts = ([column.text(row, now) for column in self.face.columns] for row in rows)
        return csv([column.id for column in self.face.columns], texts)
