"""Our checks in the form in which whoever keeps an Argo CD needs them, to be copied or saved."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.fleet import Fleet
from fleet.rows import Key
from health.checks import source
from health.settings.snippets import FORMATS
from tui.pages.page import PageScreen
from tui.paper import Line
from tui.saving import Export
from tui.summary import Piece


class SnippetPage(PageScreen):
    """A text that doesn't change; the copy key takes all of it."""

    def __init__(self, fleet: Fleet, key: Key, form: str, kinds: Sequence[str]) -> None:
        super().__init__(fleet, key)
        self._form = form
        self._text = FORMATS[form]({kind: source(*kind.split("/")) for kind in kinds})

    def moment_drawn(self) -> tuple[object, ...]:
        return ()

    def title_pieces(self, now: float) -> list[Piece]:
        return [Piece(self._form, "strong"), Piece("c copies it, ctrl+s saves it", "dim", 2)]

    def lines(self, now: float) -> Sequence[Line]:
        return [Line(line) for line in self._text.splitlines()]

    def copy_text(self) -> str:
        return self._text

    def exports(self) -> list[Export]:
        suffix = "lua" if self._form == "lua" else "yaml"
        return [Export(f"it as a file for {self._form}", self._form, suffix, lambda: self._text)]
