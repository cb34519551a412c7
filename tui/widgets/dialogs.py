"""Questions over the screen: pick one of several, say yes or no, or type a word before something that can hurt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from stacks.text import plain
from tui.widgets.cell_layout import clean_cell
from tui.widgets.header_and_keys import bind
from tui.widgets.leavable import Dialog


class ChoiceDialog(Dialog[int | None]):
    """Pick one of several; the answer is its place from 0, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q", "drop", "Back", "choice.drop", "Choose nothing."),
        bind("j", "next", "Down", "choice.down", "One down.", show=False),
        bind("k", "previous", "Up", "choice.up", "One up.", show=False),
    ]

    def __init__(self, question: str, options: Sequence[str]) -> None:
        super().__init__()
        self._question = plain(question)
        self._options = [clean_cell(option) for option in options]

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._question, markup=False)
            yield OptionList(*(Option(Content(option)) for option in self._options), compact=True)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)

    def action_next(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_previous(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    def action_drop(self) -> None:
        self.dismiss(None)


class QuestionDialog(Dialog[bool]):
    """A question about something that may take more lines than there are: it is scrolled, and the answer stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down", "read(1)", "Down", "question.down", "Read on, where it is longer than the screen.", show=False),
        bind("up", "read(-1)", "Up", "question.up", "Read what is above.", show=False),
    ]

    def action_read(self, lines: int) -> None:
        said = self.query_one(VerticalScroll)
        said.scroll_to(y=said.scroll_offset.y + lines, animate=False, force=True)


class ConfirmDialog(QuestionDialog):
    """One key says yes, every other way out says no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("y", "answer(True)", "Yes", "confirm.yes", "Do it."),
        bind("n,escape,q", "answer(False)", "No", "confirm.no", "Leave everything as it is."),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = plain(question)

    def compose(self) -> ComposeResult:
        with Vertical():
            with VerticalScroll(classes="said", can_focus=False):
                yield Static(self._question, markup=False)
            yield Static("y  yes    n  no", markup=False, classes="keys")

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)


class TypedConfirm(QuestionDialog):
    """Yes only if the reader types the word and presses enter: for what can hurt, which one key mustn't send."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "drop", "Back", "typed.drop", "Send nothing."),
    ]

    def __init__(self, question: str, about: Sequence[str], word: str) -> None:
        super().__init__()
        self._question = plain(question)
        self._about = [plain(line) for line in about]
        self._word = clean_cell(word)

    def compose(self) -> ComposeResult:
        with Vertical():
            with VerticalScroll(classes="said", can_focus=False):
                yield Static(self._question, markup=False)
                for line in self._about:
                    yield Static(line, markup=False, classes="about")
            yield Static(
                f"Type {self._word} and press enter to send it; esc sends nothing.", markup=False, classes="keys"
            )
            yield Input(compact=True)
            yield Static("", markup=False, id="trouble")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self._word:
            self.dismiss(True)
        else:
            self.query_one("#trouble", Static).update(f"That isn't {self._word}. Nothing was sent.")
            self.query_one(Input).clear()

    def action_drop(self) -> None:
        self.dismiss(False)
