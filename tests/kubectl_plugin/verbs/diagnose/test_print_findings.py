"""``diagnose`` says why Stacks are stuck, in text for 80 columns, Markdown and JSON, and ends as it promises."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from demo.server.served_kinds import KINDS
from support.objects import stack_object
from support.program import dead, run, running, write
from support.scenes import Scene, scenes, shifted
from support.waiting import LIMIT

SERVED = {kind.kind for kind in KINDS}
HOSTILE = "\x1b[31mred\x1b[0m \x1b]0;title\x07 password=hunter2 `tick` | <b> " + "é́́́́́́" * 3


def put(server: ApiServer, scene: Scene) -> None:
    for each in scene.objects:
        if each["kind"] in SERVED:
            server.store.put(each)


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    """A wedged Stack, and one that is fine."""
    async with ApiServer() as made:
        put(made, shifted(scenes()["12k-W1-wedge"], time.time()))
        made.store.put(stack_object("fine", "crash", lastUpdate={"state": "succeeded", "type": "up"}))
        yield made


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("eu", namespace="crash"))


async def test_a_wedged_stack_in_words(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "diagnose", "mid-deleted")
    assert (ended.code, ended.err) == (3, "")
    assert ended.lines[0].startswith("eu/crash/mid-deleted   ")
    assert re.search(r"W-1 +The operator waits for Update mid-deleted-[0-9a-f]+, which is gone", ended.out)
    for part in (
        "Seen Stack mid-deleted status.currentUpdate.name",
        "Next ",
        "Do ",
        "Run  kubectl pko-argo unwedge mid-deleted -n crash --context eu",
        "Not  reconcile:",
    ):
        assert part in ended.out
    assert all(len(line) <= 80 for line in ended.lines if "Run  " not in line)


async def test_what_stands_in_nobodys_way_is_no_problem(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "diagnose", "fine")
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines[0].startswith("eu/crash/fine   nothing in its way   ")


async def test_all_stacks_begin_with_their_causes(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "diagnose", "-A")
    assert ended.code == 3
    assert ended.lines[0].startswith("W-1  1 stack: ")
    assert "eu/crash/mid-deleted   " in ended.out
    assert "fine" not in ended.out
    alone = await run(kubeconfig, "diagnose", "-A", "--groups")
    assert alone.out.startswith("W-1  1 stack: ")
    assert "Seen" not in alone.out


async def test_json_has_everything(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "diagnose", "mid-deleted", "-o", "json")
    (found,) = json.loads(ended.out)
    assert set(found) == {
        "context",
        "namespace",
        "name",
        "kind",
        "phase",
        "health",
        "nextAttempt",
        "findings",
        "unread",
    }
    first = found["findings"][0]
    assert set(first) == {
        "id", "title", "severity", "certainty", "makesCertain", "since", "evidence", "unknown", "next", "problemAt",
        "nextStep",
        "actions", "afterRepair", "notHelpful", "causedBy",
    }  # fmt: skip
    assert (first["id"], first["severity"], first["actions"]) == ("W-1", "problem", ["unwedge"])
    assert first["evidence"][0]["path"] == "/status/currentUpdate/name"
    (group,) = json.loads((await run(kubeconfig, "diagnose", "-A", "--groups", "-o", "json")).out)
    assert group["stacks"] == [{"context": "eu", "namespace": "crash", "name": "mid-deleted"}]


async def test_markdown_for_a_ticket(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "diagnose", "mid-deleted", "-o", "markdown")
    assert ended.out.startswith("## eu/crash/mid-deleted\n")
    assert "**W-1 The operator waits for Update" in ended.out


async def test_a_stack_that_isnt_there(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "diagnose", "nosuch")
    assert (ended.code, ended.out) == (1, "")
    assert 'stack "nosuch" not found in this namespace' in ended.err


async def test_a_context_that_cant_be_seen_beats_the_problems_of_others(server: ApiServer, tmp_path: Path) -> None:
    both = write(tmp_path / "both", server.kubeconfig("eu", namespace="crash"), dead())
    ended = await run(both, "diagnose", "-A", "--all-contexts")
    assert ended.code == 1
    assert "W-1" in ended.out
    assert ended.err.startswith("error: ")


async def test_labels_are_the_servers(server: ApiServer, kubeconfig: Path) -> None:
    labelled = stack_object("labelled", "crash", metadata={"labels": {"team": "a"}}, conditions=[])
    server.store.put(labelled)
    ended = await run(kubeconfig, "diagnose", "-A", "-l", "team in (a,b)", "-o", "json")
    assert [each["name"] for each in json.loads(ended.out)] == ["labelled"]


async def test_what_may_not_be_read_is_said_and_nothing_is_guessed(server: ApiServer, kubeconfig: Path) -> None:
    server.access.grant("viewer", "viewer", AccessRule(READ, ("stacks",)))
    limited = write(kubeconfig.parent / "limited", server.kubeconfig("eu", token="viewer", namespace="crash"))
    ended = await run(limited, "diagnose", "mid-deleted", "-o", "json")
    assert ended.err.startswith("note: eu: Applications, Deployments, Events, Leases, Pods, StatefulSets, Updates, ")
    (found,) = json.loads(ended.out)
    (first,) = found["findings"]
    assert (first["id"], first["certainty"]) == ("R-1", "likely")
    assert "forbidden" in first["unknown"][0]


async def test_files_are_read_instead_of_clusters(tmp_path: Path) -> None:
    scene = shifted(scenes()["12k-W1-wedge"], time.time())
    path = tmp_path / "saved.yaml"
    path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": scene.objects}))
    ended = await run(tmp_path / "no-kubeconfig", "diagnose", "-f", str(path))
    assert ended.code in (0, 3)
    assert "files/crash/mid-deleted" in ended.out
    nothing = tmp_path / "nothing.yaml"
    nothing.write_text("kind: ConfigMap\nmetadata: {name: x}\n")
    ended = await run(tmp_path / "no-kubeconfig", "diagnose", "-f", str(nothing))
    assert (ended.code, ended.out) == (2, "")
    assert "found: ConfigMap" in ended.err


async def test_a_file_is_judged_as_of_the_time_at_which_it_was_saved(tmp_path: Path) -> None:
    saved = time.time() - 3600.0
    path = tmp_path / "saved.yaml"
    path.write_text(yaml.safe_dump({"kind": "List", "items": shifted(scenes()["02d-stalled"], saved).objects}))
    os.utime(path, (saved, saved))
    ended = await run(tmp_path / "no-kubeconfig", "diagnose", "-f", str(path))
    assert ended.code == 3
    assert "U-1" in ended.out
    assert "B-1" not in ended.out


async def test_hostile_text_does_nothing(server: ApiServer, kubeconfig: Path) -> None:
    stalled: dict[str, Any] = {"type": "Stalled", "status": "True", "reason": "SpecInvalid", "message": HOSTILE}
    server.store.put(stack_object("hostile", "crash", conditions=[stalled]))
    for form in ("text", "markdown", "json", "yaml"):
        ended = await run(kubeconfig, "diagnose", "hostile", "-o", form)
        assert "\x1b" not in ended.out
        assert "\x07" not in ended.out
        assert "hunter2" not in ended.out


async def test_a_watch_prints_again_what_changes(server: ApiServer, kubeconfig: Path) -> None:
    async with running(kubeconfig, "diagnose", "fine", "mid-deleted", "-w", "--every", "1s", "-o", "json") as process:
        assert process.stdout is not None
        first = json.loads(await process.stdout.readline())
        assert first["name"] == "mid-deleted"
        asked = {"annotations": {"pulumi.com/reconciliation-request": "please"}}
        server.store.put(stack_object("fine", "crash", metadata=asked, lastUpdate={"state": "succeeded", "type": "up"}))
        async with asyncio.timeout(LIMIT):
            second = json.loads(await process.stdout.readline())
            while second["name"] != "fine":
                second = json.loads(await process.stdout.readline())
        assert second["findings"][0]["severity"] == "waiting"
