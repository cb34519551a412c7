"""Applications that hold Stacks are looked at again, and waited for until they show what their Stacks say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from actions.checks.best_health import stack_check
from actions.checks.refresh import (
    REFRESH,
    LateApplication,
    RefreshedApplication,
    RefreshResult,
    RefreshWatch,
    applications_with_stacks,
    plan_refresh,
)
from actions.plan import NothingToDo, Plan
from actions.record import ActionRecord
from actions.runner import PlanSent, SendRefused, send_all
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from fleet.argocd.instances import ArgoCDInstance, find_instances
from fleet.board.relations import DestinationMap
from support.argocds import OURS, STACK, config_map, put_argo_cd
from support.heartbeat import scripts_end_by_heartbeats
from support.objects import condition, stack_object
from support.waiting import LIMIT, eventually

Obj = dict[str, Any]
STALLED = [condition("Stalled", "SpecInvalid", 'missing "commit" or "branch"')]


def application(name: str, *stacks: str, namespace: str = "argocd", health: str = "Healthy", **more: Any) -> Obj:
    held = [{"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": stack} for stack in stacks]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": namespace, **more},
        "spec": {"destination": {"server": "https://kubernetes.default.svc", "namespace": "prod"}},
        "status": {
            "health": {"status": health},
            "reconciledAt": "2026-11-01T00:00:00Z",
            "resources": [*held, {"group": "", "kind": "Secret", "namespace": "prod", "name": "x"}],
        },
    }


@pytest.fixture
async def instance(server: ApiServer, connection: Connection) -> ArgoCDInstance:
    """An Argo CD with our check, an invalid Stack and one that is ready, and Applications."""
    put_argo_cd(server, config_map({STACK: OURS}))
    server.store.put(stack_object("bad", conditions=STALLED))
    server.store.put(stack_object("good"))
    server.store.put(application("infra", "bad", "good"))
    server.store.put(application("fine", "good"))
    server.store.put(application("other"))
    [found] = (await find_instances(connection)).instances
    return found


class ArgoCD(dict[str, str]):
    """Looks again at the Applications in it when they are annotated, and finds their health."""

    def __init__(self, server: ApiServer) -> None:
        super().__init__()
        self._server = server

    async def has_looked(self) -> None:
        def waiting(app: Obj) -> bool:
            return REFRESH in (app["metadata"].get("annotations") or {}) and app["metadata"]["name"] in self

        await eventually(lambda: not any(map(waiting, self._server.store.list("Application"))))


@pytest.fixture
async def argo_cd(server: ApiServer) -> AsyncIterator[ArgoCD]:
    finds = ArgoCD(server)

    async def loop() -> None:
        while True:
            for app in server.store.list("Application"):
                name = app["metadata"]["name"]
                if REFRESH in (app["metadata"].get("annotations") or {}) and name in finds:
                    del app["metadata"]["annotations"][REFRESH]
                    app["status"] |= {"reconciledAt": "2026-11-02T00:00:00Z", "health": {"status": finds[name]}}
                    server.store.put(app)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(loop())
    yield finds
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def watch(instance: ArgoCDInstance, connection: Connection) -> RefreshWatch:
    return RefreshWatch(instance, {"lab": connection}, DestinationMap(), stack_check(instance))


async def late_ones(
    instance: ArgoCDInstance, connection: Connection, folder: Path, argo_cd: ArgoCD
) -> tuple[LateApplication, ...]:
    """Those that are late when time is up once Argo CD has looked at whatever it looks at."""
    apps = await applications_with_stacks(connection, instance)
    plan = plan_refresh(instance, apps)
    assert isinstance(plan, Plan)
    assert all(isinstance(outcome, PlanSent) for outcome in await send_all(connection, plan, ActionRecord(folder)))
    await argo_cd.has_looked()
    return (await last(watch(instance, connection), apps, 0)).late


async def last(watch: RefreshWatch, apps: list[RefreshedApplication], timeout: float) -> RefreshResult:
    return [result async for result in watch.follow(apps, timeout)][-1]


async def followed(watch: RefreshWatch, connection: Connection, folder: Path) -> RefreshResult:
    apps = await applications_with_stacks(connection, watch.instance)
    plan = plan_refresh(watch.instance, apps)
    assert isinstance(plan, Plan)
    await send_all(connection, plan, ActionRecord(folder))
    return await last(watch, apps, LIMIT)


async def test_only_those_that_hold_stacks_and_are_this_argo_cds_are_asked(
    server: ApiServer, connection: Connection, instance: ArgoCDInstance
) -> None:
    elsewhere = application("theirs", "good", namespace="team")
    server.store.put(elsewhere)
    own = application("ours", "good", namespace="team")
    own["status"]["controllerNamespace"] = "argocd"
    server.store.put(own)
    found = {app.key for app in await applications_with_stacks(connection, instance)}
    assert found == {("argocd", "infra"), ("argocd", "fine"), ("team", "ours")}


async def test_the_annotation_is_set_at_a_bounded_rate_on_the_very_objects_that_were_seen(
    connection: Connection, instance: ArgoCDInstance
) -> None:
    plan = plan_refresh(instance, await applications_with_stacks(connection, instance))
    assert isinstance(plan, Plan)
    assert plan.pace == pytest.approx(0.1)
    assert all(b'"uid":' in request.body and b'"normal"' in request.body for request in plan.requests)
    assert isinstance(plan_refresh(instance, []), NothingToDo)


async def test_it_is_over_when_each_was_looked_at_and_is_no_better_than_its_worst_stack(
    connection: Connection, instance: ArgoCDInstance, argo_cd: ArgoCD, tmp_path: Path
) -> None:
    argo_cd |= {"infra": "Degraded", "fine": "Healthy"}
    assert (await followed(watch(instance, connection), connection, tmp_path)).late == ()


async def test_one_that_is_better_than_its_worst_stack_is_late_and_the_stack_is_named(
    connection: Connection, instance: ArgoCDInstance, argo_cd: ArgoCD, tmp_path: Path
) -> None:
    argo_cd |= {"infra": "Healthy", "fine": "Degraded"}
    assert await late_ones(instance, connection, tmp_path, argo_cd) == (
        LateApplication("argocd", "infra", "it is Healthy, and its Stack prod/bad is Degraded"),
    )


async def test_one_that_was_not_looked_at_is_late(
    connection: Connection, instance: ArgoCDInstance, argo_cd: ArgoCD, tmp_path: Path
) -> None:
    argo_cd["infra"] = "Degraded"
    [late] = await late_ones(instance, connection, tmp_path, argo_cd)
    assert late.name == "fine"
    assert "hasn't looked at it since; it last did at 2026-11-01T00:00:00Z" in late.why


async def test_an_unknown_health_is_late_and_its_condition_says_why(
    server: ApiServer, connection: Connection, instance: ArgoCDInstance, argo_cd: ArgoCD, tmp_path: Path
) -> None:
    argo_cd |= {"infra": "Unknown", "fine": "Healthy"}
    complaint = {"type": "ComparisonError", "message": "error setting\napp health"}
    server.store.patch("Application", "argocd", "infra", {"status": {"conditions": [complaint]}})
    [late] = await late_ones(instance, connection, tmp_path, argo_cd)
    assert late.why == "ComparisonError: error setting app health"


async def test_an_ignored_stack_and_one_that_can_not_be_read_do_not_count(
    server: ApiServer, connection: Connection, instance: ArgoCDInstance, argo_cd: ArgoCD, tmp_path: Path
) -> None:
    ignored = {"metadata": {"annotations": {"argocd.argoproj.io/ignore-healthcheck": "true"}}}
    server.store.patch("Stack", "prod", "bad", ignored)
    server.store.delete("Stack", "prod", "good")
    argo_cd |= {"infra": "Healthy", "fine": "Healthy"}
    assert (await followed(watch(instance, connection), connection, tmp_path)).late == ()


async def test_only_true_leaves_a_stack_out(
    server: ApiServer, connection: Connection, instance: ArgoCDInstance, argo_cd: ArgoCD, tmp_path: Path
) -> None:
    almost = {"metadata": {"annotations": {"argocd.argoproj.io/ignore-healthcheck": "1"}}}
    server.store.patch("Stack", "prod", "bad", almost)
    argo_cd |= {"infra": "Healthy", "fine": "Healthy"}
    [late] = await late_ones(instance, connection, tmp_path, argo_cd)
    assert late.why == "it is Healthy, and its Stack prod/bad is Degraded"


async def test_where_the_stacks_may_not_be_read_it_cannot_be_told_what_they_say(
    server: ApiServer, connection: Connection, instance: ArgoCDInstance, argo_cd: ArgoCD, tmp_path: Path
) -> None:
    argo_cd |= {"infra": "Healthy", "fine": "Healthy"}
    server.faults.answer(403, "stacks")
    waited = await followed(watch(instance, connection), connection, tmp_path)
    assert waited.late == ()
    assert {one.name for one in waited.unchecked} == {"infra", "fine"}
    assert "403" in waited.unchecked[0].why or "forbidden" in waited.unchecked[0].why.lower()


async def test_where_there_is_no_way_to_the_stacks_it_cannot_be_told_what_they_say(
    server: ApiServer, connection: Connection, instance: ArgoCDInstance, argo_cd: ArgoCD, tmp_path: Path
) -> None:
    far = application("far", "good")
    far["spec"]["destination"] = {"server": "https://far.example", "namespace": "prod"}
    server.store.put(far)
    argo_cd |= {"infra": "Degraded", "fine": "Healthy", "far": "Healthy"}
    waited = await followed(watch(instance, connection), connection, tmp_path)
    assert waited.late == ()
    [unchecked] = waited.unchecked
    assert str(unchecked) == "argocd/far: the cluster of its Stacks is none of the contexts that were chosen"


async def test_a_stack_that_is_gone_is_no_doubt(
    server: ApiServer, connection: Connection, instance: ArgoCDInstance, argo_cd: ArgoCD, tmp_path: Path
) -> None:
    server.store.delete("Stack", "prod", "good")
    argo_cd |= {"infra": "Degraded", "fine": "Healthy"}
    assert await followed(watch(instance, connection), connection, tmp_path) == RefreshResult()


async def test_many_applications_over_the_same_stacks_read_them_once_a_round(
    server: ApiServer, connection: Connection, instance: ArgoCDInstance, argo_cd: ArgoCD, tmp_path: Path
) -> None:
    names = [f"s{number}" for number in range(30)]
    for name in names:
        server.store.put(stack_object(name))
    for number in range(10):
        server.store.put(application(f"app{number}", *names))
    argo_cd |= {f"app{number}": "Healthy" for number in range(10)} | {"infra": "Degraded", "fine": "Healthy"}
    apps = await applications_with_stacks(connection, instance)
    plan = plan_refresh(instance, apps)
    assert isinstance(plan, Plan)
    await send_all(connection, plan, ActionRecord(tmp_path))
    await eventually(lambda: all(not app["metadata"].get("annotations") for app in server.store.list("Application")))
    before = len(server.requests)
    assert await last(watch(instance, connection), apps, LIMIT) == RefreshResult()
    assert sum("/stacks" in asked.path for asked in list(server.requests)[before:]) <= 2


async def test_anothers_slow_script_does_not_hold_up_everything_else(
    server: ApiServer, connection: Connection, argo_cd: ArgoCD, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_argo_cd(server, config_map({STACK: "while true do end"}))
    server.store.put(stack_object("good"))
    server.store.put(application("fine", "good"))
    [found] = (await find_instances(connection)).instances
    argo_cd["fine"] = "Degraded"
    async with scripts_end_by_heartbeats(monkeypatch) as heart:
        assert [one.name for one in await late_ones(found, connection, tmp_path, argo_cd)] == ["fine"]
        assert heart.beats >= 10
        assert not heart.stopped


async def test_one_that_argo_cd_is_told_to_leave_alone_is_not_asked(
    server: ApiServer, connection: Connection, instance: ArgoCDInstance
) -> None:
    skip = {"metadata": {"annotations": {"argocd.argoproj.io/skip-reconcile": "true"}}}
    server.store.patch("Application", "argocd", "infra", skip)
    plan = plan_refresh(instance, await applications_with_stacks(connection, instance))
    assert isinstance(plan, Plan)
    assert len(plan.requests) == 1


async def test_without_the_right_to_patch_one_refusal_is_enough(
    server: ApiServer, connection: Connection, instance: ArgoCDInstance, tmp_path: Path
) -> None:
    server.faults.answer(403, "PATCH")
    plan = plan_refresh(instance, await applications_with_stacks(connection, instance))
    assert isinstance(plan, Plan)
    outcomes = await send_all(connection, plan, ActionRecord(tmp_path))
    assert len(outcomes) == 1
    assert isinstance(outcomes[0], SendRefused)
