"""The lines over a table."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.header_text import HeaderPiece, squeezed


class Header(Widget):
    """Lines of pieces, each in the colour of its meaning; drawn again only if a word changed."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "header--bad",
        "header--busy",
        "header--good",
        "header--odd",
        "header--dim",
        "header--strong",
    }

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[list[HeaderPiece]] = []

    def show(self, *lines: list[HeaderPiece]) -> None:
        """Say this from now on."""
        if list(lines) != self._lines:
            self._lines = list(lines)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        segments = [Segment(" ", base)]
        pieces = squeezed(self._lines[y], self.size.width - 2) if y < len(self._lines) else []
        for place, piece in enumerate(pieces):
            style = self.get_component_rich_style(f"header--{piece.tone}") if piece.tone else base
            segments += [Segment(piece.gap if place else "", base), Segment(piece.text, style)]
        return Strip(segments).adjust_cell_length(self.size.width, base)
