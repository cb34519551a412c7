"""An index of the keys that are bound elsewhere, for the checks of the user's key map and of docs/keys.md.

A key gets its meaning in `BINDINGS` of the screen or widget that it works on; the board's stand in `tui.board_keys`,
those of all tables in `tui.tables.table_keys`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.binding import Binding


def bound_classes() -> Mapping[str, tuple[type, ...]]:
    """Place -> the classes whose bindings work there, the innermost first."""
    # Imported when somebody asks: that is every screen there is, and the first frame waits for none of them.
    from tui.board_screens import ApplicationsScreen, StacksScreen
    from tui.causes_screen import CausesScreen
    from tui.checks.check_actions import DiffPage, SnippetPage
    from tui.checks.checks_screen import ChecksScreen
    from tui.checks.instance_page import InstancePage
    from tui.checks.preview_page import PreviewPage
    from tui.comparison_screen import ComparisonScreen
    from tui.contexts_screen import ContextsScreen
    from tui.lint_screen import LintScreen
    from tui.logs.log_lines_widget import LogLines
    from tui.logs.log_page import LogPage
    from tui.logs.log_screen import LogPrompt
    from tui.logs.whole_line import WholeLine
    from tui.pages.application_page import ApplicationPage
    from tui.pages.context_page import ContextPage
    from tui.pages.stack_page import StackPage
    from tui.pages.text_page import RunPage, TextPage, YamlPage
    from tui.plans.change_page import ChangePage
    from tui.plans.changes_page import ChangesPage
    from tui.plans.fix_page import FixesPage
    from tui.plans.group_page import GroupPage
    from tui.shell.board_app import BoardApp
    from tui.shell.command_line import CommandLine
    from tui.shell.help_screen import HelpScreen, HelpSearch
    from tui.tables.columns_dialog import ColumnsDialog
    from tui.tables.filter_line import FilterLine
    from tui.tables.table_widget import TableWidget
    from tui.widgets.choosable_text import ChoosableText
    from tui.widgets.dialogs import ChoiceDialog, ConfirmDialog, TypedConfirm
    from tui.widgets.text_view import TextView

    return {
        "Stacks": (TableWidget, StacksScreen, BoardApp),
        "Applications": (TableWidget, ApplicationsScreen, BoardApp),
        "Contexts": (TableWidget, ContextsScreen, BoardApp),
        "Causes": (TableWidget, CausesScreen, BoardApp),
        "Lint": (TableWidget, LintScreen, BoardApp),
        "Two contexts": (TableWidget, ComparisonScreen, BoardApp),
        "Stack": (TextView, StackPage, BoardApp),
        "Parts of a Stack": (TableWidget, StackPage, BoardApp),
        "Application": (TableWidget, ApplicationPage, BoardApp),
        "Update": (TextView, RunPage, BoardApp),
        "Event": (TextView, TextPage, BoardApp),
        "Context": (TextView, ContextPage, BoardApp),
        "YAML": (TextView, YamlPage, BoardApp),
        "Argo CDs": (TableWidget, ChecksScreen, BoardApp),
        "Argo CD": (TextView, InstancePage, BoardApp),
        "Difference": (TextView, DiffPage, BoardApp),
        "Preview": (TextView, PreviewPage, BoardApp),
        "Objects that change": (TableWidget, PreviewPage, BoardApp),
        "Printed checks": (TextView, SnippetPage, BoardApp),
        "Fixes": (ChoosableText, FixesPage, BoardApp),
        "Change": (TextView, ChangePage, BoardApp),
        "Changes": (ChoosableText, ChangesPage, BoardApp),
        "Several changes": (TableWidget, GroupPage, BoardApp),
        "Logs": (LogLines, LogPage, BoardApp),
        "Log prompt": (LogPrompt,),
        "Whole line": (TextView, WholeLine),
        "Filter": (FilterLine,),
        "Command": (CommandLine,),
        "Columns": (ColumnsDialog,),
        "Choice": (ChoiceDialog,),
        "Question": (ConfirmDialog,),
        "Typed question": (TypedConfirm,),
        "Help": (TextView, HelpScreen),
        "Help search": (HelpSearch,),
    }


def bindings(owner: type) -> Iterator[Binding]:
    """The bindings of a class and of its base classes in this package, one for each key."""
    seen: set[str] = set()
    for one in owner.__mro__:
        if not one.__module__.startswith("tui."):
            continue
        for binding in Binding.make_bindings(one.__dict__.get("BINDINGS", ())):
            if binding.key not in seen:  # a class beats its base classes
                seen.add(binding.key)
                yield binding


_SIGNS = {
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "slash": "/",
    "colon": ":",
    "plus": "+",
    "minus": "-",
    "right_curly_bracket": "}",
    "left_curly_bracket": "{",
    "ctrl+backslash": "ctrl+\\",
    "ctrl+@": "ctrl+space",
    "escape": "esc",
    "pagedown": "page down",
    "pageup": "page up",
}


def key_name(key: str) -> str:
    """A key as it is written on a keyboard."""
    return _SIGNS.get(key, key)
