"""The page of one Stack's or Application's diagnosis: what is found, what it rests on, and the verbs that help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from cluster.resources import Resource
from diagnosis.reading.close_look import SubjectKind
from fleet.board.rows import Key
from fleet.fleet import Fleet
from fleet.resource_kinds import APPLICATIONS, STACKS
from stacks.times import kubectl_age
from tui.pages.fix_help import FixHelp
from tui.pages.live_look import LiveLook
from tui.pages.page_screen import PageScreen
from tui.plans.diagnosis_markdown import diagnosis_markdown
from tui.plans.fix_look import FixLook
from tui.plans.fix_text import FixText, fix_text, greyed, known_text
from tui.shell.board_app import app_of
from tui.shell.file_export import FileExport
from tui.shell.navigation import KubectlReference, OpenChange, OpenFixes, open_page
from tui.widgets.choosable_text import ChoosableText
from tui.widgets.column_text import TextGroup
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine
from tui.widgets.workers import start_worker

_LOOK_EVERY = 10.0
"""seconds"""


class FixesPage(PageScreen):
    """A diagnosis: everything that is found, and the verbs that help. It is looked at anew as long as it is seen.

    Nothing is sent from here: a verb leads to the page of its plan, and when that is left, it is looked at again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "plan", "Plan", "fixes.plan", "Plan this fix; nothing is sent yet.", key_display="enter"),
        bind("F", "to_fix", "Fix", "fixes.fix", "Go to the verb that helps first."),
        bind("r", "look", "Look again", "fixes.look", "Look at it again now, and not only every 10 seconds."),
        bind("c", "copy", "Copy", "fixes.copy", "Copy all of it as Markdown.", show=False),
    ]

    def __init__(self, fleet: Fleet, key: Key, kind: SubjectKind, *, at_fix: bool = True) -> None:
        super().__init__(fleet, key)
        self.kind = kind
        self.choosable = ChoosableText()
        self.text_view = self.choosable
        self.look: FixLook | None = None
        self._live: LiveLook | None = None
        self._at_fix = at_fix
        """the verb that helps first is to be seen as soon as there is one"""
        self._planning = False
        """the plan of a fix lies over this page"""
        self._text = FixText()

    @property
    def live(self) -> LiveLook:
        if self._live is None:
            self._live = LiveLook(self.fleet, app_of(self).board_findings, self.key, self.kind, _LOOK_EVERY)
        return self._live

    def on_mount(self) -> None:
        self.action_look()

    def on_screen_resume(self) -> None:
        if self._planning:
            self._planning = False
            self.action_look()

    # Looking

    def refresh_if_changed(self) -> None:
        if self.is_current and self.live.is_due(self.fleet.clock()):
            self.action_look()
        super().refresh_if_changed()

    def action_look(self) -> None:
        self.live.begin()
        start_worker(self, self._look, group="look", exclusive=True, description="look for what can be done")
        self.refresh_page()

    async def _look(self) -> None:
        await self.live.take()
        if self.live.found is not None:
            self.look = FixLook(self.fleet, self.kind, self.live.found)
        self.refresh_page()
        self.refresh_bindings()
        if self._at_fix and self._text.choices:
            self._at_fix = False
            self.choosable.reveal()

    # What is shown

    def page_version(self) -> tuple[object, ...]:
        now = self.fleet.clock()
        known = 0 if self.look is not None else self.fleet.board.version
        return int(now), self.live.version, self.live.why_lost(now), self._why_not(), known

    def _why_not(self) -> str:
        return app_of(self).writing.why_not(self.key.context)

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        why = self._why_not()
        seen = f"seen {kubectl_age(now - self.live.looked_at)} ago"
        when = HeaderPiece("looking ...", "busy", 1) if self.look is None else HeaderPiece(seen, "dim", 1)
        lost = [HeaderPiece("lost", "bad", 1)] if self.look is not None and self.live.why_lost(now) else []
        return [
            HeaderPiece(f"Diagnosis of {self.kind} {self.key.name}", "head"),
            *lost,
            when,
            HeaderPiece(why or "writable", "dim" if why else "odd", 3),
            HeaderPiece(f"{self.key.context} / {self.key.namespace}", "dim", 4),
        ]

    def refresh_page(self) -> None:
        self._text = self._text_now(self.fleet.clock())
        super().refresh_page()
        self.choosable.show_choices(self._text.lines, self._text.choices)

    def _text_now(self, now: float) -> FixText:
        if self.look is None:
            return self._before_look(now)
        text, lost = fix_text(self.look, self.key, now), self.live.why_lost(now)
        if not lost:
            return text
        age = kubectl_age(now - self.live.looked_at)
        return greyed(text, f"{self.key.context} can't be seen: {lost}. What follows is {age} old.")

    def _before_look(self, now: float) -> FixText:
        what = "what the operator reads of it, its runs and its pod" if self.kind == "Stack" else "its syncs"
        found = app_of(self).board_findings.finding(self.key, now) if self.kind == "Stack" else None
        findings = [found.finding, *found.others] if found is not None and found.finding is not None else []
        text = known_text(findings, self.key, now)
        text.lines.insert(0, TextLine(f"Looking at it, {what} ...", tone="dim"))
        return text

    def lines(self, now: float) -> Sequence[TextLine]:
        return self._text.lines

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._text.choices) if action in ("plan", "to_fix") else super().check_action(action, parameters)

    def on_choosable_text_opened(self) -> None:
        self.action_plan()

    def action_to_fix(self) -> None:
        self.choosable.choose_first()

    def action_plan(self) -> None:
        chosen = self.choosable.chosen
        offer = next((one for identity, one in self._text.offers.items() if identity == chosen), None)
        if not self.is_active:
            return
        self._planning = True
        if isinstance(chosen, Key):
            open_page(self, OpenFixes((chosen,)))
        elif offer is not None:
            open_page(self, OpenChange(offer.verb, offer.target, offer.request(self.fleet.clock())))

    async def fix_help(self) -> Sequence[TextGroup]:
        known = FixHelp(self.fleet, app_of(self).board_findings)
        return await (known.of_rows(self.key) if self.kind == "Stack" else known.of_application(self.key))

    def copy_text(self) -> str:
        if self.look is None:
            return self.text()
        return diagnosis_markdown(self.look, self.key, self.live.looked_at, self.live.why_lost(self.fleet.clock()))

    def exports(self) -> list[FileExport]:
        return [FileExport("the diagnosis as Markdown", self.key.name[:60], "md", self.copy_text), *super().exports()]

    def references(self) -> list[KubectlReference]:
        resource: Resource = STACKS.resource if self.kind == "Stack" else APPLICATIONS.resource
        return [KubectlReference(self.key, resource)]
