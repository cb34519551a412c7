"""A page of text about a part of something: a run, an Event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from fleet.fleet import Fleet
from fleet.rows import Key
from tui.pages.page import PageScreen
from tui.paper import Line
from tui.reference import Reference
from tui.summary import Piece


class TextPage(PageScreen):
    """It is as live as what writes it."""

    def __init__(
        self,
        fleet: Fleet,
        key: Key,
        title: str,
        write_lines: Callable[[float], Iterable[Line]],
        about: Sequence[Reference] = (),
    ) -> None:
        super().__init__(fleet, key)
        self._title = title
        self._write_lines = write_lines
        self._about = list(about)

    def title_pieces(self, now: float) -> list[Piece]:
        return [Piece(self._title, "strong"), Piece(f"{self.key.context} / {self.key.namespace}", "dim", 3)]

    def lines(self, now: float) -> Sequence[Line]:
        return list(self._write_lines(now))

    def copy_text(self) -> str:
        return self.paper.text

    def references(self) -> list[Reference]:
        return self._about
