"""``health test --live`` judges what is in a cluster, with our check or with another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from support.objects import condition, stack_object
from support.program import dead, run, write

STALLED = [condition("Stalled", "SpecInvalid", "no branch")]


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as running:
        running.store.put(stack_object("good"))
        running.store.put(stack_object("bad", conditions=STALLED))
        running.store.put(stack_object("away", "elsewhere"))
        yield running


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "kubeconfig", server.kubeconfig("lab", namespace="prod"))


async def test_the_stacks_of_the_contexts_namespace_are_judged_by_our_check(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "health", "test", "--live", "-o", "json")
    assert ended.code == 0, ended.err
    found = {one["name"]: one["found"]["status"] for one in ended.json["results"]}
    assert found == {"prod/good": "Healthy", "prod/bad": "Degraded"}
    everywhere = await run(kubeconfig, "health", "test", "--live", "-A", "-o", "json")
    assert {one["name"] for one in everywhere.json["results"]} == {"prod/good", "prod/bad", "elsewhere/away"}


async def test_another_script_that_raises_is_a_problem(kubeconfig: Path, tmp_path: Path) -> None:
    (tmp_path / "other.lua").write_text('return {status = obj.status.nothing.there, message = ""}')
    ended = await run(kubeconfig, "health", "test", "--live", "stack", "--script", str(tmp_path / "other.lua"))
    assert ended.code == 3


@pytest.mark.parametrize("form", ["", "json", "junit"])
async def test_outputs_that_another_script_repeats_are_not_printed(kubeconfig: Path, tmp_path: Path, form: str) -> None:
    said = 'return {status = "Degraded", message = "up failed\\nOutputs:\\n    password: \\"hunter2\\"\\n"}'
    (tmp_path / "other.lua").write_text(said)
    asked = ["health", "test", "--live", "stack", "--script", str(tmp_path / "other.lua")]
    ended = await run(kubeconfig, *asked, *(["-o", form] if form else []))
    assert "up failed" in ended.out or form == "junit"
    assert "hunter2" not in ended.out + ended.err


async def test_words_beside_it_are_kinds(kubeconfig: Path) -> None:
    assert (await run(kubeconfig, "health", "test", "--live", "program", "workspaces")).code == 0
    ended = await run(kubeconfig, "health", "test", "--live", "pods")
    assert (ended.code, "there is no kind 'pods'" in ended.err) == (2, True)
    ended = await run(kubeconfig, "health", "test")
    assert (ended.code, "--live" in ended.err) == (2, True)


async def test_what_can_not_be_seen_is_said(server: ApiServer, kubeconfig: Path) -> None:
    server.access.grant("t", "somebody", AccessRule(READ, ("programs",)))
    write(kubeconfig, server.kubeconfig("lab", namespace="prod", token="t"), dead())
    ended = await run(kubeconfig, "health", "test", "--live", "--all-contexts")
    assert ended.code == 1
    assert "lab: Stacks in prod: " in ended.err
    assert "dead: " in ended.err
