"""A workspace is restarted: what is deleted, when it isn't, and what the new pod tells."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actions import runner
from actions.plan import CommandRequest, NothingToDo, Plan, PlanBlocked, PlanUnacknowledged, describe
from actions.runner import PlanSent, dry_run
from actions.stacks.restart_workspace import RESTART_WORKSPACE
from actions.stacks.workspace_processes import WorkspaceProcesses
from actions.workflow import ChangeFault
from cluster.apply import WriteRequest, send
from cluster.errors import Unreachable
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from stacks.times import rfc3339
from support.fixing import carried_out, plan_of, planned, serve, target_of, task_for, within, writes
from support.pod_commands import play_commands
from support.scene_edits import running_like
from support.scenes import Scene, scenes

STALLED = scenes()["19a-token-invalid"]
RUNNING = scenes()["13b-destroy-running"]
NAME, NAMESPACE, POD = "bad-token", "init", "bad-token-workspace-0"
PATH = f"/api/v1/namespaces/{NAMESPACE}/pods/{POD}"
IDLE = WorkspaceProcesses(POD, 0.0, ("tini", "agent"))
BUSY = replace(IDLE, names=("tini", "agent", "pulumi", "pulumi-language-"))
UNKNOWN = replace(IDLE, names=None, unread="pods/exec is forbidden")


def body(plan: Plan) -> Any:
    (request,) = plan.requests
    assert not isinstance(request, CommandRequest)
    return json.loads(request.body)


def ending(scene: Scene, name: str, *, until: float) -> Scene:
    """The scene while a pod that is to be gone at `until` is being deleted."""
    changed = scene.copy()
    changed.object("Pod", name)["metadata"] |= {
        "deletionTimestamp": rfc3339(until),
        "deletionGracePeriodSeconds": 600,
    }
    return changed


def without(scene: Scene, *kinds: str) -> Scene:
    """The scene without the objects of these kinds."""
    changed = scene.copy()
    changed.objects = [each for each in changed.objects if each["kind"] not in kinds]
    return changed


def test_the_pod_is_deleted_by_its_uid() -> None:
    plan = plan_of(RESTART_WORKSPACE, target_of(STALLED, NAME, processes=IDLE))
    uid = STALLED.object("Pod", POD)["metadata"]["uid"]
    assert body(plan) == {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
    assert (plan.uid, plan.target, plan.risk.level, plan.word) == (uid, f"Pod {NAMESPACE}/{POD}", "low", "")
    text = "\n".join(describe(plan))
    assert f"DELETE {PATH}" in text
    assert "the pod gets up to 600 s to end" in text
    assert f"kubectl --context recorded -n init delete pod {POD}" in text
    assert "kubectl can't name the uid" in text
    assert f"no pulumi process in {POD}" in text
    assert plan.look_again


@pytest.mark.parametrize("processes", [BUSY, IDLE, UNKNOWN])
def test_during_a_run_it_is_said_what_is_lost_and_the_stacks_name_is_wanted(processes: WorkspaceProcesses) -> None:
    target = target_of(RUNNING, "slow-destroy", processes=processes)
    found = planned(RESTART_WORKSPACE, target)
    assert isinstance(found, PlanUnacknowledged)
    assert "the destroy slow-destroy-1a209aeb014 has run since 2026-11-23T18:32:53Z" in found.text
    assert "killed after at most 600 s" in found.text
    assert "its lock stays in file:///backend" in found.text and "(U-3)" in found.text
    assert "the operator tries again by itself" in found.text
    assert found.word == "slow-destroy"
    for asked in ({"during_run": True}, {"acknowledged": True}):
        plan = plan_of(RESTART_WORKSPACE, target, **asked)
        assert (plan.risk.level, plan.word) == ("medium", "slow-destroy")
        assert [after for _, _, after in plan.differences] == ["is broken off"]


def test_a_process_of_pulumis_counts_as_a_run_although_no_update_is_known() -> None:
    found = planned(RESTART_WORKSPACE, target_of(STALLED, NAME, processes=BUSY))
    assert isinstance(found, PlanUnacknowledged)
    assert f"pulumi, pulumi-language- runs in {POD}" in found.text


def test_where_nobody_can_look_and_no_update_is_under_way_it_is_planned_and_said() -> None:
    plan = plan_of(RESTART_WORKSPACE, target_of(STALLED, NAME, processes=UNKNOWN))
    assert any("isn't known: pods/exec is forbidden" in check.text for check in plan.checked)


def test_an_update_that_waits_for_the_workspace_does_not_run_in_it() -> None:
    scene = STALLED.copy()
    stack = scene.object("Stack", NAME)
    made = running_like(RUNNING.object("Update", "slow-destroy-1a209aeb014"), f"{NAME}-1a209ae0000", scene.now)
    made["metadata"] |= {
        "namespace": NAMESPACE,
        "labels": {"pulumi.com/stack-name": NAME},
        "ownerReferences": [{"kind": "Stack", "name": NAME, "uid": stack["metadata"]["uid"]}],
    }
    scene.objects.append(made)
    assert isinstance(planned(RESTART_WORKSPACE, target_of(scene, NAME, processes=IDLE)), PlanUnacknowledged)
    made["status"]["conditions"][0] |= {"status": "False", "reason": "WorkspaceNotReady"}
    assert plan_of(RESTART_WORKSPACE, target_of(scene, NAME, processes=IDLE)).word == ""


def test_an_update_that_a_person_made_in_the_workspace_counts_as_well() -> None:
    scene = STALLED.copy()
    made = running_like(RUNNING.object("Update", "slow-destroy-1a209aeb014"), "by-hand", scene.now)
    owner = {"kind": "Workspace", "name": NAME, "uid": scene.object("Workspace", NAME)["metadata"]["uid"]}
    made["metadata"] |= {"namespace": NAMESPACE, "labels": {}, "ownerReferences": [owner]}
    scene.objects.append(made)
    found = planned(RESTART_WORKSPACE, target_of(scene, NAME, processes=IDLE))
    assert isinstance(found, PlanUnacknowledged) and "by-hand has run since" in found.text


def test_without_a_pod_it_is_said_what_is_missing() -> None:
    found = planned(RESTART_WORKSPACE, target_of(without(STALLED, "Pod"), NAME))
    assert isinstance(found, PlanBlocked)
    assert f"{NAME} has no workspace pod to restart" in found.text and found.reasons
    unread = without(STALLED, "Pod")
    unread.refused["Pod"] = "pods is forbidden"
    found = planned(RESTART_WORKSPACE, target_of(unread, NAME))
    assert isinstance(found, PlanBlocked) and found.unseen
    assert "can't be looked at: pods is forbidden" in found.text


def test_where_a_pod_cannot_come_the_reason_is_the_first_findings() -> None:
    (name,) = {each["metadata"]["name"] for each in scenes()["13g-namespace-terminating"].objects} & {"payments"}
    found = planned(RESTART_WORKSPACE, target_of(scenes()["13g-namespace-terminating"], name))
    assert isinstance(found, PlanBlocked)
    assert "restart-workspace doesn't help here: no pod can be made there (B-12:" in found.text


def test_a_pod_that_ends_already_is_not_deleted_again() -> None:
    soon = target_of(ending(STALLED, POD, until=STALLED.now + 500.0), NAME, processes=IDLE)
    found = planned(RESTART_WORKSPACE, soon)
    assert isinstance(found, NothingToDo)
    assert f"is being deleted since {rfc3339(STALLED.now - 100.0)}; it gets up to 600 s" in found.text
    late = target_of(ending(STALLED, POD, until=STALLED.now - 60.0), NAME, processes=IDLE)
    found = planned(RESTART_WORKSPACE, late)
    assert isinstance(found, PlanBlocked)
    assert "was to be gone at" in found.text and "look whether the node" in found.reasons[0]


@pytest.mark.parametrize("grace", [2**63 - 1, 2**40, -(2**63)])
def test_a_grace_period_that_reaches_before_all_times_has_no_beginning(grace: int) -> None:
    scene = ending(STALLED, POD, until=STALLED.now + 500.0)
    scene.object("Pod", POD)["metadata"]["deletionGracePeriodSeconds"] = grace
    found = planned(RESTART_WORKSPACE, target_of(scene, NAME, processes=IDLE))
    assert isinstance(found, NothingToDo)
    assert "is being deleted;" in found.text and f"up to {grace} s" in found.text


def test_a_time_that_is_no_instant_of_ours_is_none() -> None:
    scene = ending(STALLED, POD, until=STALLED.now)
    scene.object("Pod", POD)["metadata"]["deletionTimestamp"] = "9999-12-31T23:59:59-12:00"
    assert isinstance(planned(RESTART_WORKSPACE, target_of(scene, NAME, processes=IDLE)), NothingToDo)


# Carried out


def new_pod(server: ApiServer, *, ready: bool = True, initialised: bool = False, uid: str = "new") -> None:
    """What the StatefulSet's controller and the kubelet do once the old pod is gone."""
    old = STALLED.object("Pod", POD)
    metadata = {
        key: value
        for key, value in old["metadata"].items()
        if key not in ("resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds")
    }
    metadata |= {"uid": uid, "creationTimestamp": rfc3339(STALLED.now), "annotations": {}}
    if initialised:
        metadata["annotations"] = {"auto.pulumi.com/initialized": "true"}
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    server.store.put({**old, "metadata": metadata, "status": {**old["status"], "conditions": conditions}})


