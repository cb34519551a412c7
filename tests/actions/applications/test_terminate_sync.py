"""The end of a sync that doesn't end: only of one that runs, and of just that one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from actions.applications.terminate_sync import TERMINATE_SYNC
from actions.plan import NothingToDo, PlanBlocked, describe, shown_commands
from actions.workflow import ChangeFault
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from stacks.times import rfc3339
from support.applications import ARGOCD, NAME, Obj, operation
from support.fixing import carried_out, writes
from support.fixing_applications import PATH, app_plan, app_planned, app_task, only_body, out_of_sync, served_app, tell
from support.scenes import CONTEXT

WAITS = "waiting for healthy state of pulumi.com/Stack/web"


def running(message: str = WAITS) -> Obj:
    app = out_of_sync()
    operation(app, "Running", message, time.time() - 3600)
    return app


def test_the_phase_is_set_only_on_this_very_sync_while_it_runs() -> None:
    app = running()
    plan = app_plan(TERMINATE_SYNC, app)
    assert only_body(plan) == [
        {"op": "test", "path": "/metadata/uid", "value": "uid-infra"},
        {"op": "test", "path": "/operation/initiatedBy", "value": {"automated": True}},
        {"op": "test", "path": "/status/operationState/phase", "value": "Running"},
        {
            "op": "test",
            "path": "/status/operationState/startedAt",
            "value": app["status"]["operationState"]["startedAt"],
        },
        {"op": "replace", "path": "/status/operationState/phase", "value": "Terminating"},
    ]
    assert (plan.risk.level, plan.word) == ("medium", CONTEXT)
    assert f"a sync by auto-sync runs since {app['status']['operationState']['startedAt']}: {WAITS}" in "\n".join(
        describe(plan)
    )


def never_synced(app: Obj) -> None:
    app["status"].pop("operationState")
    app.pop("operation")


def left_over(app: Obj) -> None:
    app["status"]["operationState"]["phase"] = "Terminating"
    app.pop("operation")


def not_begun(app: Obj) -> None:
    app["status"].pop("operationState")


def paused(app: Obj) -> None:
    app["metadata"]["annotations"]["argocd.argoproj.io/skip-reconcile"] = "1"


def waits_for_a_person(app: Obj) -> None:
    app["status"]["operationState"]["message"] = "waiting for pruning confirmation of pulumi.com/Stack/web"


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (never_synced, "the phase Terminating would stay, and end the next sync at once"),
        (left_over, "nothing runs: its status says Terminating, and no operation is there"),
        (not_begun, "what hasn't begun can't be terminated"),
        (paused, "Argo CD is told to leave this Application alone"),
        (waits_for_a_person, "app terminate doesn't help here: the next sync asks again (A-7:"),
    ],
)
def test_where_nothing_runs_or_it_could_not_help_it_is_not_planned(happens: Callable[[Obj], None], words: str) -> None:
    app = running()
    happens(app)
    found = app_planned(TERMINATE_SYNC, app)
    assert isinstance(found, PlanBlocked), found
    assert words in found.text


def test_who_asked_for_it_is_tested_as_it_is_and_shown_without_secrets() -> None:
    token = f"glpat-{'0123456789abcdef' * 2}"
    app = out_of_sync()
    operation(app, "Running", "waiting", time.time() - 60)
    app["operation"] = {"initiatedBy": {"username": f"ci:{token}"}, "sync": {}}
    plan = app_plan(TERMINATE_SYNC, app)
    assert token in str(only_body(plan))
    for lines in (describe(plan), describe(plan, whole=True), shown_commands(plan)):
        assert token not in "\n".join(lines)


def test_a_sync_that_is_over_is_not_terminated() -> None:
    app = running()
    del app["operation"]
    app["status"]["operationState"] |= {"phase": "Succeeded", "finishedAt": rfc3339(time.time())}
    found = app_planned(TERMINATE_SYNC, app)
    assert isinstance(found, PlanBlocked)
    assert "nothing runs that could be terminated" in found.text


def test_one_that_is_being_terminated_already_is_left_to_it() -> None:
    app = running()
    app["status"]["operationState"]["phase"] = "Terminating"
    assert isinstance(app_planned(TERMINATE_SYNC, app), NothingToDo)


async def test_it_is_done_when_this_very_sync_is_over(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    app = running()
    began = app["status"]["operationState"]["startedAt"]
    task, plan = await app_task(TERMINATE_SYNC, app, server, connection, tmp_path)

    def argo(step: str) -> None:
        if "it is Terminating" in step:
            tell(server, "Failed", "Operation terminated", startedAt=began)

    _, result = await carried_out(task, plan, argo)
    assert (result.fault, result.written) == (ChangeFault.NONE, True), result.text
    assert result.text == "the sync ended as Failed: Operation terminated"
    assert writes(server) == [f"PATCH {PATH}"]


async def test_a_next_sync_that_has_begun_already_is_not_taken_for_it(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task, plan = await app_task(TERMINATE_SYNC, running(), server, connection, tmp_path)
    _, result = await carried_out(
        task, plan, lambda step: tell(server, "Running", WAITS) if "it is Terminating" in step else None
    )
    assert result.fault is ChangeFault.NONE
    assert "that sync is over, and there is the next one: a sync by auto-sync runs since" in result.text


@pytest.mark.parametrize("then", ["over", "another", "gone"])
async def test_where_it_ended_by_itself_meanwhile_nothing_is_sent(
    server: ApiServer, connection: Connection, tmp_path: Path, then: str
) -> None:
    task, plan = await app_task(TERMINATE_SYNC, running(), server, connection, tmp_path)
    if then == "over":
        tell(server, "Succeeded", "done")
    elif then == "another":
        tell(server, "Running", WAITS)
    else:
        server.store.delete("Application", ARGOCD, NAME)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    if then != "gone":
        assert served_app(server)["status"]["operationState"]["phase"] != "Terminating"


async def test_an_operation_that_somebody_took_away_is_not_terminated(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task, plan = await app_task(TERMINATE_SYNC, running(), server, connection, tmp_path)
    server.store.patch("Application", ARGOCD, NAME, {"operation": None})
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert served_app(server)["status"]["operationState"]["phase"] == "Running"


async def test_a_termination_that_argo_cd_overwrites_is_not_called_done(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    app = running()
    began = app["status"]["operationState"]["startedAt"]
    task, plan = await app_task(TERMINATE_SYNC, app, server, connection, tmp_path)
    _, result = await carried_out(
        task, plan, lambda step: tell(server, "Running", WAITS, startedAt=began) if "reading it back" in step else None
    )
    assert (result.fault, result.written) == (ChangeFault.UNPROVEN, True)
    assert "Argo CD has written Running over it; run it again" in result.text
