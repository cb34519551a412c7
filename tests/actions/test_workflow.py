"""Every change goes the same way, here one that the program doesn't have: plan, send, prove, follow up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from actions.plan import NothingToDo, Plan, Planned
from actions.record import ActionRecord
from actions.workflow import (
    ChangeFault,
    ChangeKind,
    ChangeRequest,
    ChangeResult,
    ChangeStep,
    ChangeTask,
    Steps,
    Timing,
    carry_out,
)
from cluster.apply import merge_patch
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from support.made_up_change import ANNOTATE, TEAM, StackTarget, read_again
from support.objects import stack_object


async def task_for(
    server: ApiServer, connection: Connection, folder: Path, change: ChangeKind[StackTarget, ChangeRequest] = ANNOTATE
) -> ChangeTask[StackTarget, ChangeRequest]:
    server.store.put(stack_object("shop"))
    target = await read_again(connection, StackTarget("lab", "prod", "shop", {}))
    timing = Timing(proof_interval=0.01)
    request = ChangeRequest(("payments",))
    return ChangeTask(change, target, request, ActionRecord(folder), {"lab": connection}, timing=timing)


def planned(task: ChangeTask[StackTarget, ChangeRequest]) -> Plan:
    plan = task.plan()
    assert isinstance(plan, Plan)
    return plan


async def steps_of(task: ChangeTask[StackTarget, ChangeRequest], plan: Plan) -> tuple[list[str], ChangeResult]:
    *steps, result = [step async for step in carry_out(task, plan)]
    assert isinstance(result, ChangeResult)
    return [step.text for step in steps], result


def team(server: ApiServer) -> str | None:
    found = server.store.get("Stack", "prod", "shop")
    assert found is not None
    return (found["metadata"].get("annotations") or {}).get(TEAM)


async def test_each_step_is_told_as_it_begins_and_the_end_is_a_value(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task = await task_for(server, connection, tmp_path)
    steps, result = await steps_of(task, planned(task))
    assert steps == ["sending it", "written; reading it back twice"]
    assert result == ChangeResult(ChangeFault.NONE, "it is payments's; read back twice", written=True)
    assert result.succeeded
    assert team(server) == "payments"
    words = [json.loads(line)["word"] for line in (tmp_path / "actions.jsonl").read_text().splitlines()]
    assert words == ["sending", "done"]
    assert isinstance(await task.replan(), NothingToDo)


async def test_what_was_changed_meanwhile_is_planned_anew_and_sent_where_it_is_the_same(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task = await task_for(server, connection, tmp_path)
    plan = planned(task)
    server.store.patch("Stack", "prod", "shop", {"metadata": {"labels": {"a": "b"}}})
    _, result = await steps_of(task, plan)
    assert (result.succeeded, team(server)) == (True, "payments")


async def test_what_is_not_what_was_agreed_to_any_more_is_not_sent(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task = await task_for(server, connection, tmp_path)
    plan = planned(task)
    server.store.patch("Stack", "prod", "shop", {"metadata": {"annotations": {TEAM: "search"}}})
    _, result = await steps_of(task, plan)
    assert (result.fault, result.written) == (ChangeFault.OUTDATED, False)
    assert isinstance(result.replanned, Plan)
    assert team(server) == "search"


async def test_what_is_taken_away_again_at_once_is_not_called_done(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    task = await task_for(server, connection, tmp_path)
    result: ChangeStep | ChangeResult | None = None
    async for result in carry_out(task, planned(task)):
        if "reading it back" in result.text:
            server.store.patch("Stack", "prod", "shop", {"metadata": {"annotations": {TEAM: None}}})
    assert isinstance(result, ChangeResult)
    assert (result.fault, result.text) == (ChangeFault.UNPROVEN, "it was written, and then the annotation is gone")


@pytest.mark.parametrize(("answered", "then"), [(True, "and then "), (False, "and of the next one it isn't known: ")])
async def test_requests_are_sent_in_order_and_one_that_fails_is_the_end(
    server: ApiServer, connection: Connection, tmp_path: Path, answered: bool, then: str
) -> None:
    def plan_three(target: StackTarget, request: ChangeRequest, record: ActionRecord) -> Planned:
        plan = ANNOTATE.plan(target, request, record)
        assert isinstance(plan, Plan)
        gone = merge_patch("/apis/pulumi.com/v1/namespaces/prod/stacks/gone", {"metadata": {}}, "x")
        return replace(plan, requests=(*plan.requests, gone, *plan.requests))

    task = await task_for(server, connection, tmp_path, replace(ANNOTATE, plan=plan_three))
    if not answered:
        server.faults.hang_up(lambda asked: asked.path.endswith("/gone"))
    _, result = await steps_of(task, planned(task))
    assert (result.fault, result.written) == (ChangeFault.UNPROVEN if answered else ChangeFault.UNKNOWN, True)
    assert result.text.startswith(f"1 of 3 requests were written, {then}")
    assert sum(asked.method == "PATCH" for asked in server.requests) == 2


async def test_what_follows_a_change_comes_after_its_proof_and_only_where_it_is_wanted(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    async def follow_up(task: ChangeTask[StackTarget, ChangeRequest]) -> Steps:
        yield ChangeStep("telling the team")
        yield ChangeResult(ChangeFault.LATE, "the team sleeps", written=True, late=("payments: on call from 9",))

    task = await task_for(server, connection, tmp_path, replace(ANNOTATE, follow_up=follow_up))
    steps, result = await steps_of(task, planned(task))
    assert steps[-2:] == ["read back twice", "telling the team"]
    assert (result.fault, result.succeeded) == (ChangeFault.LATE, False)
    task = replace(task, target=await read_again(connection, task.target), follow_up=False)
    task = replace(task, request=ChangeRequest(("search",)))
    assert (await steps_of(task, planned(task)))[1].text == "it is search's; read back twice"


async def test_a_controller_that_does_not_act_on_what_was_written_ends_the_change(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    async def take_effect(task: ChangeTask[StackTarget, ChangeRequest], plan: Plan) -> Steps:
        yield ChangeStep("waiting for the controller")
        yield ChangeResult(ChangeFault.UNPROVEN, "does it run?", written=True)

    task = await task_for(server, connection, tmp_path, replace(ANNOTATE, take_effect=take_effect))
    steps, result = await steps_of(task, planned(task))
    assert (steps[-1], result.text) == ("waiting for the controller", "does it run?")
