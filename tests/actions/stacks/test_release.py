"""A finalizer is taken off: which, what stays behind and where it can be found, and what isn't released."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actions import runner
from actions.plan import CommandRequest, NothingToDo, Plan, PlanBlocked, PlanUnacknowledged, describe
from actions.stacks.release import RELEASE
from actions.stacks.workspace_processes import WorkspaceProcesses
from actions.workflow import ChangeFault
from cluster.access import AccessAnswer, AccessQuestion
from cluster.apply import WriteRequest, send
from cluster.errors import Unreachable
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from support.fixing import carried_out, plan_of, planned, serve, target_of, task_for, writes
from support.pod_commands import play_commands
from support.scene_edits import last_update_of
from support.scenes import Scene, scenes

STUCK = scenes()["13c-destroy-failed-once"]
NAME, NAMESPACE = "stuck-destroy", "del"
PATH = "/apis/pulumi.com/v1/namespaces/del/stacks/stuck-destroy"
OURS, FOREIGN = "finalizer.stack.pulumi.com", "example.com/cleanup"
IDLE = WorkspaceProcesses("stuck-destroy-workspace-0", 0.0, ("tini", "agent"))


def finalized(*finalizers: str, scene: Scene = STUCK) -> Scene:
    """The scene in which the Stack has these finalizers."""
    changed = scene.copy()
    changed.object("Stack", NAME)["metadata"]["finalizers"] = list(finalizers)
    return changed


def body(plan: Plan) -> Any:
    (request,) = plan.requests
    assert not isinstance(request, CommandRequest)
    return json.loads(request.body)


def plan_for(scene: Scene, **asked: Any) -> Plan:
    return plan_of(RELEASE, target_of(scene, NAME, processes=IDLE), **asked)


def refusal(scene: Scene, processes: WorkspaceProcesses = IDLE, **asked: Any) -> PlanBlocked:
    found = planned(RELEASE, target_of(scene, NAME, processes=processes), **asked)
    assert isinstance(found, PlanBlocked), found
    return found


def test_the_operators_finalizer_is_removed_from_its_place_and_no_other_one() -> None:
    plan = plan_for(finalized(FOREIGN, OURS))
    assert body(plan) == [
        {"op": "test", "path": "/metadata/uid", "value": STUCK.object("Stack", NAME)["metadata"]["uid"]},
        {"op": "test", "path": "/metadata/finalizers/1", "value": OURS},
        {"op": "remove", "path": "/metadata/finalizers/1"},
    ]
    assert plan.effect == f"what is left holds it: {FOREIGN}"
    text = "\n".join(describe(plan))
    assert "kubectl --context recorded -n del patch stack stuck-destroy --type=json -p " in text
    assert f"metadata.finalizers[1] {OURS}" in text


def test_that_cloud_resources_stay_is_said_and_where_their_state_is() -> None:
    plan = plan_for(STUCK)
    assert (plan.risk.level, plan.word) == ("high", "recorded")
    assert "cloud resources (it has 6 outputs) stay, and nothing in this cluster knows of them" in plan.risk.text
    assert plan.notes == (
        "their state is kept in file:///backend: organization/infra/del-stuck-destroy",
        "pulumi destroy --stack organization/infra/del-stuck-destroy can still remove them from elsewhere, "
        "as long as that state exists",
    )


def test_of_pulumi_cloud_it_is_the_link_to_the_stacks_own_page() -> None:
    scene = STUCK.copy()
    del scene.object("Stack", NAME)["spec"]["backend"]
    last_update_of(scene, NAME)["permalink"] = "https://app.pulumi.com/acme/infra/dev/updates/17"
    assert plan_for(scene).notes[0] == "their state is kept in Pulumi Cloud: https://app.pulumi.com/acme/infra/dev"


def test_a_stack_whose_resources_would_stay_anyway_is_of_low_risk() -> None:
    for change in ({"destroyOnFinalize": False}, {"preview": True}):
        scene = STUCK.copy()
        scene.object("Stack", NAME)["spec"] |= change
        plan = plan_for(scene)
        assert (plan.risk.level, plan.word, plan.notes) == ("low", "", ())


def test_somebody_elses_finalizer_is_removed_only_by_its_name() -> None:
    found = planned(RELEASE, target_of(finalized(FOREIGN), NAME, processes=IDLE))
    assert isinstance(found, PlanUnacknowledged)
    assert (found.word, f"somebody else holds it: {FOREIGN}" in found.text) == (FOREIGN, True)
    assert plan_for(finalized(FOREIGN), acknowledged=True).word == FOREIGN
    several = refusal(finalized(FOREIGN, "example.com/other"), acknowledged=True)
    assert f"{FOREIGN}, example.com/other" in several.text and "--finalizer NAME" in several.reasons[0]
    plan = plan_for(finalized(FOREIGN), finalizer=FOREIGN)
    assert (plan.risk.level, plan.word) == ("medium", "recorded")
    assert f"whoever set {FOREIGN} wanted to do something" in plan.risk.text
    assert body(plan)[1]["path"] == "/metadata/finalizers/0"
    assert (
        f"has no finalizer example.com/other; it has {FOREIGN}"
        in refusal(finalized(FOREIGN), finalizer="example.com/other").text
    )


def test_what_is_not_being_deleted_keeps_its_finalizers() -> None:
    scene = STUCK.copy()
    del scene.object("Stack", NAME)["metadata"]["deletionTimestamp"]
    assert "isn't being deleted" in refusal(scene).text
    scene.objects.append(leftover(scene))
    assert refusal(scene).reasons == ("to let go a leftover Update of it (stuck-destroy-old): --update NAME",)


def test_one_without_finalizers_has_nothing_to_be_released_of() -> None:
    assert isinstance(planned(RELEASE, target_of(finalized(), NAME, processes=IDLE)), NothingToDo)


def test_while_a_run_is_on_nothing_is_released() -> None:
    running = scenes()["13b-destroy-running"]
    found = planned(RELEASE, target_of(running, "slow-destroy"))
    assert isinstance(found, PlanBlocked)
    assert "the destroy slow-destroy-1a209aeb014 has run since" in found.text
    assert found.reasons == ("wait for the end of that run",)
    assert "pulumi runs in stuck-destroy-workspace-0" in refusal(STUCK, replace(IDLE, names=("pulumi",))).text


def test_where_nobody_can_tell_whether_a_run_is_on_nothing_is_released() -> None:
    unknown = replace(IDLE, names=None, unread="pods/exec is forbidden")
    plan = plan_of(RELEASE, target_of(STUCK, NAME, processes=unknown))
    assert any("isn't known: pods/exec is forbidden" in check.text for check in plan.checked)
    scene = STUCK.copy()
    scene.refused["Update"] = "updates is forbidden"
    found = refusal(scene, unknown)
    assert "pods/exec is forbidden, and Updates can't be read either" in found.text and found.unseen


# A leftover Update


def leftover(scene: Scene, *, complete: bool = True, name: str = "stuck-destroy-old") -> dict[str, Any]:
    """An Update that is being deleted, and that no Stack names."""
    stack = scene.object("Stack", NAME)
    return {
        "apiVersion": "auto.pulumi.com/v1alpha1",
        "kind": "Update",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "uid": "6f2d5a7e-0000-4000-8000-000000000001",
            "creationTimestamp": "2026-11-23T17:00:00Z",
            "deletionTimestamp": "2026-11-23T17:30:00Z",
            "finalizers": [OURS],
            "labels": {"pulumi.com/stack-name": NAME},
            "ownerReferences": [{"kind": "Stack", "name": NAME, "uid": stack["metadata"]["uid"]}],
        },
        "spec": {"type": "up"},
        "status": {"conditions": [{"type": "Complete", "status": "True"}] if complete else []},
    }


def with_leftover(**more: Any) -> Scene:
    scene = STUCK.copy()
    scene.objects.append(leftover(scene, **more))
    return scene


def test_a_leftover_update_loses_the_operators_finalizer() -> None:
    plan = plan_for(with_leftover(), update="stuck-destroy-old")
    assert (plan.target, plan.risk.level, plan.word) == ("Update del/stuck-destroy-old", "low", "")
    assert body(plan)[0]["value"] == "6f2d5a7e-0000-4000-8000-000000000001"
    assert "/namespaces/del/updates/stuck-destroy-old" in plan.requests[0].url


def test_the_rights_that_count_are_those_of_what_is_released() -> None:
    group = {"stacks": "pulumi.com", "updates": "auto.pulumi.com"}
    for allowed, asked in (("stacks", {}), ("updates", {"update": "stuck-destroy-old"})):
        rights = tuple(
            AccessAnswer(AccessQuestion("patch", group[each], each, NAMESPACE), each == allowed)
            for each in ("stacks", "updates")
        )
        target = target_of(with_leftover(), NAME, processes=IDLE, rights=rights)
        assert [each.allowed for each in plan_of(RELEASE, target, **asked).rights] == [True]
    found = planned(RELEASE, target)
    assert isinstance(found, PlanBlocked) and "it needs the right to patch stacks.pulumi.com" in found.text


def test_an_update_that_the_stack_waits_for_is_never_released() -> None:
    scene = with_leftover()
    scene.object("Stack", NAME)["status"]["currentUpdate"] = {"name": "stuck-destroy-old"}
    found = refusal(scene, update="stuck-destroy-old")
    assert "waits for Update stuck-destroy-old" in found.text and "unwedge" in found.reasons[0]


def test_an_update_that_may_run_or_stay_is_not_released() -> None:
    unknown = replace(IDLE, names=None, unread="pods/exec is forbidden")
    found = refusal(with_leftover(complete=False), unknown, update="stuck-destroy-old")
    assert "isn't over, and whether Pulumi runs" in found.text
    last = last_update_of(STUCK.copy(), NAME)["name"]
    assert f"Update {last} isn't being deleted" in refusal(STUCK, update=last).text
    assert "there is no Update nosuch of it" in refusal(STUCK, update="nosuch").text


# Carried out


async def test_it_is_sent_once_and_the_stack_is_gone(server: ApiServer, connection: Connection, tmp_path: Path) -> None:
    serve(server, STUCK)
    play_commands(server)
    task = await task_for(RELEASE, STUCK, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    steps, result = await carried_out(task, plan)
    assert (result.fault, result.text) == (ChangeFault.NONE, "the finalizer is taken off")
    assert steps[-1] == "Stack del/stuck-destroy is gone"
    assert server.store.get("Stack", NAMESPACE, NAME) is None
    assert writes(server) == [f"PATCH {PATH}"]


async def test_what_is_left_is_said_and_stays(server: ApiServer, connection: Connection, tmp_path: Path) -> None:
    scene = finalized(OURS, FOREIGN)
    serve(server, scene)
    play_commands(server)
    task = await task_for(RELEASE, scene, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    steps, result = await carried_out(task, plan)
    assert (result.fault, steps[-1]) == (ChangeFault.NONE, f"Stack del/stuck-destroy is held by {FOREIGN} still")
    found = server.store.get("Stack", NAMESPACE, NAME)
    assert found is not None and found["metadata"]["finalizers"] == [FOREIGN]


@pytest.mark.parametrize("sent", [0, 1])
async def test_a_finalizer_that_has_moved_is_not_taken_for_another_one(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: int
) -> None:
    scene = finalized(FOREIGN, OURS)
    serve(server, scene)
    play_commands(server)
    task = await task_for(RELEASE, scene, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)

    def move() -> None:
        server.store.patch("Stack", NAMESPACE, NAME, {"metadata": {"finalizers": [OURS, FOREIGN]}})

    async def move_and_send(connection: Connection, request: WriteRequest) -> Any:
        move()
        return await send(connection, request)

    if sent:
        monkeypatch.setattr(runner, "send", move_and_send)
    else:
        move()
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert isinstance(result.replanned, Plan)
    assert writes(server) == [f"PATCH {PATH}"] * sent
    found = server.store.get("Stack", NAMESPACE, NAME)
    assert found is not None and found["metadata"]["finalizers"] == [OURS, FOREIGN]


async def test_a_write_of_somebody_else_in_between_is_no_obstacle(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, STUCK)
    play_commands(server)
    task = await task_for(RELEASE, STUCK, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    server.store.patch("Stack", NAMESPACE, NAME, {"metadata": {"labels": {"a": "b"}}})
    _, result = await carried_out(task, plan)
    assert result.fault is ChangeFault.NONE
    assert writes(server) == [f"PATCH {PATH}"]


async def test_a_stack_that_is_gone_or_made_anew_is_left_alone(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, STUCK)
    play_commands(server)
    task = await task_for(RELEASE, STUCK, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    stack = server.store.delete("Stack", NAMESPACE, NAME)
    assert stack is not None
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    stack["metadata"]["uid"] = "another"
    server.store.put(stack)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert writes(server) == []


async def test_a_server_that_writes_and_hangs_up_is_asked_whether_it_did(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(server, STUCK)
    play_commands(server)
    task = await task_for(RELEASE, STUCK, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)

    async def send_and_hang_up(connection: Connection, request: WriteRequest) -> Any:
        await send(connection, request)
        raise Unreachable("the connection was closed")

    monkeypatch.setattr(runner, "send", send_and_hang_up)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.NONE, True)
    assert writes(server) == [f"PATCH {PATH}"]


async def test_a_destroy_that_begins_meanwhile_keeps_the_finalizer(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, STUCK)
    played = play_commands(server)
    task = await task_for(RELEASE, STUCK, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan)
    played.processes = ("tini", "agent", "pulumi")
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert isinstance(result.replanned, PlanBlocked)
    assert writes(server) == []


async def test_a_leftover_update_goes(server: ApiServer, connection: Connection, tmp_path: Path) -> None:
    scene = with_leftover()
    serve(server, scene)
    play_commands(server)
    task = await task_for(RELEASE, scene, NAME, connection, tmp_path, update="stuck-destroy-old")
    plan = task.plan()
    assert isinstance(plan, Plan)
    steps, result = await carried_out(task, plan)
    assert (result.fault, steps[-1]) == (ChangeFault.NONE, "Update del/stuck-destroy-old is gone")
    assert writes(server) == ["PATCH /apis/auto.pulumi.com/v1alpha1/namespaces/del/updates/stuck-destroy-old"]
    assert server.store.get("Stack", NAMESPACE, NAME) is not None
