"""The keys of a table's lines."""

from __future__ import annotations

from textual.binding import Binding, BindingType


def _hidden(keys: str, action: str, words: str, name: str, tip: str, shown_as: str | None = None) -> Binding:
    return Binding(keys, action, words, show=False, id=f"rows.{name}", tooltip=tip, key_display=shown_as)


ROW_KEYS: list[BindingType] = [
    Binding(
        "enter",
        "open",
        "Open",
        key_display="enter",
        id="rows.open",
        tooltip="Open this line's page; fold a group.",
    ),
    _hidden("j,down", "down", "Down", "down", "One line down."),
    _hidden("k,up", "up", "Up", "up", "One line up."),
    _hidden("pagedown,ctrl+f", "page(1)", "Page down", "pagedown", "One page down."),
    _hidden("pageup,ctrl+b", "page(-1)", "Page up", "pageup", "One page up."),
    _hidden("g,home", "first", "Top", "first", "The first line."),
    _hidden("G,end", "last", "Bottom", "last", "The last line."),
    _hidden("right", "shift(1)", "Right", "right", "See more of the last column."),
    _hidden("left", "shift(-1)", "Left", "left", "Back to the last column's start."),
    _hidden("right_curly_bracket", "heading(1)", "Next group", "next_group", "The next group."),
    _hidden("left_curly_bracket", "heading(-1)", "Previous group", "previous_group", "The previous group."),
    _hidden("B", "fold_all", "Fold all", "fold_all", "Fold all groups, or unfold them."),
    _hidden("space", "mark", "Mark", "mark", "Mark this line or a whole group, or unmark it."),
    _hidden(
        "ctrl+@", "mark_range", "Mark range", "range", "Mark all lines from the last mark to this one.", "ctrl+space"
    ),
    _hidden("ctrl+backslash", "unmark", "Clear marks", "unmark", "Take all marks away."),
]
