"""One verb for several Stacks or Applications: each planned, begun at a rate, and followed to its own end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from actions.group import ChangeGroup, NotBegun, plan_each, timing_of_many
from actions.offers import HelpCount, against, count_helpful, default_request
from actions.plan import NothingToDo, Plan, Planned, PlanUnacknowledged
from actions.record import ActionRecord
from actions.workflow import (
    ChangeFault,
    ChangeKind,
    ChangeRequest,
    ChangeResult,
    ChangeStep,
    ChangeTask,
    Timing,
    destination_map,
)
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from diagnosis.reading.close_look import SubjectKind
from fleet.board.rows import Key
from fleet.fleet import Fleet
from tui.plans.change_run import open_watched, opened, user_record
from tui.plans.fix_look import FixLook, look_at

RATES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""how many may be begun in a second"""
_LATE = (ChangeFault.LATE, ChangeFault.NOT_YET)

MemberState: TypeAlias = Literal[
    "looking", "seen", "to send", "nothing to do", "can't", "under way", "done", "failed", "not in time", "not sent"
]


@dataclass(frozen=True)
class GroupMember:
    """One of the group, and how far it is: `text` is what will be sent, the last step, or why not."""

    key: Key
    state: MemberState = "looking"
    text: str = ""
    target: Any = None
    request: ChangeRequest = field(default_factory=ChangeRequest)
    """what is asked for of this one: what all get, with what its finding names"""
    plan: Plan | None = None
    shown_only: bool = False
    """it was planned without all that a plan needs that is sent: nothing could be"""


@dataclass(eq=False)
class GroupRun:
    """The group. `version` grows whenever there is something new to draw."""

    fleet: Fleet
    keys: Sequence[Key]
    kind: SubjectKind
    change: ChangeKind[Any, Any] | None = None
    """the verb, once it is chosen"""
    request: ChangeRequest = field(default_factory=ChangeRequest)
    look: FixLook | None = None
    members: list[GroupMember] = field(init=False)
    sending: ChangeGroup | None = None
    why_not: Callable[[str], str] = lambda context: ""
    """why nothing may be sent to a context now; empty where it may"""
    begun: bool = False
    """sending was agreed to"""
    rest_may_go_on: bool = False
    """others are begun, too, though no page shows it"""
    stopped: bool = False
    """no more of them are begun"""
    ended: bool = False
    """it was sent, as far as it was"""
    version: int = 0
    timing: Timing | None = None
    """how long is waited; None: as the kind of change says"""
    per_second: float = 1.0
    record: ActionRecord = field(init=False)

    def __post_init__(self) -> None:
        self.record = user_record(self.fleet)
        self.members = [GroupMember(key) for key in self.keys]

    def count(self, *states: MemberState) -> int:
        return sum(member.state in states for member in self.members)

    # Planning

    async def see(self) -> FixLook:
        """Look at all of them at once."""
        look = self.look = await look_at(self.fleet, self.keys, self.kind)
        self.members = [replace(one, state="seen", text=_first_finding(look, one.key)) for one in self.members]
        self.version += 1
        return look

    def verbs(self) -> dict[str, HelpCount]:
        """The verbs that help at least one of them, with how many; where none does, what can always be asked for."""
        look = self.look
        if look is None:
            return {}
        # Not those of the Application that holds what was marked.
        found = count_helpful((look.findings(key) for key in self.keys if not look.unseen(key)), self.kind)
        if found:
            return found
        return dict.fromkeys((offer.verb for key in self.keys for offer in look.always(key)), HelpCount(0, 0))

    def choose(self, change: ChangeKind[Any, Any]) -> None:
        self.change, self.request = change, default_request(change, self.fleet.clock())
        self.version += 1

    def take_up_the_rest(self) -> None:
        """Only those that aren't done, nor under way still, are planned anew, for a request of now."""
        self.request = self.request.renewed(self.fleet.clock())
        self.keys = [member.key for member in self.members if member.state not in ("done", "not in time")]
        self.ended, self.stopped, self.sending = False, False, None
        self.begun, self.rest_may_go_on = False, False

    def forget_plans(self) -> None:
        """Everything has to be looked at and planned anew."""
        self.look, self.members = None, [GroupMember(key) for key in self.keys]
        self.version += 1

    async def plan(self) -> None:
        """Plan the change of each from the last look."""
        look, change = self.look, self.change
        assert look is not None and change is not None  # a verb is chosen of what was seen
        async with AsyncExitStack() as stack:
            connections, failed = self._connections(stack)
            tasks: dict[int, ChangeTask[Any, Any]] = {}
            for place, member in enumerate(self.members):
                offer = look.best_offer(member.key, change.id)
                if offer is None:
                    text = look.unseen(member.key) or "there is nothing to do it to"
                elif offer.target.context not in connections:
                    text = failed.get(offer.target.context, "")
                else:
                    target = change.without_commands(offer.target, self.why_not(offer.target.context))
                    request = against(offer.finding, change, self.request)
                    tasks[place] = self._task(target, request, connections)
                    self.members[place] = replace(member, request=request, shown_only=target != offer.target)
                    continue
                self.members[place] = replace(member, state="can't", text=text)
            planned = await plan_each(list(tasks.values()))
            for place, (task, plan) in zip(tasks, planned, strict=True):
                self.members[place] = _planned(self.members[place], task.target, plan)
        self.version += 1

    def _connections(self, stack: AsyncExitStack) -> tuple[dict[str, Connection], dict[str, str]]:
        """A connection to each of their contexts, and why there is none."""
        found: dict[str, Connection] = {}
        failed: dict[str, str] = {}
        for context in dict.fromkeys(key.context for key in self.keys):
            try:
                found[context] = opened(self.fleet, stack, context)
            except ClusterError as error:
                failed[context] = str(error)
        return found, failed

    def _task(self, target: Any, request: ChangeRequest, connections: Mapping[str, Connection]) -> ChangeTask[Any, Any]:
        assert self.change is not None
        destinations = destination_map(connections, self.fleet.scope.mapping)
        return ChangeTask(self.change, target, request, self.record, connections, destinations)

    # Sending

    async def carry_out(self, chosen: Sequence[GroupMember]) -> None:
        """Send these plans, which a person agreed to. Those that aren't begun when it is stopped stay unsent."""
        places = [self.keys.index(member.key) for member in chosen]
        try:
            async with AsyncExitStack() as stack:
                connections = open_watched(self.fleet, stack, *{member.key.context for member in chosen})
                timing = self.timing or self._timing(len(chosen))
                tasks = [
                    (replace(self._task(one.target, one.request, connections), timing=timing), one.plan)
                    for one in chosen
                ]
                changes = [(task, plan) for task, plan in tasks if plan is not None]
                self.sending = ChangeGroup(
                    changes, self.per_second, lambda task: self.why_not(str(task.target.context))
                )
                if self.stopped:
                    self.sending.stop()
                steps = await stack.enter_async_context(aclosing(self.sending.run()))
                async for number, step in steps:
                    place = places[number]
                    self.members[place] = _further(self.members[place], step)
                    self.version += 1
        except ClusterError as error:
            self._leave_unsent(places, str(error))
        finally:
            self._leave_unsent(places, "it wasn't begun")
            self.ended = True
            self.version += 1

    def _timing(self, count: int) -> Timing:
        assert self.change is not None
        return timing_of_many(Timing(effect_timeout=self.change.effect_timeout), count)

    def stop(self) -> None:
        """Begin no more of them; those that are under way go on."""
        self.stopped = True
        if self.sending is not None:
            self.sending.stop()
            self._leave_unsent(range(len(self.members)), "it was stopped before this one was begun")

    def _leave_unsent(self, places: Iterable[int], why: str) -> None:
        for place in places:
            if self.members[place].state == "to send":
                self.members[place] = replace(self.members[place], state="not sent", text=why)
        self.version += 1

    def change_rate(self, direction: int) -> None:
        """The next rate up or down."""
        place = RATES.index(self.per_second) + direction
        self.per_second = RATES[max(0, min(place, len(RATES) - 1))]
        self.version += 1


