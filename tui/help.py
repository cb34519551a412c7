"""Every key that works here, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.paper import Line, Paper


class Help(ModalScreen[None]):
    """The keys of what had the focus when help was asked for, and some words about the screen."""

    AUTO_FOCUS = "Paper"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "leave", "Back", id="help.leave", tooltip="Close the help."),
    ]

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__()
        self._lines = list(lines)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Keys", markup=False)
            yield Paper()

    def on_mount(self) -> None:
        self.query_one(Paper).show(self._lines)

    def action_leave(self) -> None:
        self.dismiss()


def key_lines(active: Iterable[ActiveBinding], display: Callable[[Binding], str], words: Sequence[str]) -> list[Line]:
    """A line for each action with all its keys. Bindings without an id are the library's own, and left out."""
    keys: dict[str, list[str]] = {}
    tips: dict[str, str] = {}
    for one in active:
        binding = one.binding
        if binding.id and one.enabled:
            keys.setdefault(binding.id, []).append(display(binding))
            tips.setdefault(binding.id, binding.tooltip or binding.description)
    lines: list[Line] = []
    for title in ("HERE", "MOVING", "SORTING", "EVERYWHERE"):
        found = [Line(tips[name], " ".join(keys[name])) for name in keys if _part(name) == title]
        lines += [Line(title, tone="head"), *found, Line()] if found else []
    return lines + [Line(paragraph, tone="dim") for paragraph in words]


def _part(name: str) -> str:
    if ".sort." in name:
        return "SORTING"
    return {"rows": "MOVING", "paper": "MOVING", "app": "EVERYWHERE"}.get(name.partition(".")[0], "HERE")
