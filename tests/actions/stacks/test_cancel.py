"""A lock is taken away: when that is offered, whose name is wanted, and what is run in the pod, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from actions import runner
from actions.plan import CommandRequest, NothingToDo, Plan, PlanBlocked, PlanUnacknowledged, describe
from actions.record import ActionRecord
from actions.stacks.cancel import CANCEL
from actions.stacks.cancel_command import cancel_command
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest
from actions.stacks.workspace_processes import WorkspaceProcesses
from actions.workflow import ChangeFault
from cluster.errors import Forbidden
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from demo.server.served_commands import CommandResult
from stacks.times import instant
from support.fixing import VALUE, carried_out, plan_of, planned, serve, target_of, task_for, writes
from support.pod_commands import play_commands
from support.scene_edits import condition, last_update_of, running_like, status_of
from support.scenes import Scene, scenes

LOCKED = scenes()["13c-destroy-failed-once"]
NAME, NAMESPACE, POD = "stuck-destroy", "del", "stuck-destroy-workspace-0"
STACK = "organization/infra/del-stuck-destroy"
IDLE = WorkspaceProcesses(POD, 0.0, ("tini", "agent"))
CONFLICT = "error: [409] Conflict: Another update is currently in progress."


def saying(message: str) -> Scene:
    """The scene in which the last run failed with this message."""
    scene = LOCKED.copy()
    last = last_update_of(scene, NAME)
    last["message"] = message
    status_of(scene, "Update", last["name"])["message"] = message
    return scene


def held_by(who: str, time: str = "2026-11-23T17:02:11Z") -> Scene:
    """The scene in which this one made the lock."""
    said: str = last_update_of(LOCKED.copy(), NAME)["message"]
    return saying(said.replace("ci@runner-7", who).replace("2026-11-23T17:02:11Z", time))


OWN = held_by(f"pulumi@{POD}")


def target(scene: Scene, processes: WorkspaceProcesses | None = IDLE) -> DiagnosedStack:
    return target_of(scene, NAME, processes=processes)


def blocked(scene: Scene, processes: WorkspaceProcesses | None = IDLE, **asked: object) -> PlanBlocked:
    found = planned(CANCEL, target(scene, processes), **asked)
    assert isinstance(found, PlanBlocked), found
    return found


def test_a_lock_of_this_very_pod_is_cancelled_in_it() -> None:
    plan = plan_of(CANCEL, target(OWN))
    (request,) = plan.requests
    assert isinstance(request, CommandRequest)
    assert (request.pod, request.container, request.timeout) == (POD, "pulumi", 60.0)
    assert request.command == cancel_command(STACK) and request.command[-1] == STACK
    assert STACK not in request.command[2]
    assert (plan.risk.level, plan.word, plan.look_again) == ("medium", "recorded", True)
    text = "\n".join(describe(plan))
    assert f"kubectl --context recorded -n del exec {POD} -c pulumi -- sh -c" in text
    assert "reconcile is the next step" in text
    assert f"no pulumi process in {POD}" in text
    assert plan.differences == ((f"lock of {STACK}", f"pulumi@{POD} since 2026-11-23T17:02:11Z", ""),)


def test_of_a_lock_that_somebody_else_made_the_name_is_wanted() -> None:
    found = planned(CANCEL, target(LOCKED))
    assert isinstance(found, PlanUnacknowledged)
    assert found.word == "ci@runner-7"
    assert "since 2026-11-23T17:02:11Z" in found.text and "it may be a run in CI" in found.text
    assert "Make sure that process 4711 on runner-7 is gone" in found.text
    for asked in ({"holder": "ci@runner-7"}, {"acknowledged": True}):
        plan = plan_of(CANCEL, target(LOCKED), **asked)
        assert (plan.risk.level, plan.word) == ("high", "ci@runner-7")


@pytest.mark.parametrize("scene", [LOCKED, OWN])
def test_a_wrong_name_is_refused_with_the_right_one(scene: Scene) -> None:
    found = blocked(scene, holder="me@laptop")
    assert "holds the lock, not me@laptop" in found.text


def test_a_lock_that_was_made_while_a_run_of_ours_lasted_is_not_taken_for_that_runs_where_another_host_made_it() -> (
    None
):
    scene = held_by("ci@runner-7", "2026-11-23T18:28:30Z")
    assert isinstance(planned(CANCEL, target(scene)), PlanUnacknowledged)


def test_a_lock_whose_holder_is_not_named_and_a_conflict_want_the_name_of_the_stack() -> None:
    nobody = saying("error: the stack is currently locked by 1 lock(s).")
    for scene, words in ((nobody, "doesn't say who holds it"), (saying(CONFLICT), "another update is in progress")):
        found = planned(CANCEL, target(scene))
        assert isinstance(found, PlanUnacknowledged)
        assert (found.word, words in found.text) == (STACK, True)
        assert plan_of(CANCEL, target(scene), holder=STACK).word == STACK


def test_where_nothing_tells_of_a_lock_nothing_is_cancelled() -> None:
    found = blocked(saying("error: update failed"))
    assert f"nothing says that {STACK} is locked" in found.text
    assert "cancel would end whatever update is at work" in found.text


def test_while_an_update_of_the_stack_is_not_over_nothing_is_cancelled() -> None:
    scene = OWN.copy()
    last = scene.object("Update", last_update_of(scene, NAME)["name"])
    scene.objects.append(running_like(last, f"{NAME}-1a209af0000", scene.now))
    found = blocked(scene)
    assert f"{NAME}-1a209af0000 has run since" in found.text
    assert found.reasons == ("wait for its end; restart-workspace breaks off a run that hangs",)


def test_while_pulumi_works_in_the_pod_or_nobody_can_tell_nothing_is_cancelled() -> None:
    assert f"pulumi runs in {POD}" in blocked(OWN, replace(IDLE, names=("tini", "pulumi"))).text
    unknown = replace(IDLE, names=None, unread="pods/exec is forbidden")
    assert "isn't known: pods/exec is forbidden" in blocked(OWN, unknown).text
    assert "isn't known" in blocked(OWN, None).text


def test_where_updates_may_not_be_read_nothing_is_cancelled() -> None:
    scene = OWN.copy()
    scene.refused["Update"] = "updates is forbidden"
    found = blocked(scene)
    assert "updates is forbidden" in found.text and found.unseen


@pytest.mark.parametrize("deleting", [True, False])
def test_where_another_stack_has_the_same_backend_stack_it_is_never_offered(deleting: bool) -> None:
    scene = OWN.copy()
    other = scene.object("Stack", NAME)
    twin = {**other, "metadata": {**other["metadata"], "name": "twin", "uid": "twin"}, "status": {}}
    if not deleting:
        del twin["metadata"]["deletionTimestamp"]
    scene.objects.append(twin)
    for asked in ({}, {"acknowledged": True}, {"holder": f"pulumi@{POD}"}):
        assert "recorded/del/twin has its state in the same backend stack" in blocked(scene, **asked).text


def with_other(stack: str, *, own: str = STACK, **spec: object) -> Scene:
    """The scene with another Stack with this `spec.stack`, where the Stack's own is `own`."""
    scene = OWN.copy()
    mine = scene.object("Stack", NAME)
    mine["spec"]["stack"] = own
    other = {**mine["spec"], "stack": stack, **spec}
    metadata = {"name": "twin", "namespace": NAMESPACE, "uid": "twin"}
    scene.objects.append({**mine, "metadata": metadata, "spec": other, "status": {}})
    return scene


