"""Stacks and Updates that are being deleted, and aren't gone."""

from __future__ import annotations

from diagnosis.cause import RUN, WEDGE, Cause
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.facts.object_status import is_complete
from diagnosis.facts.run_facts import labelled_updates, next_run
from diagnosis.facts.stack_facts import OPERATOR_FINALIZER, StackFacts
from diagnosis.finding import NOTE, PROBLEM, WAITING, ActionArgument, Evidence, Finding, NextEvent, NotHelpful
from diagnosis.wording import shortened
from stacks.fields import Obj, at, strings, text
from stacks.messages import headline

_SETTLES = 10.0
"""seconds in which a deletion that nothing holds is over"""
_BY_DEPENDENTS = "foregroundDeletion"
_BEFORE_THE_END = (
    *(f"B-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12)),
    *(f"P-{number}" for number in range(1, 14)),
    *(f"C-{number}" for number in range(1, 5)),
    *(f"F-{number}" for number in range(1, 8)),
    *(f"U-{number}" for number in range(1, 16)),
    "S-1", "D-2", "D-3", "R-1",
)  # fmt: skip
"""what no longer matters once the operator has let a Stack go"""
_ARGOCD = "resources-finalizer.argocd.argoproj.io"


# D-1


def _foreign_finalizer(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    deleted = facts.deleted_at
    if deleted is None or facts.held_by_operator or not facts.finalizers or facts.now - deleted <= _SETTLES:
        return None
    left = _dependents(facts) if facts.finalizers == [_BY_DEPENDENTS] else []
    names = " and ".join(facts.finalizers)
    quotes = [facts.quote("metadata", "finalizers", place) for place in range(len(facts.finalizers))]
    return Finding(
        "",
        WAITING if left else PROBLEM,
        f"The Stack waits for {len(left)} objects that belong to it to be deleted first"
        if left
        else f"The finalizer {names} holds the Stack, and the operator is done with it",
        subject=names,
        evidence=(facts.quote("metadata", "deletionTimestamp", time=deleted), *quotes),
        since=deleted,
        next=NextEvent("it goes when its dependents are gone")
        if left
        else NextEvent(f"it goes when whoever set {names} takes it away"),
        next_step=_how_to_release(facts, bool(left)),
        actions=() if left else ("release",),
        arguments=tuple(ActionArgument("release", "--finalizer", name) for name in facts.finalizers[:1]),
    )


def _dependents(facts: StackFacts) -> list[Obj]:
    """What belongs to the Stack and is still there."""
    return [each for kind in ("Workspace", "Update") for each in facts.objects.owned(kind, facts.uid)]


def _how_to_release(facts: StackFacts, waits: bool) -> str:
    if waits:
        return "Wait until its dependents are gone; look for what holds them."
    of_argocd = next((name for name in facts.finalizers if name.startswith(_ARGOCD)), "")
    if of_argocd:
        return f"Take the finalizer {of_argocd} away; it belongs on Applications, and Argo CD never removes it here."
    return f"Repair whoever is to remove {' and '.join(facts.finalizers)}, or take that one finalizer away."


# D-2


def _deletion_waits_for_run(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    update = facts.update
    if not facts.deleting or not facts.held_by_operator or update is None or is_complete(update):
        return None
    kind = text(update, "spec", "type")
    if kind in ("", "destroy"):
        return None
    name = text(update, "metadata", "name")
    began = facts.update_created
    return Finding(
        "",
        WAITING,
        f"The deletion waits for the {kind} {name}, which is under way",
        subject=f"Update {facts.namespace}/{name}",
        evidence=(facts.objects.quote(update, "spec", "type", time=began), _deleted_when(facts)),
        since=facts.deleted_at,
        next=NextEvent(f"it goes on when the {kind} has ended", brief=f"on {kind}"),
        next_step=f"Wait for the end of the {kind}.",
    )


def _deleted_when(facts: StackFacts) -> Evidence:
    return facts.quote("metadata", "deletionTimestamp", time=facts.deleted_at)


# D-3


def _destroy_fails(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    if not facts.deleting or not facts.held_by_operator or not facts.failing:
        return None
    if text(facts.last, "type") != "destroy":
        return None
    ended = at(facts.last, "lastResyncTime")
    evidence = [facts.quote("status", "lastUpdate", "type", time=ended)]
    why = ""
    if facts.failure_messages:
        obj, path, message = facts.failure_messages[0]
        why = headline(message)
        if why:
            evidence.append(facts.objects.quote(obj, *path, part=why, time=ended))
    if facts.leading is not None and facts.leading.message:
        evidence.append(facts.quote_condition(facts.leading))
    return Finding(
        "",
        PROBLEM,
        f"The destroy fails: {shortened(why)}" if why else "The destroy fails, and the Stack doesn't say why",
        subject=shortened(why) or text(facts.spec, "stack"),
        evidence=tuple(evidence),
        since=ended,
        next=next_run(facts),
        next_step="Repair what the error names, then ask for a run; release the Stack only if its cloud resources may "
        "stay, or are destroyed another way.",
    )


# W-4


def _update_stuck_in_deletion(facts: StackFacts, fleet: FleetFacts) -> Finding | None:
    named = {text(facts.current, "name"), text(facts.last, "name")}
    for update in labelled_updates(facts):
        deleted, name = at(update, "metadata", "deletionTimestamp"), text(update, "metadata", "name")
        if deleted is None or name in named or facts.now - deleted <= _SETTLES:
            continue
        finalizers = strings(update, "metadata", "finalizers")
        if OPERATOR_FINALIZER in finalizers:
            return _stuck(facts, update, deleted, finalizers.index(OPERATOR_FINALIZER))
    return None


def _stuck(facts: StackFacts, update: Obj, deleted: float, place: int) -> Finding:
    name = text(update, "metadata", "name")
    blocks = _is_terminating(facts)
    return Finding(
        "",
        PROBLEM if blocks else NOTE,
        f"Update {name} is being deleted, and no Stack will take its finalizer away"
        + (f"; it holds the namespace {facts.namespace}" if blocks else ""),
        subject=f"Update {facts.namespace}/{name}",
        evidence=(
            facts.objects.quote(update, "metadata", "deletionTimestamp", time=deleted),
            facts.objects.quote(update, "metadata", "finalizers", place),
        ),
        since=deleted,
        next=NextEvent("never by itself: no Stack names this Update any more", heals=False),
        next_step=f"Take the finalizer {OPERATOR_FINALIZER} off the Update {name}.",
        arguments=(ActionArgument("release", "--update", name),),
    )


def _is_terminating(facts: StackFacts) -> bool:
    namespace = facts.objects.get("Namespace", "", facts.namespace).object
    return text(namespace, "status", "phase") == "Terminating"


CAUSES = (
    Cause(
        id="D-2",
        depth=RUN,
        title="The deletion waits for the update that is under way",
        symptom="The Stack has a `deletionTimestamp`, and `status.currentUpdate` names an Update that isn't over and "
        "is no destroy.",
        explanation="The operator ends what runs before it destroys.",
        by_itself="It goes on at the end of the run.",
        way_out="Wait. If the run hangs, see U-11.",
        versions="2.x",
        since=(2, 0, 0),
        find=_deletion_waits_for_run,
        not_helpful=(
            NotHelpful("release", "leaves the cloud resources, and a pulumi that runs"),
            NotHelpful("delete the Update", "the run goes on, and reads as failed at its end"),
        ),
        beats=("R-1",),
    ),
    Cause(
        id="D-3",
        depth=WEDGE,
        title="The destroy fails",
        symptom="The Stack is being deleted, and `status.lastUpdate` is a destroy that failed. When it is stalled the "
        "operator's log says `retaining finalizer and retrying after backoff` each second, though nothing is retried.",
        explanation="From 2.8 on the operator keeps the Stack until its resources are destroyed. Before, it let the "
        "Stack go although the destroy had failed, and the resources stayed.",
        by_itself="It is run again with growing pauses until it has failed 3 times, then never.",
        way_out="Repair what the error names, and ask for a run. The last way is to release the Stack: then its cloud "
        "resources stay, and belong to nobody.",
        versions="from 2.8",
        find=_destroy_fails,
        after_repair=("reconcile",),
        helps=("reconcile", "release"),
        not_helpful=(
            NotHelpful("wait when it is stalled", "nothing is retried any more"),
            NotHelpful("restart-workspace", "the same destroy runs in a new pod"),
        ),
    ),
    Cause(
        id="D-1",
        depth=WEDGE,
        title="A finalizer that isn't the operator's holds the Stack",
        symptom="The Stack has a `deletionTimestamp`, and finalizers without `finalizer.stack.pulumi.com`.",
        explanation="The operator is done with the Stack. Somebody else set a finalizer, and hasn't removed it. "
        "`resources-finalizer.argocd.argoproj.io` belongs on Applications, and nobody removes it from a Stack.",
        by_itself="Never ends, unless whoever set it works. `foregroundDeletion` goes with the last dependent.",
        way_out="Take away that one finalizer (`release` does that), and no other.",
        versions="any",
        find=_foreign_finalizer,
        not_helpful=(
            NotHelpful("reconcile", "the operator is done with it"),
            NotHelpful("patch finalizers to an empty list", "drops those of others, too"),
        ),
        beats=_BEFORE_THE_END,
    ),
    Cause(
        id="W-4",
        depth=WEDGE,
        title="An Update is stuck in its deletion",
        symptom="An Update with a `deletionTimestamp` and the finalizer `finalizer.stack.pulumi.com`, which no Stack "
        "names in its status.",
        explanation="The operator takes the finalizer off when the Stack has taken in the result. This Update's Stack "
        "is gone, or has forgotten it.",
        by_itself="Never ends.",
        way_out="Take the finalizer off that Update.",
        versions="2.x",
        since=(2, 0, 0),
        find=_update_stuck_in_deletion,
        helps=("release",),
        not_helpful=(NotHelpful("delete it again", "it is being deleted already"),),
    ),
)
