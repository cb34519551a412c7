"""What can be done with the checks of an Argo CD: the keys for it, the same on its line and on its page.

Pages are imported when they are opened: the table doesn't wait for what only they need.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual.binding import Binding, BindingType
from textual.screen import Screen

from actions.workflow import ChangeRequest
from fleet.argocd.argocd_words import named
from fleet.argocd.instances import KnownInstance
from fleet.board.rows import Key
from fleet.fleet import Fleet
from health.argocd_cm.snippets import FORMATS
from health.check_kinds import KINDS
from tui.shell.navigation import OpenChange, open_page
from tui.widgets.dialogs import ChoiceDialog


def _key(key: str, name: str, words: str, tip: str) -> Binding:
    return Binding(key, f"check_action('{name}')", words, id=f"checks.{name}", tooltip=tip)


CHECK_KEYS: list[BindingType] = [
    _key("d", "diff", "Diff", "What is installed against our checks."),
    _key("p", "preview", "Preview", "Who would change with our checks, or without them, and which syncs would wait."),
    _key("w", "write_out", "Print", "Our checks in the form that whoever keeps this Argo CD needs, to copy or save."),
    _key("i", "install", "Install", "Put our checks there: the request is shown, and asked about, before it is sent."),
    _key("u", "uninstall", "Uninstall", "Take out what is ours, and give back what was there before; asks as well."),
]
_ONE, _ALL = "the check for Stacks", "all four: Stack, Program, Workspace, Update"
_WITHOUT = "without ours, as after uninstall"


class CheckActions:
    """Opens the pages for one Argo CD, as it was last read."""

    def __init__(self, screen: Screen[Any], fleet: Fleet, known: KnownInstance) -> None:
        self._screen = screen
        self._fleet = fleet
        self._known = known
        instance = known.instance
        self._key = Key(instance.context, instance.namespace, "argocd-cm")

    def run(self, name: str) -> None:
        """Run the action of a key, after a question where there is something to choose."""
        match name:
            case "diff":
                self._diff()
            case "preview":
                self._preview()
            case "write_out":
                self._write_out()
            case "install":
                self._ask("Install into", [_ONE, _ALL], lambda choice: self._change("install", KINDS[: 1 + 3 * choice]))
            case "uninstall":
                self._change("uninstall", KINDS)

    def _ask(self, question: str, options: Sequence[str], then: Callable[[int], None]) -> None:
        def answered(choice: int | None) -> None:
            if choice is not None:
                then(choice)

        self._screen.app.push_screen(ChoiceDialog(f"{question} {self._known.instance}", options), answered)

    def _diff(self) -> None:
        from tui.checks.diff_page import DiffPage

        self._screen.app.push_screen(DiffPage(self._fleet, self._key))

    def _preview(self) -> None:
        from tui.checks.preview_page import PreviewPage

        def chosen(choice: int) -> None:
            kinds, without = (KINDS, True) if choice == 2 else (KINDS[: 1 + 3 * choice], False)
            self._screen.app.push_screen(PreviewPage(self._fleet, self._known.instance, kinds, without=without))

        ours = any(found.version is not None for found in self._known.checks)
        self._ask("Preview for", [f"with {_ONE}", f"with {_ALL}", *([_WITHOUT] if ours else [])], chosen)

    def _write_out(self) -> None:
        from tui.checks.snippet_page import SnippetPage

        owners = self._known.instance.owner.format
        forms = [owners, *(form for form in FORMATS if form != owners)]
        offered = [(form, kinds) for form in forms for kinds in (KINDS[:1], KINDS) if form != "lua" or len(kinds) == 1]
        offered += [("lua", (kind,)) for kind in KINDS[1:]]

        def chosen(choice: int) -> None:
            self._screen.app.push_screen(SnippetPage(self._fleet, self._key, *offered[choice]))

        self._ask("Print for", [_snippet_title(form, kinds, owners) for form, kinds in offered], chosen)

    def _change(self, change: str, kinds: Sequence[str]) -> None:
        open_page(self._screen, OpenChange(change, self._known.instance, ChangeRequest(tuple(kinds))))


def _snippet_title(form: str, kinds: Sequence[str], owners: str) -> str:
    what = "all four" if len(kinds) > 1 else named(kinds[0])
    return f"{form}, {what}" + (" (for its owner)" if form == owners else "")
