"""The lines of a log on the screen, and the keys that move in them: only what can be seen is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.cache import FIFOCache
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fleet.clock import Clock, wall_clock
from tui.logs.line_prefixes import LinePrefixes, Stamps
from tui.logs.line_wrap import LineWrap
from tui.logs.log_line import LogLine
from tui.logs.search import NOTHING, Search
from tui.widgets.header_and_keys import bind
from views.tones import STYLES

LINE_KEYS: list[BindingType] = [
    bind("enter", "open", "Whole line", "log.open", "The whole line, as it was written.", show=False),
    bind("j,down", "move(1)", "Down", "log.down", "One line down.", show=False),
    bind("k,up", "move(-1)", "Up", "log.up", "One line up.", show=False),
    bind("pagedown,ctrl+f,space", "page(1)", "Page down", "log.pagedown", "A page down.", show=False),
    bind("pageup,ctrl+b", "page(-1)", "Page up", "log.pageup", "A page up.", show=False),
    bind("g,home", "first", "Top", "log.first", "The first line.", show=False),
    bind("G,end", "last", "Bottom", "log.last", "The last line, and follow.", show=False),
    bind("right", "shift(1)", "Right", "log.right", "See more of long lines.", show=False),
    bind("left", "shift(-1)", "Left", "log.left", "Back to the lines' beginning.", show=False),
]


def cut(text: str, shift: int, width: int) -> str:
    """The part of a line that can be seen. A line of a megabyte costs what its visible part costs."""
    part = text[shift : shift + width]
    return part if cell_len(part) <= width else set_cell_size(part, width)


def prefix_segments(pieces: Iterable[tuple[str, Style]], *, first: bool) -> list[Segment]:
    """What stands before a line's text; before its further rows as many blanks."""
    return [Segment(text if first else " " * cell_len(text), style) for text, style in pieces]


def highlighted(text: str, search: Search, style: Style, hit: Style) -> list[Segment]:
    segments, at = [], 0
    for start, end in search.spans(text):
        segments += [Segment(text[at:start], style), Segment(text[start:end], style + Style(reverse=hit.reverse))]
        at = end
    return [*segments, Segment(text[at:], style)]


def on_background(strip: Strip, style: Style) -> Strip:
    behind = Style(bgcolor=style.bgcolor)
    return Strip([Segment(text, (own or style) + behind) for text, own, _ in strip], strip.cell_length)


_SHIFT = 20  # cells by which long lines move sideways
_DRAWN = 512  # rows that are kept as they were drawn
_PREFIXES = 6  # colours that tell logs apart


