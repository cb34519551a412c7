"""What is written into Applications, and what a server makes of it; Argo CD's controller is played by the tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from actions.applications.diagnosed_application import ApplicationRequest
from actions.applications.refresh_application import REFRESH_APPLICATION, REFRESH_TIME
from actions.applications.sync_application import SYNC_APPLICATION
from actions.applications.terminate_sync import TERMINATE_SYNC
from actions.plan import Plan, PlanBlocked
from actions.workflow import ChangeFault, ChangeKind, ChangeResult
from contract.api import Api
from diagnosis.facts.application_facts import REFRESH
from stacks.times import rfc3339
from support.applications import REVISION, application, operation
from support.fixing import carried_out
from support.gateway import Gateway, gateway
from support.granted import FIXER, VIEWER, granted, rules_of
from support.sent_fixes import Fixer, fixer, plan_now, read
from support.waiting import eventually

Obj = dict[str, Any]
MARK = "2026-11-23T18:42:49.000Z"
REQUEST = ApplicationRequest(value=MARK)


class Infra:
    """The Application infra, and somebody who changes it over a gateway."""

    def __init__(self, api: Api, gate: Gateway, who: Fixer) -> None:
        self.api, self.gate, self.who = api, gate, who
        self.path = api.apps("infra")

    async def look(self, change: ChangeKind[Any, Any], request: ApplicationRequest = REQUEST) -> Any:
        return await self.who.look_at_application(change, self.api.namespace, "infra", request)

    async def read(self) -> Obj:
        return await read(self.api, self.path)

    async def write(self, patch: Any) -> None:
        code, answer = await self.api.patch(self.path, patch)
        assert code == 200, answer

    async def carried_out(self, task: Any, wanted: Callable[[Obj], bool], then: Any) -> ChangeResult:
        """Carry it out beside a controller that writes `then` when it sees what it waits for."""
        plan = plan_now(task)

        async def play() -> None:
            async def seen() -> bool:
                return wanted(await self.read())

            await eventually(seen)
            await self.write(then)

        controller = asyncio.create_task(play())
        try:
            _, result = await carried_out(task, plan)
        finally:
            controller.cancel()
        return result


@asynccontextmanager
async def infra(api: Api, folder: Path, app: Obj) -> AsyncIterator[Infra]:
    made = {**app, "metadata": {"name": "infra", "namespace": api.namespace}}
    await api.make(api.apps(), made)
    try:
        async with gateway(api.session, api.url) as gate, fixer(api, folder, gate.url) as who:
            yield Infra(api, gate, who)
    finally:
        await api.delete(api.apps("infra"))


def at_rest() -> Obj:
    return application(time.time())


def syncing() -> Obj:
    app = at_rest()
    operation(app, "Running", "waiting for healthy state of pulumi.com/Stack/web", time.time() - 60)
    return app


def compared() -> Obj:
    return {"metadata": {"annotations": {REFRESH: None}}, "status": {"reconciledAt": rfc3339(time.time() + 5)}}


def over(phase: str, asked: Any) -> Obj:
    return {
        "operation": None,
        "status": {
            "operationState": {
                "operation": asked, "phase": phase, "message": "it is over", "startedAt": rfc3339(time.time() - 1),
                "finishedAt": rfc3339(time.time()), "syncResult": {"revision": REVISION, "resources": []},
            }
        },
    }  # fmt: skip


def is_asked(app: Obj) -> bool:
    return "operation" in app


async def refresh(on: Infra) -> ChangeResult:
    return await on.carried_out(
        await on.look(REFRESH_APPLICATION), lambda app: REFRESH in app["metadata"].get("annotations", {}), compared()
    )


async def test_a_refresh_is_asked_for_by_the_annotation(api: Api, tmp_path: Path) -> None:
    async with infra(api, tmp_path, at_rest()) as on:
        result = await refresh(on)
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == [f"PATCH {on.path}"]
        assert (await on.read())["metadata"]["annotations"][REFRESH_TIME] == MARK


async def test_a_refresh_without_an_answer_is_not_sent_twice(api: Api, tmp_path: Path) -> None:
    async with infra(api, tmp_path, at_rest()) as on:
        on.gate.drops_answer = lambda said: True
        result = await refresh(on)
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == [f"PATCH {on.path}"]


ASKED = {
    "initiatedBy": {"username": "pko-argo"},
    "info": [{"name": "pko-argo", "value": MARK}],
    "sync": {"prune": False, "syncStrategy": {"hook": {}}},
}


@pytest.mark.parametrize("before", ["never synced", "synced", "left Terminating"])
async def test_a_sync_is_written_as_an_operation_and_its_end_is_told(api: Api, tmp_path: Path, before: str) -> None:
    app = at_rest()
    if before != "never synced":
        operation(app, "Succeeded", "done", time.time() - 60, time.time() - 50)
    if before == "left Terminating":
        app["status"]["operationState"]["phase"] = "Terminating"
    async with infra(api, tmp_path, app) as on:
        task = await on.look(SYNC_APPLICATION)
        result = await on.carried_out(task, is_asked, over("Succeeded", ASKED))
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == [f"PATCH {on.path}"]


async def test_what_a_sync_writes_is_what_the_plan_shows(api: Api, tmp_path: Path) -> None:
    async with infra(api, tmp_path, at_rest()) as on:
        task = await on.look(SYNC_APPLICATION)
        seen: list[Obj] = []

        def begun(app: Obj) -> bool:
            seen.append(app)
            return is_asked(app)

        result = await on.carried_out(task, begun, over("Failed", ASKED))
        assert (result.fault, result.written) == (ChangeFault.UNPROVEN, True)
        assert "the sync ended as Failed" in result.text
        assert seen[-1]["operation"] == ASKED
        assert "operationState" not in seen[-1]["status"]


@pytest.mark.parametrize("change", [SYNC_APPLICATION, TERMINATE_SYNC], ids=["sync", "terminate"])
async def test_an_operation_of_somebody_else_is_not_written_over(
    api: Api, tmp_path: Path, change: ChangeKind[Any, Any]
) -> None:
    async with infra(api, tmp_path, at_rest() if change is SYNC_APPLICATION else syncing()) as on:
        task = await on.look(change)
        plan = plan_now(task)
        if change is SYNC_APPLICATION:
            await on.write({"operation": {"initiatedBy": {"username": "bob"}, "sync": {"revision": REVISION}}})
        else:  # the one that was seen is over, and the next one has begun
            later = {"operationState": {"startedAt": rfc3339(time.time())}}
            await on.write({"operation": {"initiatedBy": {"username": "bob", "automated": None}}, "status": later})
        before = await on.read()
        _, result = await carried_out(task, plan)
        assert (result.fault, result.written) == (ChangeFault.OUTDATED, False), result.text
        assert result.text == "it was changed meanwhile, so nothing was written"
        assert await on.read() == before
        assert len(on.gate.writes) == 1


async def test_a_controller_that_only_compares_does_not_keep_a_sync_from_being_sent(api: Api, tmp_path: Path) -> None:
    async with infra(api, tmp_path, at_rest()) as on:
        task = await on.look(SYNC_APPLICATION)
        await on.write({"status": {"reconciledAt": rfc3339(time.time())}})
        result = await on.carried_out(task, is_asked, over("Succeeded", ASKED))
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == [f"PATCH {on.path}"] * 2


async def test_a_sync_that_runs_is_terminated(api: Api, tmp_path: Path) -> None:
    async with infra(api, tmp_path, syncing()) as on:
        task = await on.look(TERMINATE_SYNC)
        state = (await on.read())["status"]["operationState"]
        ended = {
            "operation": None,
            "status": {"operationState": {"phase": "Failed", "message": "Operation terminated"}},
        }
        result = await on.carried_out(
            task, lambda app: app["status"]["operationState"]["phase"] == "Terminating", ended
        )
        assert result.fault is ChangeFault.NONE, result.text
        assert on.gate.writes == [f"PATCH {on.path}"]
        after = (await on.read())["status"]["operationState"]
        assert after == state | ended["status"]["operationState"]  # type: ignore[operator,index]


async def test_a_sync_that_ended_meanwhile_is_not_terminated(api: Api, tmp_path: Path) -> None:
    async with infra(api, tmp_path, syncing()) as on:
        task = await on.look(TERMINATE_SYNC)
        plan = plan_now(task)
        await on.write({"operation": None, "status": {"operationState": {"phase": "Succeeded"}}})
        _, result = await carried_out(task, plan)
        assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
        assert (await on.read())["status"]["operationState"]["phase"] == "Succeeded"


CHANGES = [(REFRESH_APPLICATION, at_rest), (SYNC_APPLICATION, at_rest), (TERMINATE_SYNC, syncing)]


@pytest.mark.parametrize(("change", "app"), CHANGES, ids=[each[0].id for each in CHANGES])
async def test_the_rights_that_the_documents_name_are_enough_and_less_are_not(
    api: Api, tmp_path: Path, change: ChangeKind[Any, Any], app: Callable[[], Obj]
) -> None:
    async with infra(api, tmp_path, app()) as on:
        for rules, enough in (([], False), (rules_of(FIXER), True)):
            async with (
                granted(api, [api.namespace], [*rules_of(VIEWER), *rules]) as token,
                fixer(api, tmp_path, on.gate.url, token) as who,
            ):
                on.who = who

                async def as_said(enough: bool = enough) -> bool:
                    found = (await on.look(change)).plan()
                    refused = isinstance(found, PlanBlocked) and "patch applications.argoproj.io" in found.text
                    return isinstance(found, Plan) if enough else refused

                await eventually(as_said)
        assert on.gate.writes == []
