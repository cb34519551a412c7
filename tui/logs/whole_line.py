"""One line of a log, whole: as it was written, with its JSON laid out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from fleet.logs.log_words import describe
from stacks.masked_objects import shown_value
from stacks.text import plain
from tui.logs.log_line import LogLine
from tui.widgets.header_and_keys import bind
from tui.widgets.leavable import Dialog
from tui.widgets.text_view import TextLine, TextView

_LONGEST = 100_000  # characters that are laid out; a page of them is more than anybody reads


class WholeLine(Dialog[None]):
    AUTO_FOCUS = "TextView"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("c", "copy", "Copy", "wholeline.copy", "Copy the whole line."),
        bind("escape,q,enter", "drop", "Back", "wholeline.drop", "Back to the log."),
    ]

    def __init__(self, line: LogLine) -> None:
        super().__init__()
        self._line = line
        self._view = TextView()

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("The whole line", markup=False)
            yield self._view

    def on_mount(self) -> None:
        self._view.show(list(whole_lines(self._line)))

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._line.whole or self._line.shown)
        self.notify("Copied the whole line", markup=False, timeout=2)

    def action_drop(self) -> None:
        self.dismiss()


def whole_lines(line: LogLine) -> Iterator[TextLine]:
    """The rows of the page: time, source and run of the line, its text, its fields."""
    if line.time:
        yield TextLine(line.time, "time")
    if line.source is not None:
        yield TextLine(f"{describe(line.source)}, pod {line.source.pod}", "from")
    if line.section is not None:
        yield TextLine(line.section.title, "run")
    raw, fields = line.whole or line.shown, None
    if line.source is not None and line.whole:
        details = line.source.kind.details(line.whole)
        if details.level is not None:
            yield TextLine(details.level, "level", "bad" if line.kind == "error" else "")
            raw, fields = details.message, details.fields
    yield TextLine()
    yield TextLine(raw[:_LONGEST])
    if len(raw) > _LONGEST:
        yield TextLine(
            f"... {len(raw) - _LONGEST:,} more characters; c copies them, ctrl+s on the log saves them", "", "dim"
        )
    if fields:
        yield TextLine()
        for key, value in shown_value(fields).items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
            yield TextLine(plain(text)[:_LONGEST], plain(str(key)))
