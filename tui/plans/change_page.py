"""The page of every change: the request that will be sent, the question whether to send it, and how far it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType

from actions.plan import ChangeElsewhere, Plan, PlanContested, PlanUnacknowledged, shown_commands
from actions.record import RECORD_FILE
from actions.workflow import ChangeFault, ChangeResult
from fleet.board.rows import Key
from stacks.text import plain
from tui.pages.page_screen import PageScreen
from tui.plans.change_run import ChangeRun
from tui.plans.plan_text import plan_lines, refusal_lines
from tui.shell.board_app import app_of
from tui.shell.file_export import FileExport
from tui.shell.preferences import CHANGES
from tui.widgets.dialogs import ConfirmDialog, TypedConfirm
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine
from tui.widgets.workers import start_worker


class ChangePage(PageScreen):
    """Nothing is sent from here without the write switch and a typed word.

    It knows nothing of what is changed. A change that was sent is carried out to its end, also if the page is closed;
    a page that is opened for it later shows how far it is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "send", "Send", "change.send", "Send it, after a question.", key_display="enter"),
        bind("v", "whole", "Whole", "change.whole", "Show every byte that is sent, or a short form."),
        bind("t", "take_over", "Take over", "change.take_over", "Replace what is there; it is saved first."),
        bind("f", "force", "All the same", "change.force", "Plan it all the same, where something speaks against it."),
        bind("r", "plan", "Plan anew", "change.plan", "Look again, and plan it anew."),
        bind("c", "copy", "Copy", "change.copy", "Copy it in kubectl's words, or what to put elsewhere.", show=False),
    ]

    def __init__(self, run: ChangeRun) -> None:
        super().__init__(run.fleet, Key(run.target.context, run.target.namespace, run.change.id))
        self.change_run = run
        self._every_byte = False

    def on_mount(self) -> None:
        app = app_of(self)
        self.change_run.why_not = lambda context: app.writing.why_not(context)
        if not (self.change_run.sending or self.change_run.ended):
            self.action_plan()

    def page_version(self) -> tuple[object, ...]:
        planned = self.change_run.planned
        ages = int(self.fleet.clock()) if isinstance(planned, Plan) and planned.checked else 0
        return self.change_run.version, self._every_byte, self._why_not(), ages

    def refresh_if_changed(self) -> None:
        if self._drawn is None or self._drawn[:3] != self.page_version()[:3]:
            self.refresh_bindings()
        if self.change_run.shown_only and not self._why_not():
            self._plan_to_send()
        super().refresh_if_changed()

    def _plan_to_send(self) -> None:
        """Plan anew what was planned only to be shown: it may be sent now."""
        self.change_run.begin_anew()
        self._plan()

    @property
    def plan(self) -> Plan | None:
        """What could be sent now."""
        run = self.change_run
        sendable = not run.sending and run.result is None
        return run.planned if sendable and isinstance(run.planned, Plan) else None

    def _why_not(self) -> str:
        return app_of(self).writing.why_not(self.key.context)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        planned = self.change_run.planned
        allowed = {
            "send": self.plan is not None,
            "whole": isinstance(planned, Plan),
            "take_over": isinstance(planned, PlanContested),
            "force": isinstance(planned, ChangeElsewhere | PlanUnacknowledged),
            "plan": not self.change_run.sending,
        }
        return allowed.get(action, True)

    def action_plan(self) -> None:
        self.change_run.begin_anew()
        self._plan()

    def action_take_over(self) -> None:
        self.change_run.allow(take_over=True)
        self._plan()

    def action_force(self) -> None:
        elsewhere = isinstance(self.change_run.planned, ChangeElsewhere)
        self.change_run.allow(override_owner=elsewhere, acknowledged=not elsewhere)
        self._plan()

    def _plan(self) -> None:
        start_worker(self, self.change_run.plan, group="plan", exclusive=True, description="plan a change")

    def action_whole(self) -> None:
        self._every_byte = not self._every_byte

    def action_send(self) -> None:
        plan = self.plan
        if plan is None:
            return
        if why := self._why_not():
            self.notify(f"Nothing is sent: {why}", severity="warning", markup=False)
            return
        if self.change_run.shown_only:
            self._plan_to_send()
            return

        def answered(yes: bool | None) -> None:
            # Meanwhile it may have been planned anew, or writes switched off.
            if yes and self.plan is plan and not self._why_not():
                self._send(plan)

        about = [f"{plan.context}: {plan.target}", f"{plan.risk.level} risk: {plan.risk.text}"]
        if plan.risk.level == "low" and not plan.word:
            self.app.push_screen(ConfirmDialog("\n".join((f"{plan.title}?", *about))), answered)
        else:
            word = plan.word or str(self.change_run.target)
            self.app.push_screen(TypedConfirm(f"{plan.title}?", about, word), answered)

    def _send(self, plan: Plan) -> None:
        app_of(self).keep_change(self.change_run)
        # A worker of the application, not of this page: closing the page doesn't cancel it.
        start_worker(self.app, partial(self._carry_out, plan), group=CHANGES, description="carry out a change")

    async def _carry_out(self, plan: Plan) -> None:
        result = await self.change_run.carry_out(plan)
        self.fleet.instance_watch.refresh(self.key.context)  # these are polled; whatever else changed is watched
        text = plain(f"{self.change_run.target}: {result.text}")
        self.app.notify(text, severity="information" if result.succeeded else "error", markup=False, timeout=12)

    # Text

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        run = self.change_run
        where = HeaderPiece(f"{run.change.title(run.request)}: {run.target}", "head")
        why = self._why_not()
        return [where, HeaderPiece(why or "writable", "dim" if why else "odd", 3)]

    def lines(self, now: float) -> Sequence[TextLine]:
        return list(self._lines(now))

    def _lines(self, now: float) -> Iterator[TextLine]:
        run = self.change_run
        if run.sending or run.result is not None:
            yield from self._progress()
            yield TextLine()
            yield TextLine("WHAT WAS PLANNED", tone="head")
        elif self.plan is not None:
            why = self._why_not()
            yield TextLine(f"Nothing can be sent: {why}." if why else "Enter sends this, after a question.", tone="odd")
            yield TextLine()
        if run.plan_error:
            yield TextLine(f"It can't be planned: {run.plan_error}", tone="bad")
        elif run.planned is None:
            yield TextLine("Looking at what is there now ...", tone="dim")
        elif isinstance(run.planned, Plan):
            yield from plan_lines(run.planned, now, whole=self._every_byte)
        else:
            yield from refusal_lines(run.planned)

    def _progress(self) -> Iterator[TextLine]:
        run = self.change_run
        for number, step in enumerate(run.steps):
            going_on = run.sending and number == len(run.steps) - 1
            yield TextLine(f"{plain(step.text)}{' ...' if going_on else ''}", "busy" if going_on else "done")
        if (result := run.result) is None:
            return
        yield TextLine(
            plain(result.text), "done" if result.succeeded else "FAILED", "good" if result.succeeded else "bad"
        )
        for late in result.late:
            yield TextLine(plain(late), "not yet", "odd")
        yield TextLine(_what_now(result), "now")
        if result.written:
            yield TextLine(f"what was sent is noted in {run.record.folder / RECORD_FILE}", "record", "dim")

    def copy_text(self) -> str:
        planned = self.change_run.planned
        if isinstance(planned, ChangeElsewhere):
            return planned.snippet
        return "\n".join(shown_commands(planned)) if isinstance(planned, Plan) and planned.kubectl else self.text()

    def exports(self) -> list[FileExport]:
        planned = self.change_run.planned
        if isinstance(planned, ChangeElsewhere):
            return [FileExport("what to put there as a file", planned.file_name, "yaml", lambda: planned.snippet)]
        return super().exports()


def _what_now(result: ChangeResult) -> str:
    """What a person may do, now that the change has ended."""
    if result.replanned is not None:
        return "r plans it anew, from what is there now"
    if result.succeeded:
        return "esc goes back, where it is looked whether anything else is in the way"
    if result.fault in (ChangeFault.LATE, ChangeFault.NOT_YET):
        return "it goes on without this page; r looks again, and plans it anew"
    return "r looks again, and plans it anew"
