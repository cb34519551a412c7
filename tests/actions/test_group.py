"""Several changes: begun one after another at a rate, paused, stopped, each followed to its own end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actions.group import ChangeGroup, GroupStep, NotBegun, plan_each, risks_by_level, timing_of_many
from actions.plan import Plan, PlanBlocked, Risk
from actions.record import ActionRecord
from actions.workflow import ChangeRequest, ChangeResult, ChangeTask, Timing
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from support.fixing import writes
from support.made_up_change import ANNOTATE, StackTarget, read_again
from support.objects import stack_object

FAST = 500.0


async def changes(
    server: ApiServer, connection: Connection, folder: Path, count: int
) -> list[tuple[ChangeTask[Any, Any], Plan]]:
    found: list[tuple[ChangeTask[Any, Any], Plan]] = []
    for number in range(count):
        server.store.put(stack_object(f"shop-{number}"))
        target = await read_again(connection, StackTarget("lab", "prod", f"shop-{number}", {}))
        timing = Timing(proof_interval=0.01)
        task = ChangeTask(
            ANNOTATE, target, ChangeRequest(("a",)), ActionRecord(folder), {"lab": connection}, timing=timing
        )
        plan = task.plan()
        assert isinstance(plan, Plan)
        found.append((task, plan))
    return found


async def results(steps: AsyncIterator[GroupStep]) -> dict[int, ChangeResult]:
    return {each.number: each.step async for each in steps if isinstance(each.step, ChangeResult)}


async def test_each_change_is_carried_out_and_ends_with_its_own_result(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    group = ChangeGroup(await changes(server, connection, tmp_path, 5), FAST)
    found = await results(group.run())
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert all(result.succeeded for result in found.values())
    assert sorted(writes(server)) == sorted(set(writes(server)))


async def test_one_that_is_refused_does_not_keep_the_others_back(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    planned = await changes(server, connection, tmp_path, 3)
    server.store.delete("Stack", "prod", "shop-1")
    found = await results(ChangeGroup(planned, FAST).run())
    assert [found[number].succeeded for number in range(3)] == [True, False, True]


async def test_a_paused_group_begins_no_other_change_until_it_goes_on(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    group = ChangeGroup(await changes(server, connection, tmp_path, 5), FAST)
    ended: list[int] = []
    async for number, step in group.run():
        if not isinstance(step, ChangeResult):
            continue
        ended.append(number)
        if len(ended) == 1:
            group.pause()
            begun = group.begun
            await asyncio.sleep(10 / FAST)  # five changes' time, in which none may begin
            assert group.paused and group.begun == begun
            group.go_on()
    assert sorted(ended) == [0, 1, 2, 3, 4]


async def test_a_stopped_group_ends_with_those_that_are_under_way(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    group = ChangeGroup(await changes(server, connection, tmp_path, 5), 20.0)
    found: dict[int, ChangeResult] = {}
    async for number, step in group.run():
        group.stop()
        if isinstance(step, ChangeResult):
            found[number] = step
    assert sorted(found) == list(range(group.begun))
    assert group.begun < 5
    assert len(writes(server)) == group.begun


async def test_each_is_asked_about_before_it_is_begun_and_may_be_kept_from_it(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    allowed = ["prod/shop-0", "prod/shop-3"]
    group = ChangeGroup(
        await changes(server, connection, tmp_path, 4),
        FAST,
        lambda task: "" if any(str(task.target).endswith(each) for each in allowed) else "writes are off",
    )
    kept: dict[int, str] = {}
    ended: list[int] = []
    async for number, step in group.run():
        if isinstance(step, NotBegun):
            kept[number] = step.why
        elif isinstance(step, ChangeResult):
            ended.append(number)
    assert (sorted(ended), kept) == ([0, 3], {1: "writes are off", 2: "writes are off"})
    assert [str(task.target) for task in group.left] == ["lab/prod/shop-1", "lab/prod/shop-2"]
    assert len(writes(server)) == 2


async def test_a_bug_at_one_is_its_result_and_the_others_are_carried_out(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    planned = await changes(server, connection, tmp_path, 4)
    task, plan = planned[1]

    def broken(request: ChangeRequest) -> str:
        raise KeyError(request)

    planned[1] = (replace(task, change=replace(ANNOTATE, done=broken)), plan)
    found = await results(ChangeGroup(planned, FAST).run())
    assert [found[number].succeeded for number in range(4)] == [True, False, True, True]
    assert "this is a bug in pko-argo, please report it: KeyError at " in found[1].text
    assert "actions.jsonl" in found[1].text


async def test_an_odd_object_keeps_no_other_from_being_planned(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    tasks = [task for task, _ in await changes(server, connection, tmp_path, 4)]

    async def prepare(connection: Connection, target: StackTarget) -> StackTarget:
        if target.name == "shop-2":
            raise TypeError
        return target

    change = replace(ANNOTATE, prepare=prepare)
    planned = [plan for _, plan in await plan_each([replace(task, change=change) for task in tasks])]
    assert [type(each) for each in planned] == [Plan, Plan, PlanBlocked, Plan]
    assert isinstance(planned[2], PlanBlocked) and "this is a bug in pko-argo" in planned[2].text


async def test_the_highest_risk_comes_first_and_of_a_level_the_commonest(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    [(_, plan)] = await changes(server, connection, tmp_path, 1)
    levels: list[tuple[Any, str]] = [("low", "a"), ("low", "b"), ("low", "b"), ("medium", "c"), ("high", "d")]
    found = risks_by_level(replace(plan, risk=Risk(level, text)) for level, text in levels)
    assert [(risk.text, count) for risk, count in found] == [("d", 1), ("c", 1), ("b", 2), ("a", 1)]


def test_many_look_less_often_each() -> None:
    assert timing_of_many(Timing(), 3).effect_interval == Timing().effect_interval
    assert timing_of_many(Timing(), 300).effect_interval == 30.0


async def test_whoever_reads_no_further_ends_it(server: ApiServer, connection: Connection, tmp_path: Path) -> None:
    group = ChangeGroup(await changes(server, connection, tmp_path, 5), 20.0)
    steps = group.run()
    await anext(steps)
    await steps.aclose()
    begun = group.begun
    assert begun < 5
    assert len(writes(server)) <= begun


async def test_a_group_of_none_ends_at_once() -> None:
    assert await results(ChangeGroup([], FAST).run()) == {}


@pytest.mark.parametrize("per_second", [20.0])
async def test_they_are_begun_no_faster_than_the_rate(
    server: ApiServer, connection: Connection, tmp_path: Path, per_second: float
) -> None:
    planned = await changes(server, connection, tmp_path, 4)
    loop = asyncio.get_running_loop()
    begun: list[float] = []

    def note(task: ChangeTask[Any, Any]) -> ChangeTask[Any, Any]:
        return replace(task, connections=_Noting(task.connections, lambda: begun.append(loop.time())))

    group = ChangeGroup([(note(task), plan) for task, plan in planned], per_second)
    await results(group.run())
    assert begun[-1] - begun[0] >= 2.9 / per_second


class _Noting(dict[str, Connection]):
    """Connections that tell when each is asked for first."""

    def __init__(self, connections: Any, note: Any) -> None:
        super().__init__(connections)
        self._note = note

    def __getitem__(self, key: str) -> Connection:
        note, self._note = self._note, lambda: None
        note()
        return super().__getitem__(key)
