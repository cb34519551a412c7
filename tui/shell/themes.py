"""What screens are drawn in: Textual's themes, three of our own, no colours, nothing but ASCII.

Themes give values to colours. Which tone a word such as Degraded has, and which of the theme's colours a tone has, is
said in `views.tones`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import BUILTIN_THEMES, Theme

from views.tones import STYLES

SHORT: Mapping[str, str] = {
    "dark": "textual-dark",
    "light": "textual-light",
    "high-contrast": "pko-high-contrast",
    "colour-blind": "pko-colour-blind",
    "color-blind": "pko-colour-blind",
    "colour-blind-light": "pko-colour-blind-light",
}
"""names that are easier to remember"""


_DRAWS_TONES = ("header", "table", "text-view", "log", "detail")
"""the widgets that have a component class for each tone"""


def tone_rules() -> str:
    """The style sheet of the tones."""
    return "\n".join(
        f".{widget}--{tone} {{ {f'color: {style.colour};' if style.colour else ''}"
        f"{' text-style: bold;' if style.bold else ''} }}"
        for tone, style in STYLES.items()
        for widget in _DRAWS_TONES
    )


def ours() -> list[Theme]:
    """The themes that this program brings along.

    The colour-blind ones tell good from bad by blue against orange and by lightness, which people
    who confuse red and green (and most who confuse blue and yellow) see as different.
    """
    return [
        Theme(
            name="pko-high-contrast",
            primary="#ffff00",
            secondary="#00ffff",
            accent="#00ffff",
            foreground="#ffffff",
            background="#000000",
            surface="#000000",
            panel="#000000",
            success="#00ff00",
            warning="#ffff00",
            error="#ff6060",
            dark=True,
            variables={
                **_texts("#ffff00", "#00ff00", "#ffff00", "#ff8080", "#00ffff"),
                "text-muted": "#e0e0e0",
                "block-cursor-foreground": "#000000",
                "block-cursor-background": "#ffffff",
                "block-cursor-blurred-foreground": "#ffffff",
                "block-cursor-blurred-background": "#505050",
            },
        ),
        Theme(
            name="pko-colour-blind",
            primary="#56b4e9",
            secondary="#0072b2",
            accent="#cc79a7",
            foreground="#e6e6e6",
            background="#101418",
            surface="#161b20",
            panel="#1d242b",
            success="#56b4e9",
            warning="#f0e442",
            error="#e69f00",
            dark=True,
            variables=_texts("#8fd0f5", "#56b4e9", "#f0e442", "#ffa31a", "#e5a3c6"),
        ),
        Theme(
            name="pko-colour-blind-light",
            primary="#0072b2",
            secondary="#005080",
            accent="#8a3a6b",
            foreground="#1a1a1a",
            background="#fbfbfb",
            surface="#f2f2f2",
            panel="#e6e8ea",
            success="#0072b2",
            warning="#6b5d00",
            error="#b34700",
            dark=False,
            variables=_texts("#005a8c", "#00639b", "#6b5d00", "#a84300", "#8a3a6b"),
        ),
    ]


def _texts(primary: str, good: str, busy: str, bad: str, odd: str) -> dict[str, str]:
    """The colours of words, given outright: mixing them from the others would wash out the difference."""
    return {
        "text-primary": primary,
        "text-success": good,
        "text-warning": busy,
        "text-error": bad,
        "text-accent": odd,
    }


def names(available: Collection[str]) -> list[str]:
    return [*(name for name in SHORT if name != "color-blind"), *sorted(available)]


def is_known(name: str) -> bool:
    return SHORT.get(name, name) in {*(theme.name for theme in ours()), *BUILTIN_THEMES}


def use_theme(app: App[Any], name: str) -> None:
    """Change the colours; with a wrong name, say which themes there are."""
    full = SHORT.get(name, name)
    if full in app.available_themes:
        app.theme = full
    else:
        short = [each for each in SHORT if each != "color-blind"]
        known = f"{', '.join(short)}, and {len(app.available_themes)} more that :theme lists"
        app.notify(f"{name} is no theme; there are {known}", severity="warning", markup=False, timeout=10)


_IN_ASCII = str.maketrans(
    {"…": "~", "↓": "v", "↑": "^", "─": "-", "━": "-", "│": "|", "┃": "|", "•": "*", "●": "*", "✓": "+"}
    | dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛╴╸╶╺", "+")
    | dict.fromkeys("▁▂▃▄▅▆▇█▉▊▋▌▍▎▏▔▕▖▗▘▙▚▛▜▝▞▟", " ")
)


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
