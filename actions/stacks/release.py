"""`release`: one finalizer is taken off a Stack that is being deleted, or off a leftover Update of it.

Without the operator's finalizer a Stack goes although its cloud resources weren't destroyed: they stay, and nothing in
the cluster knows of them any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from actions.fix_rules import right_on
from actions.guide import FixGuide
from actions.plan import Check, NothingToDo, Plan, PlanBlocked, Planned, PlanUnacknowledged, Risk
from actions.record import ActionRecord
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest, StackLook, blocked, without_commands
from actions.stacks.finalizers import (
    finalizer_proof,
    finalizer_state,
    patch_line,
    wait_until_released,
    without_finalizer,
)
from actions.stacks.leftover_updates import leftover_updates, plan_update_release
from actions.stacks.running_work import work_checks, work_seen, work_unknown
from actions.workflow import ChangeKind
from cluster.access import AccessQuestion
from diagnosis.facts.run_facts import backend_name
from diagnosis.facts.stack_facts import OPERATOR_FINALIZER, StackFacts
from fleet.resource_kinds import STACKS, UPDATES
from stacks.fields import field, text
from stacks.text import web_link

_VERB = "release"
_PAGE_OF_UPDATE = "/updates/"
"""what stands behind the stack's own page in the link of an update"""


def _rights(target: DiagnosedStack) -> Iterator[AccessQuestion]:
    yield right_on("patch", STACKS.resource, target.namespace, target.name)
    if target.facts is not None and leftover_updates(target.facts):
        yield right_on("patch", UPDATES.resource, target.namespace)


_LOOK = StackLook(lambda target: tuple(_rights(target)), processes=True)


def _plan(target: DiagnosedStack, request: FixRequest, record: ActionRecord) -> Planned:
    kind = UPDATES if request.update else STACKS
    rights = tuple(each for each in target.rights if each.question.resource == kind.resource.plural)
    target = replace(target, rights=rights)
    facts = target.facts
    if (refusal := blocked(target, _VERB)) or facts is None:
        return refusal or NothingToDo("")
    if request.update:
        return plan_update_release(target, facts, request.update)
    if refusal := _not_now(target, facts):
        return refusal
    finalizer = _meant(facts, request)
    if finalizer in facts.finalizers:
        return _release(target, facts, finalizer, word=finalizer if request.acknowledged else target.context)
    return _not_there(target, facts, request.finalizer)


def _meant(facts: StackFacts, request: FixRequest) -> str:
    """The finalizer that is meant. Somebody else's only by its name: it is asked for, or is the only one and read."""
    if request.finalizer:
        return request.finalizer
    alone = request.acknowledged and len(facts.finalizers) == 1
    return facts.finalizers[0] if alone else OPERATOR_FINALIZER


def _not_there(target: DiagnosedStack, facts: StackFacts, asked: str) -> Planned:
    """Why nothing is taken off a Stack that doesn't have the finalizer that was asked for, or the operator's."""
    left = ", ".join(facts.finalizers)
    if not left:
        return NothingToDo(f"{target} has no finalizer any more")
    if asked:
        return PlanBlocked(f"{target} has no finalizer {asked}; it has {left}")
    why = (
        f"{target}: the operator's finalizer is gone, and somebody else holds it: {left}. Whoever set that is to take "
    )
    if len(facts.finalizers) == 1:
        return PlanUnacknowledged(f"{why}it away", left)
    return PlanBlocked(f"{why}them away", ("repair that; or name the one that is to go: --finalizer NAME",))


def _not_now(target: DiagnosedStack, facts: StackFacts) -> PlanBlocked | None:
    if not facts.deleting:
        left = ", ".join(text(each, "metadata", "name") for each in leftover_updates(facts))
        reasons = (f"to let go a leftover Update of it ({left}): --update NAME",) if left else ()
        return PlanBlocked(f"{target} isn't being deleted, so its finalizers stay", reasons)
    if seen := work_seen(target, facts):
        why = "its result is lost, and what it makes belongs to nobody"
        return PlanBlocked(f"{target}: {seen}; released now, {why}", ("wait for the end of that run",))
    if facts.objects.unread("Update", facts.namespace) and (unknown := work_unknown(target, facts)):
        return PlanBlocked(f"{target}: {unknown}, and Updates can't be read either", unseen=True)
    return None


