"""The page of our checks as Helm values, a Kustomize patch or another format, to be copied or saved."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.board.rows import Key
from fleet.fleet import Fleet
from health.argocd_cm.snippets import FORMATS
from health.checks import source
from tui.pages.page_screen import PageScreen
from tui.shell.file_export import FileExport
from tui.widgets.header import HeaderPiece
from tui.widgets.text_view import TextLine


class SnippetPage(PageScreen):
    """A text that doesn't change; the copy key takes all of it."""

    def __init__(self, fleet: Fleet, key: Key, format_name: str, kinds: Sequence[str]) -> None:
        super().__init__(fleet, key)
        self._format = format_name
        self._text = FORMATS[format_name]({kind: source(*kind.split("/")) for kind in kinds})

    def page_version(self) -> tuple[object, ...]:
        return ()

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        return [HeaderPiece(self._format, "strong"), HeaderPiece("c copies it, ctrl+s saves it", "dim", 2)]

    def lines(self, now: float) -> Sequence[TextLine]:
        return [TextLine(line) for line in self._text.splitlines()]

    def copy_text(self) -> str:
        return self._text

    def exports(self) -> list[FileExport]:
        suffix = "lua" if self._format == "lua" else "yaml"
        return [FileExport(f"it as a file for {self._format}", self._format, suffix, lambda: self._text)]
