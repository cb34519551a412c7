"""A check's whole way into an Argo CD or out of it: planned, sent, proven, arrived, and shown by the Applications.

For a front end that shows how far it is: each step is told as it begins, and the end is a value. Nothing
here asks a person; whoever calls `Carrying.out` has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from actions.checks.best_health import judge_of
from actions.checks.config_map import path_of, target_of
from actions.checks.install import WantedChecks, install
from actions.checks.refresh import PER_SECOND, LateApplication, RefreshedApplication, RefreshWatch, holders, refresh
from actions.checks.uninstall import uninstall
from actions.plan import NothingToDo, Plan, Planned, TakenOver
from actions.record import ActionRecord, RecordError
from actions.runner import OutcomeUnknown, PlanOutdated, PlanSent, SendRefused, Unrecorded, carry_out, prove, run_all
from cluster.apply import read
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.argocd.config_owners import find_config_owner
from fleet.argocd.instances import ArgoCDInstance, instance
from fleet.argocd.raw_objects import field
from fleet.board.holders import DestinationMap
from health.checks import source
from stacks.times import span

APART = 3.0
"""seconds between the two readings that prove it: who reverts a change does so at once"""
ARRIVES_WITHIN = 30.0
"""seconds that an operator has to bring what was written for it to argocd-cm"""
NO_VALUES: Mapping[str, TakenOver] = {}


@dataclass(frozen=True)
class ChangeRequest:
    """What is wanted of an Argo CD: how it is planned, what it is called when it is done, what is put away then."""

    verb: str
    done: str
    planner: Callable[[ArgoCDInstance], Planned]
    journal: ActionRecord
    settled: Callable[[Plan], None]


def installing(
    kinds: Sequence[str], journal: ActionRecord, *, take_over: bool = False, force_configmap: bool = False
) -> ChangeRequest:
    """Our checks of these kinds are wanted there."""
    wish = WantedChecks({kind: source(*kind.split("/")) for kind in kinds}, take_over, force_configmap)
    names = ", ".join(kind.rpartition("/")[2] for kind in kinds)

    def settled(plan: Plan) -> None:
        """What was kept of a key that was free again has nothing to do with what is there now."""
        journal.settle(_uid(plan), {key for key, before, _ in plan.differences if not before})

    return ChangeRequest(
        "install", f"the check of {names} is installed", lambda found: install(found, wish), journal, settled
    )


def uninstalling(
    kinds: Sequence[str], journal: ActionRecord, given: Mapping[str, TakenOver] = NO_VALUES
) -> ChangeRequest:
    """Nothing of ours is wanted there, of these kinds; what was taken over goes back, or what is `given` for it."""

    def planner(found: ArgoCDInstance) -> Planned:
        uids = [found.uid, *([str(field(found.keeper.obj, "metadata", "uid"))] if found.keeper else [])]
        kept = {key: one for uid in uids for key, one in journal.kept_for(uid).items()}
        return uninstall(found, kinds, {**kept, **given}, journal.unreadable(found.context))

    def settled(plan: Plan) -> None:
        journal.settle(_uid(plan), {key for key, _, _ in plan.differences})

    return ChangeRequest("uninstall", "our checks are taken out", planner, journal, settled)


async def again(connection: Connection, then: ArgoCDInstance) -> ArgoCDInstance:
    """The same Argo CD as it is now. Raises ClusterError."""
    config_map = await read(connection, path_of(then))
    now = instance(then.context, then.namespace, config_map, then.workloads)
    if then.keeper is None:
        return now
    keeper, _ = await find_config_owner(connection, config_map, now.owner)
    return replace(now, keeper=keeper)


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """How far it is. `counting`: it says the same as the step before it, of a larger number."""

    text: str
    counting: bool = False


class ChangeFault(Enum):
    """What of it didn't come about."""

    NONE = "nothing"
    REFUSED = "a cluster said no, or can't be asked any more"
    UNPROVEN = "it isn't as it should be, or can't be recorded"
    UNREFRESHED = "it is done, and not every Application could be told to look again"
    LATE = "it is done, and not every Application shows it in time"


