"""The question before something is sent that can hurt: it is answered by typing what it is about, never by one key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class TypedConfirm(ModalScreen[bool]):
    """Yes only if the reader types the word and presses enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "drop", "Back", id="typed.drop", tooltip="Send nothing."),
    ]

    def __init__(self, question: str, about: Sequence[str], word: str) -> None:
        super().__init__()
        self._question = question
        self._about = list(about)
        self._word = word

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._question, markup=False)
            for line in self._about:
                yield Static(line, markup=False, classes="about")
            yield Static(
                f"Type {self._word} and press enter to send it; esc sends nothing.", markup=False, classes="keys"
            )
            yield Input(compact=True, placeholder=self._word)
            yield Static("", markup=False, id="trouble")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self._word:
            self.dismiss(True)
        else:
            self.query_one("#trouble", Static).update(f"That isn't {self._word}. Nothing was sent.")

    def action_drop(self) -> None:
        self.dismiss(False)
