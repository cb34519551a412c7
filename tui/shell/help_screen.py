"""The help: every key that works where it was asked for, and what `F` could do there; it can be searched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from tui.widgets.column_text import ColumnText, TextGroup
from tui.widgets.header_and_keys import bind
from tui.widgets.leavable import Dialog
from tui.widgets.text_view import TextLine
from tui.widgets.workers import start_worker

ExplainFixes = Callable[[], Awaitable[Sequence[TextGroup]]]
"""what can be done about what was chosen where help was asked for"""

_LOOKING = TextGroup("F HERE", (TextLine("looking what helps ...", tone="dim"),))
_WORDS = (
    TextGroup(
        "THE FILTER",
        (
            TextLine("matches any column; all terms must hold", "text"),
            TextLine("Stacks that want this commit or have it applied; from seven characters on", "a20bdac"),
            TextLine("leaves out what matches", "!text"),
            TextLine("by health, and by phases such as status:stalled", "status:degraded"),
            TextLine("match names", "ctx: ns: name: app:"),
            TextLine("match what columns show", "health: phase: sync: message: cause:"),
            TextLine(
                "a condition's reason, the Pulumi stack, where the program is from, a commit",
                "reason: stack: repo: commit:",
            ),
            TextLine("just this text, though it has a colon", '"text: with"'),
            TextLine("letters in this order", "-f letters"),
            TextLine("labels", "-l key=value"),
        ),
    ),
    TextGroup(
        "A COMMIT",
        (
            TextLine("is applied, and it is the one that is wanted", "a20bdac"),
            TextLine("is applied, and another one is wanted", "a20bdac*"),
            TextLine("none was applied so far, and one is wanted", "none*"),
            TextLine("while a filter asks for a commit: what matched, and what else there is", "applied, wanted"),
        ),
    ),
    TextGroup(
        "SIGNS BEFORE A LINE",
        (
            TextLine("its context can't be seen now, and what stands there is as old as it says", "~"),
            TextLine("its object is gone", "-"),
            TextLine("before a cause: a closer look would tell more; d and enter take one", "?"),
            TextLine("a group that is open, and one that is folded", "[-] [+]"),
        ),
    ),
)
"""about tables"""


class HelpSearch(Input):
    """The line in which is typed what is searched for. Hidden until then; the text scrolls behind it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down", "scroll(1)", "Down", "help.down", "One line down.", show=False),
        bind("up", "scroll(-1)", "Up", "help.up", "One line up.", show=False),
        bind("pagedown", "page(1)", "Page down", "help.pagedown", "A page down.", show=False),
        bind("pageup", "page(-1)", "Page up", "help.pageup", "A page up.", show=False),
    ]

    def __init__(self, text: ColumnText) -> None:
        super().__init__(compact=True, select_on_focus=False, placeholder="a word of what it does, or a key")
        self.display = False
        self._text = text

    def action_scroll(self, lines: int) -> None:
        self._text.action_scroll_by(lines)

    def action_page(self, direction: int) -> None:
        self._text.action_page(direction)