def test_what_was_cancelled_is_not_cancelled_again_before_a_run_has_told_whether_it_helped(tmp_path: Path) -> None:
    plan = plan_of(CANCEL, target(OWN))
    last = instant(last_update_of(OWN.copy(), NAME)["lastResyncTime"])
    assert last is not None
    for done, planned_again in ((last + 5.0, False), (last - 5.0, True)):
        record = ActionRecord(tmp_path / str(done), partial(float, done))
        record.note(plan, "sending")
        record.note(plan, "done")
        found = CANCEL.plan(target(OWN), FixRequest(value=VALUE), record)
        assert isinstance(found, Plan) is planned_again
        if isinstance(found, NothingToDo):
            assert "it was cancelled at " in found.text and "reconcile is the next step" in found.text


ELSEWHERE = {"programRef": None, "fluxSource": None, "projectRepo": "https://git.example/other", "repoDir": "x"}


@pytest.mark.parametrize(
    ("own", "other", "elsewhere"),
    [
        ("del-stuck-destroy", "del-stuck-destroy", ELSEWHERE),
        ("del-stuck-destroy", STACK, {}),
        (STACK, "del-stuck-destroy", {}),
        ("organization/del-stuck-destroy", STACK, ELSEWHERE),
    ],
)
def test_where_another_stack_may_have_the_same_backend_stack_its_name_is_wanted(
    own: str, other: str, elsewhere: dict[str, object]
) -> None:
    scene = with_other(other, own=own, **elsewhere)
    found = planned(CANCEL, target(scene))
    assert isinstance(found, PlanUnacknowledged)
    assert found.word == "twin"
    assert "recorded/del/twin may have its state in the same backend stack" in found.text
    for asked in ({"holder": "twin"}, {"acknowledged": True}):
        plan = plan_of(CANCEL, target(scene), **asked)
        assert (plan.risk.level, plan.word) == ("high", "twin")
        assert any("recorded/del/twin may have its state" in note for note in plan.notes)
        assert not any("no other Stack" in check.text for check in plan.checked)


