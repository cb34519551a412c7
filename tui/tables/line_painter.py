"""From what a line says to coloured cells. `style` is where a word for a look gets its colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.tables.cell_style import LineLook
from tui.tables.column_widths import GUTTER, ColumnWidths
from tui.tables.filter_matches import NO_MATCHES, FilterMatches
from tui.tables.table_spec import TableSpec, tidy
from tui.widgets.cell_layout import GAP, cell, shifted
from tui.widgets.text_wrap import wrap_text

Row = TypeVar("Row")
StyleOf = Callable[[str], Style]

_MATCH = Style(underline=True, bold=True)


def row_line(
    look: LineLook,
    face: TableSpec[Row],
    widths: ColumnWidths[Row],
    shift: int,
    style: StyleOf,
    matches: FilterMatches = NO_MATCHES,
) -> Strip:
    """One row. The last column starts `shift` cells further right in its text. What matches is underlined."""
    base = style(look.style)
    segments = [Segment(look.gutter, base)]
    tones = look.tones or ("",) * len(look.cells)
    for place, text, tone in zip(widths.shown, look.cells, tones, strict=True):
        if shift and place == len(face.columns) - 1:
            text = shifted(text, shift)
        fitted, own = cell(text, widths[place]), style(tone) if tone else base
        if matches:
            segments += _marked(fitted, matches.spans(fitted, name=face.columns[place].id == "name"), own)
        else:
            segments.append(Segment(fitted, own))
        segments.append(Segment(" " * GAP, base))
    return Strip(segments)


def heading_line(look: LineLook, style: StyleOf) -> Strip:
    """The line of a group: its words, two blanks apart."""
    base = style(look.style)
    segments = [Segment(look.gutter, base)]
    tones = look.tones or ("",) * len(look.cells)
    for place, (text, tone) in enumerate(zip(look.cells, tones, strict=True)):
        segments.append(Segment("  " if place else "", base))
        segments.append(Segment(text, style(tone) if tone else base))
    return Strip(segments)


def _marked(text: str, spans: list[tuple[int, int]], style: Style) -> list[Segment]:
    segments: list[Segment] = []
    at = 0
    for start, end in spans:
        segments.append(Segment(text[at:start], style))
        segments.append(Segment(text[start:end], style + _MATCH))
        at = end
    return [segment for segment in (*segments, Segment(text[at:], style)) if segment.text]


def title_line(face: TableSpec[Row], widths: ColumnWidths[Row], sorted_by: tuple[str, bool], style: StyleOf) -> Strip:
    """The titles, with an arrow at the column that decides the order."""
    base, chosen = style("titles"), style("sorted")
    segments = [Segment(" " * GUTTER, base)]
    column_id, reverse = sorted_by
    for place in widths.shown:
        column = face.columns[place]
        sign = "" if column.id != column_id else "↓" if reverse else "↑"
        segments.append(Segment(cell(column.title + sign, widths[place]), chosen if sign else base))
        segments.append(Segment(" " * GAP, base))
    return Strip(segments)


def notice_line(notice: str, line: int, width: int, style: StyleOf) -> Strip:
    """A line of what is said in the place of rows."""
    lines = wrap_text(notice, width - 4)
    text = f"  {tidy(lines[line])}" if 0 <= line < len(lines) else ""
    return Strip([Segment(text, style("notice"))])
