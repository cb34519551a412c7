"""A page of labelled text that scrolls, and draws only what changed; and the lines that several pages have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from stacks.messages import without_outputs
from stacks.records.base import Condition
from stacks.text import plain
from stacks.times import instant, kubectl_age, rfc3339
from tui.widgets.cell_layout import cell, clean_cell, wrap_text
from tui.widgets.header_and_keys import bind
from views.tones import CONDITION, STYLES, diff_tone

_LABEL = 16
"""cells of a label"""
_ROOMY = 56
"""cells; in less, labels stand over their text"""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A paragraph, perhaps with a label at its left. It is wrapped, never cut. `tone` is a word for a colour."""

    text: str = ""
    label: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class _WrappedPiece:
    label: str
    text: str
    tone: str


class TextView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows lines. Where they change, the scroll position stays."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"text-view--{tone}" for tone in STYLES}
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j,down", "scroll_by(1)", "Down", "paper.down", "One line down.", show=False),
        bind("k,up", "scroll_by(-1)", "Up", "paper.up", "One line up.", show=False),
        bind("pagedown,ctrl+f,space", "page(1)", "Page down", "paper.pagedown", "A page down.", show=False),
        bind("pageup,ctrl+b", "page(-1)", "Page up", "paper.pageup", "A page up.", show=False),
        bind("g,home", "first", "Top", "paper.first", "The first line.", show=False),
        bind("G,end", "last", "Bottom", "paper.last", "The last line.", show=False),
    ]

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._lines: tuple[TextLine, ...] = ()
        self._pieces: list[_WrappedPiece] = []
        self._starts: list[int] = []
        """where each line begins among the pieces"""
        self._wrapped: dict[TextLine, list[_WrappedPiece]] = {}
        self._width = 0

    def show(self, lines: Sequence[TextLine]) -> None:
        if tuple(lines) != self._lines or self._room != self._width:
            self._lines = tuple(lines)
            self._wrap()

    @property
    def text(self) -> str:
        """All lines as plain text, unwrapped."""
        return "\n".join(f"{line.label:<{_LABEL}}{line.text}" if line.label else line.text for line in self._lines)

    def on_resize(self) -> None:
        if self._room != self._width:
            self._wrap()

    def action_scroll_by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True)

    def action_page(self, direction: int) -> None:
        self.action_scroll_by(direction * max(1, self.size.height - 1))

    def action_first(self) -> None:
        self.scroll_to(y=0, animate=False, force=True)

    def action_last(self) -> None:
        self.scroll_to(y=self.virtual_size.height, animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        base, width = self.rich_style, self._room
        if width != self._width:
            self._wrap()  # a page is drawn for the first time before it is told its size
        index = y + self.scroll_offset.y
        if index >= len(self._pieces):
            return Strip.blank(width, base)
        piece = self._pieces[index]
        label = self.get_component_rich_style("text-view--label")
        style = self.get_component_rich_style(f"text-view--{piece.tone}") if piece.tone else base
        return Strip([Segment(piece.label, label), Segment(piece.text, style)]).adjust_cell_length(width, base)

    @property
    def _room(self) -> int:
        return self.scrollable_content_region.width

    def _wrap(self) -> None:
        if self._width != self._room:
            self._width = self._room
            self._wrapped.clear()
        before, self._pieces, self._starts = self._pieces, [], []
        if not self._width:
            return  # nobody can see it; as soon as somebody can, it is wrapped to what there is room for
        wrapped: dict[TextLine, list[_WrappedPiece]] = {}
        for line in self._lines:
            self._starts.append(len(self._pieces))
            wrapped[line] = pieces = self._wrapped.get(line) or _wrap_line(line, self._width)
            self._pieces += pieces
        self._wrapped = wrapped
        if len(self._pieces) != len(before):
            self.virtual_size = Size(self._width, len(self._pieces))
            self.refresh()
            return
        for index, (old, new) in enumerate(zip(before, self._pieces, strict=True)):
            if old != new:
                self.refresh_line(index)


def _wrap_line(line: TextLine, width: int) -> list[_WrappedPiece]:
    text, label = plain(line.text), clean_cell(line.label) or line.label[:1]
    if not line.label:
        return [_WrappedPiece(" ", piece, line.tone) for piece in wrap_text(text, width - 1)]
    if width < _ROOMY:
        if cell_len(label) + cell_len(text) + 3 <= width and "\n" not in text:
            return [_WrappedPiece(f" {label}  ", text, line.tone)]
        pieces = [_WrappedPiece(f" {cell(label, max(1, width - 1))}", "", "")]
        return pieces + [_WrappedPiece("   ", piece, line.tone) for piece in wrap_text(text, width - 3)]
    first, *rest = wrap_text(text, width - _LABEL - 1)
    pieces = [_WrappedPiece(f" {cell(label, _LABEL)}", first, line.tone)]
    return pieces + [_WrappedPiece(" " * (_LABEL + 1), piece, line.tone) for piece in rest]


def headed(title: str, lines: Iterator[TextLine]) -> Iterator[TextLine]:
    """The lines under a title; nothing at all if there are none."""
    first = next(lines, None)
    if first is not None:
        yield TextLine()
        yield TextLine(title, tone="head")
        yield first
        yield from lines


def in_parts(*parts: tuple[str, Iterator[TextLine]]) -> list[TextLine]:
    """The lines of all parts, each part under its title if it has one; parts without lines are left out."""
    return [line for title, lines in parts for line in (headed(title, lines) if title else lines)]


def filled(*lines: TextLine) -> Iterator[TextLine]:
    return (line for line in lines if line.text)


def diff_lines(lines: Sequence[str]) -> Iterator[TextLine]:
    for place, line in enumerate(lines):
        yield TextLine(line, tone=diff_tone(lines, place))


def moment(at: float | None, now: float) -> str:
    """An instant as its age and its date; empty for none."""
    return "" if at is None else f"{kubectl_age(now - at)} ago ({rfc3339(at)})"


def condition_lines(conditions: list[Condition] | None, now: float) -> Iterator[TextLine]:
    """Each condition with its age, its reason and its whole message."""
    for condition in conditions or ():
        at = instant(condition.last_transition_time)
        since = f", for {kubectl_age(now - at)}" if at is not None else ""
        reason = f" {condition.reason}" if condition.reason else ""
        yield TextLine(f"{condition.status}{reason}{since}", condition.type or "?", _condition_tone(condition))
        if condition.message:
            yield TextLine(without_outputs(condition.message), " ")


def _condition_tone(condition: Condition) -> str:
    if condition.status != "True":
        return "dim"
    return CONDITION.get(condition.type, "")
