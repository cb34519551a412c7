"""The page of one verb for several Stacks or Applications: who gets what, the question, and how far each one is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from actions.offers import default_request
from actions.plan import shown_commands
from actions.registry import CHANGES as KINDS_OF_CHANGE
from cluster.resources import Resource
from fleet.board.rows import Key
from fleet.resource_kinds import APPLICATIONS, STACKS
from tui.pages.page_screen import PageScreen
from tui.pages.sections import PageTable
from tui.plans.group_run import GroupMember, GroupRun
from tui.plans.group_text import (
    MEMBER_TABLE,
    MemberRow,
    counted_members,
    counts_in_words,
    group_lines,
    rate_words,
    repair_lines,
    risk_lines,
)
from tui.plans.plan_text import plan_lines
from tui.shell.board_app import app_of
from tui.shell.navigation import KubectlReference, OpenChange, OpenText, open_page
from tui.shell.preferences import CHANGES
from tui.widgets.dialogs import ChoiceDialog, ConfirmDialog, TypedConfirm
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine
from tui.widgets.workers import start_worker

_GO_ON, _STOP = "go on in the background", "stop: begin no more of them"


class GroupPage(PageScreen):
    """Nothing is sent from here without the write switch and one answer for all of them.

    What was begun is carried out to its end, whatever becomes of the page. Whether the others are begun, too, is asked
    when it is left; where it goes away without being asked, they aren't. A page that is opened for it later shows how
    far it is.
    """

    AUTO_FOCUS = "TableWidget"
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, as the table has a use of its own for it.
        bind("enter", "send", "Send", "group.send", "Send all, after a question.", priority=True, key_display="enter"),
        bind("p", "pause", "Pause", "group.pause", "Begin no more of them for now, or go on."),
        bind("plus", "rate(1)", "Faster", "group.faster", "Begin more of them in a second.", show=False),
        bind("minus", "rate(-1)", "Slower", "group.slower", "Begin fewer of them in a second.", show=False),
        bind("v", "alone", "Alone", "group.alone", "The plan of the one under the cursor, with every byte sent."),
        bind("r", "plan", "Plan anew", "group.plan", "Look again at those that aren't done, and plan them anew."),
    ]  # fmt: skip

    def __init__(self, run: GroupRun, verb: str = "") -> None:
        super().__init__(run.fleet, run.keys[0])
        self._verb = verb
        """what is meant, if it helps; otherwise it is asked for"""
        self.group_run = run
        self.table: PageTable[MemberRow] = PageTable(MEMBER_TABLE, "members")
        self._planned = run.begun
        self._asks_for_verb = False

    def compose_body(self) -> ComposeResult:
        yield self.text_view
        yield self.table.table

    def on_mount(self) -> None:
        app = app_of(self)
        self.group_run.why_not = lambda context: app.writing.why_not(context)
        if not self.group_run.begun:
            self._look()

    def on_screen_resume(self) -> None:
        self._ask_for_verb()

    def on_unmount(self) -> None:
        if self._begun and not self.group_run.rest_may_go_on:
            self.group_run.stop()

    @property
    def _begun(self) -> bool:
        return self.group_run.begun

    # Looking and planning

    def _look(self) -> None:
        self._planned = False
        self.group_run.forget_plans()
        start_worker(self, self._see, group="plan", exclusive=True, description="plan a change of several")
        self.refresh_page()

    async def _see(self) -> None:
        await self.group_run.see()
        if self.group_run.change is not None:
            await self._plan()
        else:
            self._asks_for_verb = True
            self._ask_for_verb()

    async def _plan(self) -> None:
        await self.group_run.plan()
        self._planned = True

    def _ask_for_verb(self) -> None:
        """Ask which verb is meant, as soon as it is known what helps and nothing else lies over the page."""
        if not self._asks_for_verb or not self.is_active:
            return
        self._asks_for_verb = False
        verbs, of = self.group_run.verbs(), len(self.group_run.keys)
        if not verbs:
            return
        if self._verb in verbs:
            self._choose(self._verb)
            return
        changes = [KINDS_OF_CHANGE[verb] for verb in verbs]
        request = default_request(changes[0], self.fleet.clock())
        options = [f"{each.id}: {each.title(request)} ({verbs[each.id].words(of)})" for each in changes]

        def answered(choice: int | None) -> None:
            if choice is None:
                self.dismiss()
                return
            self._choose(changes[choice].id)

        self.app.push_screen(ChoiceDialog(f"What for these {of}", options), answered)

    def _choose(self, verb: str) -> None:
        self.group_run.choose(KINDS_OF_CHANGE[verb])
        start_worker(self, self._plan, group="plan", exclusive=True, description="plan a change of several")

    def action_plan(self) -> None:
        if self._begun:
            self.group_run.take_up_the_rest()
        self._look()

    # What is shown

    def page_version(self) -> tuple[object, ...]:
        run = self.group_run
        paused = run.sending is not None and run.sending.paused
        return run.version, self._planned, self._begun, paused, app_of(self).writing, int(self.fleet.clock())

    def refresh_if_changed(self) -> None:
        if self.is_current and self._drawn != self.page_version():
            self.refresh_bindings()
            self._plan_to_send()
        super().refresh_if_changed()

    def _plan_to_send(self) -> None:
        """Plan anew what was planned only to be shown, where it may be sent now."""
        planned = self._planned and not self._begun
        if planned and any(one.shown_only and not self._why_not(one) for one in self.group_run.members):
            self._look()

    def refresh_page(self) -> None:
        super().refresh_page()
        rows = [
            MemberRow(place, one.key, one.state, self._why_not(one) or one.text)
            for place, one in enumerate(self.group_run.members)
        ]
        self.table.show(rows, self.fleet.clock(), {}, "Nothing is left.")

    def _why_not(self, member: GroupMember) -> str:
        """Why its plan can't be sent, though it has one; empty where it can."""
        planned = member.state == "to send" and not self._begun
        return app_of(self).writing.why_not(member.key.context) if planned else ""

    def sendable(self) -> list[GroupMember]:
        """The members whose plans may be sent now."""
        if not self._planned or self._begun:
            return []
        members = [one for one in self.group_run.members if one.state == "to send" and not one.shown_only]
        return [one for one in members if not self._why_not(one)]

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        run = self.group_run
        what = (
            f"{run.change.id} {counted_members(run)}" if run.change is not None else f"Fixes for {counted_members(run)}"
        )
        why = "; ".join(dict.fromkeys(filter(None, map(self._why_not, run.members))))
        writes = HeaderPiece(why or "writable", "dim" if why else "odd", 3)
        return [HeaderPiece(what, "head"), HeaderPiece(rate_words(run.per_second), "", 1), writes]

    def lines(self, now: float) -> Sequence[TextLine]:
        run = self.group_run
        return list(group_lines(run, planned=self._planned, sendable=self.sendable(), why_not=self._why_nothing()))

    def _why_nothing(self) -> str:
        """Why what is planned can't be sent; empty where something can."""
        return next(filter(None, map(self._why_not, self.group_run.members)), "")

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        under_way = self._begun and not self.group_run.ended
        chosen = self.group_run.change is not None
        allowed = {
            # Where a command is typed, enter is its end.
            "send": not isinstance(self.focused, Input),
            "pause": under_way,
            "rate": chosen and not self._begun,
            "alone": chosen and self._planned,
            "plan": chosen and not under_way,
        }
        return allowed.get(action, True)

    def action_rate(self, direction: int) -> None:
        self.group_run.change_rate(direction)

    def action_pause(self) -> None:
        group = self.group_run.sending
        if group is not None:
            (group.go_on if group.paused else group.pause)()
            self.refresh_if_changed()

    def action_alone(self) -> None:
        """Open the plan of the one under the cursor as it is sent; of one without, why, from what is there then."""
        run, row = self.group_run, self.table.row_under_cursor
        member = run.members[row.place] if row is not None else None
        if member is None or run.look is None or run.change is None:
            return
        if (plan := member.plan) is not None:
            write = partial(plan_lines, plan, whole=True)
            title = f"{run.change.id}: {member.key}"
            open_page(self, OpenText(member.key, title, write, tuple(self._references([member.key]))))
        elif (offer := run.look.best_offer(member.key, run.change.id)) is not None:
            open_page(self, OpenChange(offer.verb, offer.target, offer.request(self.fleet.clock())))

    def action_send(self) -> None:
        chosen, run = self.sendable(), self.group_run
        if not chosen or run.change is None:
            if self._planned and not self._begun:
                why = self._why_nothing() or "there is nothing to send"
                self.notify(f"Nothing is sent: {why}", severity="warning", markup=False)
            return

        def agreed() -> None:
            # Meanwhile it may have been planned anew, or writes switched off.
            if self.sendable() == chosen:
                self._send(chosen)

        names = [str(one.key) for one in chosen[:5]]
        more = f" and {len(chosen) - 5} more" if len(chosen) > 5 else ""
        about = [
            f"{', '.join(names)}{more}",
            *(line.text for line in (*repair_lines(run), *risk_lines(chosen))),
            rate_words(run.per_second),
        ]
        words = list(dict.fromkeys(one.plan.word for one in chosen if one.plan is not None and one.plan.word))
        self._ask(f"{run.change.id} for {len(chosen)} of them?", about, words, agreed)

    def _ask(self, question: str, about: Sequence[str], words: Sequence[str], then: Callable[[], None]) -> None:
        """Ask once, or for each of the words that have to be typed."""

        def answered(left: Sequence[str], yes: bool | None) -> None:
            if yes and left:
                self.app.push_screen(TypedConfirm(question, about, left[0]), partial(answered, left[1:]))
            elif yes:
                then()

        if words:
            answered(words, True)
        else:
            self.app.push_screen(ConfirmDialog("\n".join((question, *about))), partial(answered, ()))

    def _send(self, chosen: Sequence[GroupMember]) -> None:
        self.group_run.begun = True
        app_of(self).keep_change(self.group_run)
        # A worker of the application, not of this page: what was begun goes on when the page is closed.
        start_worker(self.app, partial(self._carry_out, chosen), group=CHANGES, description="carry out several changes")

    async def _carry_out(self, chosen: Sequence[GroupMember]) -> None:
        run = self.group_run
        await run.carry_out(chosen)
        well = not run.count("failed", "not sent")
        said = f"{run.change.id if run.change is not None else ''}: {counts_in_words(run)}"
        self.app.notify(said, severity="information" if well else "warning", markup=False, timeout=12)

    def action_leave(self) -> None:
        """Go back; while some of them aren't begun yet, ask what becomes of those."""
        left = self.group_run.count("to send")
        if not self._begun or self.group_run.ended or not left:
            self.group_run.rest_may_go_on = True
            self.dismiss()
            return

        def answered(choice: int | None) -> None:
            if choice == 0:
                self.group_run.rest_may_go_on = True
                self.dismiss()
            elif choice == 1:
                self.group_run.stop()

        self.app.push_screen(ChoiceDialog(f"{left} aren't begun yet", (_GO_ON, _STOP)), answered)

    def copy_text(self) -> str:
        lines = [line for one in self.group_run.members if one.plan is not None for line in shown_commands(one.plan)]
        return "\n".join(lines) or self.text()

    def references(self) -> list[KubectlReference]:
        return self._references(self.group_run.keys)

    def _references(self, keys: Iterable[Key]) -> list[KubectlReference]:
        resource: Resource = STACKS.resource if self.group_run.kind == "Stack" else APPLICATIONS.resource
        return [KubectlReference(key, resource) for key in keys]
