"""A sync: the operation that is sent, when none is, and how it is followed to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actions.applications.sync_application import SYNC_APPLICATION
from actions.plan import NothingToDo, Plan, PlanBlocked, describe, difference, shown_commands
from actions.workflow import ChangeFault
from cluster.access import AccessAnswer, AccessQuestion
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from fleet.board.rows import Key
from stacks.times import rfc3339
from support.applications import ARGOCD, NAME, REVISION, Obj, application, condition, operation, stack_resource
from support.fixing import carried_out, within, writes
from support.fixing_applications import (
    HELD,
    MARK,
    OUR_OPERATION,
    PATH,
    app_plan,
    app_planned,
    app_task,
    hang_up_after,
    only_body,
    out_of_sync,
    serve_app,
    served_app,
    tell,
)
from support.scenes import CONTEXT


def sent_operation(plan: Plan) -> Any:
    return only_body(plan)[-1]["value"]


def test_the_operation_is_argo_cds_own_with_a_mark_and_only_where_there_is_none() -> None:
    app = out_of_sync()
    app["status"]["operationState"] = {"phase": "Failed", "message": "no"}
    plan = app_plan(SYNC_APPLICATION, app)
    assert only_body(plan) == [
        {"op": "test", "path": "/metadata/uid", "value": "uid-infra"},
        {"op": "test", "path": "/metadata/resourceVersion", "value": "41"},
        {"op": "test", "path": "/operation", "value": None},
        {"op": "remove", "path": "/status/operationState"},
        {
            "op": "add",
            "path": "/operation",
            "value": {
                "initiatedBy": {"username": "pko-argo"},
                "info": [{"name": "pko-argo", "value": MARK}],
                "retry": {"limit": 2, "backoff": {"duration": "5s"}},
                "sync": {"prune": False, "syncStrategy": {"hook": {}}, "syncOptions": ["CreateNamespace=true"]},
            },
        },
    ]
    assert (plan.risk.level, plan.word) == ("medium", CONTEXT)
    text = "\n".join(describe(plan))
    assert "OutOfSync, 1 of 2 resources are OutOfSync: Stack shop/web" in text
    assert f"that was {REVISION}" in text
    assert "Argo CD's own roles (RBAC) aren't asked" in text
    assert f"status.sync.revision {REVISION}" in text


def test_one_that_was_never_synced_has_no_state_to_take_away() -> None:
    assert [each["op"] for each in only_body(app_plan(SYNC_APPLICATION, out_of_sync()))] == [*["test"] * 3, "add"]


def test_just_one_stack_is_named_and_what_that_leaves_out_is_said() -> None:
    plan = app_plan(SYNC_APPLICATION, out_of_sync(), stack=HELD, asked={"only_stack": True})
    held = {"group": "pulumi.com", "kind": "Stack", "name": "web", "namespace": "shop"}
    assert sent_operation(plan)["sync"]["resources"] == [held]
    assert any("hooks are skipped, and the Application's history gets no entry" in note for note in plan.notes)
    other = Key(CONTEXT, "shop", "other")
    found = app_planned(SYNC_APPLICATION, out_of_sync(), stack=other, asked={"only_stack": True})
    assert isinstance(found, PlanBlocked)
    assert "doesn't hold the Stack" in found.text


def test_a_holder_that_is_only_guessed_is_called_that() -> None:
    plan = app_plan(SYNC_APPLICATION, out_of_sync(), stack=HELD, holds_it=False)
    assert any(f"isn't certain that this Application holds {HELD}" in note for note in plan.notes)


@pytest.mark.parametrize(("kind", "level"), [("Stack", "high"), ("ConfigMap", "medium")])
def test_pruning_names_what_it_deletes_and_without_it_all_stays(kind: str, level: str) -> None:
    app = out_of_sync()
    app["status"]["resources"].append(stack_resource("shop", "old", kind=kind, requiresPruning=True))
    if kind != "Stack":
        app["status"]["resources"][-1]["group"] = ""
    plan = app_plan(SYNC_APPLICATION, app, asked={"prune": True})
    assert sent_operation(plan)["sync"]["prune"] is True
    assert plan.risk.level == level
    assert f"it deletes {kind} shop/old" in plan.risk.text
    assert f"is deleted: {kind} shop/old" in plan.notes
    plan = app_plan(SYNC_APPLICATION, app)
    assert sent_operation(plan)["sync"]["prune"] is False
    assert any(f"stays ({kind} shop/old); --prune deletes it" in note for note in plan.notes)


def test_what_is_deleted_is_agreed_to_by_every_name() -> None:
    def plan(*names: str) -> Plan:
        app = out_of_sync()
        app["status"]["resources"] += [stack_resource("shop", each, requiresPruning=True) for each in names]
        return app_plan(SYNC_APPLICATION, app, asked={"prune": True})

    first = [f"old-{number}" for number in range(6)]
    one, other = plan(*first, "queue"), plan(*first, "database")
    assert one.risk == other.risk
    assert one.agreed_to != other.agreed_to
    assert one.agreed_to == plan(*first, "queue").agreed_to


TOKEN = f"glpat-{'0123456789abcdef' * 2}"


def test_what_is_copied_from_the_application_is_sent_as_it_is_and_shown_without_secrets() -> None:
    option, quoted = f"Header=Authorization: Bearer {TOKEN}", f"it's https://ci:{TOKEN}@git.example"
    app = out_of_sync()
    app["spec"]["syncPolicy"] = {"syncOptions": [option], "retry": {"backoff": {"duration": quoted}}}
    plan = app_plan(SYNC_APPLICATION, app)
    assert sent_operation(plan)["sync"]["syncOptions"] == [option]
    assert sent_operation(plan)["retry"]["backoff"]["duration"] == quoted
    assert any(TOKEN in line for line in plan.kubectl)
    for lines in (describe(plan), describe(plan, whole=True), difference(plan), shown_commands(plan)):
        shown = "\n".join(lines)
        assert TOKEN not in shown and "Header=" in shown and "it" in shown


def runs(app: Obj) -> None:
    operation(app, "Running", "waiting for healthy state of pulumi.com/Stack/web", time.time() - 60)


def is_asked_for(app: Obj) -> None:
    app["operation"] = {"sync": {}, "initiatedBy": {"username": "ada"}}


def is_terminated(app: Obj) -> None:
    operation(app, "Terminating", "", time.time() - 60)


def cannot_be_compared(app: Obj) -> None:
    condition(app, "ComparisonError", "no such path", time.time())


def has_an_invalid_spec(app: Obj) -> None:
    condition(app, "InvalidSpecError", "there are no clusters with this name: moon", time.time())


def gave_up_and_cannot_be_compared(app: Obj) -> None:
    app["spec"]["syncPolicy"]["automated"] = {}
    condition(app, "SyncError", f"Failed last sync attempt to [{REVISION}]: no", time.time())
    condition(app, "ComparisonError", "no such path", time.time())


def is_paused(app: Obj) -> None:
    app["metadata"]["annotations"]["argocd.argoproj.io/skip-reconcile"] = "true"


def is_deleted(app: Obj) -> None:
    app["metadata"]["deletionTimestamp"] = rfc3339(time.time())


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (runs, "a second one would be lost or end it: a sync by auto-sync runs since "),
        (is_asked_for, "a sync by ada is asked for, and Argo CD hasn't begun with it"),
        (is_terminated, "a sync by auto-sync is being terminated since "),
        (cannot_be_compared, "while it has this condition: ComparisonError: no such path"),
        (has_an_invalid_spec, "while it has this condition: InvalidSpecError: there are no clusters"),
        (gave_up_and_cannot_be_compared, "while it has this condition: ComparisonError"),
        (is_paused, "Argo CD is told to leave this Application alone"),
        (is_deleted, "is being deleted"),
    ],
)
def test_where_a_sync_could_not_help_or_would_be_a_second_one_none_is_planned(
    happens: Callable[[Obj], None], words: str
) -> None:
    app = out_of_sync()
    happens(app)
    found = app_planned(SYNC_APPLICATION, app)
    assert isinstance(found, PlanBlocked), found
    assert words in found.text
    if happens is runs:
        assert found.reasons == ("wait for its end, or end it: app terminate infra",)


def test_what_auto_sync_gave_up_on_is_synced() -> None:
    app = out_of_sync()
    app["spec"]["syncPolicy"]["automated"] = {}
    condition(app, "SyncError", f"Failed last sync attempt to [{REVISION}]: no", time.time())
    assert app_plan(SYNC_APPLICATION, app)


def test_a_phase_that_was_left_there_though_nothing_runs_is_taken_away() -> None:
    app = out_of_sync()
    operation(app, "Terminating", "", time.time() - 60)
    del app["operation"]
    plan = app_plan(SYNC_APPLICATION, app)
    assert {"op": "remove", "path": "/status/operationState"} in only_body(plan)
    assert any("still says Terminating though no operation is there" in note for note in plan.notes)


def test_the_same_request_is_not_planned_twice() -> None:
    app = out_of_sync()
    app["operation"] = OUR_OPERATION
    assert isinstance(app_planned(SYNC_APPLICATION, app), NothingToDo)


def test_without_the_right_none_is_planned() -> None:
    refused = AccessAnswer(AccessQuestion("patch", "argoproj.io", "applications", ARGOCD, name=NAME), allowed=False)
    found = app_planned(SYNC_APPLICATION, out_of_sync(), rights=(refused,))
    assert isinstance(found, PlanBlocked) and found.unseen


async def test_it_is_followed_by_its_mark_and_says_what_it_waits_for(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task, plan = await app_task(SYNC_APPLICATION, out_of_sync(), server, connection, tmp_path)
    waits = "waiting for healthy state of pulumi.com/Stack/web"

    def argo(step: str) -> None:
        if "hasn't begun" in step:
            tell(server, "Running", waits)
        elif waits in step:
            tell(server, "Succeeded", "successfully synced (all tasks run)", results=[stack_resource("shop", "web")])

    steps, result = await carried_out(task, plan, argo)
    assert (result.fault, result.written) == (ChangeFault.NONE, True), result.text
    assert result.text.startswith("synced 1 resource to 9f0c2f1 at ")
    assert result.text.endswith(": successfully synced (all tasks run)")
    assert f"it is Running: {waits}" in steps
    assert writes(server) == [f"PATCH {PATH}"]


@pytest.mark.parametrize("phase", ["Failed", "Error"])
async def test_one_that_fails_is_told_with_its_message_and_the_resource(
    server: ApiServer, connection: Connection, tmp_path: Path, phase: str
) -> None:
    task, plan = await app_task(SYNC_APPLICATION, out_of_sync(), server, connection, tmp_path)
    broken = stack_resource("shop", "web", status="SyncFailed", message="spec.stack: must be a string\nmore")
    _, result = await carried_out(
        task,
        plan,
        lambda step: tell(server, phase, "one task failed", results=[broken]) if "hasn't begun" in step else None,
    )
    assert (result.fault, result.text) == (
        ChangeFault.UNPROVEN,
        f"the sync ended as {phase}: one task failed; Stack shop/web: spec.stack: must be a string",
    )


async def test_an_attempt_that_is_tried_again_is_not_the_end(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task, plan = await app_task(SYNC_APPLICATION, out_of_sync(), server, connection, tmp_path)
    again = "no. Retrying attempt #1 at 2026-11-23T18:42:49Z."
    steps, result = await carried_out(
        within(task, 0.3),
        plan,
        lambda step: (
            tell(server, "Running", again, finishedAt="2026-11-23T18:42:44Z") if "hasn't begun" in step else None
        ),
    )
    assert result.fault is ChangeFault.NOT_YET
    assert f"an attempt failed: {again}" in steps


async def test_one_that_somebody_writes_another_over_is_lost_and_said_to_be(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task, plan = await app_task(SYNC_APPLICATION, out_of_sync(), server, connection, tmp_path)

    def somebody(step: str) -> None:
        if "hasn't begun" in step:
            app = served_app(server)
            app["operation"] = {"sync": {}, "initiatedBy": {"username": "ada"}}
            server.store.put(app)

    _, result = await carried_out(task, plan, somebody)
    assert (result.fault, result.written) == (ChangeFault.UNPROVEN, True)
    assert result.text == "an operation by ada has taken its place: what came of this one isn't known"


async def test_what_was_written_meanwhile_is_planned_anew_and_sent_where_it_is_the_same(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task, plan = await app_task(SYNC_APPLICATION, out_of_sync(), server, connection, tmp_path)
    server.store.patch("Application", ARGOCD, NAME, {"status": {"reconciledAt": rfc3339(time.time())}})
    _, result = await carried_out(
        task, plan, lambda step: tell(server, "Succeeded", "done") if "hasn't begun" in step else None
    )
    assert result.fault is ChangeFault.NONE, result.text
    assert len(writes(server)) == 2  # the first one was refused


@pytest.mark.parametrize("change", ["another sync", "another commit"])
async def test_where_a_sync_or_a_commit_was_faster_nothing_is_sent(
    server: ApiServer, connection: Connection, tmp_path: Path, change: str
) -> None:
    task, plan = await app_task(SYNC_APPLICATION, out_of_sync(), server, connection, tmp_path)
    theirs: Obj = {"operation": {"sync": {}, "initiatedBy": {"username": "ada"}}}
    if change == "another commit":
        theirs = {"status": {"sync": {"revision": "1" * 40}}}
    server.store.patch("Application", ARGOCD, NAME, theirs)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert isinstance(result.replanned, PlanBlocked if change == "another sync" else Plan)
    assert served_app(server).get("operation") == theirs.get("operation")


@pytest.mark.parametrize("done", [False, True])
async def test_where_no_answer_comes_it_is_looked_whether_it_was_done_and_not_sent_again(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    task, plan = await app_task(SYNC_APPLICATION, out_of_sync(), server, connection, tmp_path)
    if done:
        hang_up_after(monkeypatch)
    else:
        server.faults.hang_up(lambda asked: asked.method == "PATCH")
    _, result = await carried_out(
        task, plan, lambda step: tell(server, "Succeeded", "done") if "hasn't begun" in step else None
    )
    if done:
        assert result.fault is ChangeFault.NONE, result.text
    else:
        assert (result.fault, result.written) == (ChangeFault.UNKNOWN, False)
        assert "it isn't known to have been written" in result.text
    assert writes(server) == [f"PATCH {PATH}"]


async def test_one_that_is_made_again_while_it_syncs_is_another(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task, plan = await app_task(SYNC_APPLICATION, out_of_sync(), server, connection, tmp_path)

    def somebody(step: str) -> None:
        if "hasn't begun" in step:
            server.store.delete("Application", ARGOCD, NAME)
            other = application(time.time())
            other["metadata"]["uid"] = "another"
            serve_app(server, other)

    _, result = await carried_out(task, plan, somebody)
    assert (result.fault, result.text) == (
        ChangeFault.UNPROVEN,
        "the Application was deleted, and another has its name",
    )
