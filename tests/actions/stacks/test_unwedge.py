"""A wedged Stack is freed: what is sent, when it isn't, and what happens where somebody else is faster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from actions.plan import CommandRequest, NothingToDo, PlanBlocked
from actions.runner import PlanSent
from actions.stacks.unwedge import UNWEDGE
from actions.stacks.workspace_processes import WorkspaceProcesses
from actions.workflow import ChangeFault, ChangeKind
from cluster.access import AccessAnswer, AccessQuestion
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from stacks.records.base import REQUEST
from support.fixing import VALUE, carried_out, plan_of, planned, serve, target_of, task_for, within, writes
from support.scene_edits import scene_of
from support.scenes import Scene

GONE, UNABSORBED, RUNNING, CLEARED = "12k", "12j", "10i", "12l"


def wedged(scene: Scene) -> str:
    """The name of the Stack of a scene that waits for an update, or looks as if it did."""
    return next(
        each["metadata"]["name"]
        for each in scene.objects
        if each["kind"] == "Stack" and each.get("status", {}).get("currentUpdate")
    )


def bodies(plan: Any) -> list[Any]:
    assert not any(isinstance(each, CommandRequest) for each in plan.requests)
    return [json.loads(each.body) for each in plan.requests]