def test_where_the_program_is_the_same_an_equal_name_is_the_same_backend_stack() -> None:
    found = blocked(with_other("del-stuck-destroy", own="del-stuck-destroy"), acknowledged=True)
    assert "recorded/del/twin has its state in the same backend stack" in found.text


@pytest.mark.parametrize(
    "other",
    ["organization/other/del-stuck-destroy", "organization/infra/prod", "stuck-destroy", "other/del-stuck-destroy"],
)
def test_another_name_is_another_backend_stack(other: str) -> None:
    assert plan_of(CANCEL, target(with_other(other))).word == "recorded"
    elsewhere = with_other(STACK, backend="s3://elsewhere")
    assert plan_of(CANCEL, target(elsewhere)).word == "recorded"


def test_where_both_may_be_hurt_both_names_are_wanted() -> None:
    scene = with_other("del-stuck-destroy")
    last = last_update_of(scene, NAME)
    last["message"] = last_update_of(LOCKED.copy(), NAME)["message"]
    status_of(scene, "Update", last["name"])["message"] = last["message"]
    found = planned(CANCEL, target(scene))
    assert isinstance(found, PlanUnacknowledged)
    assert found.word == "twin,ci@runner-7"
    assert "it may be a run in CI" in found.text and "may have its state" in found.text
    assert "the name to give is twin,ci@runner-7" in blocked(scene, holder="ci@runner-7").text


def test_a_lock_of_another_backend_stack_is_no_reason_to_cancel_the_own_one() -> None:
    said: str = last_update_of(OWN.copy(), NAME)["message"]
    scene = saying(said.replace("infra/del-stuck-destroy", "infra/network"))
    for asked in ({}, {"acknowledged": True}):
        found = blocked(scene, **asked)
        assert f"the lock is one of organization/infra/network, by its path, and not of {STACK}" in found.text
        assert found.reasons == ("look who works on organization/infra/network",)


def test_a_lock_is_ones_own_also_where_the_spec_leaves_out_organisation_and_project() -> None:
    for own in ("del-stuck-destroy", "organization/del-stuck-destroy"):
        scene = OWN.copy()
        scene.object("Stack", NAME)["spec"]["stack"] = own
        assert plan_of(CANCEL, target(scene)).word == "recorded"


