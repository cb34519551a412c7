"""What only PKO 1 says. It has no Workspace, no Update and no pod for a Stack: Pulumi runs in the operator's pod."""

from __future__ import annotations

from diagnosis.cause import RUN, SPEC, Cause
from diagnosis.facts.context_objects import event_time
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import ObservedCondition
from diagnosis.facts.run_facts import LOCKED
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import (
    CERTAIN,
    LIKELY,
    ON_CHANGE,
    PROBLEM,
    RETRIES,
    WAITING,
    Evidence,
    Finding,
    NextEvent,
    NotHelpful,
)
from diagnosis.wording import brief, first_line
from stacks.fields import at, field, text
from stacks.messages import headline

_CONFLICT = "conflict with concurrent update"


def _is_pko_1(facts: StackFacts) -> bool:
    """Whether an operator of 1.x may have written this; where its version isn't known, the objects decide."""
    version = facts.operator.version
    return version is None or version < (2, 0, 0)


def _forbidden_reference(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    leading, version = facts.leading, facts.operator.version
    if leading is None or not facts.leads("Stalled", "CrossNamespaceRefForbidden"):
        return None
    if version is not None and version > (2, 0, 0):
        return None
    said = first_line(leading.message)
    return Finding(
        "",
        PROBLEM,
        "A reference leads to another namespace, which isn't allowed" + (f": {brief(said)}" if said else ""),
        subject="cross-namespace refs",
        evidence=(facts.quote_condition(leading, said or None),),
        next_step=f"Put the Secret into the namespace {facts.namespace}, and refer to it there.",
        certainty=CERTAIN if said else LIKELY,
        makes_certain="" if said else "the condition's message",
        since=leading.time,
        next=NextEvent("only on change of the spec", heals=False, brief=ON_CHANGE),
    )


def _conflict(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if not _is_pko_1(facts):
        return None
    retried = field(facts.spec, "retryOnUpdateConflict") is True
    proof = _conflict_proof(facts)
    if proof is None:
        return None
    every_5s = NextEvent("tries again every 5s", brief="every 5s")
    name = text(facts.spec, "stack") or facts.name
    return Finding(
        "",
        WAITING if retried else PROBLEM,
        f"Another update holds {name}",
        subject=name,
        evidence=(proof,),
        next_step="Wait for the other run to end." if retried else "Wait for the other run to end, then reconcile.",
        since=proof.time,
        next=every_5s if retried else NextEvent("never by itself: retryOnUpdateConflict isn't set", heals=False),
        actions=() if retried else ("reconcile",),
    )


def _conflict_proof(facts: StackFacts) -> Evidence | None:
    """The condition that says so, or while the operator tries again the event."""
    leading = facts.leading
    if leading is None:
        return None
    if facts.leads("Stalled", "UpdateConflict"):
        return facts.quote("status", "conditions", leading.place, "reason", time=leading.time)
    if not facts.leads("Reconciling", "RetryingAfterFailure"):
        return None
    if _CONFLICT in leading.message:
        return facts.quote_condition(leading, _line_with(leading.message, _CONFLICT))
    for event in reversed(facts.events_of(facts.stack)):
        time = event_time(event)
        if text(event, "reason") == "StackUpdateConflictDetected" and (time or 0.0) >= (leading.time or 0.0) - 5.0:
            return facts.objects.quote(event, "reason", time=time)
    return None


def _fails(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if not _is_pko_1(facts) or not facts.is_pko_1_result or facts.deleting or facts.unseen == "spec":
        return None
    leading = facts.leading
    if leading is not None and facts.leads("Reconciling", "RetryingAfterFailure"):
        return _retried(facts, leading)
    if not facts.conditions and text(facts.last, "state") == "failed":
        proof = facts.quote("status", "lastUpdate", "state", time=at(facts.last, "lastResyncTime"))
        return _failure(facts, "The last run failed; PKO before 1.9 doesn't say why in the Stack", (proof,), "")
    return None


def _retried(facts: StackFacts, leading: ObservedCondition) -> Finding:
    why = headline(leading.message)
    if not why:
        proof = facts.quote_condition(leading)
        return _failure(facts, "The run fails, again and again", (proof,), "", certainty=LIKELY)
    proof = facts.quote_condition(leading, _line_with(leading.message, why))
    return _failure(facts, f"The run fails: {brief(why)}", (proof,), leading.message)


def _failure(
    facts: StackFacts, title: str, evidence: tuple[Evidence, ...], said: str, certainty: str = CERTAIN
) -> Finding:
    link = ("status", "lastUpdate", "permalink")
    if text(facts.stack, *link):
        evidence = (*evidence, facts.quote(*link))
    since = facts.leading.time if facts.leading is not None else at(facts.last, "lastResyncTime")
    return Finding(
        "",
        PROBLEM,
        title,
        evidence=evidence,
        next_step=_step(facts, said),
        certainty=certainty,
        makes_certain="" if certainty == CERTAIN else "the condition's message, or the operator's log",
        since=since,
        next=NextEvent("the operator tries again, with more and more time in between", brief=RETRIES),
    )


def _step(facts: StackFacts, said: str) -> str:
    """What to do, by what is said: PKO 1 has one reason for all that can go wrong in a run."""
    if LOCKED in said:
        return "Once no run of it is left, remove the lock with `pulumi cancel` from elsewhere, then reconcile."
    if "pending operations" in said:
        return "Run `pulumi refresh` from elsewhere: a run that was interrupted has left operations pending."
    if "authentication required" in said or "repository not found" in said:
        return "Correct spec.projectRepo or spec.gitAuth: the operator can't fetch the repository."
    if not said:
        return f"Look in the operator's log for {facts.namespace} and {facts.name}, or at the run's permalink."
    return "Correct the program, its config, or what the cloud refuses; then reconcile."


def _line_with(message: str, words: str) -> str:
    """The line of a message in which these words stand, or where they span more than one its first."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return next((line for line in lines if words in line), lines[0] if lines else "")


CAUSES = (
    Cause(
        id="V-2",
        depth=SPEC,
        title="A reference leads to another namespace",
        symptom="`Stalled=True` with the reason `CrossNamespaceRefForbidden`.",
        explanation="A Secret of another namespace is referred to, and the operator keeps namespaces apart.",
        by_itself="Nothing, until the spec changes.",
        way_out="Put the Secret into the Stack's namespace.",
        versions="1.9 to 2.0.0; later it is SpecInvalid",
        find=_forbidden_reference,
        not_helpful=(NotHelpful("reconcile", "the same answer again"),),
    ),
    Cause(
        id="V-1",
        depth=RUN,
        title="Another update holds the stack",
        symptom="`Stalled=True` with the reason `UpdateConflict`, or events `StackUpdateConflictDetected`.",
        explanation="Pulumi Cloud lets one update at a time change a stack, and another one goes on.",
        by_itself="With `retryOnUpdateConflict` it tries again every 5 s; without it, never.",
        way_out="Wait for the other run, or end it with `pulumi cancel`; then reconcile.",
        versions="1.9 to 1.x",
        find=_conflict,
        not_helpful=(NotHelpful("restart-workspace", "PKO 1 has no workspaces"),),
        beats=("V-3",),
    ),
    Cause(
        id="V-3",
        depth=RUN,
        title="The run fails, again and again",
        symptom="`Reconciling=True` with the reason `RetryingAfterFailure` and the whole error as its message. Before "
        "1.9 there is only `status.lastUpdate.state: failed`.",
        explanation="Pulumi failed in the operator's pod. PKO 1 tries for ever, and never becomes Stalled for it.",
        by_itself="The operator tries again, with more and more time in between; how much can't be seen.",
        way_out="Do what the error asks for. Before 1.9 it stands only in the operator's log and at the permalink.",
        versions="1.x",
        find=_fails,
        not_helpful=(NotHelpful("restart-workspace", "PKO 1 has no workspaces"),),
    ),
)
