"""A table that draws only what can be seen.

Ten thousand rows cost what the forty visible ones cost. A line is drawn again only if one of its
texts, its mark or the cursor changed, which `refresh_rows` finds out. What the columns of a row are is said by
the table's spec, and where a row stands by its window.
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

from tui.tables.column_widths import ColumnWidths
from tui.tables.line_look import (
    GONE,
    NO_MATCHES,
    FilterMatches,
    LineLook,
    LineState,
    heading_line,
    heading_look,
    notice_line,
    row_line,
    row_look,
    title_line,
)
from tui.tables.row_window import Heading, RowWindow, scrolled
from tui.tables.table_keys import ROW_KEYS
from tui.tables.table_spec import TableSpec
from tui.widgets.cell_layout import clean_cell
from views.tones import STYLES

Row = TypeVar("Row")
_CACHED_STRIPS = 400
_SAMPLE = 100
"""rows beyond the visible ones that are looked at for the width of a column"""
_SIDE_STEP = 16
"""cells by which the last column moves sideways"""
_STYLES = (*STYLES, "titles", "sorted", "cursor", "cursor-blurred", "marked", "stale", "notice", "heading")


class TableWidget(ScrollView, Generic[Row], can_focus=True, inherit_bindings=False):
    """The lines of a window under a line of titles, with a cursor, marks and groups that fold."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"table--{name}" for name in _STYLES}
    BINDINGS: ClassVar[list[BindingType]] = ROW_KEYS

    class Opened(Message):
        """The reader wants to see the page of the row with this key."""

        def __init__(self, table: TableWidget[Any], key: Hashable) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> TableWidget[Any]:
            return self.table

    class CursorMoved(Message):
        """The cursor is on another line."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, TableWidget.CursorMoved)

    class TitleClicked(Message):
        """The reader wants the rows sorted by the column with this id."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(
        self,
        spec: TableSpec[Row],
        window: RowWindow[Row],
        find: Callable[[Hashable], Row | None],
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self.spec = spec
        self.window = window
        self.notice = ""
        """what is shown where there are no rows"""
        self.sorted_by = ("", False)
        """(id of the column that the rows are sorted by, whether reversed)"""
        self._find = find
        self._now = 0.0
        self._stale: Mapping[str, str] = {}
        self._seen_at: Mapping[str, float] = {}
        self._last_seen: dict[Hashable, Row] = {}
        """rows as they were drawn last, for those that go away before the lines change"""
        self._widths: ColumnWidths[Row] = ColumnWidths(spec)
        self._fitted_to = 0
        """the width that the columns were fitted to"""
        self._side_scroll = 0
        """cells of the last column's text that are scrolled out at its left"""
        self._matches: FilterMatches = NO_MATCHES
        self._drawn: dict[int, LineLook | None] = {}
        """line of the screen -> how it was drawn"""
        self._strips: FIFOCache[LineLook, Strip] = FIFOCache(_CACHED_STRIPS)

    # What is shown

    def refresh_rows(
        self, now: float, stale: Mapping[str, str], seen_at: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        """Draw again the lines that look different by now.

        For the contexts that can't be seen, `stale` has the age of their data in words, and `seen_at` the instant
        that they show.
        """
        self._now, self._stale, self._seen_at = now, stale, seen_at
        looks = {y: self._look(index) for y, index in self._visible()}
        if self._widths.measure_cells(look.cells for look in looks.values() if look is not None and not look.heading):
            self._fit_columns()
        for y, look in looks.items():
            if look != self._drawn.get(y):
                self.refresh(Region(0, y, self._width, 1))

    def lines_changed(self, moved: int = 0) -> None:
        """Show the lines that the window has now; its cursor went down by `moved` lines."""
        height = len(self.window.lines) + 1
        if height != self.virtual_size.height:
            self.virtual_size = Size(self._width, height)
        self._measure_columns()
        self._last_seen.clear()
        top = self.scroll_offset.y
        self._scroll(top + moved if top else 0)
        if not self.window.lines:
            self.refresh()

    def show_notice(self, notice: str) -> None:
        if notice != self.notice:
            self.notice = notice
            self.refresh()

    def use_columns(self, spec: TableSpec[Row]) -> None:
        """Show the columns of this spec from now on; the rows stay the same."""
        self.spec = spec
        self._widths, self._side_scroll = ColumnWidths(spec), 0
        self._widths.sorted_by = self.sorted_by[0]
        self._measure_columns()
        self._fit_columns()
        self._strips.clear()
        self.refresh()

    def underline(self, matches: FilterMatches) -> None:
        """Underline in the cells what the filter matches."""
        if matches != self._matches:
            self._matches = matches
            self._strips.clear()
            self.refresh()

    def show_sort(self, column: str, reverse: bool) -> None:
        """Show in the titles which column the rows are sorted by ("": none of them)."""
        self.sorted_by = (column, reverse)
        self._widths.sorted_by = column
        self._fit_columns()
        self.refresh(Region(0, 0, self._width, 1))

    def on_resize(self) -> None:
        self._fit_anew()
        self._scroll(self.scroll_offset.y)
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._drawn.clear()

    @property
    def visible_keys(self) -> list[Hashable]:
        """The keys of the lines that can be seen, from the top."""
        return [self.window.lines[index] for _, index in self._visible()]

    def shows(self, row: Row, text: str) -> bool:
        """Whether this text, in lower case, stands in one of the columns that there is room for."""
        columns = (self.spec.columns[place] for place in self._widths.shown)
        return any(text in clean_cell(column.text(row, self._now)).lower() for column in columns)

    # Geometry

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

    def _move_cursor(self, line: int) -> None:
        before = self.window.cursor
        self.window.move(line)
        if self.window.cursor != before:
            self.refresh_line(before + 1)
            self.refresh_line(self.window.cursor + 1)
            self.post_message(self.CursorMoved())
        self._scroll(self.scroll_offset.y)

    def _scroll(self, top: int) -> None:
        """Scroll so that `top` is the first line, or so much further that the cursor can be seen."""
        target = scrolled(max(0, top), self._page, self.window.cursor)
        if target != self.scroll_offset.y:
            self.scroll_to(y=target, animate=False, force=True)

    def _measure_columns(self) -> None:
        lines = self.window.lines
        sample = [lines[index] for _, index in self._visible()]
        if not self._widths.widest:  # later it is enough to look at what can be seen
            sample += lines[:: max(1, len(lines) // _SAMPLE)]
        self._widths.measure_rows((row for key in sample if (row := self._find(key)) is not None), self._now)
        self._fit_columns()

    def _fit_anew(self) -> None:
        """Fit the columns to another width."""
        self._widths.reset()
        self._strips.clear()
        self._measure_columns()

    def _fit_columns(self) -> None:
        self._fitted_to = self._width
        if self._widths.fit(self._width):
            self._strips.clear()
            self._drawn.clear()
            self.refresh()

    # Drawing

    def render_line(self, y: int) -> Strip:
        width = self._width
        if width != self._fitted_to:
            self._fit_anew()  # a table is drawn for the first time before it is told its size
        index = y - 1 + self.scroll_offset.y
        if y == 0:
            line = title_line(self.spec, self._widths, self.sorted_by, self._style)
            return line.adjust_cell_length(width, self._style("titles"))
        if index >= len(self.window.lines):
            line = notice_line("" if self.window.lines else self.notice, y - 2, width, self._style)
            return line.adjust_cell_length(width, self.rich_style)
        look = self._drawn[y] = self._look(index)
        if look is None:
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(look)
        if strip is None:
            if look.heading:
                line = heading_line(look, self._style)
            else:
                line = row_line(look, self.spec, self._widths, self._side_scroll, self._style, self._matches)
            strip = self._strips[look] = line.adjust_cell_length(width, self._style(look.style))
        return strip

    def _look(self, index: int) -> LineLook | None:
        """How a line of the window looks now. A row that just went away looks as it last did, until lines change."""
        key = self.window.lines[index]
        here = index == self.window.cursor
        if (group := self.window.group(key)) is not None:
            marked = all(member in self.window.marks for member in group.members)
            return heading_look(group, LineState(here, self.has_focus, marked))
        row = self._find(key)
        now = self._now
        if row is not None:
            self._last_seen[key] = row
            context = self.spec.context(row)
            old = self._stale.get(context, "")
            now = self._seen_at.get(context, now) if old else now  # what isn't seen doesn't count down
        else:
            row, old = self._last_seen.get(key), GONE
        if row is None:
            return None
        state = LineState(here, self.has_focus, key in self.window.marks, old)
        return row_look(self.spec, [self.spec.columns[place] for place in self._widths.shown], row, now, state)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"table--{name}") if name else self.rich_style

    # What the reader does

    def action_down(self) -> None:
        self._move_cursor(self.window.cursor + 1)

    def action_up(self) -> None:
        self._move_cursor(self.window.cursor - 1)

    def action_page(self, direction: int) -> None:
        self._move_cursor(self.window.cursor + direction * max(1, self._page - 1))

    def action_first(self) -> None:
        self._move_cursor(0)

    def action_last(self) -> None:
        self._move_cursor(len(self.window.lines) - 1)

    def action_shift(self, direction: int) -> None:
        scrolled_to = self._side_scroll + direction * _SIDE_STEP
        self._side_scroll = max(0, min(scrolled_to, self._widths.hidden))
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
        self.lines_changed(self.window.fold())
        self.refresh()

    def action_fold_all(self) -> None:
        self.lines_changed(self.window.fold_all())
        self.refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys for groups work, and stand in the help, only where there are groups."""
        return self.window.grouped if action in ("heading", "fold_all") else True

    def action_heading(self, direction: int) -> None:
        self._move_cursor(self.window.next_heading(direction))

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            column = self._widths.column_at(event.x)
            if column:
                self.post_message(self.TitleClicked(column))
            return
        line = event.y - 1 + self.scroll_offset.y
        if line < len(self.window.lines):
            self._move_cursor(line)
            if event.chain == 2:
                self.action_open()

    def on_focus(self) -> None:
        self.refresh_line(self.window.cursor + 1)

    def on_blur(self) -> None:
        self.refresh_line(self.window.cursor + 1)
