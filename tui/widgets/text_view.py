"""A page of labelled text that scrolls, and draws only what changed; and the lines that several pages have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, TypeAlias

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
Stretch: TypeAlias = tuple[str, str]
"""(text, tone)"""
DrawnLine: TypeAlias = tuple[Stretch, ...]
"""a line of the screen, from left to right"""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A paragraph, perhaps with a label at its left. It is wrapped, never cut. `tone` is a word for a colour."""

    text: str = ""
    label: str = ""
    tone: str = ""
    stretches: tuple[Stretch, ...] = ()
    """the text in parts that have tones of their own; none where all of it has `tone`"""


Wrapped: TypeAlias = dict[tuple[TextLine, int], list[DrawnLine]]
"""(line, cells) -> how it is drawn in so many cells"""


def toned_line(label: str, *stretches: Stretch) -> TextLine:
    """A paragraph whose parts have tones of their own."""
    parts = tuple((plain(text), tone) for text, tone in stretches)
    return TextLine("".join(text for text, _ in parts), label, stretches=parts)


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
        self._drawn: list[DrawnLine] = []
        self._starts: list[int] = []
        """where each line begins among those that are drawn"""
        self._wrapped: Wrapped = {}
        """what was wrapped to how many cells the last time"""
        self._width = 0

    def show(self, lines: Sequence[TextLine]) -> None:
        if tuple(lines) != self._lines or self._room != self._width:
            self._lines = tuple(lines)
            self._arrange()

    @property
    def text(self) -> str:
        """All lines as plain text, unwrapped."""
        return "\n".join(f"{line.label:<{_LABEL}}{line.text}" if line.label else line.text for line in self._lines)

    def on_resize(self) -> None:
        if self._room != self._width:
            self._arrange()

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
            self._arrange()  # a page is drawn for the first time before it is told its size
        index = y + self.scroll_offset.y
        if index >= len(self._drawn):
            return Strip.blank(width, base)
        segments = [
            Segment(text, self.get_component_rich_style(f"text-view--{tone}") if tone else base)
            for text, tone in self._drawn[index]
        ]
        return Strip(segments).adjust_cell_length(width, base)

    @property
    def _room(self) -> int:
        return self.scrollable_content_region.width

    def _arrange(self) -> None:
        """Wrap the lines to the room that there is, and have those drawn that look different by now."""
        self._width = self._room
        before, self._drawn, self._starts = self._drawn, [], []
        if not self._width:
            return  # nobody can see it; as soon as somebody can, it is wrapped to what there is room for
        known, self._wrapped = self._wrapped, {}
        self._drawn = self._lay_out(known)
        if len(self._drawn) != len(before):
            self.virtual_size = Size(self._width, len(self._drawn))
            self.refresh()
            return
        for index, (old, new) in enumerate(zip(before, self._drawn, strict=True)):
            if old != new:
                self.refresh_line(index)

    def _lay_out(self, known: Wrapped) -> list[DrawnLine]:
        """The lines as they are drawn; `known` is what was wrapped already."""
        drawn: list[DrawnLine] = []
        for line in self._lines:
            self._starts.append(len(drawn))
            drawn += self._wrap(line, self._width, known)
        return drawn

    def _wrap(
        self, line: TextLine, width: int, known: Wrapped, label_cells: int = _LABEL, roomy: int = _ROOMY
    ) -> list[DrawnLine]:
        found = known.get((line, width)) or wrap_line(line, width, label_cells, roomy)
        self._wrapped[line, width] = found
        return found


def wrap_line(line: TextLine, width: int, label_cells: int = _LABEL, roomy: int = _ROOMY) -> list[DrawnLine]:
    """The line in lines of at most `width` cells. Its label stands over its text where `width` is less than `roomy`."""
    text, label = plain(line.text), clean_cell(line.label) or line.label[:1]
    if not line.label:
        return [((" ", ""), *each) for each in _in_tones(line, wrap_text(text, width - 1))]
    if width < roomy:
        if cell_len(label) + cell_len(text) + 3 <= width and "\n" not in text:
            return [((f" {label}  ", "label"), *each) for each in _in_tones(line, [text])]
        heading: DrawnLine = ((f" {cell(label, max(1, width - 1))}", "label"),)
        return [heading, *((("   ", ""), *each) for each in _in_tones(line, wrap_text(text, width - 3)))]
    first, *rest = _in_tones(line, wrap_text(text, width - label_cells - 1))
    beside = " " * (label_cells + 1)
    return [((f" {cell(label, label_cells)}", "label"), *first), *(((beside, ""), *each) for each in rest)]


def _in_tones(line: TextLine, pieces: Sequence[str]) -> Iterator[DrawnLine]:
    """The pieces of a wrapped text, each in the tones of its parts. Wrapping changes nothing but blanks."""
    if not line.stretches:
        yield from (((piece, line.tone),) for piece in pieces)
        return
    tones = iter([tone for text, tone in line.stretches for character in text if not character.isspace()])
    tone = ""
    for piece in pieces:
        toned: list[Stretch] = []
        for character in piece:
            tone = tone if character.isspace() else next(tones, tone)
            toned.append((character, tone))
        parts = groupby(toned, key=lambda each: each[1])
        yield tuple(("".join(character for character, _ in part), same) for same, part in parts)


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
