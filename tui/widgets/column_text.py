"""Groups of labelled lines in as many columns as there is room for, with what was searched for standing out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from stacks.text import plain
from tui.widgets.cell_layout import clean_cell, wrap_text
from tui.widgets.text_view import TextLine, TextView

_COLUMN = 52
"""cells that a column has at least, where there are several"""
_MOST_COLUMNS = 3
_GAP = 2
"""blank cells between two columns"""
_WIDEST_LABEL = 18
_LEAST = 5
"""lines of a group that stand together where it is torn"""


@dataclass(frozen=True, slots=True)
class TextGroup:
    """Lines under a title, which stay together where they can."""

    title: str
    lines: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class _LaidRow:
    """One line of one column: a label, blanks included, and the text behind it."""

    label: str = ""
    text: str = ""
    tone: str = ""

    @property
    def cells(self) -> int:
        return cell_len(self.label) + cell_len(self.text)


@dataclass(frozen=True, slots=True)
class _LaidGroup:
    """A group as it is wrapped to a column: each of its lines has some rows, which are never torn apart."""

    title: str
    lines: tuple[tuple[_LaidRow, ...], ...]

    @property
    def height(self) -> int:
        return 1 + sum(map(len, self.lines))


_Column = list[_LaidRow]


class ColumnText(TextView):
    """Shows groups of lines. They flow into columns from the top left, and are read one column after the other."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"text-view--hit"}

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._groups: tuple[TextGroup, ...] = ()
        self._hits: re.Pattern[str] | None = None
        self._columns: list[_Column] = []
        self._laid_out_for = Size(0, 0)

    def show_groups(self, groups: Sequence[TextGroup], words: Sequence[str] = ()) -> None:
        """Show these; where one of the `words` stands in them, it stands out."""
        self._groups = tuple(groups)
        self._hits = re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None
        self._arrange()
        self.refresh()

    @property
    def text(self) -> str:
        """All groups as plain text, unwrapped."""
        lines = [each for group in self._groups for each in (group.title, *map(_as_text, group.lines), "")]
        return "\n".join(lines)

    def on_resize(self) -> None:
        if self._window != self._laid_out_for:
            self._arrange()

    @property
    def _window(self) -> Size:
        return self.scrollable_content_region.size

    def _arrange(self) -> None:
        self._laid_out_for = window = self._window
        self._columns = laid_out(self._groups, window.width, window.height) if window.width else []
        self.virtual_size = Size(window.width, max(map(len, self._columns), default=0))

    def render_line(self, y: int) -> Strip:
        if self._window != self._laid_out_for:
            self._arrange()
        base, width, index = self.rich_style, self._laid_out_for.width, y + self.scroll_offset.y
        count = max(1, len(self._columns))
        segments: list[Segment] = []
        for place, column in enumerate(self._columns):
            row = column[index] if index < len(column) else _LaidRow()
            segments += self._segments(row)
            left = (place + 1) * width // count - place * width // count - row.cells
            segments.append(Segment(" " * max(0, left), base))
        return Strip(segments).adjust_cell_length(width, base)

    def _segments(self, row: _LaidRow) -> Iterator[Segment]:
        base = self.rich_style
        yield from self._marked(row.label, self.get_component_rich_style("text-view--label"))
        yield from self._marked(row.text, self.get_component_rich_style(f"text-view--{row.tone}") if row.tone else base)

    def _marked(self, text: str, style: Style) -> Iterator[Segment]:
        """The text with what was searched for in its own style."""
        at = 0
        for hit in self._hits.finditer(text) if self._hits is not None else ():
            yield Segment(text[at : hit.start()], style)
            yield Segment(hit.group(), style + self.get_component_rich_style("text-view--hit", partial=True))
            at = hit.end()
        yield Segment(text[at:], style)


def _as_text(line: TextLine) -> str:
    return f"{line.label}  {line.text}" if line.label else line.text


def laid_out(groups: Sequence[TextGroup], width: int, height: int) -> list[list[_LaidRow]]:
    """The rows of each column. A group is torn apart only where they don't fit the height otherwise."""
    count = max(1, min(_MOST_COLUMNS, width // _COLUMN, len(groups)))
    column = width // count - (_GAP if count > 1 else 0)
    laid = [_LaidGroup(group.title, tuple(_laid_lines(group.lines, column))) for group in groups]
    whole = _filled(laid, count, tear=False)
    if count == 1 or _tallest(whole) <= height:
        return whole
    torn = _filled(laid, count, tear=True)
    return torn if _tallest(torn) < _tallest(whole) else whole


def _tallest(columns: Sequence[_Column]) -> int:
    return max(map(len, columns), default=0)


def _filled(groups: Sequence[_LaidGroup], count: int, *, tear: bool) -> list[_Column]:
    """The groups in their order, in the lowest columns into which they fit."""
    total = sum(group.height + 1 for group in groups)
    lowest = 1 if tear else max((group.height for group in groups), default=0)
    for height in range(max(lowest, ceil(total / count) - count), total + 1):
        columns = _flow(groups, height, tear=tear)
        if len(columns) <= count:
            return columns
    return _flow(groups, total, tear=False)


def _flow(groups: Sequence[_LaidGroup], height: int, *, tear: bool) -> list[_Column]:
    """The groups in as many columns of this height as they need."""
    columns: list[_Column] = [[]]
    for group in groups:
        left = height - len(columns[-1]) - 1
        if columns[-1] and (left < group.height if not tear else left < min(_LEAST, group.height)):
            columns.append([])
        if columns[-1]:
            columns[-1].append(_LaidRow())
        columns[-1].append(_LaidRow("", group.title, "head"))
        for line in group.lines:
            if tear and len(columns[-1]) + len(line) > height:
                columns.append([_LaidRow("", f"{group.title}, continued", "head")])
            columns[-1] += line
    return columns


def _laid_lines(lines: Sequence[TextLine], width: int) -> Iterator[tuple[_LaidRow, ...]]:
    """The rows of each line, wrapped to a column, with all labels of the group equally wide."""
    labels = [cell_len(clean_cell(line.label)) for line in lines if line.label]
    room = min(max(labels, default=0), _WIDEST_LABEL, max(1, width // 3))
    for line in lines:
        label, text = clean_cell(line.label), plain(line.text)
        if not label:
            yield tuple(_LaidRow(" ", piece, line.tone) for piece in wrap_text(text, max(1, width - 1)))
            continue
        pieces = wrap_text(text, max(1, width - room - 3))
        rows = [_LaidRow(" " * (room + 3), piece, line.tone) for piece in pieces]
        if (free := room - cell_len(label)) >= 0:
            yield (_LaidRow(f" {label}{' ' * (free + 2)}", pieces[0], line.tone), *rows[1:])
        else:  # the text of a long label stands below it
            yield (*(_LaidRow(f" {part}") for part in wrap_text(label, max(1, width - 1))), *rows)
