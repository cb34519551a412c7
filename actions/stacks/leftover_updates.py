"""Updates that are being deleted, and that the operator's finalizer holds though nobody will take them in any more."""

from __future__ import annotations

from actions.plan import Check, NothingToDo, Plan, PlanBlocked, Planned, Risk
from actions.stacks.diagnosed_stack import DiagnosedStack
from actions.stacks.finalizers import finalizer_proof, finalizer_state, patch_line, without_finalizer
from diagnosis.facts.object_status import is_complete
from diagnosis.facts.run_facts import labelled_updates
from diagnosis.facts.stack_facts import OPERATOR_FINALIZER, StackFacts
from fleet.resource_kinds import UPDATES
from stacks.fields import Obj, strings, text
from stacks.times import rfc3339


def leftover_updates(facts: StackFacts) -> list[Obj]:
    """The Updates of a Stack of this name that are being deleted, held by the operator, and waited for by no Stack."""
    return [
        update
        for update in labelled_updates(facts)
        if text(update, "metadata", "deletionTimestamp")
        and OPERATOR_FINALIZER in strings(update, "metadata", "finalizers")
        and text(update, "metadata", "name") != text(facts.current, "name")
    ]


def plan_update_release(target: DiagnosedStack, facts: StackFacts, name: str) -> Planned:
    """The plan that takes the operator's finalizer off the Update of this name, or why there is none."""
    update = next((each for each in labelled_updates(facts) if text(each, "metadata", "name") == name), None)
    if name == text(facts.current, "name"):
        why = f"{target} waits for Update {name}, and would wait for ever without it"
        return PlanBlocked(why, ("unwedge frees the Stack of an Update that is lost",))
    if update is None:
        unread = facts.objects.unread("Update", facts.namespace)
        why = f"Updates can't be read: {unread}" if unread else f"there is no Update {name} of it"
        return PlanBlocked(f"{target}: {why}", unseen=bool(unread))
    if not text(update, "metadata", "deletionTimestamp"):
        return PlanBlocked(f"{target}: Update {name} isn't being deleted, so its finalizers stay")
    finalizers = strings(update, "metadata", "finalizers")
    if OPERATOR_FINALIZER not in finalizers:
        held = f"; it has {', '.join(finalizers)}" if finalizers else ""
        return NothingToDo(f"{target}: Update {name} doesn't have the operator's finalizer any more{held}")
    seen = target.processes
    if not is_complete(update) and not (seen is not None and (seen.none_of_pulumi or seen.not_looked)):
        doubt = seen.words if seen is not None else "what runs in the pod isn't known"
        return PlanBlocked(f"{target}: Update {name} isn't over, and {doubt}", ("wait for the end of its run",))
    return _release(target, update, name)


def _release(target: DiagnosedStack, update: Obj, name: str) -> Plan:
    place = strings(update, "metadata", "finalizers").index(OPERATOR_FINALIZER)
    processes = target.processes
    return Plan(
        title=f"let go Update {name}, a leftover of {target}",
        context=target.context,
        target=f"Update {target.namespace}/{name}",
        requests=(without_finalizer(UPDATES.resource, update, OPERATOR_FINALIZER),),
        preconditions=finalizer_state(update, OPERATOR_FINALIZER),
        risk=Risk("low", "the record of a run goes that no Stack waits for; cloud resources have no part in it"),
        kubectl=(patch_line(target, "update", name, OPERATOR_FINALIZER, place),),
        proof=finalizer_proof(UPDATES.resource, update, OPERATOR_FINALIZER),
        differences=(("metadata.finalizers", OPERATOR_FINALIZER, ""),),
        checked=(
            Check(f"{target} doesn't wait for it, as of {rfc3339(target.looked_at)}", target.looked_at),
            *((Check(processes.words, processes.at),) if processes is not None else ()),
        ),
        rights=target.rights,
        effect="the Update is gone",
        look_again=True,
    )