def end_old_pod(server: ApiServer) -> None:
    server.store.delete("Pod", NAMESPACE, POD)


def set_stalled(server: ApiServer, stalled: bool, message: str = "") -> None:
    """What the operator says of the Workspace."""
    workspace = server.store.get("Workspace", NAMESPACE, NAME)
    assert workspace is not None
    kinds = [("Ready", "False"), *([("Stalled", "True")] if stalled else [])]
    workspace["status"]["conditions"] = [
        {
            "type": kind,
            "status": status,
            "reason": "InitializationFailed" if stalled else "Initializing",
            "message": message,
            "lastTransitionTime": rfc3339(STALLED.now + 20.0),
        }
        for kind, status in kinds
    ]
    server.store.put(workspace)


async def test_it_is_done_when_the_new_pod_is_ready_and_the_workspace_initialised(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, STALLED)
    play_commands(server)
    task = await task_for(RESTART_WORKSPACE, STALLED, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)

    def react(step: str) -> None:
        if step == "the old pod is ending":
            end_old_pod(server)
        elif "the StatefulSet makes a new one" in step:
            new_pod(server, ready=False)
        elif "isn't ready yet" in step:
            new_pod(server)
        elif "hasn't begun to initialise" in step:
            set_stalled(server, stalled=False)
        elif "is being initialised" in step:
            new_pod(server, initialised=True)

    steps, result = await carried_out(task, plan, react)
    assert (result.fault, result.written) == (ChangeFault.NONE, True), result.text
    assert steps[-1] == "the new pod is ready, and the workspace is initialised"
    assert result.text == "the workspace has a new pod, which is ready"
    assert writes(server) == [f"DELETE {PATH}"]


