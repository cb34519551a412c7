"""Wedges, leftovers and requests: nothing is wrong with the program, and yet nothing runs."""

from __future__ import annotations

from diagnosis.cause import WEDGE, Cause
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.stack_facts import REQUEST, StackFacts, condition_of, is_complete
from diagnosis.finding import CERTAIN, LIKELY, NOTE, PROBLEM, WAITING, Finding, NextEvent, NotHelpful
from stacks.fields import at, mappings, text, whole_number
from stacks.update_times import update_created

_NEVER = NextEvent("nothing: the operator isn't told of anything that it waits for")
_STACK_IS_PROCESSED = "stack is being processed"


def _update_gone(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if facts.update is None or not facts.operator.alive:
        return None
    name = text(facts.current, "name")
    began = update_created(name)
    if not facts.update.gone or began is None or facts.now - began <= 60.0:
        return None
    age = facts.now - began
    line, _ = (
        facts.operator_line("update object not found; will retry") if age <= facts.thresholds.wedged else (None, "")
    )
    sure = age > facts.thresholds.wedged or line is not None
    return Finding(
        "",
        PROBLEM,
        f"The operator waits for Update {name}, which is gone",
        evidence=(facts.quote("status", "currentUpdate", "name", time=facts.update.asked_at),),
        certainty=CERTAIN if sure else LIKELY,
        makes_certain="" if sure else "five minutes without the Update, or the operator's log",
        since=began,
        next=_NEVER,
        next_step="Remove status.currentUpdate and ask for a run with a new value, once no run of it is left.",
    )


def _finished_not_absorbed(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    update = facts.update_object
    if update is None or not facts.operator.alive or not is_complete(update):
        return None
    complete = condition_of(update, "Complete")
    ended = complete.time if complete is not None else None
    if complete is None or ended is None:
        return None
    generation = whole_number(update, "metadata", "generation") or 0
    observed = whole_number(update, "status", "observedGeneration") or 0
    deleted = at(update, "metadata", "deletionTimestamp")
    changed = max(ended, deleted or ended)
    name = text(update, "metadata", "name")
    if generation != observed and facts.now - changed > 10.0:
        certainty, proof = CERTAIN, facts.objects.quote(update, "metadata", "generation")
    elif generation == observed and facts.now - ended > facts.thresholds.wedged and text(facts.last, "name") != name:
        certainty, proof = LIKELY, facts.quote_condition(complete)
    else:
        return None
    return Finding(
        "",
        PROBLEM,
        f"Update {name} is over, and the operator can't take in its result",
        evidence=(
            proof,
            facts.objects.quote(update, "status", "observedGeneration"),
            facts.quote("status", "currentUpdate", "name"),
        ),
        certainty=certainty,
        makes_certain="" if certainty == CERTAIN else "the operator's log around the end of the Update",
        since=changed,
        next=_NEVER,
        next_step="Let the Update go, remove status.currentUpdate, and ask for a run with a new value.",
    )


def _cleared_not_asked(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    leading = facts.leading
    if leading is None or leading.reason != "StackProcessing" or leading.message != _STACK_IS_PROCESSED:
        return None
    if facts.current is not None or not facts.operator.alive or facts.unseen:
        return None
    return Finding(
        "",
        PROBLEM,
        "The operator forgot its update, and nobody asked for another",
        evidence=(facts.quote_condition(leading),),
        since=leading.time,
        next=_NEVER,
        next_step="Ask for a run with a new value.",
    )


def _leftover_conditions(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    true = facts.true_conditions
    wrote = [text(entry, "manager") for _, entry in mappings(facts.stack, "metadata", "managedFields")]
    if len(true) < 2 or (wrote and "manager" not in wrote):
        return None
    names = ", ".join(each.type for each in true)
    return Finding(
        "",
        NOTE,
        f"{names} are true at once: leftovers of an upgrade",
        evidence=tuple(facts.quote_condition(each) for each in true),
        next=NextEvent("nothing: what an older operator wrote stays"),
        next_step="Believe the newest; the older ones can be taken out of the status.",
    )


def _asked_not_run(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if facts.first_run and facts.request is None:
        return None
    wanted, current, last = facts.request, facts.current, facts.last
    queued = current is not None and whole_number(current, "generation") not in (None, facts.generation)
    asked = (
        wanted is not None
        and not facts.first_run
        and wanted != text(last, "reconcileRequest")
        and wanted != text(current, "reconcileRequest")
    )
    if not asked and not queued:
        return None
    waits = NextEvent("runs when the update that is under way has ended" if current is not None else "runs at once")
    if asked:
        proof = facts.quote("metadata", "annotations", REQUEST)
        title = "A run was asked for, and hasn't begun"
    else:
        proof = facts.quote("status", "currentUpdate", "generation")
        title = "A new spec waits for the end of the update that is under way"
    return Finding(
        "", WAITING, title, evidence=(proof,), since=facts.unseen_since, next=waits, next_step="Wait for it."
    )


CAUSES = (
    Cause(
        id="W-1",
        depth=WEDGE,
        title="The operator waits for an Update that is gone",
        symptom="`stack is being processed` for ever; `status.currentUpdate` names an Update that doesn't exist.",
        explanation="The operator wrote down an Update that was then deleted, or never made, while it was away. At "
        "each look it finds the name, doesn't find the Update, and stops there.",
        by_itself="Never ends. A request by annotation is even marked as seen, and nothing runs.",
        way_out="Make sure that no run of the Stack is left, remove `status.currentUpdate`, and ask for a run with a "
        "new value of the annotation.",
        versions="2.x",
        find=_update_gone,
        helps=("unwedge",),
        not_helpful=(
            NotHelpful("reconcile", "the operator returns at currentUpdate before it runs anything"),
            NotHelpful("restart-workspace", "no pod takes part"),
            NotHelpful("delete the Stack", "a deletion waits at the same place"),
        ),
        beats=("R-1", "D-2"),
    ),
    Cause(
        id="W-2",
        depth=WEDGE,
        title="The operator can't take in an Update that is over",
        symptom="`stack is being processed` for ever, though the Update in `status.currentUpdate` is complete.",
        explanation="The operator takes in the result of an Update whose observedGeneration is its generation. That of "
        "an Update deleted in between never is.",
        by_itself="Never ends.",
        way_out="Let the Update go (its finalizer), remove `status.currentUpdate`, and ask for a run with a new value.",
        versions="2.x",
        find=_finished_not_absorbed,
        helps=("unwedge",),
        not_helpful=(
            NotHelpful("reconcile", "it is marked as seen, and nothing runs"),
            NotHelpful("delete the Update", "then the Stack waits for one that is gone"),
        ),
        beats=("R-1", "D-2"),
    ),
    Cause(
        id="W-5",
        depth=WEDGE,
        title="The operator forgot its update, and nobody asked for another",
        symptom="`stack is being processed`, and there is no `status.currentUpdate`.",
        explanation="Somebody removed `status.currentUpdate`. A change of the status wakes the operator for nothing.",
        by_itself="Never ends: the branch isn't polled in this state.",
        way_out="Ask for a run with a new value of the annotation.",
        versions="2.x",
        find=_cleared_not_asked,
        helps=("reconcile",),
        not_helpful=(
            NotHelpful("reconcile with the value of before", "that is no change, so nobody is told"),
            NotHelpful("unwedge", "there is nothing left to remove"),
            NotHelpful("restart-workspace", "no pod takes part"),
        ),
        beats=("R-1",),
    ),
    Cause(
        id="W-3",
        depth=WEDGE,
        title="The status holds leftovers of an upgrade",
        symptom="More than one of Ready, Reconciling and Stalled is True.",
        explanation="From 2.6 on the operator writes its status by server-side apply, and can't remove what its older "
        "self wrote as another field manager.",
        by_itself="Stays until somebody takes it out.",
        way_out="Believe the condition with the newest lastTransitionTime; edit the status to be rid of the others.",
        versions="from 2.6, after an upgrade from before",
        find=_leftover_conditions,
        not_helpful=(NotHelpful("reconcile", "the operator can't remove what it doesn't own"),),
    ),
    Cause(
        id="R-1",
        depth=WEDGE,
        title="A run was asked for, and hasn't begun",
        symptom="The annotation `pulumi.com/reconciliation-request`, or a new spec, that no run has answered yet.",
        explanation="The operator finishes what it does before it looks at what is new.",
        by_itself="It runs when the update that is under way has ended, else within milliseconds.",
        way_out="Wait.",
        versions="from 1.12",
        find=_asked_not_run,
        not_helpful=(NotHelpful("reconcile", "overwrites the request with another"),),
    ),
)
