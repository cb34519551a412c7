"""Fixes in tests: a recorded scene as the target of a plan, and served by a server on which the plan is carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from actions.plan import Plan, Planned
from actions.record import ActionRecord
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest
from actions.workflow import ChangeKind, ChangeResult, ChangeTask, Timing, carry_out
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from demo.server.served_kinds import KINDS
from fleet.board.rows import Key
from fleet.scope import WatchScope
from support.scenes import CONTEXT, Scene, diagnosis_of

_SERVED = {kind.kind for kind in KINDS}
VALUE = "pko-argo-20261123T184249.000Z"
QUICK = Timing(proof_interval=0.01, effect_interval=0.02, effect_timeout=10.0)


def target_of(scene: Scene, name: str, **more: Any) -> DiagnosedStack:
    """A Stack of a scene as the target of a fix; `more` are fields such as `rights` and `processes`."""
    place = next(
        (each["metadata"]["namespace"], name)
        for each in scene.objects
        if each["kind"] == "Stack" and each["metadata"]["name"] == name
    )
    diagnosis = diagnosis_of(scene)
    return DiagnosedStack(Key(CONTEXT, *place), diagnosis, WatchScope(), lambda: scene.now, **more)


def planned(change: ChangeKind[DiagnosedStack, FixRequest], target: DiagnosedStack, **asked: Any) -> Planned:
    """What is planned for a Stack, with a record that is empty."""
    return change.plan(target, FixRequest(value=VALUE, **asked), ActionRecord(Path("/nowhere")))


def plan_of(change: ChangeKind[DiagnosedStack, FixRequest], target: DiagnosedStack, **asked: Any) -> Plan:
    """The plan for a Stack for which there is one."""
    found = planned(change, target, **asked)
    assert isinstance(found, Plan), found
    return found


def serve(server: ApiServer, scene: Scene) -> None:
    """Put the objects of a scene into a server, as they are; those of kinds that it doesn't serve are left out."""
    for obj in scene.objects:
        if obj["kind"] in _SERVED:
            metadata = {key: value for key, value in obj["metadata"].items() if key != "resourceVersion"}
            server.store.put({**obj, "metadata": metadata})


async def task_for(
    change: ChangeKind[DiagnosedStack, FixRequest],
    scene: Scene,
    name: str,
    connection: Connection,
    folder: Path,
    **asked: Any,
) -> ChangeTask[DiagnosedStack, FixRequest]:
    """A fix of a Stack of a scene that is served, looked at through the connection."""
    target = await change.read(connection, target_of(scene, name))
    request = FixRequest(value=VALUE, **asked)
    return ChangeTask(change, target, request, ActionRecord(folder), {CONTEXT: connection}, timing=QUICK)


async def carried_out(
    task: ChangeTask[Any, Any], plan: Plan, react: Callable[[str], None] = lambda step: None
) -> tuple[list[str], ChangeResult]:
    """The steps in words, and the result; `react` is called with each step as it begins."""
    steps: list[str] = []
    result: ChangeResult | None = None
    async for step in carry_out(task, plan):
        if isinstance(step, ChangeResult):
            result = step
        else:
            steps.append(step.text)
            react(step.text)
    assert result is not None
    return steps, result


def writes(server: ApiServer) -> list[str]:
    """The requests that a server was sent and that change something, as `METHOD path`; reviews of rights don't."""
    return [
        f"{asked.method} {asked.path}"
        for asked in server.requests
        if asked.method != "GET" and not asked.path.endswith("reviews") and "dryRun" not in asked.query
    ]


def within(task: ChangeTask[Any, Any], seconds: float) -> ChangeTask[Any, Any]:
    """The task with less time for its effect."""
    return replace(task, timing=replace(task.timing, effect_timeout=seconds))
