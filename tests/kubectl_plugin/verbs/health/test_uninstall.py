"""``health uninstall`` takes out what is ours and nothing else, and says so when there is nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from support.argocds import OURS, STACK, config_map, put_argo_cd
from support.changing import Run
from support.changing import health as health
from support.program import run, write


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as running:
        put_argo_cd(running, config_map({"url": "https://argo.example"}))
        yield running


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "kubeconfig", server.kubeconfig("lab"))


async def test_where_there_is_nothing_of_ours_nothing_is_written(server: ApiServer, health: Run) -> None:
    ended = await health("uninstall", "--yes")
    assert (ended.code, ended.out) == (0, "lab/argocd: nothing there is ours, and nothing to do\n")
    assert all(asked.method == "GET" for asked in server.requests)


async def test_a_check_of_ours_that_somebody_else_put_there_is_theirs(server: ApiServer, health: Run) -> None:
    put_argo_cd(server, config_map({STACK: OURS}, "kubectl-patch"))
    ended = await health("uninstall", "--yes")
    assert (ended.code, ended.out) == (3, "")
    assert f"{STACK} is a check of ours that kubectl-patch put there" in ended.err
    assert "kubectl --context lab -n argocd patch configmap argocd-cm --type json" in ended.err


@pytest.mark.parametrize(("content", "words"), [(None, "No such file"), ("{}", "no file that install --take-over")])
async def test_a_file_to_restore_from_has_to_be_one(
    server: ApiServer, kubeconfig: Path, tmp_path: Path, content: str | None, words: str
) -> None:
    path = tmp_path / "kept.json"
    if content is not None:
        path.write_text(content)
    ended = await run(kubeconfig, "health", "uninstall", "--yes", "--restore", str(path))
    assert ended.code == 2
    assert words in ended.err
    assert not server.requests


async def test_applications_that_nobody_looks_at_are_named_when_time_is_up(server: ApiServer, health: Run) -> None:
    held = [{"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": "shop"}]
    server.store.put(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": "infra", "namespace": "argocd"},
            "spec": {},
            "status": {"resources": held, "reconciledAt": "2026-11-01T00:00:00Z"},
        }
    )
    assert (await health("install", "--yes")).code == 0
    ended = await health("uninstall", "--yes", "--timeout", "1s")
    assert ended.code == 4
    assert "argocd/infra: Argo CD hasn't looked at it since" in ended.err
