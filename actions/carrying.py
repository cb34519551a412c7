"""A check's whole way into an Argo CD or out of it: planned, sent, proven, arrived, and shown by the Applications.

For a front end that shows how far it is: each step is told as it begins, and the end is a value. Nothing
here asks a person; whoever calls `Carrying.out` has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from actions.config_map import path_of
from actions.installing import Wish, install
from actions.journal import Journal, RecordError
from actions.plans import Nothing, Plan, Planned
from actions.refreshing import PER_SECOND, Late, Watch, holders, refresh
from actions.runner import Done, Moved, Refused, Unrecorded, Unsure, carry_out, prove, run_all
from actions.uninstalling import uninstall
from actions.verdicts import judge_of
from cluster.apply import read
from cluster.connection import Connection
from cluster.errors import ClusterError
from fleet.argocd.instances import Instance, instance
from fleet.argocd.keepers import find_keeper
from fleet.argocd.raw import field
from fleet.joins import Places
from health.checks import source

APART = 3.0
"""seconds between the two readings that prove it: who reverts a change does so at once"""
ARRIVES_WITHIN = 30
"""seconds that an operator has to bring what was written for it to argocd-cm"""


@dataclass(frozen=True)
class Errand:
    """What is wanted of an Argo CD: how it is planned, what it is called when it is done, what is put away then."""

    verb: str
    done: str
    planner: Callable[[Instance], Planned]
    journal: Journal
    settled: Callable[[Plan], None]


def installing(
    kinds: Sequence[str], journal: Journal, *, take_over: bool = False, force_configmap: bool = False
) -> Errand:
    """Our checks of these kinds are wanted there."""
    wish = Wish({kind: source(*kind.split("/")) for kind in kinds}, take_over, force_configmap)
    names = ", ".join(kind.rpartition("/")[2] for kind in kinds)

    def settled(plan: Plan) -> None:
        """What was kept of a key that was free again has nothing to do with what is there now."""
        journal.settle(_uid(plan), {key for key, before, _ in plan.differences if not before})

    return Errand("install", f"the check of {names} is installed", lambda found: install(found, wish), journal, settled)


def uninstalling(kinds: Sequence[str], journal: Journal) -> Errand:
    """Nothing of ours is wanted there, of these kinds; what was taken over goes back."""

    def planner(found: Instance) -> Planned:
        uids = [found.uid, *([str(field(found.keeper.obj, "metadata", "uid"))] if found.keeper else [])]
        return uninstall(found, kinds, {key: one for uid in uids for key, one in journal.kept_for(uid).items()})

    def settled(plan: Plan) -> None:
        journal.settle(_uid(plan), {key for key, _, _ in plan.differences})

    return Errand("uninstall", "our checks are taken out", planner, journal, settled)


async def again(connection: Connection, then: Instance) -> Instance:
    """The same Argo CD as it is now. Raises ClusterError."""
    config_map = await read(connection, path_of(then))
    now = instance(then.context, then.namespace, config_map, then.workloads)
    if then.keeper is None:
        return now
    keeper, _ = await find_keeper(connection, config_map, now.owner)
    return replace(now, keeper=keeper)


@dataclass(frozen=True)
class Ended:
    """How it ended. `written`: it is known that something was. `kept` is the file with what was taken over."""

    good: bool
    text: str
    written: bool = False
    kept: Path | None = None
    late: tuple[Late, ...] = ()
    refreshed: int = 0
    instead: Planned | None = None
    """what there is to do now, where something was changed meanwhile"""


@dataclass(frozen=True)
class Carrying:
    """One errand to one Argo CD. `connections` are those to where its Applications may deliver."""

    errand: Errand
    instance: Instance
    connections: Mapping[str, Connection]
    places: Places
    said: Callable[[str], None]
    apart: float = APART
    timeout: float = 300.0
    """seconds for the Applications to show it"""

    async def out(self, plan: Plan) -> Ended:
        """Do it. The plan is the one that somebody agreed to. What goes wrong is told in the end's words."""
        connection = self.connections[self.instance.context]
        try:
            return await self._out(connection, plan)
        except ClusterError as error:
            return Ended(False, f"it was sent, and then the cluster can't be asked any more: {error}", written=True)
        except RecordError as error:
            return Ended(False, f"what is done can't be recorded any more: {error}", written=True)

    async def _out(self, connection: Connection, plan: Plan) -> Ended:
        async def replan() -> Planned:
            return self.errand.planner(await again(connection, self.instance))

        self.said("sending it")
        try:
            outcome = await carry_out(connection, plan, replan, self.errand.journal, _uid(plan))
        except ClusterError as error:  # it was refused, and what stands there now can't be read
            return Ended(False, f"{error}; nothing was written")
        if not isinstance(outcome, Done | Unsure):
            return _refused(outcome)
        answer, kept = (outcome.answer, outcome.kept) if isinstance(outcome, Done) else (None, None)
        if isinstance(outcome, Unsure):
            self.said(f"no answer came ({outcome.error}); looking whether it was done")
        else:
            self.said("written; reading it back twice")
        if wrong := await prove(connection, outcome.plan, answer, apart=self.apart):
            done = "it was written, and then" if answer is not None else "it isn't known to have been written:"
            return Ended(False, f"{done} {wrong}", written=answer is not None, kept=kept)
        try:
            self.errand.settled(outcome.plan)
        except RecordError as error:
            self.said(f"what was kept of the old values can't be put away: {error}")
        if wrong := await self._arrived(connection, outcome.plan):
            return Ended(False, wrong, written=True, kept=kept)
        self.said("read back twice, and everything else is as it was")
        return replace(await self._shown(connection), kept=kept)

    async def _arrived(self, connection: Connection, plan: Plan) -> str:
        """Where something else than argocd-cm was written: whether whoever reads that has brought it there by now."""
        if plan.target.startswith("ConfigMap "):
            return ""
        self.said("waiting for the operator to bring it to argocd-cm")
        for _ in range(ARRIVES_WITHIN):
            data = (await again(connection, self.instance)).data
            if all((data.get(key) or "").strip() == after.strip() for key, _, after in plan.differences):
                return ""
            await asyncio.sleep(1.0)
        return f"{plan.target} was written, and after {ARRIVES_WITHIN} s argocd-cm doesn't show it: does it run?"

    async def _shown(self, connection: Connection) -> Ended:
        """The Applications that hold Stacks are looked at again, and waited for."""
        now = await again(connection, self.instance)
        apps = await holders(connection, now)
        plan = refresh(now, apps)
        if isinstance(plan, Nothing):
            return Ended(True, f"{self.errand.done}; no Application holds a Stack", written=True)
        self.said(f"letting Argo CD look again at {len(plan.requests)} Applications, {PER_SECOND:g} a second")
        outcomes = await run_all(connection, plan, self.errand.journal)
        refused = [one for one in outcomes if not isinstance(one, Done)]
        if refused:
            text = f"{self.errand.done}; its Applications show it within five minutes by themselves: {refused[0].error}"
            return Ended(True, text, written=True)
        watch = Watch(now, self.connections, self.places, judge_of(now))
        asked = [app for app in apps if not app.skipped]

        def progress(done: int, of: int) -> None:
            self.said(f"{done} of {of} Applications were looked at again")

        late = await watch.until_shown(asked, self.timeout, progress)
        if late:
            text = (
                f"{self.errand.done}; after {self.timeout:g} s {len(late)} of {len(asked)} Applications don't show it"
            )
            return Ended(False, text, written=True, late=late, refreshed=len(asked))
        text = f"{self.errand.done}; {len(asked)} Applications were looked at again, and show what their Stacks say"
        return Ended(True, text, written=True, refreshed=len(asked))


def _refused(outcome: Refused | Moved | Unrecorded) -> Ended:
    match outcome:
        case Refused(_, error):
            return Ended(False, f"{error}; nothing was written")
        case Unrecorded(why):
            return Ended(False, f"what is done can't be recorded ({why}), so nothing was written; set XDG_STATE_HOME")
        case Moved(planned):
            return Ended(False, "it was changed meanwhile, so nothing was written", instead=planned)


def _uid(plan: Plan) -> str:
    return next(one.value for one in plan.preconditions if one.what == "uid")
