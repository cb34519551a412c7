"""`reconcile`: the operator is asked for a run, by a new value of the annotation for that."""

from __future__ import annotations

from actions.fix_rules import right_on
from actions.guide import FixGuide
from actions.plan import NothingToDo, Planned
from actions.record import ActionRecord
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest, StackLook, blocked
from actions.stacks.run_request import RUN_WITHIN, plan_run, wait_for_run
from actions.workflow import ChangeKind
from fleet.resource_kinds import STACKS

_LOOK = StackLook(lambda target: (right_on("patch", STACKS.resource, target.namespace, target.name),))


def _plan(target: DiagnosedStack, request: FixRequest, record: ActionRecord) -> Planned:
    facts = target.facts
    if (refusal := blocked(target, "reconcile")) or facts is None:
        return refusal or NothingToDo("")
    return plan_run(target, facts, request.value)


RECONCILE: ChangeKind[DiagnosedStack, FixRequest] = ChangeKind(
    id="reconcile",
    subject="Stack",
    title=lambda request: "ask for a run",
    read=_LOOK.read,
    prepare=_LOOK.prepare,
    plan=_plan,
    done=lambda request: "the run that was asked for was made, and succeeded",
    take_effect=wait_for_run,
    effect_timeout=RUN_WITHIN,
    guide=FixGuide(
        command="reconcile NAME",
        helps="After what made a run fail was repaired: the program, the cloud, a Secret that the operator reads. It "
        "also ends the pause between retries, and makes a Stack that was given up try again.",
        not_offered="A wedged Stack (the operator marks the request as seen and runs nothing), a workspace whose "
        "initialisation failed (it isn't initialised again), an operator that is down, and wherever else the first "
        "certain finding says that it doesn't help.",
        sends="A new value of the annotation `pulumi.com/reconciliation-request`.",
        hurts="It is one more run of the program, and fails as before where nothing was repaired: the plan says so. Of "
        "a Stack that is being deleted it destroys the cloud resources, and wants the context typed. A request of "
        "somebody else that hasn't run yet is replaced.",
        proof="`status.lastUpdate.reconcileRequest` has the value. `observedReconcileRequest` alone proves nothing.",
        undo="A run can't be taken back; the annotation may stay.",
    ),
)
