"""A change of an Argo CD's checks: shown as the request that will be sent, asked about, and followed to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType

from actions.plan import ChangeElsewhere, NothingToDo, Plan, PlanBlocked, PlanContested
from actions.plan_words import describe, difference
from actions.record import RECORD_FILE
from fleet.argocd.argocd_words import named
from fleet.argocd.instances import ArgoCDInstance
from fleet.board.rows import Key
from fleet.fleet import Fleet
from stacks.text import plain
from tui.checks.diff_page import diff_lines
from tui.pages.page_screen import PageScreen
from tui.plans.change_run import ChangeRun, WantedChange
from tui.shell.file_export import FileExport
from tui.shell.write_switch import CHANGES, WriteSwitch
from tui.widgets.header_text import HeaderPiece
from tui.widgets.text_lines import headed
from tui.widgets.text_view import TextLine
from tui.widgets.typed_confirm import TypedConfirm

_TEXT_AT = 12
"""where the text begins in a line that describes a plan, behind its label"""


class ChangePage(PageScreen):
    """Nothing is sent from here without the write switch and a typed word. What was sent goes on if the page closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send", key_display="enter", id="change.send", tooltip="Send it, after a question."),
        Binding("v", "whole", "Whole", id="change.whole", tooltip="Show every byte that is sent, or a short form."),
        Binding(
            "t", "take_over", "Take over", id="change.take_over", tooltip="Replace what is there; it is saved first."
        ),
        Binding("f", "force", "Force", id="change.force", tooltip="Write argocd-cm though its owner may revert that."),
        Binding("r", "plan", "Plan anew", id="change.plan", tooltip="Look again, and plan it anew."),
    ]

    def __init__(
        self,
        fleet: Fleet,
        instance: ArgoCDInstance,
        verb: str,
        kinds: Sequence[str],
        writing: Callable[[], WriteSwitch],
    ) -> None:
        super().__init__(fleet, Key(instance.context, instance.namespace, verb))
        self.undertaking = ChangeRun(fleet, instance, WantedChange(verb, tuple(kinds)))
        self._writing = writing
        self._whole = False

    def on_mount(self) -> None:
        self.action_plan()

    def moment_drawn(self) -> tuple[object, ...]:
        return self.undertaking.version, self._whole, self._why_not()

    def tick(self) -> None:
        if self._drawn != self.moment_drawn():
            self.refresh_bindings()
        super().tick()

    @property
    def plan(self) -> Plan | None:
        """What could be sent now."""
        under = self.undertaking
        sendable = not under.sending and under.ended is None
        return under.planned if sendable and isinstance(under.planned, Plan) else None

    def _why_not(self) -> str:
        return self._writing().why_not(self.key.context)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        planned = self.undertaking.planned
        match action:
            case "send":
                return self.plan is not None
            case "whole":
                return isinstance(planned, Plan)
            case "take_over":
                return isinstance(planned, PlanContested)
            case "force":
                return isinstance(planned, ChangeElsewhere)
            case "plan":
                return not self.undertaking.sending
        return True

    def action_plan(self) -> None:
        self.undertaking.ended = None
        self._plan()

    def action_take_over(self) -> None:
        self.undertaking.instead(replace(self.undertaking.wanted, take_over=True))
        self._plan()

    def action_force(self) -> None:
        self.undertaking.instead(replace(self.undertaking.wanted, force_configmap=True))
        self._plan()

    def _plan(self) -> None:
        self.run_worker(self.undertaking.plan(), group="plan", exclusive=True, description="plan a change")

    def action_whole(self) -> None:
        self._whole = not self._whole

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
        self.app.push_screen(TypedConfirm(f"{plan.title}?", about, str(self.undertaking.instance)), answered)

    def _send(self, plan: Plan) -> None:
        # The application's, not this page's: what is under way is seen through, whoever looks.
        self.app.run_worker(self._carry_out(plan), group=CHANGES, description="carry out a change")

    async def _carry_out(self, plan: Plan) -> None:
        ended = await self.undertaking.carry_out(plan)
        self.fleet.argo_cds.again(self.key.context)
        text = plain(f"{self.undertaking.instance}: {ended.text}")
        self.app.notify(text, severity="information" if ended.good else "error", markup=False, timeout=12)

    # Text

    def title_pieces(self, now: float) -> list[HeaderPiece]:
        wanted = self.undertaking.wanted
        what = "our checks" if wanted.verb == "uninstall" else ", ".join(map(named, wanted.kinds))
        where = HeaderPiece(f"{wanted.verb} {what}: {self.key.context}/{self.key.namespace}", "strong")
        return [where, HeaderPiece("writable", "odd", 2) if not self._why_not() else HeaderPiece("read-only", "dim", 2)]

    def lines(self, now: float) -> Sequence[TextLine]:
        return list(self._lines())

    def _lines(self) -> Iterator[TextLine]:
        under = self.undertaking
        if under.sending or under.ended is not None:
            yield from self._progress()
            yield TextLine()
        elif self.plan is not None:
            why = self._why_not()
            yield TextLine(f"Nothing can be sent: {why}." if why else "Enter sends this, after a question.", tone="odd")
            yield TextLine()
        if under.trouble:
            yield TextLine(f"It can't be planned: {under.trouble}", tone="bad")
        elif under.planned is None:
            yield TextLine("Looking at what is there now ...", tone="dim")
        elif isinstance(under.planned, Plan):
            yield from _plan_lines(under.planned, whole=self._whole)
        else:
            yield from refusal_lines(under.planned)

    def _progress(self) -> Iterator[TextLine]:
        under = self.undertaking
        for place, step in enumerate(under.steps):
            going_on = under.sending and place == len(under.steps) - 1
            yield TextLine(f"{plain(step.text)}{' ...' if going_on else ''}", "busy" if going_on else "done")
        if (ended := under.ended) is None:
            return
        yield TextLine(plain(ended.text), "done" if ended.good else "FAILED", "good" if ended.good else "bad")
        for late in ended.late:
            yield TextLine(plain(str(late)), "not yet", "odd")
        if ended.instead is not None:
            yield TextLine("r plans it anew", "now")
        if ended.written:
            yield TextLine(f"what was sent is noted in {under.journal.folder / RECORD_FILE}", "record", "dim")

    def copy_text(self) -> str:
        planned = self.undertaking.planned
        return planned.snippet if isinstance(planned, ChangeElsewhere) else self.text()

    def exports(self) -> list[FileExport]:
        planned = self.undertaking.planned
        if isinstance(planned, ChangeElsewhere):
            return [FileExport("what to put there as a file", "check", "yaml", lambda: planned.snippet)]
        return super().exports()


def _plan_lines(plan: Plan, *, whole: bool) -> Iterator[TextLine]:
    title, *told = describe(plan, whole=whole)
    yield TextLine(title, tone="strong")
    for line in told:
        yield TextLine(line[_TEXT_AT:], line[:_TEXT_AT].strip() or " ")
    yield from headed("WHAT CHANGES", diff_lines(list(difference(plan))))


def refusal_lines(planned: NothingToDo | PlanBlocked | PlanContested | ChangeElsewhere) -> Iterator[TextLine]:
    """Why there is nothing to send, and what can be done instead."""
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
        case ChangeElsewhere(text, place, snippet):
            yield TextLine(f"{plain(text)}.", tone="odd")
            yield TextLine(plain(place), "put this into", "strong")
            yield TextLine("c copies it, ctrl+s saves it; f writes argocd-cm all the same", "or", "dim")
            yield TextLine()
            yield from map(TextLine, snippet.splitlines())
