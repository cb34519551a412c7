"""The line in which a filter is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from tui.query import Query, parse

_PAUSE = 0.08  # seconds without a key before the rows are filtered: typing stays light


class FilterLine(Input):
    """Hidden until it is asked for. What is typed counts at once, and stays in force when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "drop", "Clear", id="filter.drop", tooltip="Take the filter away and leave this line."),
        Binding("enter,down", "accept", "Keep", id="filter.accept", tooltip="Keep the filter and go to the rows."),
    ]

    class Asked(Message):
        """The rows should be filtered like this from now on."""

        def __init__(self, query: Query) -> None:
            super().__init__()
            self.query = query

    class Left(Message):
        """The reader is done here."""

    def __init__(self) -> None:
        super().__init__(
            compact=True, select_on_focus=False, placeholder="text  !text  status:degraded  ns:shop  -l key=value"
        )
        self.display = False
        self._waiting: Timer | None = None

    def open(self) -> None:
        """Show the line and type into it."""
        self.display = True
        self.screen.set_focus(self)  # now: the next key is on its way already
        self.cursor_position = len(self.value)

    def on_input_changed(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(_PAUSE, self._ask)

    def action_accept(self) -> None:
        self._ask()
        self._leave()

    def action_drop(self) -> None:
        self.value = ""
        self._ask()
        self._leave()

    def _ask(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        self.post_message(self.Asked(parse(self.value)))

    def _leave(self) -> None:
        self.display = False
        self.post_message(self.Left())
