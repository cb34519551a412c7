"""Objects that nobody should send: what is planned for them doesn't raise, and can be shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.applications.diagnosed_application import ApplicationRequest
from actions.plan import Plan, describe, difference, shown_commands
from actions.record import ActionRecord
from actions.registry import CHANGES
from actions.stacks.diagnosed_stack import FixRequest
from actions.stacks.workspace_processes import WorkspaceProcesses
from actions.workflow import ChangeRequest
from support.applications import operation, stack_resource
from support.argocds import argo_cd, config_map
from support.fixing import VALUE, target_of
from support.fixing_applications import HELD, MARK, app_target, out_of_sync
from support.hostile import damaged
from support.scenes import scenes

RECORD = ActionRecord(Path("/nowhere"))
OF_ARGO_CDS = ("install", "uninstall")
OF_APPLICATIONS = tuple(verb for verb in CHANGES if verb.startswith("app "))
OF_STACKS = tuple(verb for verb in CHANGES if verb not in (*OF_ARGO_CDS, *OF_APPLICATIONS))
STACKS = {
    "12k-W1-wedge": "mid-deleted",
    "12l-current-update-cleared-not-annotated": "quick",
    "13b-destroy-running": "slow-destroy",
    "13c-destroy-failed-once": "stuck-destroy",
    "19a-token-invalid": "bad-token",
}
"""by scene: a Stack of it"""


def plan_and_show(verb: str, target: Any, request: ChangeRequest) -> None:
    planned = CHANGES[verb].plan(target, request, RECORD)
    if isinstance(planned, Plan):
        assert all("\n" not in line for line in (*describe(planned), *describe(planned, whole=True, now=0.0)))
        list(difference(planned))
        shown_commands(planned)
        hash(planned.agreed_to)


def is_near(obj: Any, stack: Any) -> bool:
    """Whether it is the Stack or an object of its, or tells whether the operator works."""
    own = obj["metadata"]["name"].startswith(stack["metadata"]["name"])
    return own or obj["kind"] in ("Lease", "Deployment")


@settings(max_examples=15, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("name", STACKS)
def test_no_fix_of_a_stack_raises_whatever_its_objects_hold(name: str, data: st.DataObject) -> None:
    whole = scenes()[name]
    stack = whole.object("Stack", STACKS[name])
    near = [each for each in whole.objects if is_near(each, stack)]
    hit = data.draw(st.lists(st.integers(0, len(near) - 1), min_size=1, max_size=3, unique=True))
    objects = [damaged(data.draw, each) if place in hit else each for place, each in enumerate(near)]
    names = data.draw(st.sampled_from([None, ("tini", "agent"), ("tini", "pulumi")]))
    processes = WorkspaceProcesses("pod", whole.now, names, unread="" if names else "no")
    target = target_of(replace(whole, objects=objects, logs=[], operator_log=[]), STACKS[name], processes=processes)
    asked = FixRequest(value=VALUE, acknowledged=data.draw(st.booleans()))
    for verb in OF_STACKS:
        plan_and_show(verb, target, asked)


@settings(max_examples=3, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("grace", [2**63 - 1, -(2**63), 2**70])
def test_no_number_of_a_pod_that_is_ending_raises(grace: int, data: st.DataObject) -> None:
    scene = scenes()["19a-token-invalid"].copy()
    pod = scene.object("Pod", "bad-token-workspace-0")
    times = st.sampled_from(["2026-11-23T18:37:06Z", "2999-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"])
    pod["metadata"] |= {"deletionTimestamp": data.draw(times), "deletionGracePeriodSeconds": grace}
    plan_and_show("restart-workspace", target_of(scene, "bad-token"), FixRequest(value=VALUE))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("phase", ["", "Running", "Failed"])
def test_no_fix_of_an_application_raises_whatever_it_holds(phase: str, data: st.DataObject) -> None:
    app = out_of_sync()
    app["status"]["resources"].append(stack_resource("shop", "old", requiresPruning=True))
    if phase:
        operation(app, phase, "waiting for healthy state", 1_800_000_000.0)
    target = app_target(damaged(data.draw, app), stack=data.draw(st.sampled_from([None, HELD])))
    flags = {name: data.draw(st.booleans()) for name in ("hard", "prune")}
    asked = ApplicationRequest(value=MARK, only_stack=target.stack is not None, **flags)
    for verb in OF_APPLICATIONS:
        plan_and_show(verb, target, asked)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_change_of_an_argo_cd_raises_whatever_its_settings_hold(data: st.DataObject) -> None:
    check = "resource.customizations.health.pulumi.com_Stack"
    found = damaged(data.draw, config_map({"url": "https://argo.example", check: "return {}"}))
    asked = ChangeRequest(("pulumi.com/Stack",), take_over=data.draw(st.booleans()))
    for verb in OF_ARGO_CDS:
        plan_and_show(verb, argo_cd(found), asked)


def test_every_change_is_planned_here() -> None:
    assert {*OF_STACKS, *OF_APPLICATIONS, *OF_ARGO_CDS} == set(CHANGES)
