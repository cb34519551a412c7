"""The lines below a table, or beside it, about the row under the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.cell_layout import cell, clean_cell, wrap_text
from views.tones import STYLES, Tone

BRIEF, BELOW, BESIDE = "-brief", "-below", "-beside"
"""how it is drawn, as a class of its screen: one line; a rule and four lines; a column with all that is said"""
_FROM_LINES, _FROM_CELLS = 30, 160
"""the sizes of a terminal from which there is room for four lines, and for a column"""
_LABEL = 6
"""cells of what a line is about"""
_LEAST = 24
"""cells of a line's words, below which what stands at its right end is left out"""
Piece = tuple[str, str]
"""(text, tone)"""


@dataclass(frozen=True, slots=True)
class DetailLine:
    """A line: what it is about, the words, and what stands at its right end."""

    label: str
    text: str
    tone: Tone = ""
    right: str = ""


@dataclass(frozen=True, slots=True)
class RowDetail:
    """What is said of a row: its name, and lines, of which a strip below the table draws the first four unless it
    wraps them; `brief` where there is room for one line only."""

    name: str
    lines: tuple[DetailLine, ...]
    brief: DetailLine


NOTHING = RowDetail("", (), DetailLine("", ""))


def detail_form(width: int, height: int) -> str:
    """How the strip is drawn in a terminal of this size."""
    if width >= _FROM_CELLS:
        return BESIDE
    return BELOW if height >= _FROM_LINES else BRIEF


class DetailStrip(Widget):
    """What is said of a row; drawn again only if a word changed. Its size never follows from what it says.

    `wraps`: below the table, too, there is room for all words of a line.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"detail--{tone}" for tone in (*STYLES, "rule")}

    def __init__(self, *, wraps: bool = False) -> None:
        super().__init__()
        self.form = BRIEF
        self._wraps = wraps
        self._detail = NOTHING
        self._lines: list[list[Piece]] = []
        self._made_for: tuple[int, int] | None = None

    def show(self, detail: RowDetail) -> None:
        """Say this from now on."""
        if detail != self._detail:
            self._detail, self._made_for = detail, None
            self.refresh()

    def draw_as(self, form: str) -> None:
        if form != self.form:
            self.form, self._made_for = form, None
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        if self._made_for != (width, height):
            self._made_for, self._lines = (width, height), self._draw(width)
        base = self.rich_style
        pieces = self._lines[y] if y < len(self._lines) else []
        styled = [
            Segment(text, self.get_component_rich_style(f"detail--{tone}") if tone else base) for text, tone in pieces
        ]
        return Strip(styled).adjust_cell_length(width, base)

    def _draw(self, width: int) -> list[list[Piece]]:
        detail = self._detail
        if self.form == BRIEF:
            return [_on_one_line(detail.brief, width)]
        if self.form == BELOW:
            shown = self._wrap_below(width) if self._wraps else [_on_one_line(line, width) for line in detail.lines]
            return [_rule(detail.name, width), *shown]
        lines: list[list[Piece]] = [[(" ", ""), (cell(clean_cell(detail.name), width - 2), "head")], []]
        for line in detail.lines:
            lines += [*_wrapped(line, width), []]
        return lines

    def _wrap_below(self, width: int) -> list[list[Piece]]:
        """The lines with all their words; where that is more than there is room for, the last one says so."""
        room = max(1, self.size.height - 1)
        lines = [
            piece
            for line in self._detail.lines
            for piece in ([_on_one_line(line, width)] if _fits_on_one(line, width) else _wrapped(line, width))
        ]
        if len(lines) <= room:
            return lines
        return [*lines[: room - 1], [(" " * (_LABEL + 2), ""), ("... enter shows the rest", "label")]]


def _rule(name: str, width: int) -> list[Piece]:
    title = clean_cell(name)
    if not title:
        return [("─" * width, "rule")]
    shown = cell(title, min(cell_len(title), max(0, width - 4)))
    return [("─ ", "rule"), (shown, "head"), (" " + "─" * max(0, width - cell_len(shown) - 3), "rule")]


def _fits_on_one(line: DetailLine, width: int) -> bool:
    """Whether a line of this width has all its words, and its end."""
    cells = sum(cell_len(clean_cell(text)) for text in (line.text, line.right))
    return _LABEL + 3 + cells + (2 if line.right else 0) <= width


def _on_one_line(line: DetailLine, width: int) -> list[Piece]:
    """The line, cut to this width; what stands at its end is kept as long as some of the words are."""
    room = width - _LABEL - 3
    right = clean_cell(line.right)
    if right and room - cell_len(right) - 2 < _LEAST:
        right = ""
    words = max(0, room - (cell_len(right) + 2 if right else 0))
    return [
        (" ", ""),
        (cell(clean_cell(line.label), _LABEL), _label_tone(line)),
        (" ", ""),
        (cell(clean_cell(line.text), words), _text_tone(line)),
        *([("  ", ""), (right, "label")] if right else []),
    ]


def _wrapped(line: DetailLine, width: int) -> list[list[Piece]]:
    """The line with all its words, in as many lines as it takes, and its end on a line of its own."""
    label, tone, room = cell(clean_cell(line.label), _LABEL), _text_tone(line), max(2, width - _LABEL - 3)
    pieces = wrap_text(clean_cell(line.text), room)
    lines: list[list[Piece]] = []
    for place, piece in enumerate(pieces):
        head = (label, _label_tone(line)) if place == 0 else (" " * _LABEL, "")
        lines.append([(" ", ""), head, (" ", ""), (cell(piece, room), tone)])
    if line.right:
        lines += [[(" " * (_LABEL + 2), ""), (part, "label")] for part in wrap_text(clean_cell(line.right), room)]
    return lines


def _label_tone(line: DetailLine) -> str:
    return line.tone or "label"


def _text_tone(line: DetailLine) -> Tone:
    """Trouble is a matter of its id's colour: its sentence is bold, and read more easily so."""
    return "strong" if line.tone in ("bad", "odd", "busy") else ""
