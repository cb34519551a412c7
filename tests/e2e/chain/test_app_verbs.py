"""Refreshing, syncing and ending syncs by our commands, as Argo CD's own controllers take them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from actions.applications.diagnosed_application import ApplicationRequest, DiagnosedApplication
from actions.applications.sync_application import SYNC_APPLICATION
from actions.plan import Plan
from actions.record import ActionRecord
from actions.workflow import ChangeFault, ChangeResult, ChangeTask, Timing, carry_out
from cluster.http.connection import Connection
from cluster.kubeconfig import load
from contract.api import JSON, Api
from diagnosis.reading.diagnosed_applications import diagnose_applications
from e2e.chain.argo_cd import NAMESPACE
from e2e.chain.deliveries import FIRST, SECOND, Delivery, Seen
from e2e.chain.installation import OURS, Installation
from e2e.chain.repository import Repository
from e2e.chain.steps import SUCCEEDS, WAITS_FOR_FIRST
from e2e.chain.stories import Story
from fleet.scope import WatchScope
from support.program import PROGRAM, Ended, environment, heed_interrupts
from support.waiting import eventually

Tell = Callable[[str], Story]
Obj = dict[str, Any]

REFRESH = "argocd.argoproj.io/refresh"
COMMAND_ENDS_WITHIN = 120.0
pytestmark = pytest.mark.parametrize("check", [OURS], indirect=True, ids=["ours"])


@pytest.fixture(autouse=True)
async def nothing_stays(api: Api, repository: Repository) -> AsyncIterator[None]:
    """An Application that can't be compared would keep other tests from seeing a check in force everywhere."""
    yield
    code, answer = await api.delete(Delivery(api, repository).path)
    assert code == 200, answer