@dataclass(frozen=True)
class ChangeEnded:
    """How it ended. `written`: it is known that something was."""

    fault: ChangeFault
    text: str
    written: bool = False
    late: tuple[LateApplication, ...] = ()
    refreshed: int = 0
    instead: Planned | None = None
    """what there is to do now, where something was changed meanwhile"""

    @property
    def good(self) -> bool:
        """Whether it is done, and everything will show it, if only by itself."""
        return self.fault in (ChangeFault.NONE, ChangeFault.UNREFRESHED)


@dataclass(frozen=True)
class CheckChange:
    """One errand to one Argo CD. `connections` are those to where its Applications may deliver."""

    errand: ChangeRequest
    instance: ArgoCDInstance
    connections: Mapping[str, Connection]
    places: DestinationMap
    said: Callable[[ChangeStep], None]
    refresh: bool = True
    """whether its Applications are told to look again, and waited for"""
    timeout: float = 300.0
    """seconds for the Applications to show it"""
    apart: float = APART
    arrives_within: float = ARRIVES_WITHIN

    async def out(self, plan: Plan) -> ChangeEnded:
        """Do it. The plan is the one that somebody agreed to. What goes wrong is told in the end's words."""
        try:
            return await self._out(plan)
        except ClusterError as error:
            text = f"it was sent, and then the cluster can't be asked any more: {error}"
            return ChangeEnded(ChangeFault.REFUSED, text, written=True)
        except RecordError as error:
            return ChangeEnded(ChangeFault.UNPROVEN, f"what is done can't be recorded any more: {error}", written=True)

    async def _out(self, plan: Plan) -> ChangeEnded:
        async def replan() -> Planned:
            return self.errand.planner(await again(self._connection, self.instance))

        self._say("sending it")
        try:
            outcome = await carry_out(self._connection, plan, replan, self.errand.journal, _uid(plan))
        except ClusterError as error:  # it was refused, and what stands there now can't be read
            return ChangeEnded(ChangeFault.REFUSED, f"{error}; nothing was written")
        if not isinstance(outcome, PlanSent | OutcomeUnknown):
            return _refused(outcome)
        if wrong := await self._proven(outcome):
            return wrong
        try:
            self.errand.settled(outcome.plan)
        except RecordError as error:
            self._say(f"what was kept of the old values can't be put away: {error}")
        if wrong := await self._arrived(outcome.plan):
            return wrong
        proven = "read back twice, and everything else is as it was"
        if not self.refresh:
            return ChangeEnded(ChangeFault.NONE, f"{self.errand.done}; {proven}", written=True)
        self._say(proven)
        return await self._shown()

    async def _proven(self, outcome: PlanSent | OutcomeUnknown) -> ChangeEnded | None:
        """Read it back, and say what is wrong with it."""
        if isinstance(outcome, OutcomeUnknown):
            self._say(f"no answer came ({outcome.error}); looking whether it was done")
            if wrong := await prove(self._connection, outcome.plan, None, apart=self.apart):
                return ChangeEnded(ChangeFault.REFUSED, f"it isn't known to have been written: {wrong}")
            return None
        if outcome.kept is not None:
            self._say(f"what was there before is kept in {outcome.kept}; uninstall gives it back")
        self._say("written; reading it back twice")
        if wrong := await prove(self._connection, outcome.plan, outcome.answer, apart=self.apart):
            return ChangeEnded(ChangeFault.UNPROVEN, f"it was written, and then {wrong}", written=True)
        return None

    async def _arrived(self, plan: Plan) -> ChangeEnded | None:
        """Where something else than argocd-cm was written: whether whoever reads that has brought it there by now."""
        if plan.target == target_of(self.instance):
            return None
        self._say("waiting for the operator to bring it to argocd-cm")
        for _ in range(int(self.arrives_within)):
            data = (await again(self._connection, self.instance)).data
            if all((data.get(key) or "").strip() == after.strip() for key, _, after in plan.differences):
                return None
            await asyncio.sleep(1.0)
        text = f"{plan.target} was written, and after {self.arrives_within:g} s argocd-cm doesn't show it"
        return ChangeEnded(ChangeFault.UNPROVEN, f"{text}: does the operator run?", written=True)

    async def _shown(self) -> ChangeEnded:
        """The Applications that hold Stacks are looked at again, and waited for."""
        now = await again(self._connection, self.instance)
        apps = [app for app in await holders(self._connection, now) if not app.skipped]
        plan = refresh(now, apps)
        if isinstance(plan, NothingToDo):
            return ChangeEnded(ChangeFault.NONE, f"{self.errand.done}; no Application holds a Stack", written=True)
        self._say(f"letting Argo CD look again at {len(apps)} Applications, {PER_SECOND:g} a second")
        outcomes = await run_all(self._connection, plan, self.errand.journal)
        refused = [one for one in outcomes if not isinstance(one, PlanSent)]
        asked = [app for app, one in zip(apps, outcomes, strict=False) if isinstance(one, PlanSent)]
        if not asked or len(outcomes) < len(apps):
            text = f"{self.errand.done}; its Applications show it within five minutes by themselves: {refused[0].error}"
            return ChangeEnded(ChangeFault.UNREFRESHED, text, written=True)
        return await self._waited(now, asked, refused)

    async def _waited(
        self,
        now: ArgoCDInstance,
        asked: Sequence[RefreshedApplication],
        refused: Sequence[SendRefused | OutcomeUnknown],
    ) -> ChangeEnded:
        def progress(done: int, of: int) -> None:
            self.said(ChangeStep(f"{done} of {of} Applications were looked at again", counting=True))

        watch = RefreshWatch(now, self.connections, self.places, judge_of(now))
        waited = await watch.follow(asked, self.timeout, progress)
        done, count, unchecked = self.errand.done, len(asked), len(waited.unchecked)
        doubt = f"; of {unchecked} it can't be told ({waited.unchecked[0]})" if unchecked else ""
        if waited.late:
            text = f"{done}; after {span(self.timeout)} {len(waited.late)} of {count} Applications don't show it{doubt}"
            return ChangeEnded(ChangeFault.LATE, text, written=True, late=waited.late, refreshed=count)
        shown = f"{count - unchecked} of them" if unchecked else "they"
        text = f"{done}; {count} Applications were looked at again, and {shown} show what their Stacks say{doubt}"
        if not refused:
            return ChangeEnded(ChangeFault.NONE, text, written=True, refreshed=count)
        text += f"; {len(refused)} couldn't be asked, and will within five minutes by themselves: {refused[0].error}"
        return ChangeEnded(ChangeFault.UNREFRESHED, text, written=True, refreshed=count)

    @property
    def _connection(self) -> Connection:
        return self.connections[self.instance.context]

    def _say(self, text: str) -> None:
        self.said(ChangeStep(text))


def _refused(outcome: SendRefused | PlanOutdated | Unrecorded) -> ChangeEnded:
    match outcome:
        case SendRefused(_, error):
            return ChangeEnded(ChangeFault.REFUSED, f"{error}; nothing was written")
        case Unrecorded(why):
            text = f"what is done can't be recorded ({why}), so nothing was written; set XDG_STATE_HOME"
            return ChangeEnded(ChangeFault.UNPROVEN, text)
        case PlanOutdated(planned):
            return ChangeEnded(ChangeFault.REFUSED, "it was changed meanwhile, so nothing was written", instead=planned)


def _uid(plan: Plan) -> str:
    return next(one.value for one in plan.preconditions if one.what == "uid")
