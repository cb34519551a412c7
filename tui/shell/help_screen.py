"""The help: every key that works where it was asked for, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tui.widgets.header_and_keys import bind
from tui.widgets.leavable import Dialog
from tui.widgets.text_view import TextLine, TextView


class HelpScreen(Dialog[None]):
    """The keys of what had the focus when help was asked for, and some words about the screen."""

    AUTO_FOCUS = "TextView"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q,question_mark", "leave", "Back", "help.leave", "Close the help."),
    ]

    def __init__(self, lines: Sequence[TextLine]) -> None:
        super().__init__()
        self._lines = list(lines)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Keys", markup=False)
            yield TextView()

    def on_mount(self) -> None:
        self.query_one(TextView).show(self._lines)

    def action_leave(self) -> None:
        self.dismiss()


def key_lines(
    active: Iterable[ActiveBinding], display: Callable[[Binding], str], words: Sequence[str]
) -> list[TextLine]:
    """A line for each action with all its keys, by sections, and then the paragraphs of `words`.

    Bindings without an id are Textual's own, and left out.
    """
    keys: dict[str, list[str]] = {}
    tips: dict[str, str] = {}
    for one in active:
        binding = one.binding
        if binding.id and one.enabled:
            keys.setdefault(binding.id, []).append(display(binding))
            tips.setdefault(binding.id, binding.tooltip or binding.description)
    lines: list[TextLine] = []
    for title in ("HERE", "MOVING", "SORTING", "EVERYWHERE"):
        found = [TextLine(tips[name], " ".join(keys[name])) for name in keys if _section(name) == title]
        lines += [TextLine(title, tone="head"), *found, TextLine()] if found else []
    return lines + [TextLine(paragraph, tone="dim") for paragraph in words]


def _section(name: str) -> str:
    if ".sort." in name:
        return "SORTING"
    return {"rows": "MOVING", "paper": "MOVING", "app": "EVERYWHERE"}.get(name.partition(".")[0], "HERE")
