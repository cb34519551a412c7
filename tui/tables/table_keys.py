"""The keys that all tables share. Those of one table stand with its screen; the board's in `tui.board_keys`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.binding import Binding, BindingType

from tui.widgets.header_and_keys import bind
from views.columns import Column


def _key(keys: str, action: str, words: str, tip: str, *, show: bool = False, name: str = "") -> Binding:
    return bind(keys, action, words, f"table.{name or action}", tip, show=show)


TABLE_KEYS: list[BindingType] = [
    # With priority, so that what is typed behind it goes into the line, however fast.
    bind(
        "slash", "filter", "Filter", "table.filter", "List only what matches; the help below says how.", priority=True
    ),
    _key("ctrl+z", "broken", "Broken", "List only what is broken, or everything again.", show=True),
    _key("b", "group", "Group", "Group the lines by context, namespace, phase and so on."),
    _key("C", "columns", "Columns", "Choose columns, their order and their width."),
    _key("0", "everywhere", "All", "All namespaces and contexts again."),
    _key("z", "freeze", "Freeze", "Keep the order of the lines as it is, or let it follow again."),
    _key("c", "copy", "Copy", "Copy the names of the marked lines, or of this one."),
    _key("escape", "clear", "Clear", "Take the filter away, then what it is narrowed to; then go back."),
    _key("q", "leave", "Back", "Go back to where you came from.", show=True),
]


def sort_keys(columns: Sequence[Column[Any]]) -> list[BindingType]:
    """A key with shift for every column that has a shortcut, and one for the natural order."""
    bindings: list[BindingType] = [
        bind("U", "sort('')", "Sort: urgency", "table.sort.urgency", "The worst first.", show=False)
    ]
    for column in columns:
        if column.shortcut:
            title = column.title.lower()
            tip = f"Sort by {title}; once more turns it round."
            name = f"table.sort.{column.id}"
            bindings.append(bind(column.shortcut, f"sort('{column.id}')", f"Sort: {title}", name, tip, show=False))
    return bindings


def _hidden(keys: str, action: str, words: str, name: str, tip: str, shown_as: str | None = None) -> Binding:
    return bind(keys, action, words, f"rows.{name}", tip, show=False, key_display=shown_as)


ROW_KEYS: list[BindingType] = [
    bind("enter", "open", "Open", "rows.open", "Open this line's page; fold a group.", key_display="enter"),
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
    _hidden("space", "mark", "Mark", "mark", "Mark this line and go to the next; mark a whole group; or unmark."),
    _hidden(
        "ctrl+@", "mark_range", "Mark range", "range", "Mark all lines from the last mark to this one.", "ctrl+space"
    ),
    _hidden("ctrl+backslash", "unmark", "Clear marks", "unmark", "Take all marks away."),
]
