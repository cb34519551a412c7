"""A page of text in one column, or in two where the terminal is wide enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest

from rich.cells import cell_len

from tui.widgets.text_view import DrawnLine, TextLine, TextView, Wrapped

TWO_COLUMNS_FROM = 140
"""cells of the widget"""
_LEAST, _SHARE = 56, 0.36
"""of the second column: its cells, in which a commit has room beside a label, and its part of all where that is more"""
_LABEL = 14
"""cells of a label in the second column, where there is less room for the text"""
_BETWEEN = " │"


@dataclass(frozen=True)
class ColumnedLines:
    """What a page says: what is read first, what may stand to the right of everything else, and what follows."""

    first: tuple[TextLine, ...] = ()
    beside: tuple[TextLine, ...] = ()
    rest: tuple[TextLine, ...] = ()

    def __iter__(self) -> Iterator[TextLine]:
        """All lines in the order in which one column has them."""
        return chain(self.first, self.beside, self.rest)


class TextColumns(TextView):
    """Text that is copied, saved and scrolled as one, however many columns it is drawn in."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._columns = ColumnedLines()

    def show_columns(self, lines: ColumnedLines) -> None:
        if lines != self._columns:
            self._columns, self._lines = lines, tuple(lines)
            self._arrange()

    def _lay_out(self, known: Wrapped) -> list[DrawnLine]:
        columns = self._columns
        if self.outer_size.width < TWO_COLUMNS_FROM or not columns.beside:
            return super()._lay_out(known)
        right = max(_LEAST, int(self._width * _SHARE))
        left = self._width - right - cell_len(_BETWEEN)
        main = [drawn for line in (*columns.first, *columns.rest) for drawn in self._wrap(line, left, known)]
        second = [
            drawn
            for line in _without_first_blank(columns.beside)
            for drawn in self._wrap(line, right, known, _LABEL, 0)
        ]
        return [_side_by_side(one, other, left) for one, other in zip_longest(main, second, fillvalue=())]


def _without_first_blank(lines: tuple[TextLine, ...]) -> tuple[TextLine, ...]:
    """The lines without the blank one that keeps them apart from what stands over them in one column."""
    return lines[1:] if lines[0] == TextLine() else lines


def _side_by_side(one: DrawnLine, other: DrawnLine, width: int) -> DrawnLine:
    """Two lines as one, the first of which takes `width` cells."""
    filled = width - sum(cell_len(text) for text, _ in one)
    return (*one, (" " * filled, ""), (_BETWEEN, "dim"), *other)
