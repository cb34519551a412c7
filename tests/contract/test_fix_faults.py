"""Fixes that are broken off: by a server that hangs up, a signal, another person; and what is done and said then."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from actions.stacks.reconcile import RECONCILE
from actions.stacks.release import RELEASE
from actions.stacks.restart_workspace import RESTART_WORKSPACE
from actions.stacks.unwedge import UNWEDGE
from actions.workflow import ChangeFault
from contract.api import Api
from contract.api import kubeconfig as kubeconfig
from support.fixing import carried_out, within
from support.program import Ended, run, running
from support.scene_edits import scene_of
from support.scenes import scenes
from support.sent_fixes import POD, Sent, end_pod, is_gone, plan_now, sent
from support.sent_fixes import quiet_containers as quiet_containers
from support.waiting import LIMIT, eventually

Obj = dict[str, Any]
FAILED = scenes()["02d-stalled"]
WEDGED = scenes()["12k-W1-wedge"]
UNDESTROYED = scenes()["13c-destroy-failed-once"]
INITIALISED = scenes()["01h-succeeded"]


async def test_a_server_that_writes_and_hangs_up_is_asked_whether_it_did(api: Api, tmp_path: Path) -> None:
    async with sent(api, tmp_path, FAILED, "shop-capped") as on:
        on.gate.drops_answer = lambda said: True
        steps, result = await on.carried_out(await on.look(RECONCILE))
        assert result.fault is ChangeFault.NONE, result.text
        assert any(step.startswith("no answer came (") for step in steps), steps
        assert on.gate.writes == [f"PATCH {on.path}"]


async def test_a_server_that_hangs_up_first_is_asked_too_and_sent_nothing_more(api: Api, tmp_path: Path) -> None:
    async with sent(api, tmp_path, FAILED, "shop-capped") as on:
        task, before = await on.look(RECONCILE), await on.stack()
        on.gate.drops_request = lambda said: True
        _, result = await carried_out(task, plan_now(task))
        assert (result.fault, result.written) == (ChangeFault.UNKNOWN, False)
        assert result.text.startswith("it isn't known to have been written: ")
        assert on.gate.writes == [f"PATCH {on.path}"]
        assert await on.stack() == before


@pytest.mark.parametrize("written", [True, False], ids=["written", "not written"])
async def test_after_a_first_request_without_an_answer_no_second_one_is_sent_and_then_it_is_finished(
    api: Api, tmp_path: Path, written: bool
) -> None:
    async with sent(api, tmp_path, WEDGED, "mid-deleted") as on:
        both = [f"PATCH {on.path}/status", f"PATCH {on.path}"]
        on.gate.drops_answer, on.gate.drops_request = (lambda said: written), (lambda said: not written)
        task = await on.look(UNWEDGE)
        _, result = await carried_out(task, plan_now(task))
        assert (result.fault, result.written) == (ChangeFault.UNKNOWN, False)
        assert result.text.startswith("0 of 2 requests were written, and of the next one it isn't known: ")
        assert on.gate.writes == both[:1]
        on.gate.drops_answer = on.gate.drops_request = lambda said: False
        on.gate.writes.clear()
        _, result = await on.carried_out(await on.look(UNWEDGE))
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == (both[1:] if written else both)


async def test_a_last_request_without_an_answer_is_looked_for(api: Api, tmp_path: Path) -> None:
    async with sent(api, tmp_path, WEDGED, "mid-deleted") as on:
        both = [f"PATCH {on.path}/status", f"PATCH {on.path}"]
        on.gate.drops_answer = lambda said: said == both[1]
        _, result = await on.carried_out(await on.look(UNWEDGE))
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == both


async def test_a_last_request_that_did_not_arrive_is_missed_and_the_next_plan_has_it_alone(
    api: Api, tmp_path: Path
) -> None:
    async with sent(api, tmp_path, WEDGED, "mid-deleted") as on:
        both = [f"PATCH {on.path}/status", f"PATCH {on.path}"]
        on.gate.drops_request = lambda said: said == both[1]
        task = await on.look(UNWEDGE)
        _, result = await carried_out(task, plan_now(task))
        assert (result.fault, result.written) == (ChangeFault.UNKNOWN, True)
        assert result.text == "it isn't known to have been written: the request for a run isn't there"
        on.gate.drops_request = lambda said: False
        _, result = await on.carried_out(await on.look(UNWEDGE))
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == [*both, both[1]]


async def test_a_pod_that_goes_without_an_answer_is_not_deleted_twice(api: Api, tmp_path: Path) -> None:
    async with sent(api, tmp_path, INITIALISED, "shop") as on:
        pod = POD.format(on.namespace, "shop-workspace-0")
        task = await on.look(RESTART_WORKSPACE)
        on.gate.drops_answer = lambda said: True
        task = within(task, 2.0)
        node = asyncio.create_task(end_pod(api, pod))
        _, result = await carried_out(task, plan_now(task))
        await node
        assert (result.fault, result.written) == (ChangeFault.NOT_YET, True), result.text
        assert "the old pod is gone; the StatefulSet makes a new one" in result.text
        assert on.gate.writes == [f"DELETE {pod}"]


async def test_a_finalizer_that_goes_without_an_answer_is_not_removed_twice(api: Api, tmp_path: Path) -> None:
    async with sent(api, tmp_path, UNDESTROYED, "stuck-destroy") as on:
        task = await on.look(RELEASE)
        on.gate.drops_answer = lambda said: True
        _, result = await carried_out(task, plan_now(task))
        assert result.fault is ChangeFault.NONE, result.text
        assert await is_gone(api, on.path)
        assert on.gate.writes == [f"PATCH {on.path}"]


def through(on: Sent, kubeconfig: Path) -> Path:
    """A kubeconfig whose server is the gateway."""
    config = json.loads(kubeconfig.read_text())
    config["clusters"][0]["cluster"] = {"server": on.gate.url}
    path = kubeconfig.with_name("gateway.json")
    path.write_text(json.dumps(config))
    return path


def state(folder: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}


def recorded(folder: Path) -> list[tuple[str, str]]:
    """What the record says: the word, and the request."""
    (file,) = (folder / "state").rglob("actions.jsonl")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return [(line["word"], line["request"].partition("?")[0]) for line in lines]


async def test_what_was_killed_between_two_requests_is_told_and_finished(
    api: Api, kubeconfig: Path, tmp_path: Path
) -> None:
    async with sent(api, tmp_path, WEDGED, "mid-deleted") as on:
        config = through(on, kubeconfig)
        first, second = f"PATCH {on.path}/status", f"PATCH {on.path}"
        on.gate.keeps_request = lambda said: said == second
        command = ("unwedge", on.name, "-n", on.namespace, "--yes")
        async with running(config, *command, env=state(tmp_path)) as process:
            await eventually(lambda: on.gate.writes == [first, second])
            process.kill()
            await process.wait()
        assert recorded(tmp_path) == [("sending", first), ("done", first), ("sending", second)]
        on.gate.keeps_request = lambda said: False
        operator = asyncio.create_task(on.play())
        ended = await run(config, *command, env=state(tmp_path))
        await operator
        assert ended.code == 0, ended.err
        assert "note      the program was ended at " in ended.err
        assert "before it knew what came of: free lab/" in ended.err
        assert on.gate.writes == [first, second, second]
        assert recorded(tmp_path)[3:] == [("sending", second), ("done", second)]
        again = await run(config, *command, env=state(tmp_path))
        assert (again.code, again.out) == (0, f"lab/{on.namespace}/{on.name} waits for no update\n")
        assert len(on.gate.writes) == 3


async def at_once(on: Sent, config: Path, folder: Path, verb: str) -> list[Ended]:
    """Two people who agree to the same plan, and whose first requests come at the same time; the loser is the first."""
    came = asyncio.Event()

    async def wait_for_both(said: str) -> None:
        if len(on.gate.writes) >= 2:
            came.set()
        await came.wait()

    on.gate.before = wait_for_both
    operator = asyncio.create_task(on.play())
    command = (verb, on.name, "-n", on.namespace, "--yes")
    both = await asyncio.gather(*(run(config, *command, env=state(folder / who)) for who in ("one", "two")))
    await operator
    return sorted(both, key=lambda ended: -ended.code)


async def test_of_two_who_ask_for_a_run_at_once_one_is_told_that_the_other_was_faster(
    api: Api, kubeconfig: Path, tmp_path: Path
) -> None:
    async with sent(api, tmp_path, FAILED, "shop-capped") as on:
        loser, winner = await at_once(on, through(on, kubeconfig), tmp_path, "reconcile")
        assert (winner.code, loser.code) == (0, 3), (winner, loser)
        assert "it was changed meanwhile, so nothing was written; run it again" in loser.err
        assert on.gate.writes == [f"PATCH {on.path}"] * 2


async def test_of_two_who_free_a_stack_at_once_one_does_it(api: Api, kubeconfig: Path, tmp_path: Path) -> None:
    async with sent(api, tmp_path, WEDGED, "mid-deleted") as on:
        loser, winner = await at_once(on, through(on, kubeconfig), tmp_path, "unwedge")
        assert (winner.code, loser.code) == (0, 3), (winner, loser)
        assert "it was changed meanwhile, so nothing was written" in loser.err
        assert on.gate.writes == [*[f"PATCH {on.path}/status"] * 2, f"PATCH {on.path}"]


async def test_a_proof_that_comes_late_can_be_waited_for(api: Api, kubeconfig: Path, tmp_path: Path) -> None:
    async with sent(api, tmp_path, FAILED, "shop-capped") as on:
        place = (on.name, "-n", on.namespace)
        ended = await run(kubeconfig, "reconcile", *place, "--yes", "--timeout", "0s", env=state(tmp_path))
        assert ended.code == 4, ended.err
        assert "isn't proven: the operator hasn't seen the request yet" in ended.err
        flags = ("--for=reconciled", "--timeout", f"{LIMIT:.0f}")
        waiting = asyncio.create_task(run(kubeconfig, "wait", *place, *flags, env=state(tmp_path)))
        await on.play()
        assert (await waiting).out == f"lab/{on.namespace}/{on.name}: condition met\n"


GROUP = [f"shop-{number}" for number in range(5)]


async def test_ctrl_c_in_the_middle_of_a_group_begins_no_more(api: Api, kubeconfig: Path, tmp_path: Path) -> None:
    scene = scene_of("02d-stalled")
    stack = scene.object("Stack", "shop-capped")
    for name in GROUP:
        scene.objects.append({**stack, "metadata": {**stack["metadata"], "name": name, "uid": f"uid-{name}"}})
    async with sent(api, tmp_path, scene, "shop-capped") as on:
        config = through(on, kubeconfig)
        command = ("reconcile", *GROUP, "-n", on.namespace, "--yes", "--rate", "1", "--timeout", "0s")
        async with running(config, *command, env=state(tmp_path)) as process:
            await eventually(lambda: len(on.gate.writes) == 2)
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(LIMIT):
                out, err = await process.communicate()
        assert process.returncode == 4
        left = f"kubectl pko-argo reconcile {' '.join(GROUP[2:])} -n {on.namespace} --context lab"
        assert "stopped: 2 of 5 were begun; these go on with those that weren't:\n" in err.decode()
        assert f"\n  {left}" in err.decode()
        ends = [line.split(": ")[1] for line in err.decode().splitlines() if line.startswith("error: ")]
        assert ends == [f"lab/{on.namespace}/{name}" for name in GROUP[:2]]
        assert out == b""
        assert on.gate.writes == [f"PATCH {on.path.rpartition('/')[0]}/{name}" for name in GROUP[:2]]