async def test_an_initialisation_that_fails_again_is_said_with_its_reason_and_without_secrets(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, STALLED)
    play_commands(server)
    task = await task_for(RESTART_WORKSPACE, STALLED, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)

    def react(step: str) -> None:
        if step == "the old pod is ending":
            end_old_pod(server)
            new_pod(server)
            said = "rpc error: code = Unknown desc = failed\nstderr: error: https://ci:hunter2@git.example refused it\n"
            set_stalled(server, stalled=True, message=said)

    _, result = await carried_out(task, plan, react)
    assert (result.fault, result.written) == (ChangeFault.UNPROVEN, True)
    assert "the workspace can't be initialised again: " in result.text and "refused it" in result.text
    assert "hunter2" not in result.text


async def test_without_its_statefulset_no_pod_can_come(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, STALLED)
    play_commands(server)
    task = await task_for(RESTART_WORKSPACE, STALLED, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)

    def react(step: str) -> None:
        if step == "the old pod is ending":
            server.store.delete("StatefulSet", NAMESPACE, f"{NAME}-workspace")
            end_old_pod(server)

    _, result = await carried_out(task, plan, react)
    assert (result.fault, result.written) == (ChangeFault.UNPROVEN, True)
    assert "so is the StatefulSet" in result.text


async def test_a_pod_that_does_not_end_in_time_is_late(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, STALLED)
    play_commands(server)
    task = within(await task_for(RESTART_WORKSPACE, STALLED, NAME, connection, tmp_path), 0.1)
    plan = task.plan()
    assert isinstance(plan, Plan)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.NOT_YET, True)
    assert "the old pod is ending" in result.text


