"""The page of what can be done about one Stack or Application: what is found, and the verbs that help."""

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
from tui.pages.page_screen import PageScreen
from tui.plans.fix_look import FixLook, fix_request, look_at
from tui.plans.fix_text import FixText, fix_text
from tui.shell.board_app import app_of
from tui.shell.navigation import KubectlReference, OpenChange, OpenFixes, open_page
from tui.widgets.choosable_text import ChoosableText
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine
from tui.widgets.workers import start_worker


class FixesPage(PageScreen):
    """It looks when it opens, and again when the plan of a fix is left: something may have been sent.

    Nothing is sent from here: a verb leads to the page of its plan.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "plan", "Plan", "fixes.plan", "Plan this fix; nothing is sent yet.", key_display="enter"),
        bind("r,F", "look", "Look again", "fixes.look", "Look at it again."),
    ]

    def __init__(self, fleet: Fleet, key: Key, kind: SubjectKind) -> None:
        super().__init__(fleet, key)
        self.kind = kind
        self.choosable = ChoosableText()
        self.text_view = self.choosable
        self.look: FixLook | None = None
        self._looked_at = 0.0
        self._looking = False
        self._planning = False
        """the plan of a fix lies over this page"""
        self._text = FixText()

    def on_mount(self) -> None:
        self.action_look()

    def on_screen_resume(self) -> None:
        if self._planning:
            self._planning = False
            self.action_look()

    # Looking

    def action_look(self) -> None:
        self._looking = True
        start_worker(self, self._look, group="look", exclusive=True, description="look for what can be done")
        self.refresh_page()

    async def _look(self) -> None:
        self.look = await look_at(self.fleet, [self.key], self.kind)
        self._looked_at, self._looking = self.fleet.clock(), False
        self.refresh_page()
        self.refresh_bindings()

    # What is shown

    def page_version(self) -> tuple[object, ...]:
        return int(self.fleet.clock()), self._looking, self._why_not()

    def _why_not(self) -> str:
        return app_of(self).writing.why_not(self.key.context)

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        why = self._why_not()
        when = "looking ..." if self._looking else f"seen {kubectl_age(now - self._looked_at)} ago"
        return [
            HeaderPiece(f"Fixes for {self.kind} {self.key.name}", "head"),
            HeaderPiece(when, "busy" if self._looking else "dim", 1),
            HeaderPiece(why or "writable", "dim" if why else "odd", 3),
            HeaderPiece(f"{self.key.context} / {self.key.namespace}", "dim", 4),
        ]

    def refresh_page(self) -> None:
        now = self.fleet.clock()
        if self.look is not None:
            self._text = fix_text(self.look, self.key, now)
        super().refresh_page()
        self.choosable.show_choices(self.lines(now), self._text.choices)

    def lines(self, now: float) -> Sequence[TextLine]:
        if self.look is None:
            what = "what the operator reads of it, its runs and its pod" if self.kind == "Stack" else "its syncs"
            return [TextLine(f"Looking at it, {what} ...", tone="dim")]
        return self._text.lines

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._text.choices) if action == "plan" else super().check_action(action, parameters)

    def on_choosable_text_opened(self) -> None:
        self.action_plan()

    def action_plan(self) -> None:
        chosen = self.choosable.chosen
        offer = next((one for identity, one in self._text.offers.items() if identity == chosen), None)
        if not self.is_active:
            return
        self._planning = True
        if isinstance(chosen, Key):
            open_page(self, OpenFixes((chosen,)))
        elif offer is not None:
            open_page(self, OpenChange(offer.verb, offer.target, fix_request(offer.verb, self.fleet.clock())))

    def copy_text(self) -> str:
        return self.text()

    def references(self) -> list[KubectlReference]:
        resource: Resource = STACKS.resource if self.kind == "Stack" else APPLICATIONS.resource
        return [KubectlReference(self.key, resource)]
