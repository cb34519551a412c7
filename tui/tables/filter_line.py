"""The line in which a filter is typed, and below it what is wrong with that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.widgets.input import Selection

from views.filter import Filter, parse

_PAUSE = 0.06  # seconds without a key before the rows are filtered: typing stays light


class FilterLine(Input):
    """Hidden until it is asked for. What is typed counts at once, and stays in force when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "accept",
            "Keep",
            key_display="enter",
            id="filter.accept",
            tooltip="Keep the filter and go to the rows.",
        ),
        Binding("escape", "drop", "Clear", id="filter.drop", tooltip="Take the filter away and leave this line."),
        Binding(
            "up", "recall(-1)", "Earlier", key_display="up", id="filter.earlier", tooltip="The filter before this one."
        ),
        Binding(
            "down",
            "recall(1)",
            "Later",
            key_display="down",
            id="filter.later",
            tooltip="The filter after it; then the rows.",
        ),
    ]

    class Asked(Message):
        """The rows should be filtered like this from now on. `kept`: the reader is done typing it."""

        def __init__(self, query: Filter, *, kept: bool = False) -> None:
            super().__init__()
            self.query = query
            self.kept = kept

    class Left(Message):
        """The reader is done here."""

    def __init__(self, history: Callable[[], Sequence[str]] = tuple) -> None:
        super().__init__(
            compact=True, select_on_focus=False, placeholder="text  !text  status:degraded  ns:shop  -l key=value"
        )
        self.display = False
        self._history = history
        self._back = 0
        """how many filters ago this one is from; 0 is the one that is being typed"""
        self._typed = ""
        self._waiting: Timer | None = None

    def open(self) -> None:
        """Show the line and type into it."""
        self.display = True
        self.screen.set_focus(self)  # now: the next key is on its way already
        self.selection = Selection(0, len(self.value))  # typing begins anew; an arrow goes on with the old one
        self._back = 0

    def on_input_changed(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(_PAUSE, self._ask)

    def action_accept(self) -> None:
        self._ask(kept=True)
        self._leave()

    def action_drop(self) -> None:
        self.value = ""
        self._ask()
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

    def _ask(self, *, kept: bool = False) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        self.post_message(self.Asked(parse(self.value), kept=kept))

    def _leave(self) -> None:
        self.display = False
        self.post_message(self.Left())


class FilterProblem(Static):
    """What couldn't be understood. There while it is so."""

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self.display = False

    def say(self, problem: str) -> None:
        """Say this, or go away."""
        self.display = bool(problem)
        self.update(f" {problem}; the last good filter stays" if problem else "")
