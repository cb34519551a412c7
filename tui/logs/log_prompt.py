"""The line in which a reader types what to look for, or the time to go to."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from tui.logs.line_times import HINT

Asks: TypeAlias = Literal["search", "time"]

_HINTS = {"search": "text or regular expression; small letters match both, nothing ends the search", "time": HINT}


class LogPrompt(Input):
    """Hidden until it is asked for, and gone when it is answered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "drop", "Back", id="logprompt.drop", tooltip="Leave everything as it is."),
    ]

    class Answered(Message):
        """This was typed."""

        def __init__(self, asks: Asks, text: str) -> None:
            super().__init__()
            self.asks = asks
            self.text = text

    def __init__(self) -> None:
        super().__init__(compact=True)
        self.display = False
        self._asks: Asks = "search"

    def ask(self, asks: Asks, text: str = "") -> None:
        """Show the line and type into it."""
        self._asks = asks
        self.value, self.placeholder = text, _HINTS[asks]
        self.display = True
        self.screen.set_focus(self)  # now: the next key is on its way already

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave()
        self.post_message(self.Answered(self._asks, self.value))

    def action_drop(self) -> None:
        self._leave()

    def on_blur(self) -> None:
        self.display = False

    def _leave(self) -> None:
        self.display = False
        self.screen.set_focus(self.screen.query(self.screen.AUTO_FOCUS or "*").first())
