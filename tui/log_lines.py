"""The lines of a log on the screen: only what can be seen is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.log_book import LogLine, head_text

_SHIFT = 20  # cells by which long lines move sideways
_PREFIXES = 6  # colours that tell logs apart


class LogLines(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows lines, and stays at the end as long as nobody scrolls away from it."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"log--{tone}" for tone in ("strong", "bad", "busy", "good", "odd", "dim", "head", "time", "hit")),
        *(f"log--from{number}" for number in range(_PREFIXES)),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_by(1)", "Down", show=False, id="log.down", tooltip="One line down."),
        Binding("k,up", "scroll_by(-1)", "Up", show=False, id="log.up", tooltip="One line up."),
        Binding("pagedown,ctrl+f,space", "page(1)", "Page down", show=False, id="log.pagedown", tooltip="A page down."),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="log.pageup", tooltip="A page up."),
        Binding("g,home", "first", "Top", show=False, id="log.first", tooltip="The first line."),
        Binding("G,end", "last", "Bottom", show=False, id="log.last", tooltip="The last line, and follow."),
        Binding("right", "shift(1)", "Right", show=False, id="log.right", tooltip="See more of long lines."),
        Binding("left", "shift(-1)", "Left", show=False, id="log.left", tooltip="Back to the lines' beginning."),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.follow = True
        self.timestamps = False
        self.prefixes: dict[object, str] = {}
        """origin -> the words before its lines; empty where there is one log"""
        self.wanted = ""
        """the text whose hits are shown"""
        self._lines: Sequence[LogLine] = ()
        self._shift = 0

    @property
    def top(self) -> int:
        """The first visible line."""
        return int(self.scroll_offset.y)

    def show(self, lines: Sequence[LogLine]) -> None:
        """Show these lines from now on."""
        self._lines = lines
        self.virtual_size = Size(self.size.width, len(lines))
        if self.follow:
            self.scroll_to(y=len(lines), animate=False, force=True)
        self.refresh()

    def go(self, index: int) -> None:
        """Bring this line into view, a third down the screen."""
        self.follow = False
        self.scroll_to(y=max(0, index - self.size.height // 3), animate=False, force=True)

    def action_scroll_by(self, lines: int) -> None:
        self.follow = False
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True)

    def action_page(self, direction: int) -> None:
        self.action_scroll_by(direction * max(1, self.size.height - 1))

    def action_first(self) -> None:
        self.follow = False
        self.scroll_to(y=0, animate=False, force=True)

    def action_last(self) -> None:
        self.follow = True
        self.scroll_to(y=len(self._lines), animate=False, force=True)

    def action_shift(self, direction: int) -> None:
        self._shift = max(0, self._shift + direction * _SHIFT)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base, width = self.rich_style, self.size.width
        index = y + self.top
        if index >= len(self._lines):
            return Strip.blank(width, base)
        line = self._lines[index]
        segments = [Segment(" ", base)]
        if self.timestamps and line.time:
            segments.append(Segment(f"{line.time[11:23]} ", self.get_component_rich_style("log--time")))
        if (prefix := self.prefixes.get(line.origin, "")) and not line.head:
            number = list(self.prefixes).index(line.origin) % _PREFIXES
            segments.append(Segment(f"{prefix} ", self.get_component_rich_style(f"log--from{number}")))
        text = head_text(line) if line.head else line.text
        style = self.get_component_rich_style(f"log--{line.tone}") if line.tone else base
        if self.wanted and self.wanted.lower() in text.lower():
            style = self.get_component_rich_style("log--hit")
        segments.append(Segment(_cut(text, self._shift, width), style))
        return Strip(segments).adjust_cell_length(width, base)


def _cut(text: str, shift: int, width: int) -> str:
    """The part of the line that can be seen. A line of a megabyte costs what its visible part costs."""
    part = text[shift : shift + width]
    return part if cell_len(part) <= width else set_cell_size(part, width)
