"""A screen that is mostly text: what the pages of Stacks, Applications and objects have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fleet.board.rows import Key
from fleet.fleet import Fleet
from tui.shell.board_app import app_of
from tui.shell.command_line import CommandCandidates, CommandLine
from tui.shell.file_export import FileExport
from tui.shell.navigation import KubectlReference
from tui.tables.table_screen import FRAME
from tui.widgets.header_and_keys import Header, HeaderPiece, KeyLine, bind
from tui.widgets.leavable import LeavableScreen
from tui.widgets.text_view import TextLine, TextView


class PageScreen(LeavableScreen[None]):
    """Text about one object, kept current: made again when the board's version or the second is another one."""

    AUTO_FOCUS = "TextView"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("c", "copy", "Copy", "page.copy", "Copy the object's name.", show=False),
        bind("q,escape", "leave", "Back", "page.leave", "Go back to where you came from."),
    ]

    def __init__(self, fleet: Fleet, key: Key, text_view: TextView | None = None) -> None:
        super().__init__()
        self.fleet = fleet
        self.key = key
        self.text_view = text_view or TextView()
        self.header = Header()
        self._drawn: tuple[object, ...] | None = None

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        raise NotImplementedError

    def lines(self, now: float) -> Sequence[TextLine]:
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield self.header
        yield from self.compose_body()
        yield CommandCandidates()
        yield CommandLine(app_of(self).commands, self.words)
        yield KeyLine()

    def compose_body(self) -> ComposeResult:
        yield self.text_view

    def on_mount(self) -> None:
        self.set_interval(FRAME, self.refresh_if_changed)
        self.refresh_if_changed()

    def on_screen_resume(self) -> None:
        self.refresh_if_changed()

    def refresh_if_changed(self) -> None:
        if self.is_current and self._drawn != self.page_version():
            self.refresh_page()

    def page_version(self) -> tuple[object, ...]:
        """Values that are the same as long as the page looks the same."""
        return self.fleet.board.version, int(self.fleet.clock())

    def refresh_page(self) -> None:
        """Show what the page says now; only lines that changed are drawn."""
        now = self.fleet.clock()
        self._drawn = self.page_version()
        self.header.show(self.title_pieces(now))
        self.show_text(now)

    def show_text(self, now: float) -> None:
        self.text_view.show(self.lines(now))

    def copy_text(self) -> str:
        return self.key.name

    def action_copy(self) -> None:
        text = self.copy_text()
        self.app.copy_to_clipboard(text)
        what = text if "\n" not in text.strip() and len(text) < 80 else f"{len(text.splitlines())} lines"
        self.notify(f"Copied {what}", markup=False, timeout=2)

    def words(self, kind: str) -> Sequence[str]:
        return app_of(self).argument_words(kind)

    def references(self) -> list[KubectlReference]:
        return []

    def action_leave(self) -> None:
        self.dismiss()

    def exports(self) -> list[FileExport]:
        """What can be saved of this screen besides its picture."""
        return [FileExport("the page as text", self.key.name[:60], "txt", lambda: self.text() + "\n")]

    def text(self) -> str:
        return self.text_view.text
