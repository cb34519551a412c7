"""A table that draws only what can be seen.

Ten thousand rows cost what the forty visible ones cost. A line is drawn again only if one of its
texts, its mark or the cursor changed, which a tick finds out; what a row is and where it stands in
the order is the business of its face and its window.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.cache import FIFOCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.tables.cell_style import GONE, CellStyle, LineState, cell_style, heading_style
from tui.tables.column_widths import ColumnWidths
from tui.tables.filter_matches import NO_MATCHES, FilterMatches
from tui.tables.groups import Heading
from tui.tables.line_painter import heading_line, notice_line, row_line, title_line
from tui.tables.row_window import RowWindow, scrolled
from tui.tables.table_keys import ROW_KEYS
from tui.tables.table_spec import TableSpec

Row = TypeVar("Row")


_DRAWN = 400  # lines that are kept as they were drawn


_SAMPLE = 100  # rows beyond the visible ones that are looked at for the width of a column


_LOOKS = (
    *("titles", "sorted", "cursor", "cursor-blurred", "marked", "stale", "notice", "heading"),
    *("name", "bad", "busy", "good", "odd", "dim"),
)


class TableWidgetBase(ScrollView, Generic[Row]):
    """The lines of a window under a line of titles. What keys do to them is the business of Rows."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"table--{look}" for look in _LOOKS}

    def __init__(
        self,
        face: TableSpec[Row],
        window: RowWindow[Row],
        find: Callable[[Hashable], Row | None],
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self.face = face
        self.window = window
        self.notice = ""
        """what stands in the place of rows if there are none"""
        self.sorted_by = ("", False)
        """the id of the column in whose title the sort mark stands, and whether it is reversed"""
        self._find = find
        self._now = 0.0
        self._stale: Mapping[str, str] = {}
        self._seen_at: Mapping[str, float] = {}
        self._seen: dict[Hashable, Row] = {}
        self._widths: ColumnWidths[Row] = ColumnWidths(face)
        self._shift = 0
        self._matches: FilterMatches = NO_MATCHES
        self._drawn: dict[int, CellStyle | None] = {}
        self._strips: FIFOCache[CellStyle, Strip] = FIFOCache(_DRAWN)

    # What comes in

    def tick(self, now: float, stale: Mapping[str, str], seen_at: Mapping[str, float] = MappingProxyType({})) -> None:
        """Draw again what looks different by now.

        `stale`: context -> the age of its data, where that is old; `seen_at`: and of which instant they are.
        """
        self._now, self._stale, self._seen_at = now, stale, seen_at
        looks = {y: self._look(index) for y, index in self._visible()}
        if self._widths.learn_cells(seen.cells for seen in looks.values() if seen is not None and not seen.heading):
            self._fit()
        for y, seen in looks.items():
            if seen != self._drawn.get(y):
                self.refresh(Region(0, y, self._width, 1))

    def settled(self, moved: int = 0) -> None:
        """The window has listed its rows anew; the cursor's row went down by `moved` lines."""
        height = len(self.window.lines) + 1
        if height != self.virtual_size.height:
            self.virtual_size = Size(self._width, height)
        self._measure()
        self._seen.clear()
        top = self.scroll_offset.y
        self._reveal(top + moved if top else 0)
        if not self.window.lines:
            self.refresh()

    def say(self, notice: str) -> None:
        """Let this stand in the place of rows."""
        if notice != self.notice:
            self.notice = notice
            self.refresh()

    def rearrange(self, face: TableSpec[Row]) -> None:
        """Show the columns of this face from now on: the same rows, looked at differently."""
        self.face = face
        self._widths, self._shift = ColumnWidths(face), 0
        self._widths.marked = self.sorted_by[0]
        self._measure()
        self._fit()
        self._strips.clear()
        self.refresh()

    def underline(self, matches: FilterMatches) -> None:
        """Show where the rows match."""
        if matches != self._matches:
            self._matches = matches
            self._strips.clear()
            self.refresh()

    def retitle(self, column: str, reverse: bool) -> None:
        """Show in the titles what the rows are sorted by."""
        self.sorted_by = (column, reverse)
        self._widths.marked = column
        self._fit()
        self.refresh(Region(0, 0, self._width, 1))

    def on_resize(self) -> None:
        self._widths.forget()
        self._strips.clear()
        self._measure()
        self._reveal(self.scroll_offset.y)
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._drawn.clear()

    # Where things are

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    @property
    def _page(self) -> int:
        """How many rows can be seen at once."""
        return max(0, self.scrollable_content_region.height - 1)

    def _visible(self) -> Iterator[tuple[int, int]]:
        """(line of the screen, line of the window) of every row that can be seen."""
        top = self.scroll_offset.y
        last = min(top + self._page, len(self.window.lines))
        return ((index - top + 1, index) for index in range(top, last))

    def _keys(self) -> list[Hashable]:
        return [self.window.lines[index] for _, index in self._visible()]

    def _go(self, line: int) -> None:
        before = self.window.cursor
        self.window.move(line)
        if self.window.cursor != before:
            self.refresh_line(before + 1)
            self.refresh_line(self.window.cursor + 1)
        self._reveal(self.scroll_offset.y)

    def _reveal(self, top: int) -> None:
        """Scroll so that `top` is the first line, or so much further that the cursor can be seen."""
        target = scrolled(max(0, top), self._page, self.window.cursor)
        if target != self.scroll_offset.y:
            self.scroll_to(y=target, animate=False, force=True)

    def _measure(self) -> None:
        lines = self.window.lines
        sample = self._keys()
        if self._widths.forgotten:  # later it is enough to look at what can be seen
            sample += lines[:: max(1, len(lines) // _SAMPLE)]
        self._widths.learn((row for key in sample if (row := self._find(key)) is not None), self._now)
        self._fit()

    def _fit(self) -> None:
        if self._widths.fit(self._width):
            self._strips.clear()
            self._drawn.clear()
            self.refresh()

    # How things look

    def render_line(self, y: int) -> Strip:
        width = self._width
        index = y - 1 + self.scroll_offset.y
        if y == 0:
            line = title_line(self.face, self._widths, self.sorted_by, self._style)
            return line.adjust_cell_length(width, self._style("titles"))
        if index >= len(self.window.lines):
            line = notice_line("" if self.window.lines else self.notice, y - 2, width, self._style)
            return line.adjust_cell_length(width, self.rich_style)
        seen = self._drawn[y] = self._look(index)
        if seen is None:
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(seen)
        if strip is None:
            if seen.heading:
                line = heading_line(seen, self._style)
            else:
                line = row_line(seen, self.face, self._widths, self._shift, self._style, self._matches)
            strip = self._strips[seen] = line.adjust_cell_length(width, self._style(seen.style))
        return strip

    def _look(self, index: int) -> CellStyle | None:
        """How a line looks now. A row that just went away looks as it last did, until the order settles."""
        key = self.window.lines[index]
        here = index == self.window.cursor
        if (group := self.window.group(key)) is not None:
            marked = all(member in self.window.marks for member in group.members)
            return heading_style(group, LineState(here, self.has_focus, marked))
        row = self._find(key)
        now = self._now
        if row is not None:
            self._seen[key] = row
            context = self.face.context(row)
            old = self._stale.get(context, "")
            now = self._seen_at.get(context, now) if old else now  # what isn't seen doesn't count down
        else:
            row, old = self._seen.get(key), GONE
        if row is None:
            return None
        state = LineState(here, self.has_focus, key in self.window.marks, old)
        return cell_style(self.face, [self.face.columns[place] for place in self._widths.shown], row, now, state)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"table--{name}") if name else self.rich_style


_SHIFT = 16  # cells by which the last column moves sideways


class TableWidget(TableWidgetBase[Row], Generic[Row], can_focus=True, inherit_bindings=False):
    """The listed rows of a window, and what a reader's hands do to them."""

    BINDINGS: ClassVar[list[BindingType]] = ROW_KEYS

    class Opened(Message):
        """The reader wants to see the page of this row."""

        def __init__(self, rows: TableWidget[Any], key: Hashable) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

        @property
        def control(self) -> TableWidget[Any]:
            return self.rows

    class TitleClicked(Message):
        """The reader wants the rows sorted by this column."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def action_down(self) -> None:
        self._go(self.window.cursor + 1)

    def action_up(self) -> None:
        self._go(self.window.cursor - 1)

    def action_page(self, direction: int) -> None:
        self._go(self.window.cursor + direction * max(1, self._page - 1))

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._go(len(self.window.lines) - 1)

    def action_shift(self, direction: int) -> None:
        self._shift = max(0, min(self._shift + direction * _SHIFT, self._widths.hidden))
        self._strips.clear()
        self.refresh()

    def action_mark(self) -> None:
        self.window.mark()
        if isinstance(self.window.key, Heading):
            self.refresh()
            return
        self.refresh_line(self.window.cursor + 1)
        self.action_down()

    def action_mark_range(self) -> None:
        self.window.mark_range()
        self.refresh()

    def action_unmark(self) -> None:
        self.window.marks.clear()
        self.refresh()

    def action_open(self) -> None:
        key = self.window.key
        if isinstance(key, Heading):
            self.action_fold()
        elif key is not None:
            self.window.touched = True
            self.post_message(self.Opened(self, key))

    def action_fold(self) -> None:
        self.settled(self.window.fold())
        self.refresh()

    def action_fold_all(self) -> None:
        self.settled(self.window.fold_all())
        self.refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys for groups work, and are told, where there are groups."""
        return self.window.grouped if action in ("heading", "fold_all") else True

    def action_heading(self, direction: int) -> None:
        self._go(self.window.next_heading(direction))

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            column = self._widths.column_at(event.x)
            if column:
                self.post_message(self.TitleClicked(column))
            return
        line = event.y - 1 + self.scroll_offset.y
        if line < len(self.window.lines):
            self._go(line)
            if event.chain == 2:
                self.action_open()

    def on_focus(self) -> None:
        self.refresh_line(self.window.cursor + 1)

    def on_blur(self) -> None:
        self.refresh_line(self.window.cursor + 1)
