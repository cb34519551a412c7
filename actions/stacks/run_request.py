"""Asking the operator for a run by the annotation, and waiting until the run that it makes of it is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from actions.effects import EffectSeen, wait_for_effect
from actions.fix_rules import only_after_repair
from actions.plan import MANAGER, NothingToDo, Obj, Plan, Proof, Risk, kubectl
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest, path, preconditions
from actions.workflow import ChangeTask, Steps
from cluster.apply import WriteRequest, merge_patch, read
from cluster.errors import NotFound
from cluster.http.connection import Connection
from diagnosis.facts.stack_facts import StackFacts
from stacks.fields import text
from stacks.records.base import REQUEST

RUN_WITHIN = 600.0
"""seconds within which a run that was asked for is usually over"""


def annotate(target: DiagnosedStack, facts: StackFacts, value: str, *, resource_version: str = "") -> WriteRequest:
    """The request that asks for a run with this value, if the Stack is the same one.

    With a `resource_version` also only if nobody has written to it since; behind another request of the same plan that
    can't be known.
    """
    metadata: dict[str, Any] = {"uid": facts.uid}
    if resource_version:
        metadata["resourceVersion"] = resource_version
    return merge_patch(path(target), {"metadata": metadata | {"annotations": {REQUEST: value}}}, MANAGER)


def annotate_line(target: DiagnosedStack, value: str) -> str:
    """The same in kubectl's words."""
    words = ("annotate", "stack", target.name, "--overwrite", f"{REQUEST}={value}")
    return kubectl(target.context, target.namespace, *words)


def plan_run(target: DiagnosedStack, facts: StackFacts, value: str) -> Plan | NothingToDo:
    """The plan that asks for one run of a Stack with this value of the annotation, unless it has that already."""
    if facts.request == value:
        return NothingToDo(f"{target}: a run was asked for with {value} already")
    under_way = text(facts.current, "name")
    risk = Risk("low", "one more run, which changes cloud resources as its program says; failures are counted anew")
    if facts.deleting:
        risk = Risk(
            "medium", "one more run, which destroys the cloud resources of the Stack; failures are counted anew"
        )
    return Plan(
        title=f"ask for a run of {target}",
        context=target.context,
        target=f"Stack {target.namespace}/{target.name}",
        requests=(annotate(target, facts, value, resource_version=text(facts.stack, "metadata", "resourceVersion")),),
        preconditions=preconditions(facts),
        risk=risk,
        word="" if risk.level == "low" else target.context,
        kubectl=(annotate_line(target, value),),
        proof=Proof(
            "read back twice: the annotation has the new value",
            path(target),
            missing=lambda found: "" if asked_by(found) == value else "somebody else asked for another run meanwhile",
            wrong_if_gone="the Stack is gone",
        ),
        differences=((REQUEST, facts.request or "", value),),
        notes=(
            *((f"it begins when Update {under_way} has ended",) if under_way else ()),
            *replaced_request(facts),
            *only_after_repair(target.findings, "reconcile"),
        ),
        rights=target.rights,
        effect=effect_of_run(value),
    )


def effect_of_run(value: str) -> str:
    """What is waited for after a run was asked for with this value, in words."""
    return f"status.lastUpdate.reconcileRequest = {value}: the run is over"


def replaced_request(facts: StackFacts) -> tuple[str, ...]:
    """A note where somebody has asked for a run that hasn't begun yet: the new request takes its place."""
    asked = facts.request
    begun = (text(facts.last, "reconcileRequest"), text(facts.current, "reconcileRequest"))
    if not asked or asked in begun:
        return ()
    return (f"a run was asked for with {asked}, and hasn't begun yet: this request replaces that one",)


def asked_by(stack: Obj) -> str:
    """The value with which a run of the Stack was asked for last; empty where none was."""
    return text(stack, "metadata", "annotations", REQUEST)


def wait_for_run(task: ChangeTask[DiagnosedStack, FixRequest], plan: Plan) -> Steps:
    """Wait until the run that the task has asked for is over."""
    return wait_for_effect(run_over(task.connection, task.target, plan.uid, task.request.value), task.timing)


def run_over(
    connection: Connection, target: DiagnosedStack, uid: str, value: str
) -> Callable[[], Awaitable[EffectSeen]]:
    """A look whether the run that was asked for with this value is over, for `actions.effects`.

    It is when `status.lastUpdate.reconcileRequest` has the value. That `observedReconcileRequest` has it proves
    nothing: a wedged Stack observes every request, and runs none.
    """

    async def look() -> EffectSeen:
        try:
            return run_seen(await read(connection, path(target)), uid, value)
        except NotFound:
            return EffectSeen("the Stack is gone", lost=True)

    return look


def run_seen(stack: Obj, uid: str, value: str) -> EffectSeen:
    """What a Stack tells of the run that was asked for with this value."""
    if text(stack, "metadata", "uid") != uid:
        return EffectSeen("the Stack was deleted, and another has its name", lost=True)
    last = _part(stack, "lastUpdate")
    if text(last, "reconcileRequest") == value:
        return _over(last)
    asked = asked_by(stack)
    if asked != value:
        now = f"asks for a run with {asked}" if asked else "has taken the request away"
        return EffectSeen(f"somebody else {now}, so the one that was sent is lost", lost=True)
    current = _part(stack, "currentUpdate")
    if text(current, "reconcileRequest") == value:
        return EffectSeen(f"Update {text(current, 'name')} runs")
    if current:
        return EffectSeen(f"it waits for the end of Update {text(current, 'name')}")
    if text(stack, "status", "observedReconcileRequest") == value:
        return EffectSeen("the operator has seen the request; its run hasn't begun yet")
    return EffectSeen("the operator hasn't seen the request yet")


def _over(last: Mapping[str, Any]) -> EffectSeen:
    name, kind = text(last, "name"), text(last, "type") or "update"
    if text(last, "state") == "failed":
        return EffectSeen(f"the run was made, and failed ({kind}, Update {name}); diagnose says why", lost=True)
    return EffectSeen(f"Update {name} succeeded", reached=True)


def _part(stack: Obj, name: str) -> Mapping[str, Any]:
    status = stack.get("status")
    found = status.get(name) if isinstance(status, Mapping) else None
    return found if isinstance(found, Mapping) else {}
