"""``get --filter`` understands what the board's filter line understands, for every kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from support.objects import condition, stack_object
from support.program import run, write

APP = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "infra", "namespace": "argocd"},
    "spec": {"destination": {"server": "https://kubernetes.default.svc", "namespace": "prod"}},
    "status": {"sync": {"status": "OutOfSync"}, "health": {"status": "Progressing"}},
}
WORKSPACE = {
    "apiVersion": "auto.pulumi.com/v1alpha1",
    "kind": "Workspace",
    "metadata": {"name": "shop", "namespace": "prod"},
    "spec": {"image": "pulumi/pulumi:latest"},
    "status": {"conditions": [condition("Ready", "Succeeded")], "pulumiVersion": "3.259.0"},
}


async def test_the_filter_is_named_once_where_it_is_wrong(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "get", "-A", "--filter", "status:nope")
    assert ended.code == 2
    assert ended.err.startswith("error: --filter status:nope: no such word; there are healthy, ")


@pytest.fixture
async def kubeconfig(tmp_path: Path) -> AsyncIterator[Path]:
    async with ApiServer() as server:
        server.store.put(stack_object("shop", metadata={"labels": {"tier": "web"}}))
        server.store.put(stack_object("db", conditions=[condition("Stalled", "SpecInvalid", "missing branch")]))
        server.store.put(stack_object("cdn", "dev"))
        for obj in (APP, WORKSPACE):
            server.store.put(obj)
        yield write(tmp_path / "config", server.kubeconfig("eu"))


@pytest.mark.parametrize(
    ("kind", "text", "names"),
    [
        ("stacks", "missing", ["db"]),
        ("stacks", "!missing ns:prod", ["shop"]),
        ("stacks", "-l tier=web", ["shop"]),
        ("stacks", "status:stalled", ["db"]),
        ("stacks", "-f cn", ["cdn"]),
        ("stacks", "", ["cdn", "db", "shop"]),
        ("apps", "status:outofsync", ["infra"]),
        ("apps", "nothing", []),
        ("workspaces", "status:ready ns:prod", ["shop"]),
        ("workspaces", "3.258", []),
        ("workspaces", "pulumi:3.259 image:latest", ["shop"]),
        ("stacks", "reason:specinvalid", ["db"]),
        ("stacks", "message:branch name:d", ["db"]),
        ("stacks", "phase:stalled stack:db", ["db"]),
        ("stacks", "health:degraded", ["db"]),
        ("apps", "health:progressing sync:outofsync", ["infra"]),
    ],
)
async def test_it_lets_through_what_the_board_would(kubeconfig: Path, kind: str, text: str, names: list[str]) -> None:
    ended = await run(kubeconfig, "get", kind, "-A", f"--filter={text}", "-o", "name")
    assert ended.code == 0
    assert sorted(line.rpartition("/")[2] for line in ended.lines) == names


async def test_a_filter_that_makes_no_sense_is_wrong_usage(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "get", "--filter", "ns:")
    assert ended.code == 2
    assert "ns: needs a word after it" in ended.err


@pytest.mark.parametrize("kind", ["stacks", "apps", "workspaces", "updates", "contexts"])
async def test_an_unknown_field_is_wrong_usage_that_names_the_known_ones(kubeconfig: Path, kind: str) -> None:
    ended = await run(kubeconfig, "get", kind, "-A", "--filter", "nmae:web")
    assert ended.code == 2
    assert "nmae: is no field here; there are " in ended.err and " name: " in ended.err


async def test_a_commit_is_printed_as_applied_or_wanted(tmp_path: Path) -> None:
    asked, other = "a20bdac" + "1" * 33, "ffee001" + "2" * 33
    async with ApiServer() as server:
        for name, applied in (("shop", asked), ("db", other), ("cdn", other)):
            stack = stack_object(name)
            wanted = other if name == "cdn" else asked
            stack.setdefault("status", {})["lastUpdate"] = {
                "state": "succeeded", "lastAttemptedCommit": wanted, "lastSuccessfulCommit": applied,
            }  # fmt: skip
            server.store.put(stack)
        config = write(tmp_path / "config", server.kubeconfig("eu"))
        for text in (asked, "commit:a20bd"):
            ended = await run(config, "get", "-A", "--filter", text)
            assert ended.code == 0
            assert len(ended.lines) == 3
            assert "a20bdac applied" in ended.out and "a20bdac wanted, ffee001 applied" in ended.out
        ended = await run(config, "get", "-A", "-o", "csv", "--filter", asked)
        assert "wanted" not in ended.out
