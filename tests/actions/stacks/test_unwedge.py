"""A wedged Stack is freed: what is sent, when it isn't, and what happens where somebody else is faster."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actions import runner
from actions.plan import CommandRequest, NothingToDo, Plan, PlanBlocked, describe
from actions.stacks.unwedge import UNWEDGE
from actions.stacks.workspace_processes import WorkspaceProcesses
from actions.workflow import ChangeFault
from cluster.access import AccessAnswer, AccessQuestion
from cluster.apply import WriteRequest, send
from cluster.errors import Unreachable
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from stacks.records.base import REQUEST
from support.fixing import VALUE, carried_out, plan_of, planned, serve, target_of, task_for, within, writes
from support.scene_edits import later, with_update_over
from support.scenes import scenes

GONE = scenes()["12k-W1-wedge"]
NAME, NAMESPACE = "mid-deleted", "crash"
CLEARED = scenes()["12l-current-update-cleared-not-annotated"]
PATH = "/apis/pulumi.com/v1/namespaces/crash/stacks/mid-deleted"
NONE_RUNS = WorkspaceProcesses("mid-deleted-workspace-0", 0.0, ("tini", "agent"))


def bodies(plan: Plan) -> list[Any]:
    return [json.loads(each.body) for each in plan.requests if not isinstance(each, CommandRequest)]


def test_the_lost_update_is_removed_if_it_is_named_still_and_a_run_is_asked_for() -> None:
    plan = plan_of(UNWEDGE, target_of(GONE, NAME, processes=NONE_RUNS))
    stack = GONE.object("Stack", NAME)
    status, annotation = bodies(plan)
    assert status == [
        {"op": "test", "path": "/metadata/uid", "value": stack["metadata"]["uid"]},
        {"op": "test", "path": "/metadata/resourceVersion", "value": stack["metadata"]["resourceVersion"]},
        {"op": "test", "path": "/status/currentUpdate/name", "value": stack["status"]["currentUpdate"]["name"]},
        {"op": "remove", "path": "/status/currentUpdate"},
    ]
    assert annotation["metadata"] == {"uid": stack["metadata"]["uid"], "annotations": {REQUEST: VALUE}}
    assert (plan.risk.level, plan.word) == ("medium", "recorded")
    text = "\n".join(describe(plan))
    assert f"PATCH {PATH}/status?fieldManager=pko-argo" in text
    assert "no pulumi process in mid-deleted-workspace-0" in text
    assert len(plan.kubectl) == 2


def test_an_update_that_is_over_loses_the_operators_finalizer_and_no_other_one_first() -> None:
    scene = with_update_over(GONE, NAME)
    plan = plan_of(UNWEDGE, target_of(scene, NAME, processes=NONE_RUNS))
    assert len(plan.requests) == 3
    assert bodies(plan)[0] == [
        {"op": "test", "path": "/metadata/uid", "value": "6f2d5a7e-0000-4000-8000-000000000001"},
        {"op": "test", "path": "/metadata/finalizers/1", "value": "finalizer.stack.pulumi.com"},
        {"op": "remove", "path": "/metadata/finalizers/1"},
    ]


def test_behind_the_finalizer_the_stacks_resource_version_is_not_tested() -> None:
    plan = plan_of(UNWEDGE, target_of(with_update_over(GONE, NAME), NAME, processes=NONE_RUNS))
    stack = GONE.object("Stack", NAME)
    name = stack["status"]["currentUpdate"]["name"]
    assert bodies(plan)[1] == [
        {"op": "test", "path": "/metadata/uid", "value": stack["metadata"]["uid"]},
        {"op": "test", "path": "/status/currentUpdate/name", "value": name},
        {"op": "remove", "path": "/status/currentUpdate"},
    ]
    assert [(each.what, each.value) for each in plan.preconditions] == [
        ("uid", stack["metadata"]["uid"]),
        ("uid of the Update", "6f2d5a7e-0000-4000-8000-000000000001"),
        ("metadata.finalizers[1] of the Update", "finalizer.stack.pulumi.com"),
        ("currentUpdate", name),
    ]


async def test_what_the_operator_writes_once_the_finalizer_is_gone_does_not_break_it_off(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = with_update_over(GONE, NAME)
    serve(server, scene)
    task = await task_for(UNWEDGE, scene, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan), plan

    async def send_and_touch(connection: Connection, request: WriteRequest) -> Any:
        answer = await send(connection, request)
        if "/updates/" in request.path:
            server.store.patch("Stack", NAMESPACE, NAME, {"metadata": {"labels": {"a": "b"}}})
        return answer

    monkeypatch.setattr(runner, "send", send_and_touch)
    _, result = await carried_out(task, plan, lambda step: heal(server) if "hasn't seen" in step else None)
    assert (result.fault, result.written) == (ChangeFault.NONE, True), result.text
    assert len([each for each in writes(server) if "/exec" not in each]) == 3


def test_while_pulumi_works_in_the_pod_nothing_is_removed() -> None:
    running = replace(NONE_RUNS, names=("tini", "agent", "pulumi", "pulumi-language-"))
    found = planned(UNWEDGE, target_of(GONE, NAME, processes=running))
    assert isinstance(found, PlanBlocked)
    assert "pulumi, pulumi-language- runs in mid-deleted-workspace-0" in found.text


def test_what_runs_is_said_to_be_unknown_where_nobody_could_look() -> None:
    unread = replace(NONE_RUNS, names=None, unread="pods/exec is forbidden")
    plan = plan_of(UNWEDGE, target_of(GONE, NAME, processes=unread))
    assert any("isn't known: pods/exec is forbidden" in check.text for check in plan.checked)
    assert any("it is planned all the same" in check.text for check in plan.checked)
    assert not any("all the same" in check.text for check in plan_of(UNWEDGE, target_of(GONE, NAME)).checked)


def test_a_stack_that_waits_for_no_update_has_nothing_to_be_freed_of() -> None:
    healthy = next(
        (scene, each["metadata"]["name"])
        for scene in scenes().values()
        for each in scene.objects
        if each["kind"] == "Stack" and not each.get("status", {}).get("currentUpdate")
    )
    found = planned(UNWEDGE, target_of(*healthy))
    assert isinstance(found, NothingToDo | PlanBlocked)


def test_an_update_that_is_just_being_made_is_left_alone() -> None:
    scene = GONE.copy()
    name = f"{NAME}-{int((scene.now - 5.0) * 1000):x}"
    scene.object("Stack", NAME)["status"]["currentUpdate"]["name"] = name
    found = planned(UNWEDGE, target_of(scene, NAME, processes=NONE_RUNS))
    assert isinstance(found, PlanBlocked)
    assert f"Update {name} isn't known to be lost" in found.text


def test_one_that_was_freed_by_half_is_only_asked_for_a_run() -> None:
    plan = plan_of(UNWEDGE, target_of(CLEARED, "quick", processes=NONE_RUNS))
    assert [each["metadata"]["annotations"] for each in bodies(plan)] == [{REQUEST: VALUE}]
    assert plan.risk.level == "low"


def test_one_that_was_freed_and_asked_for_the_run_is_asked_for_nothing_more() -> None:
    scene = CLEARED.copy()
    scene.object("Stack", "quick")["metadata"].setdefault("annotations", {})[REQUEST] = VALUE
    found = planned(UNWEDGE, target_of(scene, "quick", processes=NONE_RUNS))
    assert isinstance(found, NothingToDo)
    assert found.text.endswith(f"a run was asked for with {VALUE} already")


def test_without_the_right_to_the_status_it_is_not_planned() -> None:
    refused = AccessAnswer(
        AccessQuestion("patch", "pulumi.com", "stacks", NAMESPACE, "status", NAME), allowed=False, why="no role"
    )
    found = planned(UNWEDGE, target_of(GONE, NAME, processes=NONE_RUNS, rights=(refused,)))
    assert isinstance(found, PlanBlocked) and found.unseen
    assert "it needs the right to patch stacks/status.pulumi.com" in found.text


def heal(server: ApiServer) -> None:
    """What the operator does with a Stack that it can look at again."""
    server.store.patch("Stack", NAMESPACE, NAME, {"status": {"lastUpdate": {"reconcileRequest": VALUE, "name": "new"}}})


async def test_it_is_sent_once_and_done_when_the_new_run_is_over(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, GONE)
    task = await task_for(UNWEDGE, GONE, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    steps, result = await carried_out(task, plan, lambda step: heal(server) if "hasn't seen" in step else None)
    assert (result.fault, result.written) == (ChangeFault.NONE, True), result.text
    assert "Update new succeeded" in steps
    assert [each for each in writes(server) if "/exec" not in each] == [f"PATCH {PATH}/status", f"PATCH {PATH}"]
    stack = server.store.get("Stack", NAMESPACE, NAME)
    assert stack is not None
    assert "currentUpdate" not in stack["status"]
    assert stack["metadata"]["annotations"][REQUEST] == VALUE


async def test_where_somebody_wrote_meanwhile_it_is_looked_at_anew_and_sent_if_it_is_the_same(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, GONE)
    task = await task_for(UNWEDGE, GONE, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    server.store.patch("Stack", NAMESPACE, NAME, {"metadata": {"labels": {"a": "b"}}})
    _, result = await carried_out(task, plan, lambda step: heal(server) if "hasn't seen" in step else None)
    assert result.fault is ChangeFault.NONE, result.text
    assert writes(server).count(f"PATCH {PATH}") == 1


async def test_where_somebody_freed_it_meanwhile_nothing_is_sent(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, GONE)
    task = await task_for(UNWEDGE, GONE, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    stack = server.store.get("Stack", NAMESPACE, NAME)
    assert stack is not None
    del stack["status"]["currentUpdate"]
    server.store.put(stack)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert f"PATCH {PATH}" not in writes(server)


async def test_a_stack_made_anew_under_the_same_name_is_another_one(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, GONE)
    task = await task_for(UNWEDGE, GONE, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    stack = server.store.get("Stack", NAMESPACE, NAME)
    assert stack is not None
    server.store.delete("Stack", NAMESPACE, NAME)
    stack["metadata"]["uid"] = "another"
    server.store.put(stack)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)


async def test_a_run_that_does_not_come_in_time_is_late_and_says_what_is_known(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, GONE)
    task = within(await task_for(UNWEDGE, GONE, NAME, connection, tmp_path), 0.1)
    plan = task.plan()
    assert isinstance(plan, Plan)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.NOT_YET, True)
    assert "the operator hasn't seen the request yet" in result.text


@pytest.mark.parametrize("number", [0, 1])
async def test_a_server_that_writes_and_hangs_up_is_asked_whether_it_did_and_not_sent_it_twice(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    serve(server, GONE)
    task = await task_for(UNWEDGE, GONE, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)

    async def send_and_hang_up(connection: Connection, request: WriteRequest) -> Any:
        answer = await send(connection, request)
        if request == plan.requests[number]:
            raise Unreachable("the connection was closed")
        return answer

    monkeypatch.setattr(runner, "send", send_and_hang_up)
    _, result = await carried_out(task, plan, lambda step: heal(server) if "hasn't seen" in step else None)
    sent = writes(server)
    assert (sent.count(f"PATCH {PATH}/status"), sent.count(f"PATCH {PATH}")) == (1, number)
    if number == 1:  # the last one: what is there tells that it was written
        assert result.fault is ChangeFault.NONE, result.text
        return
    assert (result.fault, result.written) == (ChangeFault.UNKNOWN, False)
    assert result.text.startswith("0 of 2 requests were written, and of the next one it isn't known")
    again = await task.replan()  # what is missing is planned, and nothing else
    assert isinstance(again, Plan)
    assert [each["metadata"]["annotations"] for each in bodies(again)] == [{REQUEST: VALUE}]


async def test_what_was_broken_off_between_two_requests_is_said_and_finished(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    scene = later(CLEARED, 60.0)
    serve(server, scene)
    killed = {
        "at": 1.0, "word": "sending", "context": "recorded", "title": "free it", "target": f"Stack {NAMESPACE}/quick",
        "request": "PATCH /x", "preconditions": {}, "keys": [],
    }  # fmt: skip
    (tmp_path / "actions.jsonl").write_text(json.dumps(killed) + "\n")
    task = await task_for(UNWEDGE, scene, "quick", connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    assert len(plan.requests) == 1
    assert any("was ended at 1970-01-01T00:00:01Z before it knew what came of: free it" in note for note in plan.notes)
