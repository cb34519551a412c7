"""The last place that text passes on its way to the screen: every line of every widget, ours or Textual's."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class HarmlessLines(LineFilter):
    """Leaves out what a terminal would obey.

    Text is made harmless where it is known what it is: where a record is decoded, in cells, headers and pages. What
    a new widget shows without a thought of that, what is typed, and what comes out of the configuration, is made
    harmless here. What can't be seen leaves as many blanks as Textual had counted for it, mostly none.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(segment.control or segment.text.isprintable() for segment in segments):
            return segments
        return [segment if segment.control else _harmless(segment) for segment in segments]


def _harmless(segment: Segment) -> Segment:
    text = segment.text
    if text.isprintable():
        return segment
    return Segment("".join(c if c.isprintable() else " " * cell_len(c) for c in text), segment.style)