def test_which_stack_and_which_pod_were_looked_at_belongs_to_what_is_agreed_to() -> None:
    plan = plan_of(CANCEL, target(OWN))
    for kind, name in (("Stack", NAME), ("Pod", POD)):
        scene = OWN.copy()
        made_anew = scene.object(kind, name)
        uid = made_anew["metadata"]["uid"]
        assert any(uid in line for line in describe(plan) if "looked at" in line)
        for each in scene.objects:
            for owner in each["metadata"].get("ownerReferences", ()):
                owner["uid"] = "anew" if owner["uid"] == uid else owner["uid"]
        made_anew["metadata"]["uid"] = "anew"
        again = plan_of(CANCEL, target(scene))
        assert again.kubectl == plan.kubectl
        assert again.agreed_to != plan.agreed_to
    assert not any("only if" in line for line in describe(plan))


def test_a_lock_that_was_made_after_the_last_run_began_is_in_use() -> None:
    began = LOCKED.object("Update", last_update_of(LOCKED.copy(), NAME)["name"])["metadata"]["creationTimestamp"]
    found = blocked(held_by("ci@runner-7", began), holder="ci@runner-7")
    assert "the lock is in use: ci@runner-7" in found.text
    assert found.reasons == ("wait for the end of that run",)


def test_without_a_pod_it_is_said_where_else_it_can_be_done() -> None:
    scene = OWN.copy()
    scene.objects = [each for each in scene.objects if each["kind"] != "Pod"]
    found = blocked(scene, replace(IDLE, names=None, pod_gone=True))
    assert found.reasons == (
        "reconcile makes one",
        f"run `pulumi cancel --stack {STACK}` elsewhere, with access to file:///backend",
    )


def test_after_a_failed_initialisation_the_workspace_is_to_be_restarted() -> None:
    scene = scenes()["19a-token-invalid"].copy()
    line: str = last_update_of(OWN.copy(), NAME)["message"].replace(POD, "bad-token-workspace-0")
    line = line.replace(STACK, scene.object("Stack", "bad-token")["spec"]["stack"])
    condition(scene.object("Stack", "bad-token"), "Stalled")["message"] = f"InitializationFailed: {line}"
    found = plan_of(CANCEL, target_of(scene, "bad-token", processes=replace(IDLE, pod="bad-token-workspace-0")))
    assert any("restart-workspace, which initialises it anew, is the next step" in note for note in found.notes)


def test_that_some_stacks_may_not_be_read_is_said() -> None:
    target_ = target(OWN)
    target_.diagnosis.fleet.contexts["recorded"].put_refusal("Stack", "stacks is forbidden", "elsewhere")
    plan = plan_of(CANCEL, target_)
    assert any("not all Stacks of recorded may be read" in note for note in plan.notes)


# Carried out


async def test_the_command_is_run_once_and_what_it_printed_is_shown_without_secrets(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, OWN)
    played = play_commands(server)
    played.cancel = CommandResult(stderr=f"The update for {STACK} at https://ci:hunter2@git.example was canceled!\n")
    task = await task_for(CANCEL, OWN, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan), plan
    assert [f"{each.question} {each.allowed}" for each in plan.rights] == [
        "get pods True",
        "create pods/exec True",
        "get pods/exec True",
    ]
    steps, result = await carried_out(task, plan)
    assert result.text == "pulumi cancel ended well; reconcile is the next step"
    assert (result.fault, result.written) == (ChangeFault.NONE, True)
    assert any(step.startswith(f"it printed: The update for {STACK}") for step in steps)
    assert not any("hunter2" in step for step in steps)
    assert (played.cancelled, writes(server)) == ([STACK], [])


