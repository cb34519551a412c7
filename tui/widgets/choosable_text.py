"""A page of text in which some lines can be chosen: a cursor goes from one of them to the next."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from tui.widgets.header_and_keys import bind
from tui.widgets.text_view import TextLine, TextView


@dataclass(frozen=True, slots=True)
class ChoosableLine:
    """The number of a line, from 0, that stands for something: the cursor stays on that when lines come and go."""

    line: int
    identity: Hashable


class ChoosableText(TextView):
    """Text with a cursor on one of its choosable lines. Beyond the last of them, it is scrolled line by line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"text-view--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        bind(
            "j,down", "next(1)", "Down", "choosable.down", "The next choice; where there is none, a line.", show=False
        ),
        bind("k,up", "next(-1)", "Up", "choosable.up", "The choice before it; or a line.", show=False),
    ]

    class Opened(Message):
        """The reader clicked twice on the line that is chosen."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._choices: tuple[ChoosableLine, ...] = ()
        self._place = 0

    @property
    def chosen(self) -> Hashable | None:
        """What the line under the cursor stands for; None where nothing can be chosen."""
        return self._choices[self._place].identity if self._choices else None

    def show_choices(self, lines: Sequence[TextLine], choices: Sequence[ChoosableLine]) -> None:
        """Show these lines, some of which can be chosen."""
        self.show(lines)
        if tuple(choices) == self._choices:
            return
        before, self._choices = self.chosen, tuple(choices)
        places = (place for place, choice in enumerate(choices) if choice.identity == before)
        self._place = next(places, 0 if before is None else min(self._place, max(0, len(choices) - 1)))
        self.refresh()

    def reveal(self) -> None:
        """Scroll to the choice under the cursor, where it isn't seen."""
        if self._choices:
            self._choose(self._place)

    def choose_first(self) -> None:
        if self._choices:
            self._choose(0)

    def action_next(self, direction: int) -> None:
        """Go to the next choice once it is seen, or would be one line further; until then, scroll by a line."""
        for place in (self._place, self._place + direction):
            if not 0 <= place < len(self._choices):
                break
            ahead = self._lines_ahead(self._choices[place], direction)
            if ahead > 1 or (ahead == 1 and place == self._place):
                break  # there is text to read on the way to it
            if place != self._place:
                self._choose(place)
                return
        self.action_scroll_by(direction)

    def _lines_ahead(self, choice: ChoosableLine, direction: int) -> int:
        """How many lines in this direction beyond what is seen a choice begins; 0 or less where it is seen."""
        first, _ = self._span(choice)
        top, height = self.scroll_offset.y, max(1, self.size.height)
        return first - (top + height - 1) if direction > 0 else top - first

    def _choose(self, place: int) -> None:
        self._place = place
        first, last = self._span(self._choices[place])
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if first < top or last >= top + height:
            self.scroll_to(y=first if first < top else last - height + 1, animate=False, force=True)
        self.refresh()

    def _span(self, choice: ChoosableLine) -> tuple[int, int]:
        """The first and the last drawn line of a choosable one."""
        if choice.line >= len(self._starts):
            return 0, 0  # nobody has seen it yet
        ends = [*self._starts[1:], len(self._drawn)]
        return self._starts[choice.line], ends[choice.line] - 1

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if not self._choices:
            return strip
        first, last = self._span(self._choices[self._place])
        if not first <= y + self.scroll_offset.y <= last:
            return strip
        style = self.get_component_rich_style("text-view--cursor")
        return Strip([Segment(segment.text, style) for segment in strip], strip.cell_length)

    def on_click(self, event: events.Click) -> None:
        at = event.y + self.scroll_offset.y
        for place, choice in enumerate(self._choices):
            first, last = self._span(choice)
            if first <= at <= last:
                self._choose(place)
                if event.chain == 2:
                    self.post_message(self.Opened())
                return