async def test_another_pod_of_that_name_is_not_deleted(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, STALLED)
    play_commands(server)
    task = await task_for(RESTART_WORKSPACE, STALLED, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    end_old_pod(server)
    new_pod(server, uid="another")
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert isinstance(result.replanned, Plan) and result.replanned.uid == "another"
    assert writes(server) == []


async def test_where_a_pod_is_replaced_between_the_last_look_and_the_request_the_server_refuses_it(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(server, STALLED)
    play_commands(server)
    task = await task_for(RESTART_WORKSPACE, STALLED, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)

    async def replace_and_send(connection: Connection, request: WriteRequest) -> Any:
        end_old_pod(server)
        new_pod(server, uid="another")
        return await send(connection, request)

    monkeypatch.setattr(runner, "send", replace_and_send)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert writes(server) == [f"DELETE {PATH}"]
    found = server.store.get("Pod", NAMESPACE, POD)
    assert found is not None and found["metadata"]["uid"] == "another"
    assert "deletionTimestamp" not in found["metadata"]


async def test_a_run_that_begins_meanwhile_keeps_the_pod(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, STALLED)
    played = play_commands(server)
    task = await task_for(RESTART_WORKSPACE, STALLED, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    played.processes = ("tini", "agent", "pulumi")
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert isinstance(result.replanned, PlanUnacknowledged)
    assert writes(server) == []


async def test_a_server_that_deletes_and_hangs_up_is_asked_whether_it_did(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(server, STALLED)
    play_commands(server)
    task = await task_for(RESTART_WORKSPACE, STALLED, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)

    async def send_and_hang_up(connection: Connection, request: WriteRequest) -> Any:
        await send(connection, request)
        raise Unreachable("the connection was closed")

    def react(step: str) -> None:
        if step == "the old pod is ending":
            end_old_pod(server)
            new_pod(server, initialised=True)

    monkeypatch.setattr(runner, "send", send_and_hang_up)
    _, result = await carried_out(task, plan, react)
    assert (result.fault, result.written) == (ChangeFault.NONE, True), result.text
    assert writes(server) == [f"DELETE {PATH}"]


async def test_who_may_not_delete_pods_gets_no_plan_and_a_refusal_is_told(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, STALLED)
    play_commands(server)
    task = await task_for(RESTART_WORKSPACE, STALLED, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    assert [f"{each.question} {each.allowed}" for each in plan.rights] == ["get pods True", "delete pods True"]
    server.faults.answer(403, lambda asked: asked.method == "DELETE", message="pods is forbidden")
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.REFUSED, False)
    assert result.text == "pods is forbidden; nothing was written"
    assert writes(server) == [f"DELETE {PATH}"]


async def test_the_server_checks_a_rehearsal_and_keeps_the_pod(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, STALLED)
    play_commands(server)
    task = await task_for(RESTART_WORKSPACE, STALLED, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    assert isinstance(await dry_run(connection, plan), PlanSent)
    found = server.store.get("Pod", NAMESPACE, POD)
    assert found is not None and "deletionTimestamp" not in found["metadata"]
