"""`reconcile`: the operator is asked for a run, by a new value of the annotation for that."""

from __future__ import annotations

from actions.plan import NothingToDo, Planned
from actions.record import ActionRecord
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest, StackLook, blocked, on_stacks
from actions.stacks.run_request import plan_run, wait_for_run
from actions.workflow import ChangeKind

_LOOK = StackLook(lambda target: (on_stacks("patch", target),))


def _plan(target: DiagnosedStack, request: FixRequest, record: ActionRecord) -> Planned:
    facts = target.facts
    if (refusal := blocked(target, "reconcile")) or facts is None:
        return refusal or NothingToDo("")
    if facts.request == request.value:
        return NothingToDo(f"{target}: a run was asked for with {request.value} already")
    return plan_run(target, facts, request.value)


RECONCILE: ChangeKind[DiagnosedStack, FixRequest] = ChangeKind(
    id="reconcile",
    title=lambda request: "ask for a run",
    read=_LOOK.read,
    prepare=_LOOK.prepare,
    plan=_plan,
    done=lambda request: "the run that was asked for was made, and succeeded",
    take_effect=wait_for_run,
)
