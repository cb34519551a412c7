"""How every change goes, whatever its target is: plan, send, prove, follow up.

A kind of change is a value (`ChangeKind`) that says how it differs from the others. A front end makes a `ChangeTask` of
it, shows the plan, asks a person, and then reads the steps that `carry_out` yields. Nothing here asks anybody.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Generic, Literal, Protocol, Self, TypeAlias, TypeVar

from actions.guide import FixGuide
from actions.plan import CommandRequest, Plan, Planned, TakenOver
from actions.record import ActionRecord, RecordError
from actions.runner import (
    CommandFailed,
    OutcomeUnknown,
    PartlySent,
    PlanOutdated,
    PlanSent,
    SendRefused,
    Unrecorded,
    prove,
    send_plan,
)
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.board.relations import DestinationMap
from stacks.argocd_tracking import normalised
from stacks.fields import text
from stacks.times import rfc3339


class ChangeTarget(Protocol):
    """What a change is made to: an object, or an Argo CD. Its `str` is what a person types to confirm the change."""

    @property
    def context(self) -> str: ...

    @property
    def namespace(self) -> str: ...


@dataclass(frozen=True)
class ChangeRequest:
    """What a person asked for, beside the target. A kind of change that takes more has a class of its own."""

    arguments: tuple[str, ...] = ()
    """what the change takes, for example kinds of objects"""
    take_over: bool = False
    """replace values of somebody else, too (see `PlanContested`)"""
    override_owner: bool = False
    """write an object although a controller may revert that, too (see `ChangeElsewhere`)"""
    restore: Mapping[str, TakenOver] = field(default_factory=dict)
    """values to give back, by key, instead of those that the record has"""
    acknowledged: bool = False
    """what it can hurt was read (see `PlanUnacknowledged`)"""

    def renewed(self, now: float) -> Self:
        """The same asked for once more at this instant, after it was carried out."""
        return self


TargetT = TypeVar("TargetT", bound=ChangeTarget)
RequestT = TypeVar("RequestT", bound=ChangeRequest)


@dataclass(frozen=True)
class Timing:
    """How long a change waits, in seconds."""

    proof_interval: float = 3.0
    """between the two readings that prove it: who reverts a change does so at once"""
    effect_interval: float = 1.0
    """between two looks whether a controller has acted on what was written"""
    effect_timeout: float = 30.0
    """until a controller has brought into force what was written for it"""
    follow_up_timeout: float = 300.0
    """until what follows the change is over"""


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """What is being done now. `counting`: it has the words of the step before it and a larger number."""

    text: str
    counting: bool = False


class ChangeFault(Enum):
    """What of a change failed."""

    NONE = "nothing"
    REFUSED = "a cluster refused it, or can't be asked any more"
    OUTDATED = "it isn't what was agreed to any more, so nothing was written"
    FAILED = "it was done, and what came of it failed: a command, a run"
    UNKNOWN = "no answer came, and whether it was written isn't known"
    UNPROVEN = "the object isn't as it should be, or the change can't be recorded"
    NOT_YET = "it was written, and what is to come of it doesn't in time"
    NOT_FOLLOWED_UP = "it is done and proven, and what follows it was refused for some objects"
    LATE = "it is done and proven, and some objects don't show it in time"


@dataclass(frozen=True)
class ChangeResult:
    """How a change ended, in words. `written`: the object is known to have been written."""

    fault: ChangeFault
    text: str
    written: bool = False
    late: tuple[str, ...] = ()
    """the objects that don't show it in time, each with the reason"""
    followed_up: int = 0
    """how many objects were told to look again"""
    replanned: Planned | None = None
    """what there is to do now, where something was changed meanwhile and so nothing was written"""

    @property
    def succeeded(self) -> bool:
        """Whether it is done, and everything will show it, if only after a while."""
        return self.fault in (ChangeFault.NONE, ChangeFault.NOT_FOLLOWED_UP)


Steps: TypeAlias = AsyncGenerator[ChangeStep | ChangeResult, None]
"""Steps as they begin. A `ChangeResult` is the last one: the change ends with it."""


ChangeSubject: TypeAlias = Literal["Stack", "Application", "ArgoCD instance"]
"""what a change is made to"""