async def test_a_command_that_fails_says_why_and_is_not_run_again(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, OWN)
    played = play_commands(server)
    played.cancel = CommandResult(255, stderr="error: could not find stack\n")
    task = await task_for(CANCEL, OWN, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan), plan
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.FAILED, True)
    assert "exit code 255" in result.text and "could not find stack" in result.text
    assert played.cancelled == [STACK]


async def test_a_run_that_begins_after_the_plan_was_agreed_to_is_not_cancelled(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, OWN)
    played = play_commands(server)
    task = await task_for(CANCEL, OWN, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan), plan
    played.processes = ("tini", "agent", "pulumi")
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert isinstance(result.replanned, PlanBlocked)
    assert played.cancelled == []


async def test_another_holder_than_the_one_that_was_agreed_to_is_not_cancelled(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, LOCKED)
    played = play_commands(server)
    task = await task_for(CANCEL, LOCKED, NAME, connection, tmp_path, acknowledged=True)
    plan = task.plan()
    assert isinstance(plan, Plan), plan
    other = held_by("ci@runner-8")
    server.store.patch("Stack", NAMESPACE, NAME, {"status": other.object("Stack", NAME)["status"]})
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert played.cancelled == []


@pytest.mark.parametrize(("kind", "name"), [("Stack", NAME), ("Pod", POD)])
async def test_in_a_stack_or_a_pod_that_was_made_anew_meanwhile_nothing_is_run(
    server: ApiServer, connection: Connection, tmp_path: Path, kind: str, name: str
) -> None:
    serve(server, OWN)
    played = play_commands(server)
    task = await task_for(CANCEL, OWN, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan), plan
    found = server.store.get(kind, NAMESPACE, name)
    assert found is not None
    found["metadata"]["uid"] = "anew"
    server.store.put(found)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert played.cancelled == []


async def test_a_stream_that_breaks_off_is_not_called_done_and_not_sent_again(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    serve(server, OWN)
    played = play_commands(server)
    task = await task_for(CANCEL, OWN, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan), plan
    cuts: list[str] = []

    def cut_off(namespace: str, pod: str, container: str, command: Sequence[str]) -> None:
        if "pulumi cancel" in command[2] and not cuts:
            cuts.append(command[-1])
            server.faults.hang_up("/exec", after_lines=1)

    server.commands.handle(cut_off)
    played.cancel = CommandResult(stderr="canceling\n")
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.UNKNOWN, False)
    assert "what came of it isn't known" in result.text
    assert played.cancelled == [STACK]


async def test_a_command_that_succeeds_and_prints_nothing_is_not_called_done(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    """So says an API server of one whose node has died."""
    serve(server, OWN)
    played = play_commands(server)
    task = await task_for(CANCEL, OWN, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan), plan
    played.cancel = CommandResult()
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.UNKNOWN, False)
    assert result.text.startswith("what came of it isn't known: the server says that it ended well, and it printed ")
    assert played.cancelled == [STACK]


async def test_a_command_that_the_server_refuses_did_not_run(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(server, OWN)
    played = play_commands(server)
    task = await task_for(CANCEL, OWN, NAME, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan), plan

    async def refuse(*asked: object, **options: object) -> None:
        raise Forbidden(403, "Forbidden", "pods/exec is forbidden")

    monkeypatch.setattr(runner, "run_in_container", refuse)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.REFUSED, False)
    assert result.text.endswith("pods/exec is forbidden; nothing ran")
    assert played.cancelled == []


async def test_who_may_not_run_commands_gets_no_plan(server: ApiServer, connection: Connection, tmp_path: Path) -> None:
    serve(server, OWN)
    play_commands(server)
    task = await task_for(CANCEL, OWN, NAME, connection, tmp_path)
    refused = tuple(replace(each, allowed=each.question.subresource != "exec") for each in task.target.rights)
    found = replace(task, target=replace(task.target, rights=refused)).plan()
    assert isinstance(found, PlanBlocked) and found.unseen
    assert "it needs the right to create pods/exec and to get pods/exec" in found.text