def _planned(member: GroupMember, target: Any, planned: Planned) -> GroupMember:
    """The member with its plan, or with the reason why there is none."""
    if isinstance(planned, Plan):
        return replace(member, state="to send", text=in_short(planned, target), target=target, plan=planned)
    if isinstance(planned, NothingToDo):
        return replace(member, state="nothing to do", text=_without(target, planned.text), target=target)
    alone = "; v shows it alone" if isinstance(planned, PlanUnacknowledged) else ""
    return replace(member, state="can't", text=f"{_without(target, planned.text)}{alone}", target=target)


def _first_finding(look: FixLook, key: Key) -> str:
    """What stands in its way first of all, in a line."""
    if why := look.unseen(key):
        return why
    first = next(iter(look.findings(key)), None)
    return f"{first.id} {first.title}" if first is not None else "nothing stands in its way"


def _without(target: object, text: str) -> str:
    """A reason without the name of whom it is about, which stands beside it."""
    return text.removeprefix(f"{target}: ").removeprefix(f"{target} ")


def in_short(plan: Plan, target: object) -> str:
    """What will be sent, in a line."""
    count = len(plan.requests)
    requests = "1 request" if count == 1 else f"{count} requests"
    return f"{plan.title.replace(str(target), 'it')} ({requests}, {plan.risk.level} risk)"


def _further(member: GroupMember, step: ChangeStep | ChangeResult | NotBegun) -> GroupMember:
    """The member after a step, with its result, or with the reason why it isn't begun."""
    match step:
        case ChangeStep(text):
            return replace(member, state="under way", text=text)
        case NotBegun(why):
            return replace(member, state="not sent", text=why)
        case ChangeResult():
            state: MemberState = "done" if step.succeeded else "not in time" if step.fault in _LATE else "failed"
            return replace(member, state=state, text=step.text)