@dataclass(frozen=True)
class ChangeKind(Generic[TargetT, RequestT]):
    """A kind of change, as the registry has it. The functions may raise ClusterError, but for `plan`."""

    id: str
    subject: ChangeSubject
    title: Callable[[RequestT], str]
    """for the head of a page: a verb and its object"""
    read: Callable[[Connection, TargetT], Awaitable[TargetT]]
    """the target as it is now"""
    plan: Callable[[TargetT, RequestT, ActionRecord], Planned]
    done: Callable[[RequestT], str]
    """the change in the perfect tense: "the check of Stack is installed" """
    prepare: Callable[[Connection, TargetT], Awaitable[TargetT]] | None = None
    """what planning needs beside the target as it was found: rights, what runs in a pod. `read` does that, too"""
    without_commands: Callable[[TargetT, str], TargetT] = lambda target, why: target
    """the target for whose plan no command is run in a pod, and why not; with an empty reason, one may be run"""
    acknowledge_flag: str = ""
    """the verb's flag that says that what it can hurt was read; ``NAME`` stands for the word of the refusal"""
    guide: FixGuide | None = None
    """of a fix: its row in docs/fixes.md"""
    undone_by: str = ""
    """the change that gives back what this one took over, in a word"""
    settled_keys: Callable[[Plan], Collection[str]] = lambda plan: ()
    """the keys whose saved values are of no use any more once the plan is carried out"""
    take_effect: Callable[[ChangeTask[TargetT, RequestT], Plan], Steps] | None = None
    """wait until a controller has brought into force what was written; a result says that it hasn't"""
    effect_timeout: float = 30.0
    """seconds that `take_effect` waits where nobody says otherwise"""
    follow_up: Callable[[ChangeTask[TargetT, RequestT]], Steps] | None = None
    """what comes after the proof; always ends with a result"""


@dataclass(frozen=True)
class ChangeTask(Generic[TargetT, RequestT]):
    """One change of one target, with all that it takes to plan it and to carry it out."""

    change: ChangeKind[TargetT, RequestT]
    target: TargetT
    request: RequestT
    record: ActionRecord
    connections: Mapping[str, Connection]
    """by context: that of the target, and those that its Applications may deliver to"""
    destinations: DestinationMap = field(default_factory=DestinationMap)
    """which of these contexts an Application delivers to"""
    timing: Timing = field(default_factory=Timing)
    follow_up: bool = True
    """whether what follows the change is wanted"""

    @property
    def connection(self) -> Connection:
        return self.connections[self.target.context]

    def plan(self) -> Planned:
        """What has to be sent, judged by the target as this task has it.

        A plan has a note where an earlier attempt at the same target was broken off.
        """
        planned = self.change.plan(self.target, self.request, self.record)
        if not isinstance(planned, Plan):
            return planned
        broken_off = self.record.interrupted.get((planned.context, planned.target))
        if broken_off is None:
            return planned
        note = f"the program was ended at {rfc3339(broken_off.at)} before it knew what came of: {broken_off.title}"
        return replace(
            planned, notes=(*planned.notes, f"{note} ({broken_off.request}); this is planned from what is now")
        )

    async def replan(self) -> Planned:
        """What has to be sent, judged by the target as it is now. Raises ClusterError."""
        target = await self.change.read(self.connection, self.target)
        return self.change.plan(target, self.request, self.record)


def destination_map(connections: Mapping[str, Connection], mapping: Mapping[str, str]) -> DestinationMap:
    """Which context each destination of an Application means; `mapping` is the configured part of the answer."""
    return DestinationMap({name: normalised(one.target.server) for name, one in connections.items()}, mapping)


async def carry_out(task: ChangeTask[TargetT, RequestT], plan: Plan) -> Steps:
    """Send the plan that a person agreed to, prove it, and do what follows. Failures are results, never raised."""
    try:
        async with aclosing(_carry_out(task, plan)) as steps:
            async for step in steps:
                yield step
    except ClusterError as error:
        text = f"it was sent, and then the cluster can't be asked any more: {error}"
        yield ChangeResult(ChangeFault.REFUSED, text, written=True)
    except RecordError as error:
        text = f"what is done can't be recorded any more: {error}"
        yield ChangeResult(ChangeFault.UNPROVEN, text, written=True)