class LogLines(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows lines, and follows their end until the reader moves away from it; then one line has the cursor."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"log--{name}" for name in (*STYLES, "time", "hit", "cursor")),
        *(f"log--from{number}" for number in range(_PREFIXES)),
    }
    BINDINGS: ClassVar[list[BindingType]] = LINE_KEYS

    class Opened(Message):
        def __init__(self, line: LogLine) -> None:
            super().__init__()
            self.line = line

    class Moved(Message):
        """The reader has left the end, or come back to it."""

    search: reactive[Search] = reactive(NOTHING)

    def __init__(self, clock: Clock = wall_clock) -> None:
        super().__init__()
        self.follow = True
        self.cursor = 0
        """the index of the line with the cursor, while the end isn't followed"""
        self.marked: set[int] = set()
        """numbers of lines"""
        self._clock = clock
        self._stamps: Stamps = "off"
        self._prefixes: Mapping[object, str] = {}
        self._line_prefixes = LinePrefixes(self._prefixes, self._stamps, 0)
        self._colours: dict[object, int] = {}
        self._lines: Sequence[LogLine] = ()
        self._notice = ""
        self._wrap: LineWrap | None = LineWrap((), lambda line: 2)
        self._shift = 0
        self._strips: FIFOCache[tuple[object, ...], Strip] = FIFOCache(_DRAWN)

    def watch_search(self) -> None:
        self._strips.clear()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    # What is shown, and how

    def show(self, lines: Sequence[LogLine], gone: int = 0) -> None:
        """Show these lines from now on; `gone` of those before aren't there any more."""
        if lines is not self._lines:
            self._strips.clear()  # another buffer counts its lines anew
        if gone or lines is not self._lines:
            self._reflow(lines, max(0, self.cursor - gone), gone)
            self.refresh()
            return
        below = self.virtual_size.height >= self.top + self.size.height
        self._resize()
        if self.follow or not below or self._changing:
            self.refresh()

    @property
    def _changing(self) -> bool:
        """Whether visible lines change by themselves: heads of runs, and ages."""
        first, last = self._index(self.top), self._index(self.top + self.size.height)
        return self._stamps == "age" or any(line.kind == "head" for line in self._lines[first : last + 1])

    def show_notice(self, notice: str) -> None:
        """Show this sentence as long as there is no line."""
        if notice != self._notice:
            self._notice = notice
            self.refresh()

    def configure(
        self,
        *,
        wrap: bool | None = None,
        stamps: Stamps | None = None,
        prefixes: Mapping[object, str] | None = None,
    ) -> None:
        """Change how lines are drawn. `prefixes`: source -> the words before its lines; empty for a single log."""
        stamps = self._stamps if stamps is None else stamps
        prefixes = self._prefixes if prefixes is None else prefixes
        wrap = self.wraps if wrap is None else wrap
        if (wrap, stamps, prefixes) == (self.wraps, self._stamps, self._prefixes):
            return
        self._stamps, self._prefixes, self._shift = stamps, prefixes, 0
        self._strips.clear()
        self._colours = {source: number % _PREFIXES for number, source in enumerate(prefixes)}
        self._line_prefixes = LinePrefixes(prefixes, stamps, self.size.width)
        self._wrap = self._wrap_of(self._lines) if wrap else None
        self._resize()
        self.go(self.cursor, follow=self.follow)

    @property
    def wraps(self) -> bool:
        return self._wrap is not None

    @property
    def stamps(self) -> Stamps:
        return self._stamps

    @property
    def top(self) -> int:
        """The first visible row."""
        return int(self.scroll_offset.y)

    @property
    def here(self) -> int:
        """The index of the line with the cursor; of the last one while the end is followed."""
        return len(self._lines) - 1 if self.follow else min(self.cursor, len(self._lines) - 1)

    @property
    def current(self) -> LogLine | None:
        return self._lines[self.here] if self._lines else None

    def go(self, index: int, *, follow: bool = False) -> None:
        """Put the cursor on this line, and bring it into view a third down the screen."""
        self._set_follow(follow)
        self.cursor = max(0, min(index, len(self._lines) - 1))
        row = self._row(self.cursor)
        self._scroll(len(self) if follow else row - self.size.height // 3)

    def toggle_mark(self) -> None:
        """Mark the line with the cursor, or unmark it, and go on to the next."""
        if (line := self.current) is not None:
            self.marked ^= {line.number}
            if not self.follow:
                self.action_move(1)
            self.refresh()

    def __len__(self) -> int:
        """Rows altogether."""
        return self._wrap.height if self._wrap is not None else len(self._lines)

    def __bool__(self) -> bool:
        return True  # a widget, also without lines

    # Keys and mouse

    def action_move(self, by: int) -> None:
        index = self.here + by
        if self.follow and by < 0:
            index = self.here  # the first step away from the end is to its last line
        if self.follow and by > 0:
            return
        self._set_follow(False)
        self.cursor = max(0, min(index, len(self._lines) - 1))
        row, height = self._row(self.cursor), self.size.height
        end = self._row(self.cursor + 1)
        if row < self.top:
            self._scroll(row)
        elif end > self.top + height:
            self._scroll(end - height)
        else:
            self.refresh()

    def action_page(self, direction: int) -> None:
        step = max(1, self.size.height - 1)
        before = self.top
        self._set_follow(False)
        self._scroll(self.top + direction * step)
        moved = max(0, min(before + direction * step, max(0, len(self) - self.size.height)))
        self.cursor = self._index(moved if direction < 0 or moved > before else len(self) - 1)

    def action_first(self) -> None:
        self.go(0)

    def action_last(self) -> None:
        self._set_follow(True)
        self._scroll(len(self))

    def action_shift(self, direction: int) -> None:
        self._shift = max(0, self._shift + direction * _SHIFT) if not self.wraps else 0
        self._strips.clear()
        self.refresh()

    def action_open(self) -> None:
        if (line := self.current) is not None:
            self.post_message(self.Opened(line))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        if self.follow:
            self._set_follow(False)
            self.cursor = self._index(self.top)

    def on_click(self, event: events.Click) -> None:
        index = self._index(self.top + event.y)
        if index < len(self._lines):
            self._set_follow(False)
            self.cursor = index
            self.refresh()

    def on_resize(self) -> None:
        self._strips.clear()
        self._line_prefixes = LinePrefixes(self._prefixes, self._stamps, self.size.width)
        if self._wrap is not None:
            self._wrap = self._wrap_of(self._lines)
        self._resize()

    # Where things are

    def _set_follow(self, follow: bool) -> None:
        if self.follow != follow:
            self.follow = follow
            self.post_message(self.Moved())

    def _reflow(self, lines: Sequence[LogLine], cursor: int, gone: int) -> None:
        top = self._index(self.top) - gone
        self._lines, self.cursor = lines, cursor
        if self._wrap is not None:
            self._wrap = self._wrap_of(lines)
        self._resize()
        if gone and not self.follow:
            self._scroll(self._row(max(0, top)))

    def _resize(self) -> None:
        size = Size(self.size.width, len(self))
        if size != self.virtual_size:
            self.virtual_size = size
        if self.follow:
            self._scroll(size.height)

    def _scroll(self, row: int) -> None:
        self.scroll_to(y=max(0, row), animate=False, force=True, immediate=True)
        self.refresh()

    def _row(self, index: int) -> int:
        return index if self._wrap is None else self._wrap.top(min(index, len(self._lines)))

    def _index(self, row: int) -> int:
        return row if self._wrap is None else self._wrap.at(row)[0]

    # Drawing

    def render_line(self, y: int) -> Strip:
        index, part = self._wrap.at(y + self.top) if self._wrap is not None else (y + self.top, 0)
        if index >= len(self._lines):
            words = f" {self._notice}" if not self._lines and y == 0 else ""
            return Strip([Segment(words, self._style("dim"))]).adjust_cell_length(self.size.width, self.rich_style)
        line = self._lines[index]
        here = index == self.here and not self.follow
        key = (line.number, part, here, here and self.has_focus, line.number in self.marked)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._draw(line, part, here)
            if line.kind != "head" and self._stamps != "age":  # those change by themselves
                self._strips[key] = strip
        return strip

    def _draw(self, line: LogLine, part: int, here: bool) -> Strip:
        segments = self._prefix_segments(line, part, here)
        text = self._wrap.part(line, part) if self._wrap is not None else cut(line.shown, self._shift, self.size.width)
        segments += highlighted(text, self.search, self._style(line.tone), self._style("hit"))
        strip = Strip(segments).adjust_cell_length(self.size.width, self.rich_style)
        return on_background(strip, self._style("cursor")) if here and self.has_focus else strip

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"log--{name}") if name else self.rich_style

    def _prefix_segments(self, line: LogLine, part: int, here: bool) -> list[Segment]:
        """What stands before the text: a sign for cursor and mark, the time, and whose line it is."""
        sign = "*" if line.number in self.marked else ">" if here else " "
        when, whose = self._line_prefixes.of(line, self._clock())
        colour = self._style(f"from{self._colours[line.source]}") if whose else self.rich_style
        pieces = (sign, self.rich_style), (when, self._style("time")), (whose, colour)
        return prefix_segments([piece for piece in pieces if piece[0]], first=part == 0)

    def _wrap_of(self, lines: Sequence[LogLine]) -> LineWrap:
        """Lines broken to fit the window as it is now. Asking for its width again for each line costs too much."""
        prefixes, clock, width = self._line_prefixes, self._clock, self.scrollable_content_region.width - 1
        return LineWrap(lines, lambda line: width - prefixes.width(line, clock()))
