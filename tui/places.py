"""Every place where keys work: which classes have a say there. Help, documentation and key maps go by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.binding import Binding


def places() -> Mapping[str, tuple[type, ...]]:
    """Place -> the classes whose bindings work there, the innermost first."""
    from tui.app import PkoArgo
    from tui.board import AppsScreen, StacksScreen
    from tui.checks.change import ChangePage
    from tui.checks.diff import DiffPage
    from tui.checks.page import InstancePage
    from tui.checks.preview import PreviewPage
    from tui.checks.screen import ChecksScreen
    from tui.checks.snippet import SnippetPage
    from tui.command_line import CommandLine
    from tui.confirm import TypedConfirm
    from tui.contexts import ContextsScreen
    from tui.dialogs import Choice, Confirm
    from tui.help import Help
    from tui.logs.lines import LogLines
    from tui.logs.page import LogPage
    from tui.logs.prompt import LogPrompt
    from tui.logs.whole import WholeLine
    from tui.pages.app_page import AppPage
    from tui.pages.context_page import ContextPage
    from tui.pages.run_page import RunPage
    from tui.pages.stack_page import StackPage
    from tui.pages.text_page import TextPage
    from tui.pages.yaml_page import YamlPage
    from tui.paper import Paper
    from tui.tables.columns_dialog import ColumnsDialog
    from tui.tables.filter_line import FilterLine
    from tui.tables.rows import Rows

    return {
        "Stacks": (Rows, StacksScreen, PkoArgo),
        "Applications": (Rows, AppsScreen, PkoArgo),
        "Contexts": (Rows, ContextsScreen, PkoArgo),
        "Stack": (Paper, StackPage, PkoArgo),
        "Parts of a Stack": (Rows, StackPage, PkoArgo),
        "Application": (Rows, AppPage, PkoArgo),
        "Update": (Paper, RunPage, PkoArgo),
        "Event": (Paper, TextPage, PkoArgo),
        "Context": (Paper, ContextPage, PkoArgo),
        "YAML": (Paper, YamlPage, PkoArgo),
        "Argo CDs": (Rows, ChecksScreen, PkoArgo),
        "Argo CD": (Paper, InstancePage, PkoArgo),
        "Difference": (Paper, DiffPage, PkoArgo),
        "Preview": (Paper, PreviewPage, PkoArgo),
        "Objects that change": (Rows, PreviewPage, PkoArgo),
        "Printed checks": (Paper, SnippetPage, PkoArgo),
        "Change": (Paper, ChangePage, PkoArgo),
        "Logs": (LogLines, LogPage, PkoArgo),
        "Log prompt": (LogPrompt,),
        "Whole line": (Paper, WholeLine),
        "Filter": (FilterLine,),
        "Command": (CommandLine,),
        "Columns": (ColumnsDialog,),
        "Choice": (Choice,),
        "Question": (Confirm,),
        "Typed question": (TypedConfirm,),
        "Help": (Paper, Help),
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