@asynccontextmanager
async def started(installation: Installation, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    homes = {f"XDG_{name}_HOME": str(installation.home / name.lower()) for name in ("STATE", "CONFIG", "CACHE")}
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "app", *arguments,
        preexec_fn=heed_interrupts,
        env=environment(installation.home / "kubeconfig", **homes),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ended(process: asyncio.subprocess.Process) -> Ended:
    async with asyncio.timeout(COMMAND_ENDS_WITHIN):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def said(process: asyncio.subprocess.Process, words: str) -> str:
    """What it has said on stderr until it says these words."""
    assert process.stderr is not None
    lines: list[str] = []
    async with asyncio.timeout(COMMAND_ENDS_WITHIN):
        while not lines or words not in lines[-1]:
            line = await process.stderr.readline()
            assert line, "".join(lines)
            lines.append(line.decode())
    return "".join(lines)


async def app(installation: Installation, *arguments: str) -> Ended:
    """Our command, to its end."""
    async with started(installation, *arguments) as process:
        return await ended(process)


def operation_of(obj: Obj) -> Obj:
    found: Obj = obj.get("status", {}).get("operationState") or {}
    return found


async def compared(story: Story) -> None:
    """Both Stacks are in Git, and Argo CD knows that they aren't in the cluster."""
    story.delivery.commit(FIRST, SECOND)
    await story.delivery.create()
    await story.shows(lambda seen: seen.health == "Missing")


async def comes_to_wait(delivery: Delivery) -> None:
    async def waits() -> bool:
        return WAITS_FOR_FIRST in (await delivery.seen()).message

    await eventually(waits, every=0.1)


def over(phase: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.phase == phase


async def test_a_refresh_makes_argo_cd_compare_at_once_and_says_what_it_found(
    tell: Tell, installation: Installation
) -> None:
    story = tell("`app refresh`")
    await compared(story)
    before = (await story.delivery.obj())["status"]["reconciledAt"]
    for words, hard in (("normal", ()), ("hard", ("--hard",))):
        told = await app(installation, "refresh", story.delivery.name, "--yes", *hard)
        assert told.code == 0, told.err
        assert f'"{REFRESH}": "{words}"' in told.err
        found = await story.delivery.obj()
        assert REFRESH not in found["metadata"].get("annotations", {})
        assert found["status"]["reconciledAt"] > before
        before = found["status"]["reconciledAt"]
        assert f"{NAMESPACE}/{story.delivery.name}: it was compared at {before}: OutOfSync, Missing" in told.out


async def test_a_refresh_that_ends_in_an_error_says_which(tell: Tell, installation: Installation) -> None:
    story = tell("`app refresh`, and the source is gone")
    await compared(story)
    wrong = [{"op": "replace", "path": "/spec/source/path", "value": "nowhere"}]
    code, answer = await story.delivery.api.patch(story.delivery.path, wrong, JSON)
    assert code == 200, answer
    told = await app(installation, "refresh", story.delivery.name, "--yes")
    assert told.code == 3, told.out
    assert "it can't be compared: ComparisonError" in told.err
    assert "nowhere: app path does not exist" in told.err
    told = await app(installation, "sync", story.delivery.name, "--yes")
    assert told.code == 3
    assert "Argo CD ends every sync at once while it has this condition: ComparisonError" in told.err


async def test_a_sync_is_known_again_waited_for_and_refused_beside_another(
    tell: Tell, installation: Installation
) -> None:
    story = tell("`app sync`")
    name = story.delivery.name
    await compared(story)
    async with started(installation, "sync", name, "--yes") as command:
        await comes_to_wait(story.delivery)
        state = operation_of(await story.delivery.obj())
        assert state["operation"]["initiatedBy"] == {"username": "pko-argo"}
        [mark] = state["operation"]["info"]

        second = await app(installation, "sync", name, "--yes")
        assert second.code == 3
        assert "a sync by pko-argo runs since" in second.err
        assert f"app terminate {name}" in second.err
        assert operation_of(await story.delivery.obj())["startedAt"] == state["startedAt"]

        before = await said(command, f"it is Running: {WAITS_FOR_FIRST}")
        assert f"this operation (pko-argo={mark['value']}) ends" in before
        await story.goes(SUCCEEDS)
        told = await ended(command)
    assert told.code == 0, told.err
    assert f"{NAMESPACE}/{name}: synced 2 resources to " in told.out

    # The same once more: there is nothing to change, and the state of the last one is in nobody's way.
    told = await app(installation, "sync", name, "--yes")
    assert told.code == 0, told.err
    [newer] = operation_of(await story.delivery.obj())["operation"]["info"]
    assert newer["value"] != mark["value"]


async def test_just_one_stack_of_an_application_is_synced(tell: Tell, installation: Installation) -> None:
    story = tell("`app sync --stack first --only`")
    api = story.delivery.api
    await compared(story)
    await story.delivery.sync()
    await story.goes(SUCCEEDS)
    await story.shows(lambda seen: seen.cause == story.delivery.blames(SECOND))
    code, answer = await api.delete(api.stacks(SECOND))
    assert code == 200, answer
    story.delivery.commit(FIRST, SECOND, branch="next")
    told = await app(installation, "refresh", story.delivery.name, "--yes")
    assert "OutOfSync" in told.out, told.err

    told = await app(installation, "sync", "-n", api.namespace, "--stack", FIRST, "--only", "--yes")
    assert told.code == 0, told.err
    assert f"{NAMESPACE}/{story.delivery.name}: synced 1 resource to " in told.out
    assert "hooks are skipped, and the Application's history gets no entry" in told.err
    first = await story.operator.stack(FIRST)
    assert first is not None
    assert first["spec"]["branch"] == "next"
    assert await story.operator.stack(SECOND) is None
    found = await story.delivery.obj()
    held = {"group": "pulumi.com", "kind": "Stack", "namespace": api.namespace, "name": FIRST}
    assert operation_of(found)["operation"]["sync"]["resources"] == [held]
    assert len(found["status"]["history"]) == 1


async def test_what_somebody_wrote_meanwhile_is_planned_anew_and_sent_where_it_is_the_same(
    tell: Tell, installation: Installation, tmp_path: Path
) -> None:
    story = tell("somebody writes between the plan of `app sync` and its sending")
    story.delivery.commit(SECOND)
    await story.delivery.create()
    await story.shows(lambda seen: seen.health == "Missing")
    kubeconfig = load(str(installation.home / "kubeconfig"), {})
    [context] = kubeconfig.contexts
    connection = Connection(kubeconfig.target(context))
    try:
        found = await diagnose_applications({context: connection}, WatchScope(), [story.delivery.name], time.time)
        [key] = found.asked
        task = ChangeTask(
            SYNC_APPLICATION,
            DiagnosedApplication(key, found.diagnosis, time.time),
            ApplicationRequest(value="a mark of a test"),
            ActionRecord(tmp_path),
            {context: connection},
            timing=Timing(proof_interval=0.1, effect_interval=0.2, effect_timeout=COMMAND_ENDS_WITHIN),
        )
        plan = task.plan()
        assert isinstance(plan, Plan), plan
        code, answer = await story.delivery.api.patch(story.delivery.path, {"metadata": {"labels": {"a": "b"}}})
        assert code == 200, answer
        *_, result = [step async for step in carry_out(task, plan)]
    finally:
        await connection.close()
    assert isinstance(result, ChangeResult)
    assert (result.fault, result.written) == (ChangeFault.NONE, True), result.text
    recorded = [json.loads(line)["word"] for line in (tmp_path / "actions.jsonl").read_text().splitlines()]
    assert recorded == ["sending", "refused", "sending", "done"]


async def test_of_two_syncs_at_once_only_one_begins(tell: Tell, installation: Installation) -> None:
    story = tell("two `app sync` at once")
    await compared(story)
    async with (
        started(installation, "sync", story.delivery.name, "--yes") as one,
        started(installation, "sync", story.delivery.name, "--yes") as other,
    ):
        await comes_to_wait(story.delivery)
        await story.operator.saves(FIRST, SUCCEEDS.saved)
        told = [await ended(one), await ended(other)]
    assert sorted(each.code for each in told) in ([0, 1], [0, 3]), told
    [refused] = [each for each in told if each.code]
    assert "a sync by pko-argo" in refused.err


async def test_a_sync_that_waits_is_terminated_and_nothing_at_rest_is(tell: Tell, installation: Installation) -> None:
    story = tell("`app terminate`")
    name = story.delivery.name
    await compared(story)
    idle = await app(installation, "terminate", name, "--yes")
    assert idle.code == 3
    assert "nothing runs that could be terminated" in idle.err

    await story.delivery.sync()
    await comes_to_wait(story.delivery)
    began = operation_of(await story.delivery.obj())["startedAt"]
    told = await app(installation, "terminate", name, "--yes")
    assert told.code == 0, told.err
    assert "the sync ended as Failed: Operation terminated" in told.out
    state = operation_of(await story.delivery.obj())
    assert (state["phase"], state["startedAt"]) == ("Failed", began)

    idle = await app(installation, "terminate", name, "--yes")
    assert idle.code == 3
    assert operation_of(await story.delivery.obj()) == state

    # A termination that somebody set at rest would end this one, were its state not taken away.
    stuck = [{"op": "replace", "path": "/status/operationState/phase", "value": "Terminating"}]
    code, answer = await story.delivery.api.patch(story.delivery.path, stuck, JSON)
    assert code == 200, answer
    async with started(installation, "sync", name, "--yes") as command:
        await comes_to_wait(story.delivery)
        await story.operator.saves(FIRST, SUCCEEDS.saved)
        told = await ended(command)
    assert told.code == 0, told.err


async def test_a_sync_that_fails_is_told_with_its_reason(tell: Tell, installation: Installation) -> None:
    story = tell("`app sync` of what the API server refuses")
    story.delivery.commit(FIRST, stack=7)
    await story.delivery.create()
    await story.shows(lambda seen: seen.health == "Missing")
    told = await app(installation, "sync", story.delivery.name, "--yes")
    assert told.code == 3, told.out
    assert "the sync ended as Failed: " in told.err
    assert f"Stack {story.delivery.name}/{FIRST}: " in told.err
