"""Pages of text about a part of something: a run of a Stack, one of its Events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from fleet.board.rows import Key
from fleet.fleet import Fleet
from tui.pages.page_screen import PageScreen
from tui.shell.kubectl_reference import KubectlReference
from tui.shell.navigation import OpenLogs, WriteLines, open_page
from tui.widgets.header import HeaderPiece
from tui.widgets.text_view import TextLine


class TextPage(PageScreen):
    """Text that is written again, by `write_lines`, whenever the board or the second is another one."""

    def __init__(
        self,
        fleet: Fleet,
        key: Key,
        title: str,
        write_lines: WriteLines,
        references: Sequence[KubectlReference] = (),
    ) -> None:
        super().__init__(fleet, key)
        self._title = title
        self._write_lines = write_lines
        self._references = list(references)

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        return [HeaderPiece(self._title, "strong"), HeaderPiece(f"{self.key.context} / {self.key.namespace}", "dim", 3)]

    def lines(self, now: float) -> Sequence[TextLine]:
        return list(self._write_lines(now))

    def copy_text(self) -> str:
        return self.text_view.text

    def references(self) -> list[KubectlReference]:
        return self._references


class RunPage(TextPage):
    """One run: an Update, or what the Stack's status keeps of it; and the way to what it printed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "logs", "Logs", id="run.logs", tooltip="What this run printed, if the pod still has it."),
    ]

    def __init__(
        self,
        fleet: Fleet,
        key: Key,
        update: str,
        write_lines: WriteLines,
        references: Sequence[KubectlReference] = (),
    ) -> None:
        super().__init__(fleet, key, f"Update {update}", write_lines, references)
        self._update = update

    def action_logs(self) -> None:
        open_page(self, OpenLogs((self.key,), update=self._update))
