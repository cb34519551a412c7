"""``health preview`` prints who would change with our checks and which syncs would wait or fail, and writes nothing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import demo
from demo.server.api_server import ApiServer
from demo.server.authorization import AccessRule
from support.argocds import OURS, STACK, config_map, put_argo_cd
from support.objects import condition, last, stack_object
from support.program import dead, run, write
from support.terminal import terminal

Obj = dict[str, Any]
INVALID = {"conditions": [condition("Stalled", "SpecInvalid", 'missing "branch"')], "observedGeneration": 0}
APP: Obj = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "infra", "namespace": "argocd"},
    "spec": {"project": "default", "destination": {"server": "https://kubernetes.default.svc", "namespace": "prod"}},
    "operation": {"sync": {}},
    "status": {
        "health": {"status": "Progressing"},
        "operationState": {"phase": "Running", "message": "waiting for healthy state of pulumi.com/Stack/shop"},
        "resources": [
            {"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": "shop"},
            {"group": "apps", "kind": "Deployment", "namespace": "prod", "name": "web", "syncWave": 1},
        ],
    },
}


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        put_argo_cd(made, config_map({}))
        made.store.put(stack_object("shop", **INVALID))
        made.store.put(APP)
        yield made


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("hub"))


async def test_who_changes_and_what_that_does_to_a_sync(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "health", "preview")
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines[:2] == [
        "hub/argocd, Argo CD v3.6.1: Stack: the one that Argo CD brings -> ours, version 1",
        "Stacks: 1 judged, 1 Progressing -> Degraded",
    ]
    assert ended.lines[4].split()[:7] == ["Stack", "hub", "prod", "shop", "infra", "Progressing", "Degraded"]
    assert ended.lines[-1] == (
        "the sync of hub/argocd/infra runs: now it waits because of Stack prod/shop, "
        "then it would fail because of Stack prod/shop"
    )


async def test_on_a_terminal_it_is_told_how_far_it_is_and_that_is_gone_in_the_end(kubeconfig: Path) -> None:
    async with terminal(kubeconfig, "health", "preview") as shown:
        assert await shown.ended() == 0
        assert b"reading which Applications hold what ..." in shown.raw
        assert b"1 objects judged ..." in shown.raw
        assert re.search(rb"objects judged \.\.\. *\r +\rhub/argocd, Argo CD v3\.6\.1: Stack:", shown.raw)


async def test_json_has_all_that_the_preview_tells(kubeconfig: Path) -> None:
    found = (await run(kubeconfig, "health", "preview", "-o", "json")).json
    assert found["checks"] == [
        {
            "context": "hub",
            "namespace": "argocd",
            "version": "v3.6.1",
            "kind": "pulumi.com/Stack",
            "before": {"inForce": "built-in", "version": None},
            "after": {"inForce": "ours", "version": 1},
        }
    ]
    (change,) = found["changes"]
    assert change["before"]["status"] == "Progressing"
    assert change["after"] == {"status": "Degraded", "message": 'SpecInvalid: missing "branch"'}
    assert change["application"] == {"context": "hub", "namespace": "argocd", "name": "infra"}
    (turned,) = found["applications"]
    assert (turned["before"], turned["after"], turned["sure"]) == ("Progressing", "Degraded", True)
    (sync,) = found["syncs"]
    assert (sync["state"], sync["before"]["outcome"], sync["after"]["outcome"]) == ("running", "waits", "fails")
    assert (found["judged"], found["hidden"], found["unseen"]) == ({"pulumi.com/Stack": 1}, [], [])


async def test_where_ours_is_in_force_nothing_changes(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({STACK: OURS}))
    ended = await run(kubeconfig, "health", "preview")
    assert ended.lines[-1] == "Stacks: 1 judged, none changes"


async def test_a_broken_argo_cd_is_said_to_be_broken(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({"resource.customizations.pulumi.com_Stack": "x"}))
    ended = await run(kubeconfig, "health", "preview")
    assert "this Argo CD is broken (health status): judged as if it weren't" in ended.lines[0]


async def test_what_another_script_repeats_of_an_updates_output_isnt_shown(server: ApiServer, kubeconfig: Path) -> None:
    put_argo_cd(server, config_map({STACK: 'return {status = "Degraded", message = obj.status.lastUpdate.message}'}))
    output = "up failed: exit status 1\nOutputs:\n    password: hunter2\n\x1b[31mResources:"
    server.store.put(stack_object("shop", lastUpdate=last(state="failed", message=output)))
    for output_format in ("text", "json"):
        ended = await run(kubeconfig, "health", "preview", "-o", output_format)
        assert "hunter2" not in ended.out
        assert "\x1b" not in ended.out


async def test_a_hub_and_its_spokes_need_to_be_chosen_together(server: ApiServer, tmp_path: Path) -> None:
    async with ApiServer() as spoke:
        spoke.store.put(stack_object("far", **INVALID))
        kubeconfig = write(tmp_path / "both", server.kubeconfig("hub"), spoke.kubeconfig("spoke"))
        app = {**APP, "metadata": {"name": "far", "namespace": "argocd"}}
        resources = [{"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": "far"}]
        spec = {"project": "default", "destination": {"server": spoke.url}}
        server.store.put({**app, "spec": spec, "status": {**APP["status"], "resources": resources}})
        ended = await run(kubeconfig, "health", "preview", "--context", "spoke")
        assert "1 in no Application that was seen" in ended.out
        ended = await run(kubeconfig, "health", "preview", "--context", "hub")
        assert "1 that Applications hold weren't seen" in ended.out
        ended = await run(kubeconfig, "health", "preview", "--all-contexts", "-o", "json")
        assert [change["context"] for change in ended.json["changes"]] == ["hub", "spoke"]


async def test_namespaces_choose_whose_stacks_are_judged(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "health", "preview", "-n", "elsewhere", "-o", "json")
    assert ended.json["changes"] == []
    ended = await run(kubeconfig, "health", "preview", "-n", "prod", "-o", "json")
    assert len(ended.json["changes"]) == 1


async def test_restricted_rights_give_a_partial_answer_that_says_so(server: ApiServer, tmp_path: Path) -> None:
    server.access.grant("t", "dev", AccessRule(("get", "list"), ("configmaps", "statefulsets", "deployments")))
    kubeconfig = write(tmp_path / "restricted", server.kubeconfig("hub", token="t"))
    ended = await run(kubeconfig, "health", "preview")
    assert ended.code == 0
    assert "partial: hub: Applications" in ended.err
    assert "partial: hub: Stacks can't be read" in ended.err


async def test_a_dead_context_is_named_and_the_others_are_judged(server: ApiServer, tmp_path: Path) -> None:
    kubeconfig = write(tmp_path / "two", server.kubeconfig("hub"), dead())
    ended = await run(kubeconfig, "health", "preview", "--all-contexts")
    assert ended.code == 1
    assert "Progressing -> Degraded" in ended.out
    assert "error: dead: " in ended.err


async def test_the_demo_has_something_to_show(tmp_path: Path) -> None:
    async with demo.serve(moving=False) as play:
        kubeconfig = write(tmp_path / "demo", play.kubeconfig())
        found = (await run(kubeconfig, "health", "preview", "--all-contexts", "-o", "json")).json
        status = await run(kubeconfig, "health", "status", "--all-contexts", "-o", "json")
    turned = {(one["before"]["status"], one["after"]["status"]) for one in found["changes"]}
    assert {("Progressing", "Degraded"), ("none", "Healthy"), ("none", "Degraded")} <= turned
    assert found["applications"]
    assert status.code == 3
    levels = {one["namespace"]: {o["level"] for o in one["obstacles"]} for one in status.json["instances"]}
    assert levels["lab-argocd"] >= {"broken", "misleads"}
    assert [one["owner"]["who"] for one in status.json["instances"]] == ["kubectl", "somebody", "helm"]
