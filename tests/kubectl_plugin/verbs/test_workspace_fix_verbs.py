"""restart-workspace, cancel and release on the command line: what is refused with which flag, and how they end."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from demo.server.served_commands import CommandResult
from support.fixing import serve, writes
from support.objects import stack_object
from support.pod_commands import PodCommands, play_commands
from support.program import run, write
from support.scenes import scenes, shifted
from support.workspaces import put_workspace

LOCKED = "13c-destroy-failed-once"
STACK = "organization/infra/del-stuck-destroy"


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        yield made


@pytest.fixture
def played(server: ApiServer) -> PodCommands:
    return play_commands(server)


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Callable[[str], Path]:
    """The kubeconfig whose context has this namespace."""
    return lambda namespace: write(tmp_path / "config", server.kubeconfig("eu", namespace=namespace))


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def looks(server: ApiServer) -> list[str]:
    """The requests for a command in a pod."""
    return [asked.path for asked in server.requests if asked.upgrades]


async def test_a_workspace_in_which_an_update_runs_is_restarted_only_with_the_flag_for_that(
    server: ApiServer, played: PodCommands, kubeconfig: Callable[[str], Path]
) -> None:
    serve(server, shifted(scenes()["13b-destroy-running"], time.time()))
    ended = await run(kubeconfig("del"), "restart-workspace", "slow-destroy", "--yes")
    assert (ended.code, ended.out) == (3, "")
    assert "To do it all the same: --during-run" in ended.err
    ended = await run(kubeconfig("del"), "restart-workspace", "slow-destroy", "--during-run", "--dry-run=client")
    assert (ended.code, ended.err) == (0, "")
    assert "DELETE /api/v1/namespaces/del/pods/slow-destroy-workspace-0" in ended.out
    assert "risk      medium" in ended.out
    assert writes(server) == []


async def test_several_stacks_that_are_fine_are_looked_at_one_by_one(
    server: ApiServer, played: PodCommands, kubeconfig: Callable[[str], Path]
) -> None:
    last = {"state": "succeeded", "type": "up", "generation": 1, "name": "shop-19b4d0f0000"}
    for name in ("shop", "web"):
        server.store.put(stack_object(name, "prod", lastUpdate=last))
        put_workspace(server, name)
    ended = await run(kubeconfig("prod"), "restart-workspace", "shop", "web", "--dry-run=client")
    assert (ended.code, ended.err) == (0, "")
    for name in ("shop", "web"):
        assert f"DELETE /api/v1/namespaces/prod/pods/{name}-workspace-0" in ended.out
        assert f"not looked at: whether Pulumi runs in {name}-workspace-0 (--dry-run=client)" in ended.out
    assert looks(server) == []
    ended = await run(kubeconfig("prod"), "restart-workspace", "shop", "web", "--dry-run=server")
    for name in ("shop", "web"):
        assert f"no pulumi process in {name}-workspace-0" in ended.err
    assert len(looks(server)) == 2


@pytest.mark.parametrize("verb", ["cancel", "release"])
async def test_what_is_only_shown_is_planned_without_a_command_in_a_pod(
    server: ApiServer, played: PodCommands, kubeconfig: Callable[[str], Path], tmp_path: Path, verb: str
) -> None:
    serve(server, shifted(scenes()[LOCKED], time.time()))
    config = tmp_path / "config" / "pko-argo" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("read-only = true\n")
    flags = ("--holder", "ci@runner-7") if verb == "cancel" else ()
    path = write(tmp_path / "kube", server.kubeconfig("eu", namespace="del"))
    for more in ({}, {"XDG_CONFIG_HOME": str(tmp_path / "config")}):
        ended = await run(path, verb, "stuck-destroy", *flags, "--dry-run=client", env=more)
        assert ended.code == 0, ended.err
        assert "not looked at: whether Pulumi runs in stuck-destroy-workspace-0" in ended.out
    assert looks(server) == [] and writes(server) == []


async def test_a_lock_of_somebody_else_is_cancelled_only_with_its_holders_name(
    server: ApiServer, played: PodCommands, kubeconfig: Callable[[str], Path], state: dict[str, str]
) -> None:
    serve(server, shifted(scenes()[LOCKED], time.time()))
    ended = await run(kubeconfig("del"), "cancel", "stuck-destroy", "--yes", env=state)
    assert (ended.code, ended.out) == (3, "")
    assert "To do it all the same: --holder ci@runner-7" in ended.err
    ended = await run(kubeconfig("del"), "cancel", "stuck-destroy", "--holder", "root", "--yes", env=state)
    assert ended.code == 3 and "ci@runner-7 holds the lock, not root" in ended.err
    assert played.cancelled == []
    played.cancel = CommandResult(stdout="The update was cancelled.\n")
    ended = await run(kubeconfig("del"), "cancel", "stuck-destroy", "--holder", "ci@runner-7", "--yes", env=state)
    assert (ended.code, played.cancelled) == (0, [STACK]), ended.err
    assert ended.out == "eu/del/stuck-destroy: pulumi cancel ended well; reconcile is the next step\n"


async def test_a_stack_is_released_and_gone(
    server: ApiServer, played: PodCommands, kubeconfig: Callable[[str], Path], state: dict[str, str]
) -> None:
    serve(server, shifted(scenes()[LOCKED], time.time()))
    ended = await run(kubeconfig("del"), "release", "stuck-destroy", "--yes", env=state)
    assert (ended.code, ended.out) == (0, "eu/del/stuck-destroy: the finalizer is taken off\n"), ended.err
    assert "Stack del/stuck-destroy is gone" in ended.err
    assert writes(server) == ["PATCH /apis/pulumi.com/v1/namespaces/del/stacks/stuck-destroy"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("one", "two", "--update", "x"), "--update takes one update of one stack"),
        (("one", "-l", "a=b", "--update", "x"), "--update takes one update of one stack"),
        (("one", "--update", "x", "--finalizer", "y"), "not allowed with argument"),
        ((), "--selector LABELS or --cause ID"),
    ],
)
async def test_what_release_cannot_mean_is_wrong_usage(
    server: ApiServer, kubeconfig: Callable[[str], Path], arguments: tuple[str, ...], why: str
) -> None:
    ended = await run(kubeconfig("del"), "release", *arguments, "--yes")
    assert (ended.code, why in ended.err) == (2, True), ended.err
    assert len(server.requests) == 0
