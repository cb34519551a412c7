"""The line in which a filter is typed, and the line below it that says what is wrong with the filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.widgets.input import Selection

from tui.widgets.header_and_keys import bind
from views.filter import Filter, parse

_PAUSE = 0.06  # seconds without a key before the rows are filtered: typing stays light


class FilterLine(Input):
    """Hidden until it is asked for. What is typed counts at once, and stays in force when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "accept", "Keep", "filter.accept", "Keep the filter and go to the rows.", key_display="enter"),
        bind("escape", "drop", "Clear", "filter.drop", "Take the filter away and leave this line."),
        bind("up", "recall(-1)", "Earlier", "filter.earlier", "The filter before this one.", key_display="up"),
        bind("down", "recall(1)", "Later", "filter.later", "The filter after it; then the rows.", key_display="down"),
    ]

    class Filtered(Message):
        """The rows should be filtered like this from now on. `accepted`: the reader is done typing it."""

        def __init__(self, query: Filter, *, accepted: bool = False) -> None:
            super().__init__()
            self.query = query
            self.accepted = accepted

    class Left(Message):
        """The reader has left the line, with or without a filter in it."""

    def __init__(self, fields: Sequence[str], history: Callable[[], Sequence[str]] = tuple) -> None:
        """`fields` are those that the rows have."""
        super().__init__(
            compact=True, select_on_focus=False, placeholder="text  !text  status:degraded  ns:shop  -l key=value"
        )
        self._fields = fields
        self.display = False
        self._history = history
        self._back = 0
        """how many filters ago this one is from; 0 is the one that is being typed"""
        self._typed = ""
        self._waiting: Timer | None = None

    def open(self) -> None:
        self.display = True
        self.screen.set_focus(self)  # now: the next key is on its way already
        self.selection = Selection(0, len(self.value))  # typing begins anew; an arrow goes on with the old one
        self._back = 0

    def on_input_changed(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(_PAUSE, self._post_filter)

    def action_accept(self) -> None:
        self._post_filter(accepted=True)
        self._leave()

    def action_drop(self) -> None:
        self.value = ""
        self._post_filter()
        self._leave()

    def action_recall(self, by: int) -> None:
        known = self._history()
        if by > 0 and self._back == 0:
            self.action_accept()
            return
        if self._back == 0:
            self._typed = self.value
        self._back = max(0, min(self._back - by, len(known)))
        self.value = known[-self._back] if self._back else self._typed
        self.cursor_position = len(self.value)

    def _post_filter(self, *, accepted: bool = False) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        self.post_message(self.Filtered(parse(self.value, self._fields), accepted=accepted))

    def _leave(self) -> None:
        self.display = False
        self.post_message(self.Left())


class FilterProblem(Static):
    """What is wrong with the filter that was typed; hidden while nothing is."""

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self.display = False

    def show_problem(self, problem: str) -> None:
        """Show this, or nothing if it is empty."""
        self.display = bool(problem)
        self.update(f" {problem}; the last good filter stays" if problem else "")
