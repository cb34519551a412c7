"""``wait`` says of each Stack when it gets there, ends when none can any more, and promises by its exit code."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from demo.server.api_server import ApiServer
from demo.server.served_kinds import KINDS
from kubectl_plugin.cli.chosen_contexts import choose_contexts
from kubectl_plugin.cli.exit_codes import ExitCode
from kubectl_plugin.cli.parser import parse
from kubectl_plugin.verbs.wait.wait_for_stacks import WaitTiming, watch_and_wait
from stacks.records.base import REQUEST
from support.objects import PROCESSING, READY, condition, last, stack_object
from support.program import dead, run, write
from support.scenes import scenes, shifted
from support.waiting import LIMIT, eventually

SERVED = {kind.kind for kind in KINDS}
QUICK = WaitTiming(compared_every=0.01, explained_every=0.1, settles=0.1)
LONG = "--timeout=60"
ASKED = {"annotations": {REQUEST: "please"}}


@dataclass
class Said:
    """What was printed since the test began."""

    capsys: pytest.CaptureFixture[str]
    _parts: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))

    def _read(self) -> tuple[str, str]:
        for part, new in zip(self._parts, self.capsys.readouterr(), strict=True):
            part.append(new)
        return "".join(self._parts[0]), "".join(self._parts[1])

    @property
    def out(self) -> str:
        return self._read()[0]

    @property
    def err(self) -> str:
        return self._read()[1]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        made.store.put(stack_object("shop", lastUpdate=last()))
        made.store.put(stack_object("db", conditions=[PROCESSING]))
        yield made


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("eu", namespace="prod"))


async def waited(kubeconfig: Path, *arguments: str, timing: WaitTiming = QUICK) -> ExitCode:
    options = parse(["wait", *arguments])
    chosen = choose_contexts(options, environ={"KUBECONFIG": str(kubeconfig), "HOME": "/nonexistent"})
    async with asyncio.timeout(LIMIT):
        return await watch_and_wait(options, chosen, timing)


def begun(kubeconfig: Path, *arguments: str) -> asyncio.Task[ExitCode]:
    return asyncio.ensure_future(waited(kubeconfig, *arguments, LONG))


def put_scene(server: ApiServer, name: str) -> None:
    for each in shifted(scenes()[name], time.time()).objects:
        if each["kind"] in SERVED:
            server.store.put(each)


async def test_what_is_there_already_ends_it_at_once(kubeconfig: Path) -> None:
    """As the program is run, with the timing that it has."""
    ended = await run(kubeconfig, "wait", "stack/shop", "--for", "ready")
    assert (ended.code, ended.out, ended.err) == (0, "eu/prod/shop: condition met\n", "")


async def test_it_ends_when_the_last_one_gets_there(server: ApiServer, kubeconfig: Path, said: Said) -> None:
    waiting = begun(kubeconfig, "shop", "db", "--for=condition=Ready")
    await eventually(lambda: said.out == "eu/prod/shop: condition met\n")
    await eventually(lambda: said.err.startswith("eu/prod/db: updating"))
    server.store.put(stack_object("db", conditions=[condition("Reconciling", "PrerequisiteNotSatisfied", "for x")]))
    await eventually(lambda: "eu/prod/db: waiting for a prerequisite\n" in said.err)
    server.store.put(stack_object("db", conditions=[READY]))
    assert await waiting is ExitCode.FINE
    assert said.out == "eu/prod/shop: condition met\neu/prod/db: condition met\n"


@pytest.mark.parametrize(
    ("wanted", "before", "after"),
    [
        ("ready", {"metadata": {"generation": 2}, "observedGeneration": 1}, {"metadata": {"generation": 2}}),
        ("healthy", {"metadata": ASKED}, {"metadata": ASKED, "observedReconcileRequest": "please"}),
        ("updated", {"lastUpdate": last("failed")}, {"lastUpdate": last()}),
        (
            "reconciled",
            {"metadata": ASKED, "lastUpdate": last()},
            {"metadata": ASKED, "lastUpdate": last("failed", reconcileRequest="please")},
        ),
    ],
)
async def test_each_condition_is_waited_for(
    server: ApiServer, kubeconfig: Path, said: Said, wanted: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    server.store.put(stack_object("queue", **before))
    waiting = begun(kubeconfig, "queue", "--for", wanted)
    await eventually(lambda: "eu/prod/queue: " in said.err)
    assert said.out == ""
    server.store.put(stack_object("queue", **after))
    assert await waiting is ExitCode.FINE
    assert said.out == "eu/prod/queue: condition met\n"


async def test_where_no_run_is_asked_for_that_is_said(kubeconfig: Path, said: Said) -> None:
    assert await waited(kubeconfig, "shop", "--for", "reconciled") is ExitCode.FINE
    assert said.out == "eu/prod/shop: condition met\n"
    assert said.err == f"note: eu/prod/shop: nothing asks for a run; it has no annotation {REQUEST}\n"


async def test_deleted_is_gone(server: ApiServer, kubeconfig: Path, said: Said) -> None:
    waiting = begun(kubeconfig, "shop", "--for=delete")
    await eventually(lambda: said.err)
    server.store.patch("Stack", "prod", "shop", {"metadata": {"finalizers": None}})
    server.store.delete("Stack", "prod", "shop")
    assert await waiting is ExitCode.FINE
    assert said.out == "eu/prod/shop: condition met\n"


@pytest.mark.parametrize(("where", "place"), [((), "eu/prod/nosuch"), (("-A",), "eu/nosuch")])
async def test_what_never_was_there_is_deleted(
    kubeconfig: Path, said: Said, where: tuple[str, ...], place: str
) -> None:
    assert await waited(kubeconfig, "nosuch", *where, "--for", "deleted") is ExitCode.FINE
    assert (said.out, said.err) == (f"{place}: condition met\n", "")


async def test_a_name_that_is_not_there_is_an_error_at_once(kubeconfig: Path, said: Said) -> None:
    assert await waited(kubeconfig, "db", "nosuch", "--for", "ready", LONG) is ExitCode.CLUSTER_SAID_NO
    assert (said.out, said.err) == ("", 'error: stack "nosuch" not found in this namespace; -A looks at all of them\n')


@pytest.mark.parametrize("timeout", ["0", "300ms"])
async def test_when_the_time_is_up_each_one_that_is_not_there_is_named(
    kubeconfig: Path, said: Said, timeout: str
) -> None:
    code = await waited(kubeconfig, "--for", "ready", "--timeout", timeout, timing=WaitTiming())
    assert code is ExitCode.TIMED_OUT
    assert said.out == "eu/prod/shop: condition met\n"
    last_line = said.err.splitlines()[-1]
    assert last_line.startswith("error: eu/prod/db: ")
    assert " not ready: updating" in last_line


@pytest.mark.parametrize(
    ("scene", "cause", "wanted"),
    [
        ("12k-W1-wedge", "W-1", "ready"),
        ("02d-stalled", "U-1", "updated"),
        ("06b-prereq-failing", "B-10", "healthy"),
        ("13g-namespace-terminating", "B-12", "deleted"),
    ],
)
async def test_what_nothing_heals_ends_it_with_the_finding(
    server: ApiServer, kubeconfig: Path, said: Said, scene: str, cause: str, wanted: str
) -> None:
    put_scene(server, scene)
    judged = next(each for each in scenes()[scene].expected if cause in each["catalogue"])
    name, namespace = judged["name"], judged["namespace"]
    assert await waited(kubeconfig, name, "-n", namespace, "--for", wanted, LONG) is ExitCode.PROBLEMS
    assert said.out == ""
    assert f"error: eu/{namespace}/{name}: won't be {wanted} unless somebody acts\n" in said.err
    assert f"\n  {cause:<4} " in said.err
    assert said.err.endswith(f"kubectl pko-argo diagnose {name} -n {namespace} --context eu\n")


async def test_the_others_are_waited_for_all_the_same(server: ApiServer, kubeconfig: Path, said: Said) -> None:
    put_scene(server, "12k-W1-wedge")
    waiting = begun(kubeconfig, "-A", "mid-deleted", "db", "--for", "ready", "-o", "json")
    await eventually(lambda: "won't be ready" in said.err)
    assert not waiting.done()
    server.store.put(stack_object("db", conditions=[READY]))
    assert await waiting is ExitCode.PROBLEMS
    wedged, db = json.loads(said.out)
    assert set(wedged) == {
        "context", "namespace", "name", "condition", "met", "after", "hopeless", "reason", "phase", "finding",
    }  # fmt: skip
    assert (wedged["name"], wedged["met"], wedged["after"], wedged["hopeless"]) == ("mid-deleted", False, None, True)
    assert wedged["finding"]["id"] == "W-1"
    assert wedged["reason"] == wedged["finding"]["title"]
    assert (db["context"], db["namespace"], db["name"], db["condition"]) == ("eu", "prod", "db", "ready")
    assert (db["met"], db["hopeless"], db["reason"], db["finding"]) == (True, False, "", None)
    assert db["after"] > 0


async def test_one_that_moves_again_is_waited_for_again(server: ApiServer, kubeconfig: Path, said: Said) -> None:
    put_scene(server, "12k-W1-wedge")
    waiting = begun(kubeconfig, "-A", "mid-deleted", "db", "--for", "ready")
    await eventually(lambda: "won't be ready" in said.err)
    server.store.put(stack_object("mid-deleted", "crash", conditions=[READY]))
    await eventually(lambda: "eu/crash/mid-deleted: condition met\n" in said.out)
    server.store.put(stack_object("db", conditions=[READY]))
    assert await waiting is ExitCode.FINE


async def test_one_that_is_deleted_ends_it(server: ApiServer, kubeconfig: Path, said: Said) -> None:
    waiting = begun(kubeconfig, "db", "--for", "ready")
    await eventually(lambda: said.err)
    server.store.patch("Stack", "prod", "db", {"metadata": {"finalizers": None}})
    server.store.delete("Stack", "prod", "db")
    assert await waiting is ExitCode.PROBLEMS
    assert said.err.splitlines()[-1] == "error: eu/prod/db: won't be ready: it was deleted"


async def test_one_that_is_replaced_is_judged_anew(server: ApiServer, kubeconfig: Path, said: Said) -> None:
    waiting = begun(kubeconfig, "db", "--for", "ready")
    await eventually(lambda: said.err)
    server.store.put(stack_object("db", conditions=[PROCESSING], metadata={"uid": "another"}))
    await eventually(lambda: "eu/prod/db: was deleted and made anew; the new one is waited for\n" in said.err)
    server.store.put(stack_object("db", conditions=[READY], metadata={"uid": "another"}))
    assert await waiting is ExitCode.FINE


async def test_a_context_that_is_lost_meanwhile_is_tried_again(server: ApiServer, kubeconfig: Path, said: Said) -> None:
    waiting = begun(kubeconfig, "db", "--for", "ready")
    await eventually(lambda: said.err)
    await server.refuse_connections()
    await eventually(lambda: "eu: lost: " in said.err)
    server.store.put(stack_object("db", conditions=[READY]))
    await server.listen()
    assert await waiting is ExitCode.FINE
    assert said.out == "eu/prod/db: condition met\n"


async def test_nobody_knows_of_a_context_that_stays_lost(server: ApiServer, kubeconfig: Path, said: Said) -> None:
    waiting = asyncio.ensure_future(waited(kubeconfig, "db", "--for", "ready", "--timeout", "3"))
    await eventually(lambda: said.err)
    await server.refuse_connections()
    assert await waiting is ExitCode.CLUSTER_SAID_NO
    assert "error: eu/prod/db: timed out after 3s, not ready: eu can't be seen (" in said.err


async def test_a_context_that_can_not_be_asked_is_named_and_the_others_are_waited_for(
    server: ApiServer, tmp_path: Path, said: Said
) -> None:
    both = write(tmp_path / "both", server.kubeconfig("eu", namespace="prod"), dead())
    assert await waited(both, "shop", "--all-contexts", "--for", "ready", LONG) is ExitCode.CLUSTER_SAID_NO
    assert said.out == "eu/prod/shop: condition met\n"
    assert said.err.startswith("error: dead: ")
    assert await waited(both, "shop", "--context", "dead", "--for", "ready", LONG) is ExitCode.CLUSTER_SAID_NO


async def test_several_contexts_at_once(server: ApiServer, tmp_path: Path, said: Said) -> None:
    async with ApiServer() as second:
        second.store.put(stack_object("db", conditions=[PROCESSING]))
        configs = (server.kubeconfig("eu", namespace="prod"), second.kubeconfig("us", namespace="prod"))
        both = write(tmp_path / "both", *configs)
        waiting = begun(both, "db", "--all-contexts", "--for", "ready")
        await eventually(lambda: "us/prod/db: updating" in said.err and "eu/prod/db: updating" in said.err)
        second.store.put(stack_object("db", conditions=[READY]))
        await eventually(lambda: said.out == "us/prod/db: condition met\n")
        server.store.put(stack_object("db", conditions=[READY]))
        assert await waiting is ExitCode.FINE


async def test_labels_choose_once(server: ApiServer, kubeconfig: Path, said: Said) -> None:
    labelled = {"labels": {"tier": "edge"}}
    server.store.put(stack_object("cdn", metadata=labelled, conditions=[PROCESSING]))
    waiting = begun(kubeconfig, "-l", "tier=edge", "--for", "deleted")
    await eventually(lambda: said.err.startswith("eu/prod/cdn: updating"))
    server.store.put(stack_object("cdn", conditions=[condition("Reconciling", "PrerequisiteNotSatisfied", "for x")]))
    await eventually(lambda: said.err.endswith("eu/prod/cdn: waiting for a prerequisite\n"))
    assert not waiting.done()
    server.store.patch("Stack", "prod", "cdn", {"metadata": {"finalizers": None}})
    server.store.delete("Stack", "prod", "cdn")
    assert await waiting is ExitCode.FINE


@pytest.mark.parametrize(("wanted", "code"), [("ready", ExitCode.CLUSTER_SAID_NO), ("deleted", ExitCode.FINE)])
async def test_where_the_labels_choose_none_there_is_none_to_wait_for(
    kubeconfig: Path, said: Said, wanted: str, code: ExitCode
) -> None:
    assert await waited(kubeconfig, "-l", "tier=none", "--for", wanted, "-o", "json", LONG) is code
    assert said.err == "no stacks found in this namespace; -A looks at all of them\n"
    assert said.out == ("[]\n" if code is ExitCode.FINE else "")


async def test_on_a_terminal_a_counter_is_written_over(
    server: ApiServer, kubeconfig: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    waiting = begun(kubeconfig, "--for", "ready")
    await eventually(lambda: "\r1 of 2 ready: 1 updating" in said.err)
    server.store.put(stack_object("db", conditions=[READY]))
    assert await waiting is ExitCode.FINE
    assert "\n" not in said.err, "nothing of it stays"
    assert said.err.endswith("\r")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["shop"], "--for"),
        (["shop", "--for", "happy"], "invalid choice: 'happy'"),
        (["app/shop", "--for", "ready"], "is no kind"),
        (["shop", "--for", "ready", "--timeout", "soon"], "is no duration"),
        (["shop", "--for", "ready", "--timeout=-soon"], "is no duration"),
    ],
)
def test_wrong_usage_says_what_would_be_right(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["wait", *arguments])
    assert ended.value.code == ExitCode.USAGE
    assert hint in capsys.readouterr().err


def test_a_negative_time_out_is_a_week() -> None:
    assert parse(["wait", "shop", "--for", "ready", "--timeout=-1s"]).timeout == 7 * 86_400
    assert parse(["wait", "shop", "--for", "ready"]).timeout == 30.0
