"""The page that compares the checks installed in an Argo CD with those that this program brings, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fleet.argocd.argocd_words import compared, named
from fleet.board.rows import Key
from fleet.fleet import Fleet
from health.argocd_cm.check_in_force import our_version
from health.check_kinds import KINDS
from health.checks import source
from tui.pages.page_screen import PageScreen
from tui.widgets.header import HeaderPiece
from tui.widgets.text_lines import diff_lines
from tui.widgets.text_view import TextLine


class DiffPage(PageScreen):
    """A diff of each kind that has a check of its own there, and of Stacks in any case; redrawn when it is polled."""

    def __init__(self, fleet: Fleet, key: Key) -> None:
        super().__init__(fleet, key)
        self._ours = {kind: (f"ours, version {our_version(kind)}", source(*kind.split("/"))) for kind in KINDS}

    def page_version(self) -> tuple[object, ...]:
        return (self.fleet.argo_cds.version,)

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        return [
            HeaderPiece(f"Diff {self.key.context}/{self.key.namespace}", "strong"),
            HeaderPiece("- installed, + ours", "dim", 2),
        ]

    def lines(self, now: float) -> Sequence[TextLine]:
        return list(self._lines())

    def _lines(self) -> Iterator[TextLine]:
        known = self.fleet.argo_cds.instance(self.key.context, self.key.namespace)
        if known is None or known.instance.unread:
            yield TextLine("argocd-cm may not be read, so nothing can be compared.", tone="odd")
            return
        for found in known.checks:
            yield TextLine(f"{named(found.kind)}: {found}", tone="strong")
            if found.kind != KINDS[0] and not found.script:
                continue  # a whole script as a diff says nothing, of a kind that Applications don't hold
            lines = list(compared(known.instance, {found.kind: self._ours[found.kind]}))
            yield from diff_lines(lines)
            yield TextLine() if lines else TextLine("the same, line by line", tone="dim")

    def copy_text(self) -> str:
        return self.text()
