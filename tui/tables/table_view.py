"""A screen that shows a table and keeps it current."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from textual.app import ComposeResult
from textual.screen import Screen

from fleet.fleet import Fleet
from tui.command_line import Candidates, CommandLine
from tui.empty import why_empty
from tui.header import Header
from tui.keyline import KeyLine
from tui.memory import Memory
from tui.reference import Reference
from tui.saving import Export, csv, json_text
from tui.stale import ages, seen_at
from tui.summary import Summary, first_line, second_line
from tui.tables.faces import Face
from tui.tables.filter_line import FilterLine, FilterTrouble
from tui.tables.listing import Listing
from tui.tables.rows import Rows

Row = TypeVar("Row")

FRAME = 0.1
"""seconds between two looks at whether there is something new to draw"""


class TableView(Screen[None], Generic[Row]):
    """Rows under a header and a filter line. Subclasses say what the rows are."""

    AUTO_FOCUS = "Rows"
    floods = True
    """rows arrive by the thousand at first: until the reader moves it, the cursor stays on the first line"""

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
        seen = (self.rows_version, int(now), len(self.listing.window.marks), self.writable)
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
            self.table.say(why_empty(self.listing, contexts, now, hints=self.hints, more=more))

    def summary(self, now: float) -> Summary:
        """What the header tells. What can't be seen now isn't counted among the verdicts."""
        listing, window = self.listing, self.listing.window
        stale = self.stale(now)
        return Summary(
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
            writable=self.writable,
        )

    def words(self, kind: str) -> Sequence[str]:
        """What may follow a command here."""
        return ()

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
