"""Every place where keys work: which classes have a say there. Help, documentation and key maps go by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.binding import Binding


def key_scopes() -> Mapping[str, tuple[type, ...]]:
    """Place -> the classes whose bindings work there, the innermost first."""
    from tui.app import PkoArgo
    from tui.board_screens import AppsScreen, StacksScreen
    from tui.checks.checks_screen import ChecksScreen
    from tui.checks.diff_page import DiffPage
    from tui.checks.instance_page import InstancePage
    from tui.checks.preview_page import PreviewPage
    from tui.checks.snippet_page import SnippetPage
    from tui.contexts_screen import ContextsScreen
    from tui.logs.log_lines_widget import LogLines
    from tui.logs.log_page import LogPage
    from tui.logs.log_prompt import LogPrompt
    from tui.logs.whole_line import WholeLine
    from tui.pages.application_page import AppPage
    from tui.pages.context_page import ContextPage
    from tui.pages.run_page import RunPage
    from tui.pages.stack_page import StackPage
    from tui.pages.text_page import TextPage
    from tui.pages.yaml_page import YamlPage
    from tui.plans.change_page import ChangePage
    from tui.shell.command_line import CommandLine
    from tui.shell.help_screen import HelpScreen
    from tui.tables.columns_dialog import ColumnsDialog
    from tui.tables.filter_line import FilterLine
    from tui.tables.table_widget import TableWidget
    from tui.widgets.dialogs import ChoiceDialog, ConfirmDialog
    from tui.widgets.text_view import TextView
    from tui.widgets.typed_confirm import TypedConfirm

    return {
        "Stacks": (TableWidget, StacksScreen, PkoArgo),
        "Applications": (TableWidget, AppsScreen, PkoArgo),
        "Contexts": (TableWidget, ContextsScreen, PkoArgo),
        "Stack": (TextView, StackPage, PkoArgo),
        "Parts of a Stack": (TableWidget, StackPage, PkoArgo),
        "Application": (TableWidget, AppPage, PkoArgo),
        "Update": (TextView, RunPage, PkoArgo),
        "Event": (TextView, TextPage, PkoArgo),
        "Context": (TextView, ContextPage, PkoArgo),
        "YAML": (TextView, YamlPage, PkoArgo),
        "Argo CDs": (TableWidget, ChecksScreen, PkoArgo),
        "Argo CD": (TextView, InstancePage, PkoArgo),
        "Difference": (TextView, DiffPage, PkoArgo),
        "Preview": (TextView, PreviewPage, PkoArgo),
        "Objects that change": (TableWidget, PreviewPage, PkoArgo),
        "Printed checks": (TextView, SnippetPage, PkoArgo),
        "Change": (TextView, ChangePage, PkoArgo),
        "Logs": (LogLines, LogPage, PkoArgo),
        "Log prompt": (LogPrompt,),
        "Whole line": (TextView, WholeLine),
        "Filter": (FilterLine,),
        "Command": (CommandLine,),
        "Columns": (ColumnsDialog,),
        "Choice": (ChoiceDialog,),
        "Question": (ConfirmDialog,),
        "Typed question": (TypedConfirm,),
        "Help": (TextView, HelpScreen),
    }


def bindings(owner: type) -> Iterator[Binding]:
    """The bindings of a class and of those of ours that it stands on, one for each key."""
    seen: set[str] = set()
    for one in owner.__mro__:
        if not one.__module__.startswith("tui."):
            continue
        for binding in Binding.make_bindings(one.__dict__.get("BINDINGS", ())):
            if binding.key not in seen:  # a class beats what it stands on
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