async def _carry_out(task: ChangeTask[TargetT, RequestT], plan: Plan) -> Steps:
    yield ChangeStep("sending it")
    try:
        outcome = await send_plan(task.connection, plan, task.replan, task.record)
    except ClusterError as error:  # it was refused, and what stands there now can't be read
        yield ChangeResult(ChangeFault.REFUSED, f"{error}; nothing was written")
        return
    if not isinstance(outcome, PlanSent | OutcomeUnknown):
        yield _unsent(outcome)
        return
    if outcome.plan.preconditions != plan.preconditions:
        yield ChangeStep("somebody wrote to it meanwhile: it was looked at anew, and the plan was the same")
    plan = outcome.plan
    if isinstance(outcome, OutcomeUnknown):
        yield ChangeStep(f"no answer came ({outcome.error}); looking whether it was done")
    elif outcome.saved_to is not None:
        undo = f"; {task.change.undone_by} gives it back" if task.change.undone_by else ""
        yield ChangeStep(f"what was there before is kept in {outcome.saved_to}{undo}")
    if isinstance(outcome, PlanSent) and (printed := _output(outcome)):
        yield ChangeStep(f"it printed: {printed}")
    if plan.proof is not None and isinstance(outcome, PlanSent):
        yield ChangeStep("written; reading it back twice")
    if failure := await _prove(task, outcome):
        yield failure
        return
    try:
        if keys := task.change.settled_keys(plan):
            task.record.archive_taken_over(plan.uid, keys)
    except RecordError as error:
        yield ChangeStep(f"what was kept of the old values can't be put away: {error}")
    if task.change.take_effect is not None:
        async with aclosing(task.change.take_effect(task, plan)) as steps:
            async for step in steps:
                yield step
                if isinstance(step, ChangeResult):
                    return
    done = task.change.done(task.request)
    proven = plan.proof.result if plan.proof is not None else ""
    if task.change.follow_up is None or not task.follow_up:
        yield ChangeResult(ChangeFault.NONE, "; ".join(filter(None, (done, proven))), written=True)
        return
    if proven:
        yield ChangeStep(proven)
    async with aclosing(task.change.follow_up(task)) as steps:
        async for step in steps:
            yield step


def _output(sent: PlanSent) -> str:
    """What the last request of a plan printed, where that is a command."""
    return text(sent.answer, "output") if _is_command(sent.plan) else ""


def _is_command(plan: Plan) -> bool:
    return isinstance(plan.requests[-1], CommandRequest)


def _unsent(outcome: SendRefused | PartlySent | PlanOutdated | Unrecorded) -> ChangeResult:
    """How the change ended where the plan wasn't sent, or not to its end."""
    match outcome:
        case PartlySent(plan, count, failure):
            fault = ChangeFault.UNPROVEN if isinstance(failure, SendRefused) else ChangeFault.UNKNOWN
            then = "then" if isinstance(failure, SendRefused) else "of the next one it isn't known:"
            text = f"{count} of {len(plan.requests)} requests were written, and {then} {failure.error}"
            again = "; planned again, it goes on from what is there now"
            return ChangeResult(fault, text + again, written=count > 0)
        case SendRefused(_, CommandFailed() as error):
            return ChangeResult(ChangeFault.FAILED, str(error), written=True)
        case SendRefused(plan, error):
            nothing = "nothing ran" if _is_command(plan) else "nothing was written"
            return ChangeResult(ChangeFault.REFUSED, f"{error}; {nothing}")
        case Unrecorded(why):
            text = f"what is done can't be recorded ({why}), so nothing was written; set XDG_STATE_HOME"
            return ChangeResult(ChangeFault.UNPROVEN, text)
        case PlanOutdated(planned):
            text = "it was changed meanwhile, so nothing was written"
            return ChangeResult(ChangeFault.OUTDATED, text, replanned=planned)


async def _prove(task: ChangeTask[TargetT, RequestT], outcome: PlanSent | OutcomeUnknown) -> ChangeResult | None:
    """Read the object back; how the change ended, if it isn't as it should be."""
    if isinstance(outcome, PlanSent):
        interval = task.timing.proof_interval
        wrong = await prove(task.connection, outcome.plan, outcome.answer, interval=interval)
        return ChangeResult(ChangeFault.UNPROVEN, f"it was written, and then {wrong}", written=True) if wrong else None
    wrong = await _wrong_after_no_answer(task, outcome)
    if not wrong:
        return None
    earlier = len(outcome.plan.requests) > 1
    unknown = "what came of it isn't known" if _is_command(outcome.plan) else "it isn't known to have been written"
    return ChangeResult(ChangeFault.UNKNOWN, f"{unknown}: {wrong}", written=earlier)


async def _wrong_after_no_answer(task: ChangeTask[TargetT, RequestT], outcome: OutcomeUnknown) -> str:
    """What speaks against it that the request was carried out; empty where the object is as it should be."""
    if outcome.plan.proof is None:
        return str(outcome.error)
    try:
        return await prove(task.connection, outcome.plan, None, interval=task.timing.proof_interval)
    except ClusterError as error:
        return f"{outcome.error}; and then {error}"
