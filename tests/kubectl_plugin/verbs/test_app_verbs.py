"""The verbs of `app`: which Applications are meant, what is shown, and how they end; Argo CD is played by the demo."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from demo.server.authorization import AccessRule
from support.applications import ARGOCD, NAME, operation, stack_resource
from support.fixing import writes
from support.fixing_applications import PATH, out_of_sync, serve_app, served_app
from support.objects import stack_object
from support.program import run, running, write
from support.waiting import eventually


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        serve_app(made, out_of_sync())
        yield made


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("hub", namespace="shop"))


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """An environment with a folder for the record."""
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def another_of_that_name(server: ApiServer) -> None:
    app = out_of_sync()
    app["metadata"] |= {"namespace": "team", "uid": "uid-of-teams"}
    serve_app(server, app)


async def test_one_is_found_in_whatever_namespace_it_is_and_nothing_is_sent_by_a_dry_run(
    server: ApiServer, kubeconfig: Path
) -> None:
    ended = await run(kubeconfig, "app", "sync", f"app/{NAME}", "--dry-run=client", "--diff")
    assert (ended.code, ended.err) == (0, "")
    assert f"PATCH {PATH}?fieldManager=pko-argo" in ended.out
    assert '{"op": "test", "path": "/operation", "value": null}' in ended.out
    assert "rights    patch applications.argoproj.io: yes" in ended.out
    ended = await run(kubeconfig, "app", "sync", NAME, "--dry-run=server")
    assert (ended.code, ended.out) == (0, "hub/argocd/infra: the server would accept it; nothing was written\n")
    assert writes(server) == []


async def test_a_name_of_two_applications_is_no_name_until_a_namespace_is_chosen(
    server: ApiServer, kubeconfig: Path
) -> None:
    another_of_that_name(server)
    ended = await run(kubeconfig, "app", "refresh", NAME, "--yes")
    assert ended.code == 2
    assert f"2 applications are named {NAME}: hub/argocd/infra, hub/team/infra; choose by -n NAMESPACE" in ended.err
    ended = await run(kubeconfig, "app", "refresh", NAME, "-n", "team", "--dry-run=client")
    assert (ended.code, ended.out.count("PATCH")) == (0, 1)
    ended = await run(kubeconfig, "app", "refresh", NAME, "-A", "--dry-run=client")
    assert (ended.code, ended.out.count("PATCH")) == (0, 2)
    assert writes(server) == []


async def test_a_stack_chooses_the_application_that_holds_it(server: ApiServer, kubeconfig: Path) -> None:
    for namespace in ("shop", "other"):
        server.store.put(stack_object("web", namespace))
    ended = await run(kubeconfig, "app", "sync", "--stack", "web", "--only", "--dry-run=client")
    assert ended.code == 2
    assert "2 stacks are named web: " in ended.err
    ended = await run(kubeconfig, "app", "sync", "--stack", "web", "--only", "-n", "shop", "--dry-run=client")
    assert ended.code == 0, ended.err
    assert "sync hub/shop/web of hub/argocd/infra" in ended.out
    ended = await run(kubeconfig, "app", "refresh", "--stack", "web", "-n", "other", "--dry-run=client")
    assert ended.code == 1
    assert "hub/other/web: no application is known to hold it" in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sync",), "--selector LABELS or --stack STACK"),
        (("refresh", NAME, "--stack", "web"), "it goes with neither names nor -l"),
        (("sync", NAME, "--only"), "--only applies nothing but one stack, which --stack names"),
        (("sync", "--stack", "web", "--only", "--prune"), "they don't go together"),
        (("terminate", f"stack/{NAME}"), "write NAME or app/NAME"),
        (("refresh", f"{ARGOCD}/{NAME}"), "write NAME or app/NAME, and -n NAMESPACE"),
        (("sync", NAME, "--read-only"), "--read-only: nothing may be changed"),
    ],
)
async def test_wrong_usage_asks_no_cluster_for_anything(
    server: ApiServer, kubeconfig: Path, arguments: tuple[str, ...], words: str
) -> None:
    ended = await run(kubeconfig, "app", *arguments, "--yes")
    assert ended.code == 2
    assert words in ended.err
    assert len(server.requests) == 0


async def test_what_helps_a_stack_and_is_done_to_its_application_is_walked_through_for_the_stack(
    server: ApiServer, kubeconfig: Path
) -> None:
    server.store.put(stack_object("web", "shop"))
    app = out_of_sync()
    failed = operation(app, "Failed", "one or more tasks failed", time.time() - 60, time.time() - 50)
    failed["syncResult"]["resources"] = [stack_resource("shop", "web", status="SyncFailed", message="no")]
    serve_app(server, app)
    ended = await run(kubeconfig, "diagnose", "web", "--fix", "--dry-run=client")
    assert "sync hub/argocd/infra\n" in ended.out, ended.err
    assert f"PATCH {PATH}?fieldManager=pko-argo" in ended.out
    assert writes(server) == []


async def test_what_is_not_there_is_said_and_the_others_are_planned(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "app", "refresh", NAME, "nobody", "--dry-run=client")
    assert ended.code == 1
    assert 'error: application "nobody" not found' in ended.err
    assert f"PATCH {PATH}" in ended.out
    ended = await run(kubeconfig, "app", "refresh", "-l", "team=nobody", "--yes")
    assert (ended.code, writes(server)) == (0, [])
    assert "no application with these labels" in ended.err


async def test_without_the_right_to_patch_nothing_is_planned(server: ApiServer, tmp_path: Path) -> None:
    server.access.grant("reader", "reader", AccessRule(("get", "list", "watch")))
    config = server.kubeconfig("hub")
    config["users"][0]["user"] = {"token": "reader"}
    ended = await run(write(tmp_path / "reading", config), "app", "sync", NAME, "--yes")
    assert ended.code == 1
    assert "it needs the right to patch applications.argoproj.io" in ended.err
    assert writes(server) == []


async def test_a_refresh_that_nobody_answers_is_sent_once_and_late(
    server: ApiServer, kubeconfig: Path, state: dict[str, str]
) -> None:
    ended = await run(kubeconfig, "app", "refresh", NAME, "--hard", "--yes", "--timeout=0s", env=state)
    assert ended.code == 4
    assert "Argo CD hasn't compared it yet" in ended.err
    assert writes(server) == [f"PATCH {PATH}"]
    annotations = served_app(server)["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/refresh"] == "hard"
    assert annotations["argocd.argoproj.io/refresh-timestamp"].endswith("Z")


async def test_a_sync_beside_another_is_refused_and_that_one_can_be_ended(
    server: ApiServer, kubeconfig: Path, state: dict[str, str]
) -> None:
    app = out_of_sync()
    operation(app, "Running", "waiting for healthy state of pulumi.com/Stack/web", time.time() - 60)
    serve_app(server, app)
    ended = await run(kubeconfig, "app", "sync", NAME, "--yes", env=state)
    assert ended.code == 3
    assert f"app terminate {NAME}" in ended.err
    assert writes(server) == []
    async with running(kubeconfig, "app", "terminate", NAME, "--yes") as command:
        await eventually(lambda: served_app(server)["status"]["operationState"]["phase"] == "Terminating")
        ending = served_app(server)
        ending.pop("operation")
        ending["status"]["operationState"] |= {"phase": "Failed", "message": "Operation terminated"}
        server.store.put(ending)
        out, err = await command.communicate()
    assert command.returncode == 0, err.decode()
    assert out.decode() == "hub/argocd/infra: the sync ended as Failed: Operation terminated\n"
    assert writes(server) == [f"PATCH {PATH}"]
