"""Pieces of a drawn log line."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.logs.search import Search


def cut(text: str, shift: int, width: int) -> str:
    """The part of a line that can be seen. A line of a megabyte costs what its visible part costs."""
    part = text[shift : shift + width]
    return part if cell_len(part) <= width else set_cell_size(part, width)


def prefix_segments(pieces: Iterable[tuple[str, Style]], *, first: bool) -> list[Segment]:
    """What stands before a line's text; before its further rows as many blanks."""
    return [Segment(text if first else " " * cell_len(text), style) for text, style in pieces]


def highlighted(text: str, search: Search, style: Style, hit: Style) -> list[Segment]:
    """The text, and in it what was searched for."""
    segments, at = [], 0
    for start, end in search.spans(text):
        segments += [Segment(text[at:start], style), Segment(text[start:end], style + Style(reverse=hit.reverse))]
        at = end
    return [*segments, Segment(text[at:], style)]


def on_background(strip: Strip, style: Style) -> Strip:
    """The same strip on another background."""
    behind = Style(bgcolor=style.bgcolor)
    return Strip([Segment(text, (own or style) + behind) for text, own, _ in strip], strip.cell_length)
