"""A page in sections whose text stands in two columns where the terminal has room for them."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.board.rows import Key
from fleet.fleet import Fleet
from tui.pages.sections import SectionedPage
from tui.widgets.text_columns import ColumnedLines, TextColumns
from tui.widgets.text_view import TextLine


class ColumnedPage(SectionedPage):
    def __init__(self, fleet: Fleet, key: Key, section: str = "") -> None:
        self._text_columns = TextColumns()
        super().__init__(fleet, key, section, self._text_columns)

    def columned_lines(self, now: float) -> ColumnedLines:
        """What the page says."""
        raise NotImplementedError

    def lines(self, now: float) -> Sequence[TextLine]:
        return list(self.columned_lines(now))

    def show_text(self, now: float) -> None:
        self._text_columns.show_columns(self.columned_lines(now))
