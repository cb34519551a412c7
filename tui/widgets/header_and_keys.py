"""The lines at the top of a screen, which say what it shows, and the last one: the keys worth knowing there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import Binding
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from tui.widgets.cell_layout import cell, clean_cell
from views.tones import STYLES

CUTTABLE = 3
"""the `drop_order` of pieces that say something even if they are cut, such as reasons"""
SHORTEST_CUT = 12
"""cells that a piece must keep to be cut instead of left out"""


class HeaderPiece(Struct, frozen=True):
    """A few words of a line. Where there is no room, those with the largest `drop_order` are left out first."""

    text: str
    tone: str = ""
    drop_order: int = 0
    close: bool = False
    """it belongs to the piece before it: one blank between them, not two"""
    joined: bool = False
    """nothing stands between it and the piece before it"""

    @property
    def gap(self) -> str:
        if self.joined:
            return ""
        return " " if self.close else "  "


class Header(Widget):
    """Lines of pieces, each in the colour of its meaning; drawn again only if a word changed."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"header--{tone}" for tone in STYLES}

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[list[HeaderPiece]] = []

    def show(self, *lines: list[HeaderPiece]) -> None:
        cleaned = [[_clean(piece) for piece in line] for line in lines]
        if cleaned != self._lines:
            self._lines = cleaned
            self.refresh()

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        segments = [Segment(" ", base)]
        pieces = squeezed(self._lines[y], self.size.width - 2) if y < len(self._lines) else []
        for place, piece in enumerate(pieces):
            style = self.get_component_rich_style(f"header--{piece.tone}") if piece.tone else base
            segments += [Segment(piece.gap if place else "", base), Segment(piece.text, style)]
        return Strip(segments).adjust_cell_length(self.size.width, base)


def _clean(piece: HeaderPiece) -> HeaderPiece:
    text = clean_cell(piece.text)
    return piece if text == piece.text else replace(piece, text=text)


def squeezed(pieces: Sequence[HeaderPiece], width: int) -> list[HeaderPiece]:
    """The pieces that fit, the largest `drop_order` left out or cut short; what had to stay may be cut at the end."""
    kept = list(pieces)
    while len(kept) > 1 and (excess := cells(kept) - width) > 0:
        first_out = max(range(len(kept)), key=lambda index: (kept[index].drop_order, index))
        piece = kept[first_out]
        if piece.drop_order == 0:
            break
        shorter = cell_len(piece.text) - excess
        if piece.drop_order == CUTTABLE and shorter >= SHORTEST_CUT:
            kept[first_out] = replace(piece, text=cell(piece.text, shorter))
        else:
            del kept[first_out]
    fitting: list[HeaderPiece] = []
    for piece in kept:
        left = width - cells(fitting) - (len(piece.gap) if fitting else 0)
        if left <= 0:
            break
        fitting.append(piece if cell_len(piece.text) <= left else replace(piece, text=cell(piece.text, left)))
    return fitting


def cells(pieces: Sequence[HeaderPiece]) -> int:
    """How long the pieces are in a line, with what stands between them."""
    return sum(cell_len(piece.text) + len(piece.gap) for piece in pieces) - (len(pieces[0].gap) if pieces else 0)


def bind(
    keys: str,
    action: str,
    word: str,
    name: str,
    tip: str,
    *,
    show: bool = True,
    priority: bool = False,
    key_display: str | None = None,
) -> Binding:
    """A binding: its keys, its action, its word in the last line, its name in key maps, and what the help says."""
    return Binding(keys, action, word, show, key_display, priority, tip, name)


class KeyLine(Widget):
    """Keys and words of the visible bindings. The last two, help and the way out, are always there."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"keyline--key"}

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base, key_style = self.rich_style, self.get_component_rich_style("keyline--key")
        segments = [Segment(" ", base)]
        for key, word in fitting(self._keys(), self.size.width - 1):
            segments += [Segment(key, key_style), Segment(f" {word}  ", base)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _keys(self) -> list[tuple[str, str]]:
        """(key, word) of each action, once; the way out and help stand last."""
        seen: dict[str, tuple[str, str]] = {}
        typing = self.screen.focused if isinstance(self.screen.focused, Input) else None
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if typing is not None and active.node is not typing:
                continue  # letters are text there
            if binding.show and binding.description and active.enabled:
                seen.setdefault(binding.action, (self.app.get_key_display(binding), binding.description))
        last = [seen.pop(action) for action in ("app.help", "help", "leave") if action in seen]
        return [*seen.values(), *last]


def fitting(keys: Sequence[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """As many keys as fit from the front, and the last two before all others."""
    kept = list(keys)
    while len(kept) > 2 and _cells(kept) > width:
        del kept[-3]
    return kept


def _cells(keys: Sequence[tuple[str, str]]) -> int:
    return sum(cell_len(key) + cell_len(word) + 3 for key, word in keys)
