"""What can be done with the checks of an Argo CD, and the pages of text that come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from textual.binding import Binding, BindingType
from textual.screen import Screen

from actions.workflow import ChangeRequest
from fleet.argocd.argocd_words import check_diff, short_kind
from fleet.argocd.instances import InstanceChecks
from fleet.board.rows import Key
from fleet.fleet import Fleet
from health.argocd_cm.check_in_force import our_version
from health.argocd_cm.snippets import FORMATS
from health.check_kinds import KINDS, STACK
from health.checks import source
from tui.pages.page_screen import PageScreen
from tui.shell.file_export import FileExport
from tui.shell.navigation import OpenChange, OpenDiff, OpenPreview, OpenSnippet, open_page
from tui.widgets.dialogs import ChoiceDialog
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine, diff_lines


def _key(key: str, name: str, words: str, tip: str) -> Binding:
    return bind(key, f"health_check('{name}')", words, f"checks.{name}", tip)


CHECK_KEYS: list[BindingType] = [
    _key("d", "diff", "Diff", "What is installed against our checks."),
    _key("p", "preview", "Preview", "Who would change with our checks, or without them, and which syncs would wait."),
    _key("w", "write_out", "Print", "Our checks in the form that whoever keeps this Argo CD needs, to copy or save."),
    _key("i", "install", "Install", "Put our checks there: the request is shown, and asked about, before it is sent."),
    _key("u", "uninstall", "Uninstall", "Take out what is ours, and give back what was there before; asks as well."),
]
_CHOICES = (("the check for Stacks", (STACK,)), ("all four: Stack, Program, Workspace, Update", KINDS))
"""which kinds' checks are installed: in words, and their names"""


class CheckActions:
    """Opens the pages for one Argo CD, as it was last read."""

    def __init__(self, screen: Screen[Any], known: InstanceChecks) -> None:
        self._screen = screen
        self._known = known
        instance = known.instance
        self._key = Key(instance.context, instance.namespace, "argocd-cm")

    def run(self, name: str) -> None:
        """Run the action of a key, after a question where there is something to choose."""
        match name:
            case "diff":
                open_page(self._screen, OpenDiff(self._key))
            case "preview":
                self._preview()
            case "write_out":
                self._write_out()
            case "install":
                words = [words for words, _ in _CHOICES]
                self._ask("Install into", words, lambda choice: self._change("install", _CHOICES[choice][1]))
            case "uninstall":
                self._change("uninstall", KINDS)

    def _ask(self, question: str, options: Sequence[str], then: Callable[[int], None]) -> None:
        def answered(choice: int | None) -> None:
            if choice is not None:
                then(choice)

        self._screen.app.push_screen(ChoiceDialog(f"{question} {self._known.instance}", options), answered)

    def _preview(self) -> None:
        offered = [(f"with {words}", kinds, False) for words, kinds in _CHOICES]
        if any(found.version is not None for found in self._known.checks):
            offered.append(("without ours, as after uninstall", KINDS, True))

        def chosen(choice: int) -> None:
            _, kinds, without = offered[choice]
            open_page(self._screen, OpenPreview(self._known.instance, kinds, without))

        self._ask("Preview for", [words for words, *_ in offered], chosen)

    def _write_out(self) -> None:
        owners = self._known.instance.owner.format
        forms = [owners, *(form for form in FORMATS if form != owners)]
        offered = [(form, kinds) for form in forms for kinds in ((STACK,), KINDS) if form != "lua" or len(kinds) == 1]
        offered += [("lua", (kind,)) for kind in KINDS if kind != STACK]

        def chosen(choice: int) -> None:
            open_page(self._screen, OpenSnippet(self._key, *offered[choice]))

        self._ask("Print for", [_snippet_title(form, kinds, owners) for form, kinds in offered], chosen)

    def _change(self, change: str, kinds: Sequence[str]) -> None:
        open_page(self._screen, OpenChange(change, self._known.instance, ChangeRequest(tuple(kinds))))


def _snippet_title(form: str, kinds: Sequence[str], owners: str) -> str:
    what = "all four" if len(kinds) > 1 else short_kind(kinds[0])
    return f"{form}, {what}" + (" (for its owner)" if form == owners else "")


class DiffPage(PageScreen):
    """A diff of each kind that has a check of its own there, and of Stacks in any case; redrawn when it is polled."""

    def __init__(self, fleet: Fleet, key: Key) -> None:
        super().__init__(fleet, key)
        self._ours = {kind: (f"ours, version {our_version(kind)}", source(*kind.split("/"))) for kind in KINDS}

    def page_version(self) -> tuple[object, ...]:
        return (self.fleet.instance_watch.version,)

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        return [
            HeaderPiece(f"Diff {self.key.context}/{self.key.namespace}", "head"),
            HeaderPiece("- installed, + ours", "dim", 2),
        ]

    def lines(self, now: float) -> Sequence[TextLine]:
        return list(self._lines())

    def _lines(self) -> Iterator[TextLine]:
        known = self.fleet.instance_watch.instance(self.key.context, self.key.namespace)
        if known is None or known.instance.unread:
            yield TextLine("argocd-cm may not be read, so nothing can be compared.", tone="odd")
            return
        for found in known.checks:
            yield TextLine(f"{short_kind(found.kind)}: {found}", tone="strong")
            if found.kind != STACK and not found.script:
                continue  # a whole script as a diff says nothing, of a kind that Applications don't hold
            lines = list(check_diff(known.instance, {found.kind: self._ours[found.kind]}))
            yield from diff_lines(lines)
            yield TextLine() if lines else TextLine("the same, line by line", tone="dim")

    def copy_text(self) -> str:
        return self.text()


class SnippetPage(PageScreen):
    """A text that doesn't change; the copy key takes all of it."""

    def __init__(self, fleet: Fleet, key: Key, format_name: str, kinds: Sequence[str]) -> None:
        super().__init__(fleet, key)
        self._format = format_name
        self._text = FORMATS[format_name]({kind: source(*kind.split("/")) for kind in kinds})

    def page_version(self) -> tuple[object, ...]:
        return ()

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        return [HeaderPiece(self._format, "head"), HeaderPiece("c copies it, ctrl+s saves it", "dim", 2)]

    def lines(self, now: float) -> Sequence[TextLine]:
        return [TextLine(line) for line in self._text.splitlines()]

    def copy_text(self) -> str:
        return self._text

    def exports(self) -> list[FileExport]:
        suffix = "lua" if self._format == "lua" else "yaml"
        return [FileExport(f"it as a file for {self._format}", self._format, suffix, lambda: self._text)]
