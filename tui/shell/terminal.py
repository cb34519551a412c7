"""Terminals that can't do everything: no colours, no Unicode, no clipboard."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_NO_CLIPBOARD = ("linux", "dumb", "vt100", "vt220", "ansi", "cons25")
_IN_ASCII = str.maketrans(
    {"…": "~", "↓": "v", "↑": "^", "─": "-", "━": "-", "│": "|", "┃": "|", "•": "*", "●": "*", "✓": "+"}
    | dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛╴╸╶╺", "+")
    | dict.fromkeys("▁▂▃▄▅▆▇█▉▊▋▌▍▎▏▔▕▖▗▘▙▚▛▜▝▞▟", " ")
)


def takes_osc52(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is likely to support copying by OSC 52. It can't be asked; a few are known not to."""
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return False
    return environ.get("TERM", "") not in _NO_CLIPBOARD


class Colourless(LineFilter):
    """What NO_COLOR asks for: no colour at all, not even grey. Bold, underlined and reversed stay."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(text, _colourless(style) if style else style, control) for text, style, control in segments]


class Ascii(LineFilter):
    """Draws nothing but ASCII: a question mark for characters that have no similar one."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.text.isascii() else Segment(in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


@lru_cache(4096)
def in_ascii(text: str) -> str:
    """The text in ASCII, in as many cells."""
    return "".join(c if c.isascii() else "?" * cell_len(c) for c in text.translate(_IN_ASCII))


@lru_cache(1024)
def _colourless(style: Style) -> Style:
    return style.without_color
