"""The line in which a command is typed after a colon: the commands there are, their completion, and the widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from tui.widgets.header_and_keys import bind

Words = Callable[[str], Sequence[str]]
"""kind of argument -> the words that can stand for one"""


@dataclass(frozen=True)
class Command:
    """A word, what it does in a phrase, other words for it, and the kind of argument that may follow ("" for none).

    `run` gets the screen on which it was typed, and the rest of the line.
    """

    name: str
    does: str
    aliases: tuple[str, ...]
    argument: str
    run: Callable[[Screen[Any], str], None]


def resolve(text: str, commands: Sequence[Command]) -> tuple[Command | None, str]:
    """The command that a line begins with, and the rest of the line."""
    verb, _, rest = text.strip().lstrip(":").strip().partition(" ")
    lower = verb.lower()
    found = next((one for one in commands if lower == one.name or lower in one.aliases), None)
    return found, rest.strip()


def completions(text: str, words: Words, commands: Sequence[Command]) -> list[str]:
    """The lines that this one may become, the likeliest first: those that begin so before those that hold it."""
    line = text.lstrip().lstrip(":")
    verb, blank, rest = line.partition(" ")
    if not blank:
        return _likely(verb, [one.name for one in commands])
    command, _ = resolve(verb, commands)
    if command is None or not command.argument:
        return []
    *given, last = rest.split(" ")
    kept = [word for word in words(command.argument) if word not in given]
    before = " ".join([verb, *given])
    return [f"{before} {word}" for word in _likely(last, kept)]


def _likely(begun: str, words: Sequence[str]) -> list[str]:
    lower = begun.lower()
    begin = [word for word in words if word.lower().startswith(lower)]
    return begin + [word for word in words if lower in word.lower() and word not in begin]


class CommandCandidates(Widget):
    """One line with what the command may become; the first, or the one chosen with tab, stands out."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"candidates--chosen"}

    def __init__(self) -> None:
        super().__init__()
        self.display = False
        self._words: list[str] = []
        self._chosen = 0

    def show(self, words: list[str], chosen: int) -> None:
        self._words, self._chosen = words, chosen
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base, marked = self.rich_style, self.get_component_rich_style("candidates--chosen")
        segments, left = [Segment(" ", base)], self.size.width - 1
        first = max(0, self._chosen - 5)
        for place, word in enumerate(self._words[first:], first):
            text = f"[{word}]" if place == self._chosen else f" {word} "
            left -= cell_len(text)
            if left < 0:
                break
            segments.append(Segment(text, marked if place == self._chosen else base))
        return Strip(segments).adjust_cell_length(self.size.width, base)


class CommandLine(Input):
    """Hidden until it is asked for, and again as soon as the command has been submitted.

    It stands on the screen itself, not over it: so it has the focus at once, and what is typed fast
    doesn't fall through to the keys below.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("tab", "complete(1)", "Complete", "command.complete", "Take the word that is offered."),
        bind("shift+tab", "complete(-1)", "Before", "command.before", "The word before that one.", show=False),
        bind("escape", "drop", "Back", "command.drop", "Do nothing."),
    ]

    class Entered(Message):
        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    def __init__(self, commands: Sequence[Command], words: Words) -> None:
        super().__init__(compact=True, placeholder=f":{' :'.join(one.name for one in commands)}")
        self.display = False
        self._commands = commands
        self._words = words
        self._before: Widget | None = None
        """who had the focus, and gets it back"""
        self._offered: list[str] = []
        self._chosen = -1
        """which of the offers stands in the line; -1 while it is what was typed"""

    def open(self) -> None:
        self._before = self.screen.focused
        self.value = ""
        self.display = True
        self._offer("")
        self.screen.set_focus(self)

    def on_input_changed(self, event: Input.Changed) -> None:
        if not (0 <= self._chosen < len(self._offered) and event.value == self._offered[self._chosen]):
            self._offer(event.value)

    def on_input_submitted(self) -> None:
        command = self.value.strip()
        self._leave()
        self.post_message(self.Entered(command))

    def action_complete(self, by: int) -> None:
        if not self._offered:
            return
        if len(self._offered) == 1 and self._chosen < 0:
            self.value = f"{self._offered[0]} "  # the only one: on to the next word
            self.cursor_position = len(self.value)
            return
        self._chosen = (self._chosen + by) % len(self._offered) if self._chosen >= 0 or by > 0 else -1
        self.value = self._offered[self._chosen]
        self.cursor_position = len(self.value)
        self._show()

    def action_drop(self) -> None:
        self._leave()

    def on_blur(self) -> None:
        self.display = False
        self._show()

    def _offer(self, text: str) -> None:
        self._offered, self._chosen = completions(text, self._words, self._commands), -1
        self._show()

    def _show(self) -> None:
        for line in self.screen.query(CommandCandidates):
            line.display = self.display and bool(self._offered)
            words = [offer.rpartition(" ")[2] or offer for offer in self._offered]
            line.show(words, max(0, self._chosen))

    def _leave(self) -> None:
        self.display = False
        self._show()
        self.screen.set_focus(self._before)
