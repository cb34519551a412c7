"""A page of text about a part of something: a run, an Event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from fleet.board.rows import Key
from fleet.fleet import Fleet
from tui.pages.page_screen import PageScreen
from tui.shell.kubectl_reference import KubectlReference
from tui.widgets.header_text import HeaderPiece
from tui.widgets.text_view import TextLine


class TextPage(PageScreen):
    """It is as live as what writes it."""

    def __init__(
        self,
        fleet: Fleet,
        key: Key,
        title: str,
        write_lines: Callable[[float], Iterable[TextLine]],
        about: Sequence[KubectlReference] = (),
    ) -> None:
        super().__init__(fleet, key)
        self._title = title
        self._write_lines = write_lines
        self._about = list(about)

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        return [HeaderPiece(self._title, "strong"), HeaderPiece(f"{self.key.context} / {self.key.namespace}", "dim", 3)]

    def lines(self, now: float) -> Sequence[TextLine]:
        return list(self._write_lines(now))

    def copy_text(self) -> str:
        return self.text_view.text

    def references(self) -> list[KubectlReference]:
        return self._about
