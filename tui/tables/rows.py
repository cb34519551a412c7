"""A table that can be walked through, marked, folded and opened."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from tui.tables.groups import Heading
from tui.tables.row_keys import ROW_KEYS
from tui.tables.row_view import RowView

Row = TypeVar("Row")

_SHIFT = 16  # cells by which the last column moves sideways


class Rows(RowView[Row], Generic[Row], can_focus=True, inherit_bindings=False):
    """The listed rows of a window, and what a reader's hands do to them."""

    BINDINGS: ClassVar[list[BindingType]] = ROW_KEYS

    class Opened(Message):
        """The reader wants to see the page of this row."""

        def __init__(self, rows: Rows[Any], key: Hashable) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

        @property
        def control(self) -> Rows[Any]:
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
