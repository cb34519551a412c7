"""How a line of a table looks: what stands in its cells, in which tones, where the filter matches; then coloured cells.

Looks are compared before anything is drawn: a line whose look is the same isn't drawn again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.tables.column_widths import GUTTER, ColumnWidths
from tui.tables.row_window import Group
from tui.tables.table_spec import TableSpec
from tui.widgets.cell_layout import GAP, cell, clean_cell, shifted, wrap_text
from views.columns import Column
from views.filter import Filter
from views.tones import HEALTH_COUNTED, health_tone


@dataclass(frozen=True)
class FilterMatches:
    """The texts to be looked for in every cell, and the texts and letters to be looked for in names; in lower case."""

    needles: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: Filter) -> FilterMatches:
        """What this filter can show of itself."""
        return cls((*query.needles, *query.short_commits), query.letters, query.names)

    def __bool__(self) -> bool:
        return bool(self.needles or self.letters or self.names)

    def spans(self, text: str, *, name: bool = False) -> list[tuple[int, int]]:
        """(start, end) of everything that matches, from the left, without overlaps."""
        lower = text.lower()
        if len(lower) != len(text):  # a few letters get longer when they are lowered: places would be wrong
            return []
        places: set[int] = set()
        for needle in (*self.needles, *(self.names if name else ())):
            start = lower.find(needle)
            while start >= 0:
                places.update(range(start, start + len(needle)))
                start = lower.find(needle, start + len(needle))
        for letters in self.letters if name else ():
            places.update(_letters(lower, letters))
        return _runs(sorted(places))


NO_MATCHES = FilterMatches()


def _letters(text: str, letters: str) -> list[int]:
    """The places of these letters in this order; none if they aren't all there."""
    places: list[int] = []
    at = -1
    for letter in letters:
        at = text.find(letter, at + 1)
        if at < 0:
            return []
        places.append(at)
    return places


def _runs(places: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


Row = TypeVar("Row")
StyleOf = Callable[[str], Style]
"""tone, or the name of another style of the table -> its colours"""
GONE = "gone"
"""in the place of an age: the row's object isn't there any more"""
_MATCH = Style(underline=True, bold=True)
_STATUS = "status"
"""the filter word of the columns that say how a row is"""


@dataclass(frozen=True, slots=True)
class LineLook:
    """All that decides how a line is drawn: two equal looks are drawn alike."""

    cells: tuple[str, ...]
    tones: tuple[str, ...]
    gutter: str
    style: str
    heading: bool = False
    """it is a group's own line: the cells are words in a row, and stand under no title"""


@dataclass(frozen=True, slots=True)
class LineState:
    """What a line's look depends on besides the row: the cursor (and whether it is active), the mark,
    and the age of the row's data, where that may not be true any more."""

    under_cursor: bool = False
    active: bool = True
    marked: bool = False
    old: str = ""

    @property
    def gutter(self) -> str:
        sign = "-" if self.old == GONE else "~" if self.old else " "
        return f"{'>' if self.under_cursor else ' '}{'*' if self.marked else sign}"

    @property
    def style(self) -> str:
        if self.under_cursor:
            return "cursor" if self.active else "cursor-blurred"
        return "marked" if self.marked else "stale" if self.old else ""


def row_look(spec: TableSpec[Row], columns: Sequence[Column[Row]], row: Row, now: float, state: LineState) -> LineLook:
    """How the row looks in these columns. In old and marked rows there are no tones, only words; under the cursor those
    of the columns that say how the row is.
    """
    cells = [clean_cell(column.text(row, now)) for column in columns]
    if state.old:
        _put_age(spec, columns, cells, state.old)
    style = state.style
    tones: tuple[str, ...] = ()
    if not style:
        tones = tuple([column.tone(row) for column in columns])
    elif state.under_cursor and not state.old:
        tones = tuple([_status_tone(column, row) for column in columns])
    return LineLook(tuple(cells), tones, state.gutter, style)


def _status_tone(column: Column[Row], row: Row) -> str:
    """The tone that stays visible under the cursor."""
    tone = column.tone(row) if column.filter_word == _STATUS else ""
    return "" if tone == "dim" else tone


def _block(style: Style) -> Style:
    """The tone of a cell under the cursor: as its background, as a colour might not be readable on the cursor's."""
    return Style(color=style.color, bgcolor=style.bgcolor, bold=True, reverse=True)


def heading_look(group: Group, state: LineState) -> LineLook:
    """How the line of a group looks: its name, how many there are, and their health counted, the worst first."""
    words = [(f"{'[+]' if group.folded else '[-]'} {clean_cell(group.name)}", ""), (str(len(group.members)), "")]
    words += [(f"{word} {count}", health_tone(word)) for word, count in worst_first(group.health_counts)]
    plainly = state.under_cursor or not any(tone for _, tone in words)
    tones = () if plainly else tuple(tone for _, tone in words)
    return LineLook(tuple(text for text, _ in words), tones, state.gutter, state.style or "heading", heading=True)


def worst_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Verdicts with how many there are of each, in the order in which they matter."""
    others = [word for word in counts if word and word not in HEALTH_COUNTED]
    return [(word, counts[word]) for word in (*HEALTH_COUNTED, *others) if counts.get(word)]


def _put_age(spec: TableSpec[Row], columns: Sequence[Column[Row]], cells: list[str], old: str) -> None:
    words = old if old == GONE else f"{old} old"
    ids = [column.id for column in columns]
    if spec.stale_age_column in ids:
        cells[ids.index(spec.stale_age_column)] = words
    elif spec.stale_age_fallback in ids:
        place = ids.index(spec.stale_age_fallback)
        cells[place] = f"{words}: {cells[place]}"


def row_line(
    look: LineLook,
    spec: TableSpec[Row],
    widths: ColumnWidths[Row],
    skipped: int,
    style: StyleOf,
    matches: FilterMatches = NO_MATCHES,
) -> Strip:
    """One row. The first `skipped` cells of the filling column's text are left out; what matches is underlined."""
    base = style(look.style)
    segments = [Segment(look.gutter, base)]
    tones = look.tones or ("",) * len(look.cells)
    for place, text, tone in zip(widths.shown, look.cells, tones, strict=True):
        if skipped and place == widths.filling:
            text = shifted(text, skipped)
        fitted, own = cell(text, widths[place]), style(tone) if tone else base
        if tone and look.style:
            own = _block(own)
        if matches:
            segments += _marked(fitted, matches.spans(fitted, name=spec.columns[place].id == "name"), own)
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


def title_line(spec: TableSpec[Row], widths: ColumnWidths[Row], sorted_by: tuple[str, bool], style: StyleOf) -> Strip:
    """The titles, with an arrow at the column that decides the order."""
    base, chosen = style("titles"), style("sorted")
    segments = [Segment(" " * GUTTER, base)]
    column_id, reverse = sorted_by
    for place in widths.shown:
        column = spec.columns[place]
        sign = "" if column.id != column_id else "↓" if reverse else "↑"
        segments.append(Segment(cell(column.title + sign, widths[place]), chosen if sign else base))
        segments.append(Segment(" " * GAP, base))
    return Strip(segments)


def notice_line(notice: str, line: int, width: int, style: StyleOf) -> Strip:
    """One line (from 0) of the text that is shown where there are no rows."""
    lines = wrap_text(notice, width - 4)
    text = f"  {clean_cell(lines[line])}" if 0 <= line < len(lines) else ""
    return Strip([Segment(text, style("notice"))])
