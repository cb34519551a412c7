"""`unwedge`: the operator is freed of an update that it waits for in vain, and asked for a new run.

It looks at `status.currentUpdate` before anything else. Where the Update named there is gone, or is over and can't be
taken in, it stops there for ever. A leftover Update's finalizer goes first, so that nobody waits for it either. A
removed `currentUpdate` alone wakes the operator for nothing: only a new value of the annotation does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from actions.fix_rules import right_on
from actions.guide import FixGuide
from actions.plan import (
    MANAGER,
    Check,
    NothingToDo,
    Plan,
    PlanBlocked,
    Planned,
    Precondition,
    Proof,
    Risk,
    kubectl_json_patch,
)
from actions.record import ActionRecord
from actions.stacks.diagnosed_stack import (
    DiagnosedStack,
    FixRequest,
    StackLook,
    blocked,
    path,
    preconditions,
    without_commands,
)
from actions.stacks.finalizers import finalizer_state, patch_line, without_finalizer
from actions.stacks.run_request import (
    RUN_WITHIN,
    annotate,
    annotate_line,
    asked_by,
    effect_of_run,
    plan_run,
    replaced_request,
    wait_for_run,
)
from actions.workflow import ChangeKind
from cluster.access import AccessQuestion
from cluster.apply import WriteRequest, json_patch
from cluster.resources import pointer
from diagnosis.facts.stack_facts import OPERATOR_FINALIZER, StackFacts
from fleet.resource_kinds import STACKS, UPDATES
from stacks.fields import Obj, strings, text

_CURRENT = ("status", "currentUpdate")
_WEDGES = ("W-1", "W-2")


def _rights(target: DiagnosedStack) -> Iterator[AccessQuestion]:
    yield right_on("patch", STACKS.resource, target.namespace, target.name, "status")
    yield right_on("patch", STACKS.resource, target.namespace, target.name)
    update = _leftover(target.facts)
    if update is not None:
        yield right_on("patch", UPDATES.resource, target.namespace, text(update, "metadata", "name"))


_LOOK = StackLook(lambda target: tuple(_rights(target)), processes=True)


def _leftover(facts: StackFacts | None) -> Obj | None:
    """The Update that the operator can't take in, where our finalizer is what keeps it."""
    update = facts.update if facts is not None else None
    held = update is not None and OPERATOR_FINALIZER in strings(update, "metadata", "finalizers")
    return update if held else None


def _plan(target: DiagnosedStack, request: FixRequest, record: ActionRecord) -> Planned:
    facts = target.facts
    if facts is not None and facts.lost_current_update:  # the first half of this fix was done before
        return blocked(target, "reconcile") or plan_run(target, facts, request.value)
    if (refusal := blocked(target, "unwedge")) or facts is None:
        return refusal or NothingToDo("")
    name = text(facts.current, "name")
    wedge = next((each for each in target.findings if each.id in _WEDGES), None)
    if not name:
        return NothingToDo(f"{target} waits for no update")
    if wedge is None:
        return PlanBlocked(f"{target}: Update {name} isn't known to be lost, so status.currentUpdate stays")
    if why := _still_runs(target):
        return PlanBlocked(f"{target}: {why}", ("end that run, or wait for its end",))
    update = _leftover(facts)
    requests = list(_requests(target, facts, update, name, request.value))
    return Plan(
        title=f"free {target} of Update {name}, and ask for a run",
        context=target.context,
        target=f"Stack {target.namespace}/{target.name}",
        requests=tuple(requests),
        preconditions=(*_preconditions(facts, update), Precondition("currentUpdate", name)),
        risk=Risk("medium", "if that update still runs somewhere, two runs meet: the backend refuses the second one"),
        kubectl=tuple(_lines(target, update, name, request.value)),
        proof=Proof(
            f"read back twice: status.currentUpdate isn't {name} any more, and the run is asked for",
            path(target),
            missing=lambda found: _missing(found, name, request.value),
        ),
        differences=(("status.currentUpdate", name, ""),),
        notes=replaced_request(facts),
        checked=tuple(_checks(target, wedge.title)),
        rights=target.rights,
        effect=effect_of_run(request.value),
        word=target.context,
    )


