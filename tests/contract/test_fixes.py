"""Fixes reach a server: what is sent, that it is sent once, and what is said where it was refused or came to nothing.

No controller runs: what the operator would do is written by the tests, into the status.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from actions.plan import PlanUnacknowledged
from actions.stacks.diagnosed_stack import DiagnosedStack, FixRequest
from actions.stacks.reconcile import RECONCILE
from actions.stacks.release import RELEASE
from actions.stacks.restart_workspace import RESTART_WORKSPACE
from actions.stacks.unwedge import UNWEDGE
from actions.workflow import ChangeFault, ChangeKind
from contract.api import JSON, Api
from diagnosis.facts.stack_facts import OPERATOR_FINALIZER
from stacks.records.base import REQUEST
from support.fixing import VALUE, carried_out
from support.scene_edits import with_update_over
from support.scenes import Scene, scenes
from support.sent_fixes import POD, UPDATE, Sent, end_pod, is_gone, plan_now, read, sent
from support.sent_fixes import quiet_containers as quiet_containers

Obj = dict[str, Any]
FAILED = scenes()["02d-stalled"]
WEDGED = scenes()["12k-W1-wedge"]
OVER = with_update_over(WEDGED, "mid-deleted")
UNDESTROYED = scenes()["13c-destroy-failed-once"]
FINE = scenes()["08c-annotation-done"]
INITIALISED = scenes()["01h-succeeded"]
OTHER = "example.com/other"


async def test_a_run_is_asked_for_once(api: Api, tmp_path: Path) -> None:
    async with sent(api, tmp_path, FAILED, "shop-capped") as on:
        steps, result = await on.carried_out(await on.look(RECONCILE))
        assert (result.fault, result.written) == (ChangeFault.NONE, True), result.text
        assert "Update made-1a2 succeeded" in steps
        assert on.gate.writes == [f"PATCH {on.path}"]
        found = await on.stack()
        assert found["metadata"]["annotations"][REQUEST] == VALUE
        assert "pko-argo" in {each["manager"] for each in found["metadata"]["managedFields"]}


async def test_a_wedge_is_freed_with_two_requests(api: Api, tmp_path: Path) -> None:
    async with sent(api, tmp_path, WEDGED, "mid-deleted") as on:
        _, result = await on.carried_out(await on.look(UNWEDGE))
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == [f"PATCH {on.path}/status", f"PATCH {on.path}"]
        assert "currentUpdate" not in (await on.stack())["status"]


async def test_a_wedge_on_a_finished_update_is_freed_with_three(api: Api, tmp_path: Path) -> None:
    async with sent(api, tmp_path, OVER, "mid-deleted") as on:
        on.who.clock = lambda: time.time() + 15.0  # by then it is certain that the Update won't be taken in
        update = UPDATE.format(on.namespace, (await on.stack())["status"]["currentUpdate"]["name"])
        _, result = await on.carried_out(await on.look(UNWEDGE))
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == [f"PATCH {update}", f"PATCH {on.path}/status", f"PATCH {on.path}"]
        assert (await read(api, update))["metadata"]["finalizers"] == ["example.com/first"]
        assert "currentUpdate" not in (await on.stack())["status"]


async def test_one_finalizer_is_released_and_the_last_one_lets_the_stack_go(api: Api, tmp_path: Path) -> None:
    scene = UNDESTROYED.copy()
    scene.object("Stack", "stuck-destroy")["metadata"]["finalizers"].append(OTHER)
    async with sent(api, tmp_path, scene, "stuck-destroy") as on:
        task = await on.look(RELEASE)
        assert plan_now(task).risk.level == "high"
        steps, result = await carried_out(task, plan_now(task))
        assert result.fault is ChangeFault.NONE, result.text
        assert any(step.endswith(f"is held by {OTHER} still") for step in steps), steps
        assert (await on.stack())["metadata"]["finalizers"] == [OTHER]
        again = (await on.look(RELEASE)).plan()
        assert isinstance(again, PlanUnacknowledged) and again.word == OTHER
        last = await on.look(RELEASE, finalizer=OTHER)
        steps, result = await carried_out(last, plan_now(last))
        assert result.fault is ChangeFault.NONE, result.text
        assert any(step.endswith(" is gone") for step in steps), steps
        assert await is_gone(api, on.path)
        assert on.gate.writes == [f"PATCH {on.path}"] * 2


async def test_a_leftover_update_is_let_go(api: Api, tmp_path: Path) -> None:
    scene = FINE.copy()
    name = "shop-1a209a8f2af"
    metadata = scene.object("Update", name)["metadata"]
    metadata |= {"deletionTimestamp": "2026-11-23T18:40:00Z", "finalizers": [OPERATOR_FINALIZER]}
    async with sent(api, tmp_path, scene, "shop") as on:
        (update,) = [
            text
            for text in on.there.paths
            if "/updates/" in text and (await read(api, text))["metadata"].get("deletionTimestamp")
        ]
        task = await on.look(RELEASE, update=update.rpartition("/")[2])
        _, result = await carried_out(task, plan_now(task))
        assert result.fault is ChangeFault.NONE, result.text
        assert await is_gone(api, update)
        assert on.gate.writes == [f"PATCH {update}"]
        assert OPERATOR_FINALIZER in (await on.stack())["metadata"]["finalizers"]


async def test_where_somebody_else_wrote_it_is_planned_anew_and_sent(api: Api, tmp_path: Path) -> None:
    async with sent(api, tmp_path, FAILED, "shop-capped") as on:
        task = await on.look(RECONCILE)
        await on.patch({"metadata": {"labels": {"team": "shop"}}})
        _, result = await on.carried_out(task)
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == [f"PATCH {on.path}"] * 2


async def test_an_operator_that_is_upgraded_and_writes_meanwhile_does_not_keep_a_wedge_from_being_freed(
    api: Api, tmp_path: Path
) -> None:
    async with sent(api, tmp_path, WEDGED, "mid-deleted") as on:
        left = 3

        async def write_first(said: str) -> None:
            nonlocal left
            if said.endswith("/status") and left:
                left -= 1
                await on.patch({"status": {"observedGeneration": 10 + left}}, "status", fieldManager=f"manager-{left}")

        task = await on.look(UNWEDGE)
        on.gate.before = write_first
        _, result = await on.carried_out(task)
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == [*[f"PATCH {on.path}/status"] * 4, f"PATCH {on.path}"]


async def another_request(on: Sent) -> None:
    await on.patch({"metadata": {"annotations": {REQUEST: "somebody-elses"}}})


async def deleted(on: Sent) -> None:
    await on.patch({"metadata": {"finalizers": None}})
    assert (await on.api.delete(on.path))[0] == 200


async def made_anew(on: Sent) -> None:
    before = await on.stack()
    await deleted(on)
    kept = {name: before["metadata"][name] for name in ("name", "namespace", "finalizers")}
    status = before.pop("status")
    await on.api.make(on.path.rpartition("/")[0], before | {"metadata": kept})
    await on.patch({"status": status}, "status")


async def another_update(on: Sent) -> None:
    await on.patch({"status": {"currentUpdate": {"name": f"{on.name}-1a2ffffffff", "generation": 1}}}, "status")


async def freed(on: Sent) -> None:
    code, answer = await on.api.patch(f"{on.path}/status", [{"op": "remove", "path": "/status/currentUpdate"}], JSON)
    assert code == 200, answer


FASTER = [
    (RECONCILE, FAILED, "shop-capped", another_request),
    (RECONCILE, FAILED, "shop-capped", deleted),
    (RECONCILE, FAILED, "shop-capped", made_anew),
    (UNWEDGE, WEDGED, "mid-deleted", another_update),
    (UNWEDGE, WEDGED, "mid-deleted", freed),
    (UNWEDGE, WEDGED, "mid-deleted", deleted),
    (UNWEDGE, WEDGED, "mid-deleted", made_anew),
]


@pytest.mark.parametrize(
    ("change", "scene", "name", "meanwhile"), FASTER, ids=[f"{each[0].id}-{each[3].__name__}" for each in FASTER]
)
async def test_where_what_was_agreed_to_is_not_so_any_more_nothing_is_written(
    api: Api,
    tmp_path: Path,
    change: ChangeKind[DiagnosedStack, FixRequest],
    scene: Scene,
    name: str,
    meanwhile: Callable[[Sent], Awaitable[None]],
) -> None:
    async with sent(api, tmp_path, scene, name) as on:
        task = await on.look(change)
        await meanwhile(on)
        before = await api.get(on.path)
        _, result = await carried_out(task, plan_now(task))
        assert (result.fault, result.written) == (ChangeFault.OUTDATED, False), result.text
        assert result.text == "it was changed meanwhile, so nothing was written"
        assert len(on.gate.writes) == 1
        assert await api.get(on.path) == before


async def test_a_workspace_gets_a_new_pod(api: Api, tmp_path: Path) -> None:
    async with sent(api, tmp_path, INITIALISED, "shop") as on:
        pod = POD.format(on.namespace, "shop-workspace-0")
        before = await read(api, pod)
        operator = asyncio.create_task(replace_pod(on, before))
        task = await on.look(RESTART_WORKSPACE)
        steps, result = await carried_out(task, plan_now(task))
        await operator
        assert result.fault is ChangeFault.NONE, result.text
        assert "the new pod is ready" in steps
        assert on.gate.writes == [f"DELETE {pod}"]
        assert (await read(api, pod))["metadata"]["uid"] != before["metadata"]["uid"]


async def replace_pod(on: Sent, before: Obj) -> None:
    """What the StatefulSet and the node do when this pod is gone."""
    path = POD.format(on.namespace, before["metadata"]["name"])
    await end_pod(on.api, path)
    await make_pod_anew(on, before)


async def make_pod_anew(on: Sent, before: Obj) -> None:
    kept = {name: before["metadata"][name] for name in ("name", "namespace", "labels")}
    path = POD.format(on.namespace, kept["name"])
    await on.api.make(path.rpartition("/")[0], {"metadata": kept, "spec": before["spec"]})
    ready = {"conditions": [{"type": "Ready", "status": "True"}], "phase": "Running"}
    code, answer = await on.api.patch(f"{path}/status", {"status": ready})
    assert code == 200, answer


@pytest.mark.parametrize("looked", ["before it looked again", "after it looked again"])
async def test_a_pod_that_is_made_anew_meanwhile_is_another_one(api: Api, tmp_path: Path, looked: str) -> None:
    async with sent(api, tmp_path, INITIALISED, "shop") as on:
        pod = POD.format(on.namespace, "shop-workspace-0")
        task = await on.look(RESTART_WORKSPACE)

        async def replaced(said: str = "") -> None:
            before = await read(api, pod)
            assert (await api.delete(pod, {"gracePeriodSeconds": 0}))[0] == 200
            await replace_pod(on, before)

        late = looked == "after it looked again"
        if late:
            on.gate.before = replaced
        else:
            await replaced()
        _, result = await carried_out(task, plan_now(task))
        assert (result.fault, result.written) == (ChangeFault.OUTDATED, False), result.text
        assert result.text == "it was changed meanwhile, so nothing was written"
        assert on.gate.writes == [f"DELETE {pod}"] * late
        assert "deletionTimestamp" not in (await read(api, pod))["metadata"]
