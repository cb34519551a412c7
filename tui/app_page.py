"""The page of one Application: what Argo CD says of it, over the Stacks that it holds."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from fleet.fleet import Fleet
from fleet.kinds import APPLICATIONS
from fleet.rows import AppRow, Key, StackRow
from tui.app_text import app_lines
from tui.faces import HEALTH_TONES, STACK_FACE
from tui.listing import Listing
from tui.page import PageScreen
from tui.paper import Line
from tui.reference import Reference
from tui.rows import Rows
from tui.stale import ages
from tui.summary import Piece


class AppPage(PageScreen):
    """An Application and its Stacks. The cursor is in the Stacks; tab goes to the text."""

    AUTO_FOCUS = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yaml", "YAML", id="application.yaml", tooltip="The Application as the cluster has it."),
    ]

    def __init__(self, fleet: Fleet, key: Key) -> None:
        super().__init__(fleet, key)
        self._last: AppRow | None = None
        self._there = False
        self.listing: Listing[StackRow] = Listing(STACK_FACE)
        self.table: Rows[StackRow] = Rows(STACK_FACE, self.listing.window, self._find)

    def compose_body(self) -> ComposeResult:
        yield self.paper
        yield self.table

    def write(self) -> None:
        super().write()
        board, now, clock = self.fleet.board, self.fleet.clock(), time.monotonic()
        if self.listing.due(board.version, clock, loading=False):
            moved = self.listing.settle(self._held(), board.version, clock, loading=False)
            self.table.notice = "It holds no Stack that can be seen."
            self.table.settled(moved)
        self.table.tick(now, ages(board.contexts.values(), now))

    def title_pieces(self, now: float) -> list[Piece]:
        row = self._row()
        where = Piece(f"{self.key.context} / {self.key.namespace}", "dim", 3)
        name = Piece(f"Application {self.key.name}", "strong")
        if row is None or not self._there:
            return [name, Piece("gone", "odd"), where]
        return [name, Piece(row.sync, "", 1), Piece(row.health, HEALTH_TONES.get(row.health, "odd"), 1), where]

    def lines(self, now: float) -> Sequence[Line]:
        row = self._row()
        if row is None:
            return [Line("This Application isn't there any more.", tone="odd")]
        return app_lines(row, self.fleet.board.contexts.get(self.key.context), now, deleted=not self._there)

    def _row(self) -> AppRow | None:
        row = self.fleet.board.app(self.key)
        self._there = row is not None
        self._last = row or self._last
        return self._last

    def _held(self) -> Iterator[StackRow]:
        row = self._row()
        for key in row.holds if row else ():
            stack = self.fleet.board.stacks.get(key)
            if stack is not None:
                yield stack

    def _find(self, key: Hashable) -> StackRow | None:
        return self.fleet.board.stacks.get(key) if isinstance(key, Key) else None

    def on_rows_opened(self, event: Rows.Opened) -> None:
        from tui.stack_page import StackPage

        if isinstance(event.key, Key):
            self.app.push_screen(StackPage(self.fleet, event.key))

    def references(self) -> list[Reference]:
        return [Reference(self.key, APPLICATIONS.resource)]

    def action_yaml(self) -> None:
        from tui.yaml_page import YamlPage

        self.app.push_screen(YamlPage(self.fleet, self.key, APPLICATIONS.resource))
