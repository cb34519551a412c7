"""The line after a colon."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input

COMMANDS = ("stacks", "apps", "ctx", "theme", "help", "q")


class CommandLine(Input):
    """Hidden until it is asked for, and gone as soon as it has been obeyed.

    It stands on the screen itself, not over it: so it has the focus at once, and what is typed fast
    doesn't fall through to the keys below.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "drop", "Back", id="command.drop", tooltip="Do nothing."),
    ]

    class Given(Message):
        """Do this."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self) -> None:
        super().__init__(compact=True, placeholder=f":{' :'.join(COMMANDS)}")
        self.display = False

    def on_mount(self) -> None:
        themes = (f"theme {name}" for name in sorted(self.app.available_themes))
        self.suggester = SuggestFromList([*COMMANDS, *themes], case_sensitive=False)

    def open(self) -> None:
        """Show the line and type into it."""
        self.value = ""
        self.display = True
        self.screen.set_focus(self)

    def on_input_submitted(self) -> None:
        command = self.value.strip()
        self._leave()
        self.post_message(self.Given(command))

    def action_drop(self) -> None:
        self._leave()

    def on_blur(self) -> None:
        self.display = False

    def _leave(self) -> None:
        self.display = False
        focus = self.screen.query(self.screen.AUTO_FOCUS or "*").first()
        self.screen.set_focus(focus)