def _missing(stack: Obj, name: str, value: str) -> str:
    """What of both halves of this fix doesn't show in the Stack."""
    if text(stack, *_CURRENT, "name") == name:
        return f"currentUpdate is {name} still"
    return "" if asked_by(stack) == value else "the request for a run isn't there"


def _still_runs(target: DiagnosedStack) -> str:
    """What speaks against it that no update of the Stack runs any more; empty where nothing does."""
    processes = target.processes
    if processes is None or processes.none_of_pulumi or processes.names is None:
        return ""
    return processes.words


def _checks(target: DiagnosedStack, wedge: str) -> Iterator[Check]:
    yield Check(wedge, target.looked_at)
    processes = target.processes
    if processes is None:
        return
    unread = processes.names is None and not processes.pod_gone
    all_the_same = "; it is planned all the same, since the operator has lost that update" if unread else ""
    yield Check(f"{processes.words}{all_the_same}", processes.at)


def _preconditions(facts: StackFacts, update: Obj | None) -> Iterator[Precondition]:
    """What the requests test. Behind one that changes the Update not the Stack's resourceVersion: the operator sees
    that change, and may write the Stack before the next request comes."""
    if update is None:
        yield from preconditions(facts)
        return
    yield Precondition("uid", facts.uid)
    for one in finalizer_state(update, OPERATOR_FINALIZER):
        yield Precondition(f"{one.what} of the Update", one.value)


def _requests(
    target: DiagnosedStack, facts: StackFacts, update: Obj | None, name: str, value: str
) -> Iterator[WriteRequest]:
    if update is not None:
        yield without_finalizer(UPDATES.resource, update, OPERATOR_FINALIZER)
    operations = list(_operations(facts, name, version_too=update is None))
    yield json_patch(path(target, "status"), operations, MANAGER)
    yield annotate(target, facts, value)


def _operations(facts: StackFacts, name: str, *, version_too: bool) -> Iterator[dict[str, Any]]:
    yield {"op": "test", "path": pointer("metadata", "uid"), "value": facts.uid}
    if version_too:
        version = text(facts.stack, "metadata", "resourceVersion")
        yield {"op": "test", "path": pointer("metadata", "resourceVersion"), "value": version}
    yield {"op": "test", "path": pointer(*_CURRENT, "name"), "value": name}
    yield {"op": "remove", "path": pointer(*_CURRENT)}


def _lines(target: DiagnosedStack, update: Obj | None, name: str, value: str) -> Iterator[str]:
    if update is not None:
        place = strings(update, "metadata", "finalizers").index(OPERATOR_FINALIZER)
        yield patch_line(target, "update", text(update, "metadata", "name"), OPERATOR_FINALIZER, place)
    operations = [
        {"op": "test", "path": pointer(*_CURRENT, "name"), "value": name},
        {"op": "remove", "path": pointer(*_CURRENT)},
    ]
    yield kubectl_json_patch(target.context, target.namespace, "stack", target.name, operations, "status")
    yield annotate_line(target, value)


UNWEDGE: ChangeKind[DiagnosedStack, FixRequest] = ChangeKind(
    id="unwedge",
    subject="Stack",
    title=lambda request: "free it of a lost update",
    read=_LOOK.read,
    prepare=_LOOK.prepare,
    without_commands=without_commands,
    plan=_plan,
    done=lambda request: "it is free, and the run that was asked for succeeded",
    take_effect=wait_for_run,
    effect_timeout=RUN_WITHIN,
    guide=FixGuide(
        command="unwedge NAME",
        helps="The operator waits for an Update that is gone, or that is over and can't be taken in (W-1, W-2).",
        not_offered="While the Update may still run, while a pulumi process works in the workspace pod, and where "
        "nothing says that the Update is lost. Where the processes can't be listed, it is offered all the same, and "
        "the plan says so.",
        sends="The removal of the leftover Update's finalizer, where there is one; the removal of "
        "`status.currentUpdate`, if it names that Update still; and a new value of the request annotation, without "
        "which the operator isn't woken.",
        hurts="If the lost run lives on somewhere, two runs meet, and the backend refuses the second one.",
        proof="`currentUpdate` doesn't name the Update any more, and `lastUpdate.reconcileRequest` has the new value.",
        undo="Nothing is lost by it: the Update was no use any more. The run can't be taken back.",
    ),
)
