"""The changes that were agreed to since the program began: how far each is, and the way to its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from actions.workflow import ChangeFault
from fleet.board.rows import Key
from fleet.fleet import Fleet
from stacks.text import plain
from tui.pages.page_screen import PageScreen
from tui.plans.change_run import ChangeRun
from tui.plans.group_run import GroupRun, MemberState
from tui.plans.group_text import counted_members, counts_in_words
from tui.shell.board_app import app_of
from tui.shell.navigation import OpenSessionChange, SessionChange, open_page
from tui.widgets.choosable_text import ChoosableLine, ChoosableText
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine
from views.tones import CHANGE


class ChangesPage(PageScreen):
    """The newest comes first. Nothing is sent, paused or stopped from here, but from the page of each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind(
            "enter", "open", "Open", "changes.open", "Its page: how far it is, to pause or stop.", key_display="enter"
        ),
    ]

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet, Key("", "", "changes"))
        self.choosable = ChoosableText()
        self.text_view = self.choosable

    def _changes(self) -> list[SessionChange]:
        return app_of(self).session_changes[::-1]

    def page_version(self) -> tuple[object, ...]:
        return tuple((id(each), each.version) for each in self._changes())

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        under_way = sum(not each.ended for each in self._changes())
        return [
            HeaderPiece("Changes", "head"),
            HeaderPiece(f"{under_way} under way", "busy" if under_way else "dim", 1),
        ]

    def refresh_page(self) -> None:
        super().refresh_page()
        choices = [ChoosableLine(line, id(each)) for line, each in enumerate(self._changes())]
        self.choosable.show_choices(self.lines(self.fleet.clock()), choices)

    def lines(self, now: float) -> Sequence[TextLine]:
        if not (changes := self._changes()):
            return [TextLine("Nothing was changed since the program began.", tone="dim")]
        return [_line(each) for each in changes]

    def on_choosable_text_opened(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        for each in self._changes():
            if id(each) == self.choosable.chosen:
                open_page(self, OpenSessionChange(each))

    def copy_text(self) -> str:
        return self.text()


def _line(change: SessionChange) -> TextLine:
    state, text = _group(change) if isinstance(change, GroupRun) else _single(change)
    return TextLine(plain(text), state, CHANGE[state])


def _group(run: GroupRun) -> tuple[MemberState, str]:
    """How far it is, and which verb for how many."""
    verb = run.change.id if run.change is not None else ""
    worst: Sequence[MemberState] = ("failed", "not sent", "not in time")
    state: MemberState = next((each for each in worst if run.count(each)), "done") if run.ended else "under way"
    paused = ", paused" if not run.ended and run.sending is not None and run.sending.paused else ""
    return state, f"{verb} for {counted_members(run)}: {counts_in_words(run)}{paused}"


def _single(change: SessionChange) -> tuple[MemberState, str]:
    assert isinstance(change, ChangeRun)
    title, result = f"{change.change.id} {change.target}", change.result
    if result is None:
        return "under way", f"{title}: {change.steps[-1].text if change.steps else 'sending it'}"
    state: MemberState = "done" if result.succeeded else "failed"
    late = result.fault in (ChangeFault.LATE, ChangeFault.NOT_YET)
    return "not in time" if late else state, f"{title}: {result.text}"
