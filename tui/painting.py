"""From what a line says to coloured cells. `style` is where a word for a look gets its colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.faces import Face, tidy
from tui.layout import GAP, cell, shifted
from tui.looks import Look
from tui.widths import GUTTER, Widths

Row = TypeVar("Row")
StyleOf = Callable[[str], Style]


def row_line(seen: Look, face: Face[Row], widths: Widths[Row], shift: int, style: StyleOf) -> Strip:
    """One row. The last column starts `shift` cells further right in its text."""
    base = style(seen.style)
    segments = [Segment(seen.gutter, base)]
    tones = seen.tones or ("",) * len(seen.cells)
    for place, text, tone in zip(widths.shown, seen.cells, tones, strict=True):
        if shift and place == len(face.columns) - 1:
            text = shifted(text, shift)
        segments.append(Segment(cell(text, widths[place]), style(tone) if tone else base))
        segments.append(Segment(" " * GAP, base))
    return Strip(segments)


def title_line(face: Face[Row], widths: Widths[Row], sorted_by: tuple[str, bool], style: StyleOf) -> Strip:
    """The titles, with an arrow at the column that decides the order."""
    base, chosen = style("titles"), style("sorted")
    segments = [Segment(" " * GUTTER, base)]
    column_id, reverse = sorted_by
    for place in widths.shown:
        column = face.columns[place]
        sign = "" if column.id != column_id else "↑" if reverse else "↓"
        segments.append(Segment(cell(column.title + sign, widths[place]), chosen if sign else base))
        segments.append(Segment(" " * GAP, base))
    return Strip(segments)


def notice_line(notice: str, line: int, style: StyleOf) -> Strip:
    """A line of what is said in the place of rows."""
    words = notice.split("\n")
    text = f"  {tidy(words[line])}" if 0 <= line < len(words) else ""
    return Strip([Segment(text, style("notice"))])
