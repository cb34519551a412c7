"""A refresh: what is sent, what is waited for, and what Argo CD finds."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from actions import runner
from actions.applications.refresh_application import REFRESH_APPLICATION
from actions.plan import PlanBlocked, describe
from actions.workflow import ChangeFault
from cluster.access import AccessAnswer, AccessQuestion
from cluster.apply import WriteRequest, send
from cluster.errors import Unreachable
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from stacks.times import rfc3339
from support.applications import ARGOCD, NAME, Obj, application, condition
from support.fixing import carried_out, within, writes
from support.fixing_applications import (
    MARK,
    PATH,
    app_plan,
    app_planned,
    app_task,
    hang_up_after,
    only_body,
    out_of_sync,
    serve_app,
    served_app,
)

REFRESH, WHEN = "argocd.argoproj.io/refresh", "argocd.argoproj.io/refresh-timestamp"
SKIP = "argocd.argoproj.io/skip-reconcile"


def argo_compares(server: ApiServer, *, error: str = "") -> None:
    """What Argo CD does with the request: first it writes what it found, then it takes the annotations away."""
    app = served_app(server)
    app["status"] |= {"reconciledAt": rfc3339(time.time()), "sync": {"status": "Synced"}}
    if error:
        condition(app, "ComparisonError", error, time.time())
    for name in (REFRESH, WHEN):
        app["metadata"]["annotations"].pop(name, None)
    server.store.put(app)


@pytest.mark.parametrize(("hard", "word"), [(False, "normal"), (True, "hard")])
def test_the_annotations_are_sent_with_the_uid_alone(hard: bool, word: str) -> None:
    plan = app_plan(REFRESH_APPLICATION, out_of_sync(), asked={"hard": hard})
    assert only_body(plan) == {"metadata": {"uid": "uid-infra", "annotations": {REFRESH: word, WHEN: MARK}}}
    assert (plan.risk.level, plan.word) == ("low", "")
    assert plan.kubectl == (
        f"kubectl --context recorded -n argocd annotate application infra --overwrite {REFRESH}={word} {WHEN}={MARK}",
    )


def test_where_it_mends_nothing_that_is_said_and_it_is_sent_all_the_same() -> None:
    app = out_of_sync()
    app["status"]["operationState"] = {"phase": "Failed", "message": "no", "operation": {}}
    text = "\n".join(describe(app_plan(REFRESH_APPLICATION, app)))
    assert "by itself it mends nothing: it compares, and syncs nothing (A-2:" in text


def test_what_argo_cd_does_not_look_at_is_not_refreshed() -> None:
    app = out_of_sync()
    app["metadata"]["annotations"][SKIP] = "true"
    found = app_planned(REFRESH_APPLICATION, app)
    assert isinstance(found, PlanBlocked)
    assert found.reasons == (f"remove the annotation {SKIP} from it",)
    app = out_of_sync()
    app["metadata"]["deletionTimestamp"] = rfc3339(time.time())
    assert isinstance(found := app_planned(REFRESH_APPLICATION, app), PlanBlocked)
    assert "is being deleted" in found.text


def test_without_the_right_it_is_not_planned() -> None:
    refused = AccessAnswer(AccessQuestion("patch", "argoproj.io", "applications", ARGOCD, name=NAME), allowed=False)
    found = app_planned(REFRESH_APPLICATION, out_of_sync(), rights=(refused,))
    assert isinstance(found, PlanBlocked) and found.unseen
    assert "it needs the right to patch applications.argoproj.io" in found.text


async def test_it_is_done_when_the_annotation_is_gone_and_says_what_was_found(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task, plan = await app_task(REFRESH_APPLICATION, out_of_sync(), server, connection, tmp_path)
    steps, result = await carried_out(
        task, plan, lambda step: argo_compares(server) if "hasn't compared it yet" in step else None
    )
    assert (result.fault, result.written) == (ChangeFault.NONE, True), result.text
    assert result.text.startswith("it was compared at ") and result.text.endswith(": Synced, Healthy")
    assert writes(server) == [f"PATCH {PATH}"]
    assert "Argo CD hasn't compared it yet" in steps


async def test_what_can_not_be_compared_is_a_failure_with_its_message(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task, plan = await app_task(REFRESH_APPLICATION, out_of_sync(), server, connection, tmp_path)
    _, result = await carried_out(
        task, plan, lambda step: argo_compares(server, error="no such path") if "compared it yet" in step else None
    )
    assert (result.fault, result.text) == (
        ChangeFault.UNPROVEN,
        "it can't be compared: ComparisonError: no such path",
    )


async def test_where_argo_cd_does_not_answer_it_is_late_and_says_what_is_known(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task, plan = await app_task(REFRESH_APPLICATION, out_of_sync(), server, connection, tmp_path)
    _, result = await carried_out(within(task, 0.1), plan)
    assert (result.fault, result.written) == (ChangeFault.NOT_YET, True)
    assert "Argo CD hasn't compared it yet" in result.text


async def test_one_that_was_made_again_meanwhile_is_looked_at_anew(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task, plan = await app_task(REFRESH_APPLICATION, out_of_sync(), server, connection, tmp_path)
    server.store.delete("Application", ARGOCD, NAME)
    other = application(time.time())
    other["metadata"]["uid"] = "another"
    serve_app(server, other)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert result.replanned is not None
    assert REFRESH not in served_app(server)["metadata"]["annotations"]

    server.store.delete("Application", ARGOCD, NAME)
    _, result = await carried_out(task, plan)
    assert isinstance(result.replanned, PlanBlocked)
    assert "isn't there any more" in result.replanned.text


async def test_a_comparison_that_argo_cd_makes_by_itself_is_not_taken_for_one_that_was_asked_for(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, plan = await app_task(REFRESH_APPLICATION, out_of_sync(), server, connection, tmp_path)
    app = served_app(server)
    app["status"]["reconciledAt"] = rfc3339(time.time() - 1.0)  # between the plan and the request
    server.store.put(app)

    async def lose(connection: Connection, request: WriteRequest) -> Obj:
        raise Unreachable("the connection was closed")

    monkeypatch.setattr(runner, "send", lose)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.UNKNOWN, False)
    assert "it isn't known to have been written: the annotation isn't there" in result.text


@pytest.mark.parametrize("late", [0.0, 5.0])
async def test_a_comparison_after_the_request_counts_where_no_answer_came(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: float
) -> None:
    task, plan = await app_task(REFRESH_APPLICATION, out_of_sync(), server, connection, tmp_path)

    async def compare_and_hang_up(connection: Connection, request: WriteRequest) -> Obj:
        await send(connection, request)
        argo_compares(server)
        app = served_app(server)
        app["status"]["reconciledAt"] = rfc3339(time.time() + late)
        server.store.put(app)
        raise Unreachable("the connection was closed")

    monkeypatch.setattr(runner, "send", compare_and_hang_up)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.NONE, True), result.text


async def test_somebody_elses_request_is_not_taken_for_ours(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, plan = await app_task(REFRESH_APPLICATION, out_of_sync(), server, connection, tmp_path)

    async def lose(connection: Connection, request: WriteRequest) -> Obj:
        app = served_app(server)
        app["metadata"]["annotations"] |= {REFRESH: "normal", WHEN: "another"}
        server.store.put(app)
        raise Unreachable("the connection was closed")

    monkeypatch.setattr(runner, "send", lose)
    _, result = await carried_out(task, plan)
    assert (result.fault, result.written) == (ChangeFault.UNKNOWN, False)


async def test_a_server_that_does_it_and_hangs_up_is_asked_whether_it_was_done(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, plan = await app_task(REFRESH_APPLICATION, out_of_sync(), server, connection, tmp_path)
    hang_up_after(monkeypatch)
    _, result = await carried_out(task, plan, lambda step: argo_compares(server) if "compared it yet" in step else None)
    assert result.fault is ChangeFault.NONE, result.text
    assert writes(server) == [f"PATCH {PATH}"]