class HelpScreen(Dialog[None]):
    """The keys of what had the focus when help was asked for, and what can be done there."""

    AUTO_FOCUS = "TextView"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("slash", "search", "Search", "help.search", "Search the help; a letter without a use here does so, too."),
        bind("escape", "back", "Back", "help.back", "Show everything again; then close the help."),
        bind("q,question_mark", "leave", "Close", "help.leave", "Close the help."),
    ]

    def __init__(self, groups: Sequence[TextGroup], fix_help: ExplainFixes | None = None) -> None:
        super().__init__()
        self._groups = tuple(groups)
        self._fix_help = fix_help
        self._fix_groups: tuple[TextGroup, ...] = (_LOOKING,) if fix_help is not None else ()
        self.columns = ColumnText()
        self._search = HelpSearch(self.columns)
        self._title = Static("", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self._title
            yield self._search
            yield self.columns

    def on_mount(self) -> None:
        self._show()
        if self._fix_help is not None:
            start_worker(self, self._look, group="fixes", description="look what can be done")

    async def _look(self) -> None:
        assert self._fix_help is not None
        self._fix_groups = tuple(await self._fix_help())
        self._show()

    def _show(self) -> None:
        groups = (*self._fix_groups, *self._groups)
        words = self._search.value.split()
        found = list(matching(groups, words))
        hits, all_lines = _count(found), _count(groups)
        if not words:
            self._title.update("Help   type to search   esc closes")
        elif hits:
            self._title.update(f"Help   {hits} of {all_lines} match   esc shows all")
        else:
            self._title.update(f"Help   none of {all_lines} matches   esc shows all")
        self.columns.show_groups(found, words)

    # Searching

    def on_key(self, event: events.Key) -> None:
        """A letter that has no use here begins a search with it."""
        letter = event.character or ""
        if self._is_typing or not event.is_printable or not letter.strip() or event.key in self.active_bindings:
            return
        event.stop()
        event.prevent_default()
        self._open_search(self._search.value + letter)

    @property
    def _is_typing(self) -> bool:
        return self.focused is self._search

    def _open_search(self, text: str) -> None:
        self._search.display = True
        self._search.value = text
        self._search.cursor_position = len(text)
        self.set_focus(self._search)  # now: the next key is on its way already

    def action_search(self) -> None:
        self._open_search(self._search.value)

    def on_input_changed(self) -> None:
        self.columns.action_first()
        self._show()

    def on_input_submitted(self) -> None:
        self._end_typing()

    def _end_typing(self) -> None:
        self._search.display = bool(self._search.value)
        self.set_focus(self.columns)

    def action_back(self) -> None:
        if not self._search.display:
            self.dismiss()
            return
        self._search.value = ""
        self._end_typing()

    def action_leave(self) -> None:
        self.dismiss()


def _count(groups: Iterable[TextGroup]) -> int:
    return sum(len(group.lines) for group in groups)


def matching(groups: Iterable[TextGroup], words: Sequence[str]) -> Iterator[TextGroup]:
    """What is left of the groups: the lines that have all of these words, in their text, their label or their title."""
    lower = [word.lower() for word in words]
    for group in groups:
        lines = tuple(
            line
            for line in group.lines
            if all(word in f"{line.label} {line.text} {group.title}".lower() for word in lower)
        )
        if lines:
            yield replace(group, lines=lines)


def help_groups(active: Iterable[ActiveBinding], display: Callable[[Binding], str]) -> list[TextGroup]:
    """A line for each action with all its keys, by sections, and what else there is to say of a table.

    Bindings without an id are Textual's own, and left out.
    """
    keys: dict[str, list[str]] = {}
    tips: dict[str, str] = {}
    filtered = False
    for one in active:
        binding = one.binding
        if binding.id and one.enabled:
            keys.setdefault(binding.id, []).append(display(binding))
            tips.setdefault(binding.id, _tip(binding))
            filtered = filtered or binding.action == "filter"
    groups = []
    for title in ("HERE", "MOVING", "SORTING", "EVERYWHERE"):
        found = tuple(TextLine(tips[name], " ".join(keys[name])) for name in keys if _section(name) == title)
        groups += [TextGroup(title, found)] if found else []
    return [*groups, *(_WORDS if filtered else ())]


def _tip(binding: Binding) -> str:
    """What a key does, after its word in the last line, by which somebody may look for it."""
    tip, word = binding.tooltip, binding.description
    return tip if not binding.show or word.lower() in tip.lower() else f"{word}: {tip}" if tip else word


def _section(name: str) -> str:
    if ".sort." in name:
        return "SORTING"
    return {"rows": "MOVING", "paper": "MOVING", "app": "EVERYWHERE"}.get(name.partition(".")[0], "HERE")
