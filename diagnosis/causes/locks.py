"""Runs that another run on the same backend stack keeps out."""

from __future__ import annotations

from diagnosis.cause import RUN, Cause
from diagnosis.causes.failed_runs import IN_THE_STACK
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.quoted_parts import failure_says
from diagnosis.facts.run_facts import (
    IN_PROGRESS,
    KnownRun,
    backend_name,
    next_run,
    runs_on_backend_stack,
    text_certainty,
)
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.facts.state_locks import LockHolder, lock_in_the_way
from diagnosis.finding import CERTAIN, PROBLEM, WAITING, ActionArgument, Evidence, Finding, NextEvent, NotHelpful
from stacks.fields import text

_LONG = 1800.0
"""seconds after which a conflict with nobody is no other run's any more"""


def _in_progress(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    proof = failure_says(facts, *IN_PROGRESS) if facts.failing else None
    if proof is None:
        return None
    leading = facts.leading
    since = leading.time if leading is not None else None
    works = any(run.ended is None for run in runs_on_backend_stack(facts, fleet))
    lasts = since is not None and facts.now - since > _LONG
    certainty = text_certainty(proof)
    stack = text(facts.spec, "stack")
    return Finding(
        "",
        PROBLEM if facts.gave_up or (lasts and not works) else WAITING,
        f"Another update of {stack} runs, or was left behind",
        subject=stack,
        problem_at=since + _LONG if since is not None and not (facts.gave_up or works or lasts) else None,
        evidence=(proof,),
        certainty=certainty,
        makes_certain="" if certainty == CERTAIN else IN_THE_STACK,
        since=since,
        next=next_run(facts, ", and gets through once the other update is over"),
        next_step=f"Look in {backend_name(facts)} for who updates {stack}; cancel that update only if nothing of it "
        "runs any more, then ask for a run.",
    )


def _locked(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    lock = lock_in_the_way(facts, fleet)
    if lock is None:
        return None
    holder, state, at_start, stack = lock.holder, lock.state, lock.at_start, lock.stack
    certainty = text_certainty(lock.said) if facts.operator.since((2, 5, 0)) or not at_start else CERTAIN
    by = f"by {holder}" if holder is not None else "and nobody says by whom"
    over = {"over": ", whose run has ended", "old": ", which is before every run that is known here"}.get(state, "")
    again = "restart the workspace" if at_start else "ask for a run"
    works = state in ("live", "fresh")
    tries_again = not (facts.operator.since((2, 5, 0)) if at_start else facts.gave_up)
    verb = "restart-workspace" if at_start else "reconcile"
    return Finding(
        "",
        WAITING if works and tries_again else PROBLEM,
        f"{stack} is locked {by}{over}",
        subject=f"{holder.who} (pid {holder.pid})" if holder is not None else stack,
        evidence=tuple(each for each in (lock.said, holder and holder.line, _quote_of_run(facts, lock.run)) if each),
        certainty=certainty,
        makes_certain="" if certainty == CERTAIN else IN_THE_STACK,
        since=holder.time if holder is not None else None,
        next=_after(facts, state, at_start),
        next_step=f"Wait for the end of the run that holds the lock{'' if tries_again else f', then {again}'}."
        if works
        else _step(holder, state, again, deleting=facts.deleting),
        actions=("cancel", verb) if not works else () if tries_again else (verb,),
        arguments=(ActionArgument("cancel", "--holder", holder.who),)
        if holder is not None and holder.host != facts.pod_name
        else (),
    )


def _step(holder: LockHolder | None, state: str, again: str, *, deleting: bool) -> str:
    """What to do about a lock: who made it has to be gone before it is taken away."""
    after = " The destroy goes on then." if deleting else ""
    if state == "over":
        return f"Cancel the update that holds the lock, then {again}.{after}"
    who = f"process {holder.pid} of {holder.who}" if holder is not None else "the process that made the lock"
    return f"Make sure that {who} is gone; then cancel the update that holds the lock, and {again}.{after}"


def _quote_of_run(facts: StackFacts, run: KnownRun | None) -> Evidence | None:
    """The run that made a lock, by its birth."""
    return None if run is None else facts.objects.quote(run.update, "metadata", "creationTimestamp", time=run.began)


def _after(facts: StackFacts, state: str, at_start: bool) -> NextEvent:
    if at_start:
        return NextEvent("never by itself: the workspace isn't initialised again by itself", heals=False)
    if state in ("live", "fresh"):
        return next_run(facts, ", and gets through once the lock is released")
    return next_run(facts, ", and finds the lock again", heals=not state)


CAUSES = (
    Cause(
        id="U-3",
        depth=RUN,
        title="The backend stack is locked",
        symptom="`the stack is currently locked by 1 lock(s)` in the message of a failed run, or of a workspace that "
        "isn't initialised. The line below names the file, who made it, and when.",
        explanation="A backend of one's own (a bucket, a folder) keeps a lock as a file. A run that is killed leaves "
        "its lock behind. The line tells who made it; a lock that is older than the end of every run known here, or "
        "whose run was killed, is nobody's any more.",
        by_itself="A lock that is in use goes at the end of its run, and the next retry gets through. One that was "
        "left behind stays: each retry runs into it until the Stack is stalled.",
        way_out="Make sure that no run works on the backend stack, here or elsewhere. Then cancel, and ask for a run; "
        "restart the workspace instead where it was its initialisation that failed.",
        versions="any, with a backend of one's own",
        find=_locked,
        helps=("cancel", "reconcile"),
        waits_alone=True,
        not_helpful=(
            NotHelpful("reconcile without cancel", "the lock is still there"),
            NotHelpful("restart-workspace without cancel", "the lock is in the backend, not in the pod"),
        ),
        beats=("U-1", "U-5", "U-6", "D-3", "F-5"),
    ),
    Cause(
        id="U-2",
        depth=RUN,
        title="Another update holds the stack",
        symptom="`Another update is currently in progress` in `status.lastUpdate.message`; the Update's reason is "
        "UpdateConflict. With PKO 1 and in the CLI's own words `[409] Conflict`.",
        explanation="Pulumi Cloud lets one update of a stack run at a time. Somebody else updates this one, or an "
        "update was killed and its lease isn't over yet.",
        by_itself="It is run again with growing pauses, and gets through once the other update is over. From 2.8 on "
        "the Stack is stalled after 3 failures.",
        way_out="Wait. Where no run of the stack works any more, cancel the update that was left, and ask for a run.",
        versions="any, with Pulumi Cloud",
        find=_in_progress,
        helps=("cancel", "reconcile"),
        waits_alone=True,
        not_helpful=(NotHelpful("spec.retryOnUpdateConflict", "PKO 2 doesn't read it"),),
        beats=("U-1", "D-3"),
    ),
)
