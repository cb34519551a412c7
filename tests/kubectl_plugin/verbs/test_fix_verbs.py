"""The verbs that fix Stacks: which are meant, what is shown and asked, groups at a rate, and how they end."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from demo.server.authorization import AccessRule
from stacks.records.base import REQUEST
from support.fixing import serve, writes
from support.objects import stack_object
from support.pod_commands import play_commands
from support.program import run, running, write
from support.scene_edits import last_update_of, status_of
from support.scenes import Scene, scenes, shifted
from support.terminal import terminal as on_terminal
from support.waiting import eventually

PATH = "/apis/pulumi.com/v1/namespaces/crash/stacks/mid-deleted"


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        serve(made, shifted(scenes()["12k-W1-wedge"], time.time()))
        yield made


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """An environment with a folder for the record."""
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("eu", namespace="crash"))


def changes(server: ApiServer) -> list[str]:
    return [each for each in writes(server) if not each.endswith("/exec")]


async def test_a_dry_run_shows_every_byte_and_sends_none(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "unwedge", "mid-deleted", "--dry-run=client")
    assert (ended.code, ended.err) == (0, "")
    assert f"PATCH {PATH}/status?fieldManager=pko-argo" in ended.out
    assert '{"op": "remove", "path": "/status/currentUpdate"}' in ended.out
    assert "proof" in ended.out and "rights    patch stacks/status.pulumi.com: yes" in ended.out
    assert changes(server) == []


async def test_a_dry_run_of_the_server_lets_it_check_and_keeps_nothing(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "unwedge", "mid-deleted", "--dry-run=server")
    assert (ended.code, ended.out) == (
        0,
        "eu/crash/mid-deleted: the server would accept it; nothing was written\n",
    )
    assert changes(server) == []


async def test_without_a_terminal_and_without_yes_nothing_is_sent(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "unwedge", "mid-deleted")
    assert ended.code == 2
    assert "there is no terminal to ask on, so nothing was written" in ended.err
    assert changes(server) == []


async def test_what_cannot_help_is_refused_with_the_reason_and_what_does(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "reconcile", "mid-deleted", "--yes")
    assert (ended.code, ended.out) == (3, "")
    assert "reconcile doesn't help here: the operator returns at currentUpdate" in ended.err
    assert "(W-1: The operator waits for Update" in ended.err
    assert "remove status.currentUpdate" in ended.err
    assert changes(server) == []


async def test_it_is_sent_once_and_ends_with_4_where_the_proof_does_not_come(
    server: ApiServer, kubeconfig: Path, state: dict[str, str]
) -> None:
    ended = await run(kubeconfig, "unwedge", "mid-deleted", "--yes", "--timeout=0s", env=state)
    assert ended.code == 4
    assert "it was sent, and after" in ended.err and "the operator hasn't seen the request yet" in ended.err
    assert changes(server) == [f"PATCH {PATH}/status", f"PATCH {PATH}"]


async def test_read_only_forbids_it_before_anything_is_asked(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "unwedge", "mid-deleted", "--read-only", "--yes")
    assert ended.code == 2
    assert len(server.requests) == 0


@pytest.mark.parametrize("verb", ["reconcile", "unwedge"])
async def test_no_name_is_wrong_usage_and_never_means_all(server: ApiServer, kubeconfig: Path, verb: str) -> None:
    ended = await run(kubeconfig, verb, "--yes")
    assert ended.code == 2
    assert "--selector LABELS or --cause ID" in ended.err
    assert len(server.requests) == 0


async def test_a_name_that_is_not_there_is_said_and_the_others_are_done(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "unwedge", "mid-deleted", "nobody", "--dry-run=client")
    assert ended.code == 1
    assert 'error: stack "nobody" not found' in ended.err
    assert f"PATCH {PATH}/status" in ended.out


async def test_a_cause_chooses_the_stacks_that_have_it(server: ApiServer, kubeconfig: Path) -> None:
    server.store.put(stack_object("fine", "crash", lastUpdate={"state": "succeeded", "type": "up"}))
    ended = await run(kubeconfig, "unwedge", "--cause", "w-1", "--dry-run=client")
    assert ended.code == 0
    assert ended.out.count("free eu/crash/") == 1
    ended = await run(kubeconfig, "unwedge", "--cause", "U-3", "--yes")
    assert (ended.code, changes(server)) == (0, [])
    assert "no stack whose first finding is U-3" in ended.err


def put_failing(server: ApiServer, count: int) -> None:
    """Stacks whose last run failed, for which a new one may be asked for."""
    for number in range(count):
        condition = {"type": "Stalled", "status": "True", "reason": "UpdateFailed", "message": "up failed 3 times"}
        last = {"state": "failed", "type": "up", "generation": 1, "failures": 3, "message": "up failed: no quota"}
        made = stack_object(f"shop-{number:03}", "prod", conditions=[condition], lastUpdate=last)
        made["metadata"]["labels"] = {"team": "shop"}
        server.store.put(made)


def asked(server: ApiServer) -> list[str]:
    """The Stacks for which a run was asked for."""
    stacks = [entry.obj() for entry in server.store.collection("Stack").in_namespace("prod")]
    return [each["metadata"]["name"] for each in stacks if REQUEST in (each["metadata"].get("annotations") or {})]


async def test_a_group_is_begun_at_its_rate_and_a_ctrl_c_begins_no_more(
    server: ApiServer, kubeconfig: Path, state: dict[str, str]
) -> None:
    put_failing(server, 5)
    arguments = ("reconcile", "-l", "team=shop", "-n", "prod", "--yes", "--rate", "2", "--timeout", "1s")
    async with running(kubeconfig, *arguments, env=state) as program:
        await eventually(lambda: asked(server))
        program.send_signal(signal.SIGINT)
        out, err = (text.decode() for text in await program.communicate())
    assert program.returncode in (3, 4), out + err
    sent = changes(server)
    assert 1 <= len(sent) < 5 and len(sent) == len(set(sent)) == len(asked(server))
    left = " ".join(f"shop-{number:03}" for number in range(len(sent), 5))
    assert f"stopped: {len(sent)} of 5 were begun; these go on with those that weren't:" in err
    assert f"\n  kubectl pko-argo reconcile {left} -n prod --context eu --rate 2\n" in err
    assert "likewise" in err and err.count("request   PATCH") == 1


async def test_of_a_group_every_request_is_shown_with_what_it_sends(server: ApiServer, kubeconfig: Path) -> None:
    put_failing(server, 3)
    ended = await run(kubeconfig, "reconcile", "-l", "team=shop", "-n", "prod")
    assert ended.code == 2
    for number in (1, 2):
        assert f"  eu: ask for a run of eu/prod/shop-00{number}\n" in ended.err
    assert ended.err.count('"pulumi.com/reconciliation-request":"pko-argo-') == 2


async def test_a_second_ctrl_c_leaves_at_once_and_what_is_under_way_is_still_recorded(
    server: ApiServer, kubeconfig: Path, state: dict[str, str]
) -> None:
    put_failing(server, 4)
    server.faults.latency(0.6, "PATCH /apis/pulumi.com")
    arguments = ("reconcile", "-l", "team=shop", "-n", "prod", "--yes", "--rate", "50", "--timeout", "60s")
    async with running(kubeconfig, *arguments, env=state) as program:
        assert program.stderr is not None
        await eventually(lambda: changes(server))
        program.send_signal(signal.SIGINT)
        while b"stopping:" not in await program.stderr.readline():
            pass
        program.send_signal(signal.SIGINT)
        async with asyncio.timeout(2.0):
            await program.wait()
        err = (await program.stderr.read()).decode()
    assert program.returncode == 128 + signal.SIGINT and "Traceback" not in err, err
    [record] = Path(state["XDG_STATE_HOME"]).rglob("actions.jsonl")
    words = Counter(json.loads(line)["word"] for line in record.read_text().splitlines())
    assert words["sending"] == words["done"] == len(changes(server)) == len(asked(server))
    assert "kubectl pko-argo reconcile shop-00" in err


async def test_those_that_may_not_be_changed_are_named_and_the_others_are_done(
    server: ApiServer, tmp_path: Path, state: dict[str, str]
) -> None:
    put_failing(server, 12)
    for number in range(4):
        server.store.put(stack_object(f"other-{number}", "closed", metadata={"labels": {"team": "shop"}}))
    read = AccessRule(("get", "list", "watch", "create"), ("*",))
    server.access.grant("token-1", "somebody", read, AccessRule(("patch",), ("stacks",), ("prod",)))
    path = write(tmp_path / "some", server.kubeconfig("eu", token="token-1"))
    ended = await run(path, "reconcile", "-l", "team=shop", "-A", "--yes", "--rate", "50", "--timeout", "0s", env=state)
    assert ended.code == 1
    assert ended.err.count("you may not do that: it needs the right to patch stacks.pulumi.com") == 4
    assert len(asked(server)) == 12


async def test_the_record_has_a_line_before_and_one_after_each_request(
    server: ApiServer, kubeconfig: Path, state: dict[str, str]
) -> None:
    ended = await run(kubeconfig, "unwedge", "mid-deleted", "--yes", "--timeout=0s", env=state)
    assert ended.code == 4
    [record] = Path(state["XDG_STATE_HOME"]).rglob("actions.jsonl")
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert [line["word"] for line in lines] == ["sending", "done", "sending", "done"]


async def test_diagnose_fix_walks_through_what_helps_and_says_what_stays(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "diagnose", "mid-deleted", "--fix", "--dry-run=client")
    assert ended.code == 3
    assert "W-1" in ended.out and f"PATCH {PATH}/status" in ended.out
    assert "eu/crash/mid-deleted: still there: W-1 The operator waits for Update" in ended.out.splitlines()[-1]
    assert changes(server) == []


async def test_diagnose_fix_leaves_what_can_hurt_to_a_person_also_with_yes(
    server: ApiServer, kubeconfig: Path, state: dict[str, str]
) -> None:
    ended = await run(kubeconfig, "diagnose", "mid-deleted", "--fix", "--yes", "--timeout=0s", env=state)
    assert ended.code == 3
    command = "kubectl pko-argo unwedge mid-deleted -n crash --context eu"
    assert re.search(f"and ask for a run is left to you: {command}\n", ended.err), ended.err
    assert changes(server) == []


def destroy_fails() -> Scene:
    """A Stack that is being deleted, and whose destroy fails: a reconcile is offered, which destroys, and a release."""
    scene = scenes()["13c-destroy-failed-once"].copy()
    last = last_update_of(scene, "stuck-destroy")
    last["message"] = "destroy failed: exit status 1\ncode: 1\nstdout: \nstderr: error: bucket not empty\n"
    status_of(scene, "Update", last["name"])["message"] = last["message"]
    return scene


@pytest.mark.parametrize(
    ("scene", "name", "words"),
    [
        (
            destroy_fails,
            "stuck-destroy",
            "is left to you: kubectl pko-argo reconcile stuck-destroy -n del --context eu",
        ),
        (
            lambda: scenes()["13a-foreign-finalizer"],
            "foreign",
            "all the same: kubectl pko-argo release foreign -n del --context eu --finalizer "
            "resources-finalizer.argocd.argoproj.io/background",
        ),
        (
            lambda: scenes()["13c-destroy-failed-once"],
            "stuck-destroy",
            "all the same: kubectl pko-argo cancel stuck-destroy -n del --context eu --holder ci@runner-7",
        ),
    ],
)
async def test_diagnose_fix_never_does_by_itself_what_can_hurt_and_names_the_command(
    server: ApiServer, tmp_path: Path, state: dict[str, str], scene: Callable[[], Scene], name: str, words: str
) -> None:
    played = play_commands(server)
    serve(server, shifted(scene(), time.time()))
    path = write(tmp_path / "del", server.kubeconfig("eu", namespace="del"))
    ended = await run(path, "diagnose", name, "--fix", "--yes", "--timeout=0s", env=state)
    stack = server.store.get("Stack", "del", name)
    assert stack is not None and stack["metadata"]["finalizers"] and played.cancelled == []
    assert words in ended.err, ended.err
    assert [each for each in changes(server) if each.endswith(f"/stacks/{name}")] == []


@pytest.mark.parametrize("wrong", [("-o", "json"), ("-f", "x"), ("-w",), ("--groups",)])
async def test_diagnose_fix_goes_with_nothing_that_only_prints(kubeconfig: Path, wrong: tuple[str, ...]) -> None:
    ended = await run(kubeconfig, "diagnose", "x", "--fix", *wrong)
    assert ended.code == 2


async def test_diagnose_fix_wants_names(kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "diagnose", "--fix")
    assert ended.code == 2
    assert "--fix walks through the stacks that are named" in ended.err


async def test_a_dry_run_without_a_word_is_the_clients_and_takes_no_name_for_one(
    server: ApiServer, kubeconfig: Path
) -> None:
    for arguments in (("--dry-run", "mid-deleted"), ("mid-deleted", "--dry-run")):
        ended = await run(kubeconfig, "unwedge", *arguments)
        assert (ended.code, ended.err) == (0, "")
        assert f"PATCH {PATH}/status?fieldManager=pko-argo" in ended.out
    assert changes(server) == []


async def test_a_cause_that_does_not_exist_is_wrong_usage(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "unwedge", "--cause", "X-9", "--yes")
    assert ended.code == 2
    assert "there is no cause X-9; causes are " in ended.err and "W-1" in ended.err
    assert len(server.requests) == 0


async def test_what_was_typed_before_the_question_is_no_answer_to_it(
    server: ApiServer, kubeconfig: Path, state: dict[str, str]
) -> None:
    async with on_terminal(kubeconfig, "unwedge", "mid-deleted", "--timeout=0s", env=state) as screen:
        screen.type("eu\n")
        await screen.until(lambda: "Type eu to send it: " in screen.text)
        screen.type("other\n")
        await screen.until(lambda: "nothing was sent" in screen.text)
        assert "that isn't eu" in screen.text
        assert await screen.ended() == 3
    assert changes(server) == []