def _release(target: DiagnosedStack, facts: StackFacts, finalizer: str, word: str) -> Plan:
    others = ", ".join(each for each in facts.finalizers if each != finalizer)
    place = facts.finalizers.index(finalizer)
    risk = _risk(facts, others) if finalizer == OPERATOR_FINALIZER else _risk_of_foreign(finalizer)
    return Plan(
        title=f"take the finalizer {finalizer} off {target}",
        context=target.context,
        target=f"Stack {target.namespace}/{target.name}",
        requests=(without_finalizer(STACKS.resource, facts.stack, finalizer),),
        preconditions=finalizer_state(facts.stack, finalizer),
        risk=risk,
        kubectl=(patch_line(target, "stack", target.name, finalizer, place),),
        proof=finalizer_proof(STACKS.resource, facts.stack, finalizer),
        differences=(("metadata.finalizers", finalizer, ""),),
        notes=tuple(_notes(facts, finalizer)),
        checked=tuple(_checks(target, facts)),
        rights=target.rights,
        effect=f"what is left holds it: {others}" if others else "the Stack is gone",
        word="" if risk.level == "low" else word,
        look_again=True,
    )


def _destroys(facts: StackFacts) -> bool:
    """Whether the operator would destroy the resources before it lets the Stack go."""
    return field(facts.spec, "destroyOnFinalize") is True and field(facts.spec, "preview") is not True


def _risk(facts: StackFacts, others: str) -> Risk:
    if not _destroys(facts):
        return Risk("low", "nothing would be destroyed anyway: spec.destroyOnFinalize is off, or it only previews")
    outputs = field(facts.stack, "status", "outputs")
    known = f" (it has {len(outputs)} outputs)" if isinstance(outputs, dict) and outputs else ""
    goes = "nothing in this cluster knows of them any more" if not others else "the operator forgets them"
    return Risk(
        "high", f"the cloud resources{known} stay, and {goes}: they cost what they cost until somebody finds them"
    )


def _risk_of_foreign(finalizer: str) -> Risk:
    return Risk("medium", f"whoever set {finalizer} wanted to do something before the Stack goes, and won't")


def _notes(facts: StackFacts, finalizer: str) -> Iterator[str]:
    if finalizer != OPERATOR_FINALIZER or not _destroys(facts):
        return
    stack, backend = text(facts.spec, "stack"), backend_name(facts)
    page = _page(facts)
    yield f"their state is kept in {backend}: {page or stack}"
    yield f"pulumi destroy --stack {stack} can still remove them from elsewhere, as long as that state exists"


def _page(facts: StackFacts) -> str:
    """The stack's page in Pulumi Cloud; empty where no run has told it."""
    link = web_link(text(facts.last, "permalink")) or web_link(text(facts.last_update, "status", "permalink"))
    return link.partition(_PAGE_OF_UPDATE)[0]


def _checks(target: DiagnosedStack, facts: StackFacts) -> Iterator[Check]:
    for finding in target.findings[:1]:
        yield Check(finding.title, target.looked_at)
    yield from work_checks(target, facts)


RELEASE: ChangeKind[DiagnosedStack, FixRequest] = ChangeKind(
    id=_VERB,
    subject="Stack",
    title=lambda request: f"release the Update {request.update}" if request.update else "release it",
    read=_LOOK.read,
    prepare=_LOOK.prepare,
    without_commands=without_commands,
    acknowledge_flag="--finalizer NAME",
    plan=_plan,
    done=lambda request: "the finalizer is taken off",
    take_effect=wait_until_released,
    effect_timeout=600.0,
    guide=FixGuide(
        command="release NAME [--finalizer NAME | --update NAME]",
        helps="A Stack that is being deleted can't be destroyed any more (D-3, B-12), or somebody else's finalizer "
        "holds it (D-1); a deleted Update is left over that no Stack names (W-4).",
        not_offered="For what isn't being deleted; while a run is on; for an Update that the Stack waits for "
        "(`unwedge` is for those). Somebody else's finalizer only by its name.",
        sends="A JSON patch that removes this one finalizer, if it stands where it stood. All others stay.",
        hurts="Without the operator's finalizer the Stack goes, and its cloud resources stay. The plan says where "
        "their state is kept.",
        proof="The object is gone, or doesn't have the finalizer any more.",
        undo="It can't be undone. As long as the state exists, `pulumi destroy` elsewhere removes the resources, or a "
        "new Stack with the same `spec.stack` takes them over.",
    ),
)
