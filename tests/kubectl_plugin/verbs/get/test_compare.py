"""``get stacks --compare`` prints the Stacks of two contexts side by side, and claims nothing of what can't be seen."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from support.objects import condition, last, stack_object
from support.program import Ended, dead, run, write

STALLED = condition("Stalled", "SpecInvalid", "missing branch")


@pytest.fixture
async def servers() -> AsyncIterator[tuple[ApiServer, ApiServer]]:
    """Two clusters with the same Stack in another state, the same in the same, and one alone in each."""
    async with ApiServer() as staging, ApiServer() as prod:
        old = last(lastSuccessfulCommit="c0", lastAttemptedCommit="c0")
        staging.store.put(stack_object("shop", lastUpdate=last(), metadata={"labels": {"tier": "front"}}))
        prod.store.put(stack_object("shop", lastUpdate=old, conditions=[STALLED]))
        for server in (staging, prod):
            server.store.put(stack_object("db", lastUpdate=last()))
        staging.store.put(stack_object("trial", "dev"))
        prod.store.put(stack_object("legacy"))
        yield staging, prod


@pytest.fixture
def kubeconfig(servers: tuple[ApiServer, ApiServer], tmp_path: Path) -> Path:
    staging, prod = servers
    return write(
        tmp_path / "config", staging.kubeconfig("staging", namespace="prod"), prod.kubeconfig("live"), dead("gone")
    )


async def compare(kubeconfig: Path, *arguments: str, contexts: tuple[str, str] = ("staging", "live")) -> Ended:
    return await run(kubeconfig, "get", "stacks", "--compare", *contexts, *arguments)


async def test_what_differs_comes_first_with_both_sides_in_a_line(kubeconfig: Path) -> None:
    ended = await compare(kubeconfig, "-A")
    assert (ended.code, ended.err) == (0, "")
    side = ["PHASE", "HEALTH", "UPDATED"]
    titles = ["NAMESPACE", "NAME", "staging:COMMIT", *side, "live:COMMIT", *side, "DIFFERS"]
    assert ended.lines[0].split() == titles
    rows = [line.split() for line in ended.lines[1:]]
    assert [row[1] for row in rows] == ["shop", "trial", "legacy", "db"]
    assert rows[0][2:4] == ["c1", "ready"]
    assert "c0" in rows[0]
    ends = ["!= commit, health, phase", "< only in staging", "> only in live", "same"]
    assert [line.rsplit("   ", 1)[1].strip() for line in ended.lines[1:]] == ends


async def test_json_and_csv_hold_both_sides(kubeconfig: Path) -> None:
    items = (await compare(kubeconfig, "-A", "-o", "json")).json
    assert [list(item) for item in items] == [["namespace", "name", "left", "right", "differs"]] * 4
    first = items[0]
    assert (first["left"]["context"], first["right"]["context"]) == ("staging", "live")
    assert first["left"]["commit"] == {"wanted": "c1", "applied": "c1"}
    assert first["differs"] == ["commit", "health", "phase"]
    assert [item["differs"] for item in items[1:]] == [["right"], ["left"], []]
    (alone,) = (await run(kubeconfig, "get", "stacks", "shop", "-A", "--context", "live", "-o", "json")).json
    assert {**alone, "branch": None} == first["right"]
    table = list(csv.DictReader(io.StringIO((await compare(kubeconfig, "-A", "-o", "csv")).out)))
    assert [row["NAME"] for row in table] == [item["name"] for item in items]
    assert (table[0]["LEFT-COMMIT"], table[0]["RIGHT-COMMIT"]) == ("c1", "c0")


async def test_both_contexts_are_asked_for_the_namespaces_of_both(kubeconfig: Path) -> None:
    ended = await compare(kubeconfig)
    assert [line.split()[1] for line in ended.lines[1:]] == ["shop", "legacy", "db"]
    ended = await compare(kubeconfig, "-n", "dev")
    assert [line.split()[0] for line in ended.lines[1:]] == ["trial"]


async def test_what_is_chosen_is_chosen_of_pairs(kubeconfig: Path) -> None:
    for arguments in (["shop"], ["-l", "tier=front"], ["--filter", "commit,"], ["--status", "stalled"]):
        ended = await compare(kubeconfig, "-A", *arguments)
        assert [line.split()[1] for line in ended.lines[1:]] == ["shop"], arguments
        assert "!= commit" in ended.out
    assert len((await compare(kubeconfig, "-A", "--filter", "!same")).lines) == 4


async def test_where_a_context_cannot_be_seen_the_other_is_printed(kubeconfig: Path) -> None:
    ended = await compare(kubeconfig, "-A", contexts=("staging", "gone"))
    assert ended.code == 1
    assert "error: gone: " in ended.err
    assert [line.rsplit("   ", 1)[1].strip() for line in ended.lines[1:]] == ["? gone can't be seen"] * 3
    assert "only in" not in ended.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["get", "stacks", "--compare", "staging"], "expected 2 arguments"),
        (["get", "stacks", "--compare", "staging", "staging"], "two different contexts"),
        (["get", "stacks", "--compare", "staging", "*"], "two different contexts"),
        (["get", "stacks", "--compare", "staging", "moon"], 'no context is called "moon"'),
        (["get", "apps", "--compare", "staging", "live"], "--compare is for stacks"),
        (["get", "stacks", "--compare", "staging", "live", "-w"], "can't be watched"),
        (["get", "stacks", "--compare", "staging", "live", "-o", "name"], "-o name"),
        (["get", "stacks", "--compare", "staging", "live", "--context", "gone"], "leave out --context"),
        (["get", "stacks", "--compare", "staging", "live", "-l", "a in (b)"], "only key=value"),
    ],
)
async def test_what_makes_no_sense_is_wrong_usage(kubeconfig: Path, arguments: list[str], says: str) -> None:
    ended = await asyncio.wait_for(run(kubeconfig, *arguments), 60)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err
