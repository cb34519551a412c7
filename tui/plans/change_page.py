"""The page of every change: the request that will be sent, the question whether to send it, and how far it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, ClassVar

from textual.binding import BindingType

from actions.plan import (
    ChangeElsewhere,
    NothingToDo,
    Plan,
    PlanBlocked,
    PlanContested,
    PlanUnacknowledged,
    describe,
    difference,
    shown_commands,
)
from actions.record import RECORD_FILE
from actions.workflow import ChangeFault, ChangeKind, ChangeRequest, ChangeResult
from fleet.board.rows import Key
from fleet.fleet import Fleet
from stacks.text import plain
from tui.pages.page_screen import PageScreen
from tui.plans.change_run import ChangeRun
from tui.shell.board_app import app_of
from tui.shell.file_export import FileExport
from tui.shell.preferences import CHANGES
from tui.widgets.dialogs import ConfirmDialog, TypedConfirm
from tui.widgets.header_and_keys import HeaderPiece, bind
from tui.widgets.text_view import TextLine, diff_lines, headed
from tui.widgets.workers import start_worker
from views.tones import RIGHT, RISK

_TEXT_AT = 12
"""the column at which the text begins in a line that describes a plan, behind its label"""


class ChangePage(PageScreen):
    """Nothing is sent from here without the write switch and a typed word.

    It knows nothing of what is changed: `change` is an entry of `actions.registry`, `target` of the type it is for.
    A change that was sent is carried out to its end, also if the page is closed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "send", "Send", "change.send", "Send it, after a question.", key_display="enter"),
        bind("v", "whole", "Whole", "change.whole", "Show every byte that is sent, or a short form."),
        bind("t", "take_over", "Take over", "change.take_over", "Replace what is there; it is saved first."),
        bind("f", "force", "All the same", "change.force", "Plan it all the same, where something speaks against it."),
        bind("r", "plan", "Plan anew", "change.plan", "Look again, and plan it anew."),
        bind("c", "copy", "Copy", "change.copy", "Copy it in kubectl's words, or what to put elsewhere.", show=False),
    ]

    def __init__(self, fleet: Fleet, change: ChangeKind[Any, Any], target: Any, request: ChangeRequest) -> None:
        super().__init__(fleet, Key(target.context, target.namespace, change.id))
        self.change_run = ChangeRun(fleet, change, target, request)
        self._every_byte = False

    def on_mount(self) -> None:
        self.action_plan()

    def page_version(self) -> tuple[object, ...]:
        planned = self.change_run.planned
        ages = int(self.fleet.clock()) if isinstance(planned, Plan) and planned.checked else 0
        return self.change_run.version, self._every_byte, self._why_not(), ages

    def refresh_if_changed(self) -> None:
        if self._drawn is None or self._drawn[:3] != self.page_version()[:3]:
            self.refresh_bindings()
        super().refresh_if_changed()

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


def plan_lines(plan: Plan, now: float, *, whole: bool) -> Iterator[TextLine]:
    """The plan as `describe` has it, the risk first: a small screen ends within the requests.

    A label is said once, and what was looked at has its age.
    """
    title, *lines = describe(plan, whole=whole, now=now)
    yield TextLine(title, tone="strong")
    before = ""
    for line in sorted(lines, key=lambda line: line[:_TEXT_AT].strip() != "risk"):
        label, text = line[:_TEXT_AT].strip(), line[_TEXT_AT:]
        yield TextLine(text, (label if label != before else "") or " ", _tone(label, text, plan))
        before = label or before
    yield from headed("WHAT CHANGES", diff_lines(list(difference(plan))))


def _tone(label: str, text: str, plan: Plan) -> str:
    if label == "risk":
        return RISK[plan.risk.level]
    if label == "rights":
        return RIGHT.get(text.partition(": ")[2].partition(" (")[0], "")
    return "strong" if label == "request" else "dim" if label in ("", "kubectl") else ""


def refusal_lines(
    planned: NothingToDo | PlanBlocked | PlanContested | ChangeElsewhere | PlanUnacknowledged,
) -> Iterator[TextLine]:
    """Why there is nothing to send, and which key or which other place helps."""
    match planned:
        case NothingToDo(text):
            yield TextLine(plain(text), tone="good")
        case PlanBlocked(text, reasons):
            yield TextLine(plain(text), tone="bad")
            for reason in reasons:
                yield TextLine(plain(reason), "mend first")
        case PlanContested(text, values):
            yield TextLine(f"{plain(text)}. t replaces it, and saves it first.", tone="odd")
            for value in values:
                yield from headed(
                    plain(f"{value.key}, from {value.who}"), map(TextLine, plain(value.value).splitlines())
                )
        case ChangeElsewhere(text, place, snippet, written):
            yield TextLine(f"{plain(text)}.", tone="odd")
            yield TextLine(plain(place), "put this into", "strong")
            yield TextLine(f"c copies it, ctrl+s saves it; f writes {written} all the same", "or", "dim")
            yield TextLine()
            yield from map(TextLine, snippet.splitlines())
        case PlanUnacknowledged(text, word):
            yield TextLine(
                f"{plain(text)}. f plans it all the same; then {plain(word)} is typed to send it.", tone="odd"
            )
