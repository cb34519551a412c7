"""A preview says who would change and what syncs would do, over hubs and spokes, and writes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from demo.server.authorization import AccessRule
from fleet.argocd.applications import ERRORS, FAILS, GOES_ON, WAITS, health_after
from fleet.argocd.health_preview import HealthPreview, preview_health
from fleet.opener import opener
from fleet.scope import WatchScope
from health.check_kinds import KINDS
from support.argocds import OURS, STACK, config_map, put_argo_cd
from support.objects import condition, stack_object
from support.program import write

Obj = dict[str, Any]
INVALID = {"conditions": [condition("Stalled", "SpecInvalid", 'missing "branch"')], "observedGeneration": 0}
READY, PROGRAM = "ready", "pulumi.com/v1"
IGNORED = {"annotations": {"argocd.argoproj.io/ignore-healthcheck": "true"}}
IN_CLUSTER = {"server": "https://kubernetes.default.svc"}


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        yield made


@pytest.fixture
async def spoke() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        yield made


async def preview(
    folder: Path, *servers: ApiServer, kinds: tuple[str, ...] = KINDS[:1], token: str = "", **more: Any
) -> HealthPreview:
    names = ["hub", "spoke"][: len(servers)]
    configs = [server.kubeconfig(name, token=token) for name, server in zip(names, servers, strict=True)]
    kubeconfig = load(str(write(folder / "config", *configs)), {})
    return await preview_health(opener(kubeconfig, WatchScope()), names, kinds, **more)


def app(
    name: str,
    *held: str,
    kind: str = "Stack",
    waves: tuple[int, ...] = (),
    destination: Obj | None = None,
    health: str = "Healthy",
    status: Obj | None = None,
    **more: Any,
) -> Obj:
    """An Application of these objects in the namespace prod, in these waves."""
    resources = [
        {"group": "pulumi.com", "kind": kind, "namespace": "prod", "name": one, "syncWave": wave}
        for one, wave in zip(held, waves or (0,) * len(held), strict=True)
    ]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {"project": "default", "destination": destination or IN_CLUSTER},
        "status": {"health": {"status": health}, "resources": resources, **(status or {})},
        **more,
    }


def running(*passed: str, **more: Any) -> Obj:
    """The state of a sync that has these Stacks behind it."""
    done = [
        {"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": name, "hookPhase": "Succeeded"}
        for name in passed
    ]
    return {"operationState": {"phase": "Running", "message": "waiting", "syncResult": {"resources": done}, **more}}


def turns(found: HealthPreview) -> dict[str, tuple[str, str]]:
    return {change.key.name: (change.before.word, change.after.word) for change in found.changes}


async def test_what_the_built_in_check_hides_is_seen_by_ours(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    server.store.put(stack_object("bad", **INVALID))
    server.store.put(stack_object("good"))
    server.store.put(app("infra", "bad", "good", health="Progressing"))
    found = await preview(tmp_path, server)
    assert turns(found) == {"bad": ("Progressing", "Degraded")}
    assert found.judged["pulumi.com/Stack"] == 2
    (turned,) = found.applications
    assert (turned.key.name, turned.before, turned.after, turned.sure) == ("infra", "Progressing", "Degraded", True)


async def test_before_36_there_is_no_check_at_all(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}), version="v3.5.2")
    server.store.put(stack_object("good"))
    server.store.put(app("infra", "good"))
    assert turns(await preview(tmp_path, server)) == {"good": ("none", "Healthy")}


async def test_where_ours_is_installed_nothing_changes(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({STACK: OURS}))
    server.store.put(stack_object("bad", **INVALID))
    server.store.put(app("infra", "bad", health="Degraded"))
    found = await preview(tmp_path, server)
    assert (found.changes, found.applications, found.syncs) == ([], [], [])


async def test_anothers_script_is_asked_in_a_fresh_state_each_time(server: ApiServer, tmp_path: Path) -> None:
    counts = 'seen = (seen or 0) + 1; return {status = "Healthy", message = tostring(seen)}'
    put_argo_cd(server, config_map({STACK: counts}))
    for name in ("one", "two"):
        server.store.put(stack_object(name))
    server.store.put(app("infra", "one", "two"))
    found = await preview(tmp_path, server)
    assert [change.before.message for change in found.changes] == ["1", "1"]


async def test_a_script_that_never_ends_doesnt_hold_up_thousands(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({STACK: "while true do end"}))
    names = [f"s{number}" for number in range(60)]
    for name in names:
        server.store.put(stack_object(name))
    server.store.put(app("infra", *names))
    found = await preview(tmp_path, server)
    assert {change.before.word for change in found.changes} == {"raises"}
    assert len(found.changes) == 60


async def test_a_script_that_crashes_is_an_answer_for_each_and_tried_once(server: ApiServer, tmp_path: Path) -> None:
    crash = "string.find(('a'):rep(400000), ('a?'):rep(400000))"
    wide = "resource.customizations.useOpenLibs.pulumi.com_Stack"
    put_argo_cd(server, config_map({STACK: crash, wide: "true"}))
    names = [f"s{number}" for number in range(300)]
    for name in names:
        server.store.put(stack_object(name))
    server.store.put(app("infra", *names))
    found = await preview(tmp_path, server)
    assert {(change.before.word, change.before.stop, change.after.word) for change in found.changes} == {
        ("raises", "crashed", "Healthy")
    }
    assert len(found.changes) == 300


async def test_a_stack_of_a_spoke_is_judged_by_the_argo_cd_of_its_hub(
    server: ApiServer, spoke: ApiServer, tmp_path: Path
) -> None:
    put_argo_cd(server, config_map({}))
    put_argo_cd(spoke, config_map({STACK: OURS}))
    spoke.store.put(stack_object("bad", **INVALID))
    server.store.put(app("infra", "bad", destination={"server": spoke.url}, health="Progressing"))
    found = await preview(tmp_path, server, spoke)
    (change,) = found.changes
    assert (change.key.context, change.instance) == ("spoke", "hub/argocd")
    assert change.application is not None
    assert change.application.context == "hub"


async def test_the_controllers_namespace_says_which_of_two_argo_cds_it_is(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({STACK: OURS}))
    put_argo_cd(server, config_map({}, namespace="team"))
    server.store.put(stack_object("bad", **INVALID))
    server.store.put(app("infra", "bad", status={"controllerNamespace": "team"}))
    (change,) = (await preview(tmp_path, server)).changes
    assert change.instance == "hub/team"


async def test_a_stack_in_no_application_is_counted_and_not_judged(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    server.store.put(stack_object("bad", **INVALID))
    found = await preview(tmp_path, server)
    assert (found.judged.total(), found.in_no_application["pulumi.com/Stack"]) == (0, 1)


async def test_where_applications_may_not_be_read_the_only_argo_cd_judges(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    server.store.put(stack_object("bad", **INVALID))
    seen = ("configmaps", "statefulsets", "deployments", "stacks")
    server.access.grant("t", "dev", AccessRule(("get", "list"), seen))
    found = await preview(tmp_path, server, token="t")
    (change,) = found.changes
    assert change.application is None
    assert any("Applications" in hidden.what for hidden in found.survey.contexts[0].hidden)


async def test_workspaces_updates_and_programs_are_judged_too(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    server.store.put(stack_object("shop"))
    owner = {"ownerReferences": [{"kind": "Stack", "name": "shop"}]}
    auto = {"apiVersion": "auto.pulumi.com/v1alpha1", "spec": {}}
    server.store.put({**auto, "kind": "Workspace", "metadata": {"name": "shop", "namespace": "prod", **owner}})
    failed = {"observedGeneration": 1, "conditions": [condition("Failed", "x"), condition("Complete", "y")]}
    named = {"name": "shop-1", "namespace": "prod", "labels": {"pulumi.com/stack-name": "shop"}}
    server.store.put({**auto, "kind": "Update", "metadata": named, "status": failed})
    program = {"apiVersion": PROGRAM, "kind": "Program", "metadata": {"name": "code", "namespace": "prod"}}
    server.store.put(program)
    server.store.put(app("infra", "shop"))
    server.store.put(app("programs", "code", kind="Program", health="Healthy"))
    found = await preview(tmp_path, server, kinds=KINDS)
    assert {change.kind: change.after.word for change in found.changes} == {
        "pulumi.com/Program": "Progressing",
        "auto.pulumi.com/Workspace": "Progressing",
        "auto.pulumi.com/Update": "Degraded",
    }
    # What PKO makes below a Stack never counts for the Application; a Program that it holds does.
    assert {turned.key.name: turned.after for turned in found.applications} == {"programs": "Progressing"}


async def test_tens_of_thousands_of_updates_are_read_page_by_page(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    server.store.put(app("infra", "shop"))
    for number in range(1200):
        labels = {"pulumi.com/stack-name": "shop"}
        metadata = {"name": f"shop-{number}", "namespace": "prod", "labels": labels}
        server.store.put({"apiVersion": "auto.pulumi.com/v1alpha1", "kind": "Update", "metadata": metadata, "spec": {}})
    found = await preview(tmp_path, server, kinds=KINDS[3:])
    asked = [one for one in server.requests if "updates" in one.path]
    assert [one.query["limit"] for one in asked] == ["500", "5000"]
    assert found.judged["auto.pulumi.com/Update"] == 1200


async def test_a_preview_writes_nothing(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    server.store.put(stack_object("bad", **INVALID))
    server.store.put(app("infra", "bad"))
    await preview(tmp_path, server, kinds=KINDS)
    assert {asked.method for asked in server.requests} == {"GET"}


async def sync_of(server: ApiServer, folder: Path, made: Obj) -> list[tuple[str, str, str, str]]:
    server.store.put(made)
    found = await preview(folder, server)
    return [
        (sync.state, sync.before.word, sync.after.word, sync.after.because[2] if sync.after.because else "")
        for sync in found.syncs
    ]


@pytest.fixture
def waves(server: ApiServer) -> ApiServer:
    """A broken Stack and a good one, in an Argo CD with the built-in check."""
    put_argo_cd(server, config_map({}))
    server.store.put(stack_object("bad", **INVALID))
    server.store.put(stack_object("good"))
    return server


async def test_a_sync_that_waits_for_ever_would_fail(waves: ApiServer, tmp_path: Path) -> None:
    made = app("infra", "bad", "good", waves=(0, 1), status=running(), operation={"sync": {}})
    assert await sync_of(waves, tmp_path, made) == [("running", WAITS, FAILS, "bad")]


async def test_the_last_wave_isnt_waited_for(waves: ApiServer, tmp_path: Path) -> None:
    made = app("infra", "good", "bad", waves=(0, 1), status=running(), operation={"sync": {}})
    assert await sync_of(waves, tmp_path, made) == []


async def test_what_a_sync_has_behind_it_doesnt_fail_it_any_more(waves: ApiServer, tmp_path: Path) -> None:
    made = app("infra", "bad", "good", waves=(0, 1), status=running("bad"), operation={"sync": {}})
    assert await sync_of(waves, tmp_path, made) == []


async def test_a_sync_that_waits_for_its_next_attempt_begins_anew(waves: ApiServer, tmp_path: Path) -> None:
    state = running("bad", finishedAt="2027-01-15T08:00:00Z")
    made = app("infra", "bad", "good", waves=(0, 1), status=state, operation={"sync": {}})
    assert await sync_of(waves, tmp_path, made) == [("retrying", WAITS, FAILS, "bad")]


async def test_a_sync_that_nobody_waited_in_would_wait(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}), version="v3.4.4")
    server.store.put(stack_object("busy", conditions=[condition("Reconciling", "StackProcessing", "running")]))
    server.store.put(stack_object("next"))
    made = app("infra", "busy", "next", waves=(0, 1), status={}, operation={"sync": {}})
    assert await sync_of(server, tmp_path, made) == [("requested", GOES_ON, WAITS, "busy")]


async def test_a_script_that_raises_ends_each_sync_and_ours_doesnt(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({STACK: "return {status = obj.status.nothing.at.all}"}))
    server.store.put(stack_object("good"))
    made = app("infra", "good", status=running(), operation={"sync": {}})
    assert await sync_of(server, tmp_path, made) == [("running", ERRORS, GOES_ON, "")]


async def test_a_stack_that_is_left_out_of_the_sum_doesnt_turn_its_application(
    server: ApiServer, tmp_path: Path
) -> None:
    put_argo_cd(server, config_map({}))
    bad = stack_object("bad", **INVALID)
    bad["metadata"] |= IGNORED
    server.store.put(bad)
    server.store.put(app("infra", "bad"))
    found = await preview(tmp_path, server)
    assert turns(found) == {"bad": ("Progressing", "Degraded")}
    assert found.applications == []


async def test_kinds_that_are_excluded_arent_judged(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({"resource.exclusions": "- kinds: [Stack]\n"}))
    server.store.put(stack_object("bad", **INVALID))
    server.store.put(app("infra", "bad"))
    found = await preview(tmp_path, server)
    assert (found.judged.total(), found.changes) == (0, [])


async def test_objects_that_nobody_would_write_are_judged_all_the_same(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    odd = stack_object("odd")
    odd["status"] = {"conditions": "none", "lastUpdate": [1, None]}
    odd["metadata"] |= {"labels": {"a": "b"}, "annotations": {"x": "y"}}
    server.store.put(odd)
    server.store.put(app("infra", "odd"))
    found = await preview(tmp_path, server)
    assert found.judged.total() == 1


@pytest.mark.parametrize(
    ("reported", "before", "after", "then"),
    [
        ("Healthy", "Healthy", "Degraded", ("Degraded", True)),
        ("Degraded", "Degraded", "Healthy", ("Healthy", False)),
        ("Degraded", "Progressing", "Healthy", ("Degraded", True)),
        ("Degraded", "Healthy", "Progressing", ("Degraded", True)),
        ("Progressing", "Progressing", "Degraded", ("Degraded", True)),
        ("", "Healthy", "Degraded", ("Degraded", False)),
    ],
)
def test_an_application_gets_no_better_than_what_else_it_holds(
    reported: str, before: str, after: str, then: tuple[str, bool]
) -> None:
    assert health_after(reported, before, after) == then
