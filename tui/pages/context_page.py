"""The page of one context: everything about it and how well it is seen, unshortened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from diagnosis.board_findings import BoardFindings
from diagnosis.fleet_causes import fleet_troubles
from fleet.board.rows import Key
from fleet.fleet import Fleet
from tui.pages.context_text import context_lines
from tui.pages.page_screen import PageScreen
from tui.shell.navigation import OpenCauses, open_page
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine
from views.context_counts import CountedContexts
from views.context_table import ContextRow
from views.tones import CONTEXT_STATE

_COMPUTE_FOR = 0.005
"""seconds of each tenth of a second in which findings are computed that the board hasn't computed yet"""


class ContextPage(PageScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("r", "retry", "Retry now", "context.retry", "Try it now instead of later."),
        bind("d", "diagnose", "Diagnose", "context.diagnose", "The causes of all that isn't fine in it."),
    ]

    def __init__(self, fleet: Fleet, name: str, findings: BoardFindings) -> None:
        super().__init__(fleet, Key(name, "", name))
        self._findings = findings
        self._counted = CountedContexts(fleet.board)
        self._told = 0
        """times that findings have become others"""

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        state = self.fleet.board.contexts.get(self.key.name)
        word = state.state(now) if state else "not watched"
        return [HeaderPiece(f"Context {self.key.name}", "head"), HeaderPiece(word, CONTEXT_STATE.get(word, "odd"), 1)]

    def refresh_if_changed(self) -> None:
        if self.is_current:
            now = self.fleet.clock()
            self._counted.update(now)
            if self._findings.advance(_COMPUTE_FOR, now):
                self._told += 1
        super().refresh_if_changed()

    def page_version(self) -> tuple[object, ...]:
        return *super().page_version(), self._counted.version, self._told

    def lines(self, now: float) -> Sequence[TextLine]:
        name = self.key.name
        state = self.fleet.board.contexts.get(name)
        if state is None:
            return [TextLine("This context isn't watched any more.", tone="odd")]
        keys = [key for key in self.fleet.board.stacks if key.context == name]
        broken = [row.key for row, _ in self._findings.all_broken() if row.key.context == name]
        troubles = fleet_troubles(self._findings, keys, broken)
        return context_lines(ContextRow(state, state.state(now), self._counted.of(name)), troubles, now)

    def action_retry(self) -> None:
        self.fleet.retry(self.key.name)
        self.notify(f"Trying {self.key.name} again", markup=False, timeout=2)

    def action_diagnose(self) -> None:
        open_page(self, OpenCauses(self.key.name))
