"""Updates that are under way: those that wait for their workspace or a free worker, and those that hang."""

from __future__ import annotations

from diagnosis.cause import AGENT, INITIALISATION, POD, RUN, Cause
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import ObservedCondition, condition_of, conditions_of, is_complete
from diagnosis.facts.run_facts import WAITS_FOR_WORKSPACE, program_lines, progressing, stack_of, written_at
from diagnosis.facts.stack_facts import AGENT_CONTAINER, StackFacts
from diagnosis.finding import (
    CERTAIN,
    LIKELY,
    PROBLEM,
    WAITING,
    Evidence,
    Finding,
    NextEvent,
    NotHelpful,
)
from stacks.fields import Obj, at, text
from stacks.operator import TAKEN_UP_WITHIN
from stacks.times import prose_span

_SILENT = 600.0
"""seconds without a line of pulumi's after which a long run is taken to hang"""
_BEFORE_OPERATOR = 120.0
_MARKS_WITHIN = 60.0
"""seconds in which an operator that has begun to lead has marked the runs of the one before as failed"""
_WORKSPACE_LATE = 120.0
_WORKER_LATE = 1800.0
_SHOWN_BUSY = 3


# U-10


def _waits_for_workspace(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    update = facts.update
    waits = condition_of(update, "Progressing")
    if update is None or waits is None or waits.true or is_complete(update):
        return None
    if waits.reason not in WAITS_FOR_WORKSPACE:
        return None
    if facts.agent is not None and not facts.agent.running:
        return None
    name = text(update, "metadata", "name")
    since = waits.time if waits.time is not None else facts.update_created
    late = since is not None and facts.now - since > _WORKSPACE_LATE
    gone = waits.reason == "WorkspaceNotFound"
    evidence = [facts.objects.quote(update, "status", "conditions", waits.place, "reason", time=waits.time)]
    ready = facts.workspace_condition("Ready")
    if ready is not None and ready.reason:
        evidence.append(facts.objects.quote(ready.owner, "status", "conditions", ready.place, "reason"))
    workspace = f"the workspace {facts.workspace_name}"
    return Finding(
        "",
        PROBLEM if late else WAITING,
        f"Update {name} waits for {workspace}, which {'is gone' if gone else 'is not ready'}",
        subject=f"Workspace {facts.namespace}/{facts.workspace_name}",
        evidence=tuple(evidence),
        since=since,
        next=NextEvent(f"it begins as soon as {workspace} is ready", brief="on pod"),
        problem_at=since + _WORKSPACE_LATE if since is not None and not late else None,
        next_step="Wait: the next run makes the workspace again."
        if gone
        else f"Restart {workspace} if it isn't ready within two minutes.",
    )


# U-11


def _hangs(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    update = facts.update
    runs, began = progressing(update), facts.update_created
    if update is None or runs is None or began is None or _is_being_lost(facts):
        return None
    if text(update, "metadata", "deletionTimestamp"):
        return None
    proof, silent_since = _outlived_operator(facts, runs, began), None
    if proof is None:
        if not _is_long(facts, update, began):
            return None
        proof, silent_since = _silence(facts, began)
    if proof is None:
        return None
    kind = text(update, "spec", "type") or "update"
    name = text(update, "metadata", "name")
    lasts = prose_span(facts.now - began)
    what = (
        f"has said nothing for {prose_span(facts.now - silent_since)}"
        if silent_since is not None
        else "began under an operator that is gone"
    )
    moving = facts.objects.quote(update, "status", "conditions", runs.place, "status", time=runs.time)
    return Finding(
        "",
        PROBLEM,
        f"The {kind} {name} seems to hang: it runs for {lasts} and {what}",
        subject=f"Update {facts.namespace}/{name}",
        evidence=(moving, proof),
        certainty=LIKELY,
        makes_certain=f"a look into the pod {facts.pod_name}: whether a pulumi process is left",
        since=silent_since if silent_since is not None else began,
        next=NextEvent(
            "never by itself: a run has no deadline, and it holds one of the operator's workers", heals=False
        ),
        next_step=f"Look in the pod {facts.pod_name} whether pulumi works; if it doesn't, restart the workspace.",
    )


def _is_being_lost(facts: StackFacts) -> bool:
    """Whether the pod or the workspace of the run goes away, so that it will end."""
    agent, began = facts.agent, facts.update_created or 0.0
    ended = agent is not None and agent.ended_at is not None and agent.ended_at >= began
    going = any(text(each, "metadata", "deletionTimestamp") for each in (facts.pod, facts.workspace))
    return ended or going or facts.workspace_lookup.gone


def _is_long(facts: StackFacts, update: Obj, began: float) -> bool:
    lasts = facts.now - began
    before = _last_length(facts, text(update, "spec", "type"))
    return lasts > facts.thresholds.long_run or (
        before is not None and lasts > max(_SILENT, facts.thresholds.long_factor * before)
    )


def _last_length(facts: StackFacts, kind: str) -> float | None:
    """How long the newest run of this type took that is over."""
    for update in facts.updates:
        complete, began = condition_of(update, "Complete"), at(update, "metadata", "creationTimestamp")
        if complete is None or not complete.true or text(update, "spec", "type") != kind:
            continue
        if complete.time is not None and began is not None:
            return max(0.0, complete.time - began)
    return None


def _silence(facts: StackFacts, began: float) -> tuple[Evidence | None, float | None]:
    """The newest line that pulumi wrote, and since when it is silent; nothing where it writes, or nobody knows."""
    tail = facts.log(AGENT_CONTAINER)
    if tail.unread or not tail.lines:
        return None, None
    own = program_lines(tail.lines)
    last = own[-1] if own else tail.lines[-1]
    time = max(written_at(last) or began, began)
    if facts.now - time <= _SILENT:
        return None, None
    return facts.objects.quote_log(facts.namespace, facts.pod_name, AGENT_CONTAINER, last), time


def _outlived_operator(facts: StackFacts, runs: ObservedCondition, began: float) -> Evidence | None:
    """The start of the present operator, where the run is older than that and still isn't marked as failed."""
    lease, acquired = facts.operator.lease, facts.operator.acquired
    if lease is None or acquired is None or facts.operator.state != "alive":
        return None
    since = runs.time if runs.time is not None else began
    older = acquired - since > _BEFORE_OPERATOR and facts.now - acquired > _MARKS_WITHIN
    return facts.objects.quote(lease, "spec", "acquireTime", time=acquired) if older else None


# U-15


def _waits_for_worker(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    update, began = facts.update, facts.update_created
    if update is None or began is None or conditions_of(update) or not facts.operator.alive:
        return None
    if text(update, "metadata", "deletionTimestamp") or not facts.workspace_ready:
        return None
    waited = facts.now - began
    if waited <= TAKEN_UP_WITHIN:
        return None
    busy = _busy_updates(facts)
    workers = facts.operator.workers
    all_busy = workers is not None and len(busy) >= workers
    certainty = CERTAIN if all_busy and facts.operator.state == "alive" else LIKELY
    hung = _hung_stacks(busy, facts, fleet)
    name = text(update, "metadata", "name")
    seen = f"{len(busy)} of {workers}" if workers is not None else str(len(busy))
    how_many = f"all {workers} are busy" if all_busy else f"{seen} are seen to be busy"
    oldest = [_quote_of_running(each, facts) for each in busy[:_SHOWN_BUSY]]
    return Finding(
        "",
        PROBLEM if waited > _WORKER_LATE or hung else WAITING,
        f"Update {name} waits for a free worker of the operator: {how_many}",
        subject=f"operator {facts.objects.operator_namespace}".strip(),
        evidence=(facts.objects.quote(update, time=began), *oldest),
        certainty=certainty,
        makes_certain=""
        if certainty == CERTAIN
        else "the operator's Lease, its MAX_CONCURRENT_RECONCILES, and all Updates of the cluster",
        since=began,
        next=NextEvent("it begins when a run ends", brief="on worker"),
        problem_at=began + _WORKER_LATE if waited <= _WORKER_LATE and not hung else None,
        next_step="End the runs that hang, or raise MAX_CONCURRENT_RECONCILES of the operator."
        if hung or waited > _WORKER_LATE
        else "Wait for the end of a run; raise MAX_CONCURRENT_RECONCILES of the operator if it comes again.",
        unknown=_unread_of_workers(facts),
        waits_for=tuple(each.key for each in hung),
    )


def _unread_of_workers(facts: StackFacts) -> tuple[str, ...]:
    deployment = "" if facts.operator.workers is not None else facts.objects.unread("Deployment")
    return tuple(why for why in (facts.operator.lease_unread, facts.objects.unread("Update"), deployment) if why)


def _busy_updates(facts: StackFacts) -> list[Obj]:
    """The Updates of the context that hold a worker, the oldest first."""
    busy = [update for update in facts.objects.of_kind("Update") if progressing(update) is not None]
    return sorted(busy, key=lambda update: text(update, "metadata", "creationTimestamp"))


def _quote_of_running(update: Obj, facts: StackFacts) -> Evidence:
    runs = progressing(update)
    place = runs.place if runs is not None else 0
    time = at(update, "metadata", "creationTimestamp")
    return facts.objects.quote(update, "status", "conditions", place, "status", time=time)


def _hung_stacks(busy: list[Obj], facts: StackFacts, fleet: FleetFacts) -> list[StackFacts]:
    """The Stacks whose runs hold a worker and seem to hang."""
    stacks = [stack_of(update, facts, fleet) for update in busy]
    return [each for each in stacks if each is not None and _hangs(each, fleet) is not None]


CAUSES = (
    Cause(
        id="U-11",
        depth=RUN,
        title="The run hangs",
        symptom="The Update is progressing for more than 30 minutes, or three times as long as the last one, and "
        "pulumi has written nothing for 10 minutes; or since before the operator was started.",
        explanation="A provider waits for something that never comes, or the connection between operator and agent "
        "was lost without either noticing.",
        by_itself="Never ends: a run has no deadline, and it holds one of the operator's workers.",
        way_out="Look in the pod whether a pulumi process works. If none does, restart the workspace; then the run "
        "fails and is done again. A lock that it leaves can be cancelled once it is over.",
        versions="2.x",
        since=(2, 0, 0),
        find=_hangs,
        helps=("restart-workspace",),
        not_helpful=(
            NotHelpful("reconcile", "it waits behind the run"),
            NotHelpful("unwedge", "the run may still write"),
        ),
    ),
    Cause(
        id="U-15",
        depth=RUN,
        title="The Update waits for a free worker",
        symptom="`stack is being processed`, and the Update has no conditions for more than 15 seconds.",
        explanation="Each run holds one of the operator's workers to its end. There are MAX_CONCURRENT_RECONCILES of "
        "them, 25 unless set otherwise.",
        by_itself="It begins when a run ends.",
        way_out="Wait; end runs that hang, or raise MAX_CONCURRENT_RECONCILES.",
        versions="2.x",
        since=(2, 0, 0),
        find=_waits_for_worker,
        not_helpful=(
            NotHelpful("reconcile", "it waits behind this Update"),
            NotHelpful("delete the Update", "then the Stack waits for an Update that is gone"),
        ),
        beats=("R-1",),
    ),
    Cause(
        id="U-10",
        depth=RUN,
        title="The Update waits for its workspace",
        symptom="The Update is not progressing, with the reason WorkspaceNotReady or WorkspaceNotFound.",
        explanation="The workspace was ready when the Update was made, and isn't any more; nothing is known to keep "
        "its pod from starting.",
        by_itself="It begins as soon as the workspace is ready.",
        way_out="Restart the workspace. If the Workspace is gone, wait: the next run makes it again.",
        versions="2.x",
        since=(2, 0, 0),
        find=_waits_for_workspace,
        helps=("restart-workspace",),
        waits_alone=True,
        not_helpful=(NotHelpful("reconcile", "it waits behind this Update"),),
        beats=("R-1",),
        yields_to=(POD, AGENT, INITIALISATION),
    ),
)
