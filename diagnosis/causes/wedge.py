"""Wedges, leftovers and requests: nothing is wrong with the program, and yet nothing runs."""

from __future__ import annotations

from dataclasses import replace

from diagnosis.cause import AGENT, INITIALISATION, OPERATOR, POD, PREREQUISITE, RUN, SPEC, WEDGE, Cause
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import condition_of, is_complete
from diagnosis.facts.quoted_parts import last_said_by_operator
from diagnosis.facts.stack_facts import StackFacts
from diagnosis.finding import CERTAIN, LIKELY, NOTE, PROBLEM, WAITING, Finding, NextEvent, NotHelpful
from diagnosis.wording import listed
from stacks.fields import at, mappings, text, whole_number
from stacks.records.base import REQUEST
from stacks.update_times import update_created

_NEVER = NextEvent("never by itself: the operator isn't told of anything that it waits for", heals=False)
_OLD_MANAGER = "manager"
_EARLIER_RUN = (
    "F-2", "U-1", "U-2", "U-3", "U-4", "U-5", "U-6", "U-7", "U-8", "U-9", "U-10", "U-11", "U-14", "U-15",
)  # fmt: skip
"""what is history, or the same once more, while nothing runs until a person acts"""


def _update_gone(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if facts.update_lookup is None or not facts.operator.alive:
        return None
    name = text(facts.current, "name")
    began = update_created(name)
    if not facts.update_lookup.gone or began is None or facts.now - began <= 60.0:
        return None
    age = facts.now - began
    line, unread = (None, "")
    if age <= facts.thresholds.wedged:
        line, unread = last_said_by_operator(facts, "update object not found; will retry")
    old = age > facts.thresholds.wedged or line is not None
    by_name = facts.update_lookup.asked_at is not None
    evidence = [facts.quote("status", "currentUpdate", "name", time=facts.update_lookup.asked_at)]
    if line is not None:
        evidence.append(facts.objects.quote_operator_log(line))
    return _sure_of_operator(
        facts,
        Finding(
            "",
            PROBLEM,
            f"The operator waits for Update {name}, which is gone",
            subject=f"Update {facts.namespace}/{name}",
            evidence=tuple(evidence),
            certainty=CERTAIN if old and by_name else LIKELY,
            makes_certain="five minutes without the Update, or the operator's log"
            if not old
            else ""
            if by_name
            else "asking the API server for the Update by its name",
            since=began,
            next=_NEVER,
            next_step=f"Make sure that no run of {name} is left, remove status.currentUpdate, and ask for a run with "
            "a new value.",
            unknown=(unread,) if unread and not old else (),
        ),
    )


def _sure_of_operator(facts: StackFacts, finding: Finding) -> Finding:
    """The finding, less certain where nobody knows whether the operator lives: one that comes back may go on."""
    if facts.operator.state != "unknown" or finding.certainty != CERTAIN:
        return finding
    unread = facts.operator.lease_unread or "there is no Lease of the operator"
    return replace(finding, certainty=LIKELY, makes_certain="the operator's Lease", unknown=(*finding.unknown, unread))


def _finished_not_absorbed(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    update = facts.update
    complete = condition_of(update, "Complete")
    if update is None or complete is None or not complete.true or complete.time is None or not facts.operator.alive:
        return None
    generation = whole_number(update, "metadata", "generation")
    observed = whole_number(update, "status", "observedGeneration")
    if generation is None or observed is None:
        return None
    deleted = at(update, "metadata", "deletionTimestamp")
    changed = max(complete.time, deleted or complete.time)
    name = text(update, "metadata", "name")
    if generation != observed and facts.now - changed > 10.0:
        certainty, proof = CERTAIN, facts.objects.quote(update, "metadata", "generation")
    elif generation == observed and _never_taken_in(facts, name, complete.time):
        place = complete.place
        certainty, proof = LIKELY, facts.objects.quote(update, "status", "conditions", place, "status", time=changed)
    else:
        return None
    evidence = [
        proof,
        facts.objects.quote(update, "status", "observedGeneration"),
        facts.quote("status", "currentUpdate", "name"),
    ]
    if deleted is not None:
        evidence.insert(1, facts.objects.quote(update, "metadata", "deletionTimestamp", time=deleted))
    return _sure_of_operator(
        facts,
        Finding(
            "",
            PROBLEM,
            f"Update {name} is over, and the operator can't take in its result",
            subject=f"Update {facts.namespace}/{name}",
            evidence=tuple(evidence),
            certainty=certainty,
            makes_certain="" if certainty == CERTAIN else "the operator's log around the end of the Update",
            since=changed,
            next=_NEVER,
            next_step=f"Let Update {name} go, remove status.currentUpdate, and ask for a run with a new value.",
        ),
    )


def _never_taken_in(facts: StackFacts, name: str, ended: float) -> bool:
    """Whether an Update that is over, and as the operator wants it, stays in the Stack all the same."""
    return facts.now - ended > facts.thresholds.wedged and text(facts.last, "name") != name


def _cleared_not_asked(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    leading = facts.leading
    if leading is None or not facts.lost_current_update or not facts.operator.alive or facts.unseen:
        return None
    written = _status_written(facts)
    since = written if written is not None else leading.time
    if since is None or facts.now - since <= 10.0:
        return None
    evidence = [facts.quote_condition(leading)]
    if facts.request is not None:
        evidence.append(facts.quote("status", "observedReconcileRequest"))
    return _sure_of_operator(
        facts,
        Finding(
            "",
            PROBLEM,
            "It looks busy, but nothing runs: the operator lost its update, and no new one was asked for",
            subject=f"Stack {facts.namespace}/{facts.name}",
            evidence=tuple(evidence),
            since=since,
            next=_NEVER,
            next_step="Ask for a run with a new value."
            if facts.request is None
            else f"Ask for a run with another value than {facts.request}.",
        ),
    )


def _status_written(facts: StackFacts) -> float | None:
    """When somebody wrote the Stack's status last; None where its managed fields don't tell."""
    entries = [entry for _, entry in mappings(facts.stack, "metadata", "managedFields")]
    times = [at(entry, "time") for entry in entries if text(entry, "subresource") == "status"]
    return max((time for time in times if time is not None), default=None)


def _leftover_conditions(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    true = facts.true_conditions
    entries = [entry for _, entry in mappings(facts.stack, "metadata", "managedFields")]
    wrote = {text(entry, "manager") for entry in entries}
    if len(true) < 2 or (wrote and _OLD_MANAGER not in wrote) or not facts.operator.since((2, 6, 0)):
        return None
    names = ", ".join(each.type for each in true)
    newest = facts.leading.type if facts.leading is not None else names
    return Finding(
        "",
        NOTE,
        f"{names} are true at once: leftovers of an upgrade",
        subject="leftovers of an upgrade",
        evidence=tuple(facts.quote("status", "conditions", each.place, "status", time=each.time) for each in true),
        certainty=CERTAIN if wrote else LIKELY,
        makes_certain="" if wrote else "the managed fields of the Stack's status",
        next=NextEvent("never by itself: what an older operator wrote stays", heals=False),
        next_step=f"Believe {newest}, which is the newest; the others can be taken out of the status.",
    )


def _asked_not_run(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if facts.first_run:
        return None
    if _is_unanswered(facts):
        proof = facts.quote("metadata", "annotations", REQUEST)
        title = f"The run {facts.request} was asked for, and hasn't begun"
    elif _waits_behind_older(facts):
        proof = facts.quote("status", "currentUpdate", "generation")
        title = f"The spec of generation {facts.generation} waits for the end of the update that is under way"
    else:
        return None
    under_way = text(facts.current, "name")
    evidence = [proof]
    if text(facts.current, "reconcileRequest"):
        evidence.append(facts.quote("status", "currentUpdate", "reconcileRequest"))
    if text(facts.last, "reconcileRequest"):
        evidence.append(facts.quote("status", "lastUpdate", "reconcileRequest"))
    seen = facts.request is not None and facts.request == facts.observed_request
    unknown = _unread_of_request(facts)
    return Finding(
        "",
        WAITING,
        title,
        subject=f"Stack {facts.namespace}/{facts.name}",
        evidence=tuple(evidence),
        since=facts.unseen_since,
        next=NextEvent(f"it runs when Update {under_way} has ended", brief="on Update")
        if under_way
        else NextEvent(
            "it runs next" if seen or unknown else "it runs as soon as the operator sees it, within milliseconds"
        ),
        next_step=f"Wait for the end of Update {under_way}." if under_way else "Wait for it.",
        certainty=LIKELY if unknown else CERTAIN,
        makes_certain=listed([what for what, _ in unknown]),
        unknown=tuple(f"{what}: {why}" for what, why in unknown),
    )


def _unread_of_request(facts: StackFacts) -> list[tuple[str, str]]:
    """What couldn't be read that would show whether the operator gets to the request at all, each with the reason."""
    found = []
    if facts.operator.state == "unknown":
        found.append(("the operator's Lease", facts.operator.lease_unread or "there is none"))
    if facts.update_lookup is not None and facts.update_lookup.unread:
        found.append((f"the Update {text(facts.current, 'name')}", facts.update_lookup.unread))
    return found


def _is_unanswered(facts: StackFacts) -> bool:
    """Whether a run was asked for by annotation that neither runs nor has run."""
    wanted = facts.request
    if wanted is None or wanted in (text(facts.last, "reconcileRequest"), text(facts.current, "reconcileRequest")):
        return False
    return not (facts.is_pko_1_result and wanted == facts.observed_request)


def _waits_behind_older(facts: StackFacts) -> bool:
    """Whether an update of an older spec is under way."""
    update, generation = facts.update, whole_number(facts.current, "generation")
    if update is None or is_complete(update) or generation is None:
        return False
    return generation != facts.generation


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
        since=(2, 0, 0),
        find=_update_gone,
        helps=("unwedge",),
        not_helpful=(
            NotHelpful("reconcile", "the operator returns at currentUpdate before it runs anything"),
            NotHelpful("restart-workspace", "the pod has no part in this"),
            NotHelpful("delete the Stack", "a deletion waits at the same place"),
        ),
        beats=(*_EARLIER_RUN, "D-2", "D-3", "R-1"),
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
        since=(2, 0, 0),
        find=_finished_not_absorbed,
        helps=("unwedge",),
        not_helpful=(
            NotHelpful("reconcile", "it is marked as seen, and nothing runs"),
            NotHelpful("delete the Update", "then the Stack waits for one that is gone"),
        ),
        beats=(*_EARLIER_RUN, "D-2", "D-3", "R-1"),
    ),
    Cause(
        id="W-5",
        depth=WEDGE,
        title="It looks busy, but nothing runs: the operator lost its update, and no new one was asked for",
        symptom="`stack is being processed`, and there is no `status.currentUpdate`.",
        explanation="Somebody removed `status.currentUpdate`. A change of the status wakes the operator for nothing.",
        by_itself="Never ends: the branch isn't polled in this state.",
        way_out="Ask for a run with a new value of the annotation.",
        versions="2.x",
        since=(2, 0, 0),
        find=_cleared_not_asked,
        helps=("reconcile",),
        not_helpful=(
            NotHelpful("reconcile with the value of before", "that is no change, so nobody is told"),
            NotHelpful("unwedge", "there is nothing left to remove"),
            NotHelpful("restart-workspace", "the pod has no part in this"),
        ),
        beats=(*_EARLIER_RUN, "D-3", "R-1"),
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
        since=(2, 6, 0),
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
        since=(1, 12, 0),
        find=_asked_not_run,
        not_helpful=(NotHelpful("reconcile", "overwrites the request with another"),),
        yields_to=(OPERATOR, SPEC, PREREQUISITE, POD, AGENT, INITIALISATION, RUN, WEDGE),
    ),
)
