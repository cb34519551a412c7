"""The runner sends a request at most once, notes it before and after, and says whether it knows what came of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from actions import runner
from actions.checks.config_map_plans import WantedChecks, plan_install
from actions.plan import Plan, Planned
from actions.record import LARGEST, ActionRecord, read_kept
from actions.runner import ATTEMPTS, OutcomeUnknown, PlanSent, SendRefused, Unrecorded, prove, send_plan, send_request
from cluster.errors import Forbidden
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from fleet.argocd.instances import find_instances
from support.argocds import OURS, STACK, THEIRS
from support.waiting import eventually


async def planned(connection: Connection, *, take_over: bool = False) -> Plan:
    [found] = (await find_instances(connection)).instances
    plan = plan_install(found, WantedChecks({"pulumi.com/Stack": OURS}, take_over=take_over))
    assert isinstance(plan, Plan)
    return plan


def words(folder: Path) -> list[str]:
    return [json.loads(line)["word"] for line in (folder / "actions.jsonl").read_text().splitlines()]


def patches(server: ApiServer) -> int:
    return sum(asked.method == "PATCH" for asked in server.requests)


async def test_what_is_done_is_noted_for_its_owner_alone_and_without_what_was_sent(
    connection: Connection, tmp_path: Path
) -> None:
    plan = await planned(connection)
    assert isinstance(await send_request(connection, plan, ActionRecord(tmp_path / "state")), PlanSent)
    record = tmp_path / "state" / "actions.jsonl"
    assert record.stat().st_mode & 0o777 == 0o600
    assert record.parent.stat().st_mode & 0o777 == 0o700
    assert words(record.parent) == ["sending", "done"]
    assert "FAILURE_LIMIT" not in record.read_text()
    line = json.loads(record.read_text().splitlines()[0])
    assert line["keys"] == [STACK]
    assert line["request"].startswith("PATCH /api/v1/namespaces/argocd/configmaps/argocd-cm")


async def test_a_refusal_is_known_to_have_changed_nothing(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    plan = await planned(connection)
    server.faults.answer(403, "PATCH")
    outcome = await send_request(connection, plan, ActionRecord(tmp_path))
    assert isinstance(outcome, SendRefused)
    assert isinstance(outcome.error, Forbidden)
    assert not outcome.stale
    assert words(tmp_path) == ["sending", "refused"]


@pytest.mark.parametrize("trouble", ["hang_up", "500"])
async def test_where_no_answer_comes_nobody_knows_and_it_is_not_sent_again(
    server: ApiServer, connection: Connection, tmp_path: Path, trouble: str
) -> None:
    plan = await planned(connection)
    server.faults.hang_up("PATCH") if trouble == "hang_up" else server.faults.answer(500, "PATCH")

    async def again() -> Planned:
        return await planned(connection)

    outcome = await send_plan(connection, plan, again, ActionRecord(tmp_path))
    assert isinstance(outcome, OutcomeUnknown)
    assert words(tmp_path) == ["sending", "unknown"]
    assert patches(server) == 1
    assert plan.proof is not None
    assert "is gone again" in await prove(connection, plan, None, interval=0.01)


async def test_who_leaves_meanwhile_waits_for_the_answer_and_it_is_noted(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    plan = await planned(connection)
    server.faults.latency(0.5, "PATCH")
    sending = asyncio.create_task(send_request(connection, plan, ActionRecord(tmp_path)))
    await eventually(lambda: patches(server) == 1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert words(tmp_path) == ["sending", "done"]


async def test_an_answer_that_takes_too_long_for_who_leaves_is_noted_as_unknown(
    server: ApiServer, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "ANSWER_GRACE", 0.1)
    plan = await planned(connection)
    server.faults.latency(20, "PATCH")
    sending = asyncio.create_task(send_request(connection, plan, ActionRecord(tmp_path)))
    await eventually(lambda: patches(server) == 1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert words(tmp_path) == ["sending", "unknown"]
    assert "the program was left" in (tmp_path / "actions.jsonl").read_text()


async def test_what_is_refused_as_stale_again_and_again_ends_after_a_few_times(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    plan = await planned(connection)
    server.faults.answer(409, "PATCH")
    written = 0

    async def again() -> Planned:
        nonlocal written
        written += 1
        server.store.patch("ConfigMap", "argocd", "argocd-cm", {"data": {"other": str(written)}})
        return await planned(connection)

    outcome = await send_plan(connection, plan, again, ActionRecord(tmp_path))
    assert isinstance(outcome, SendRefused)
    assert patches(server) == ATTEMPTS


async def test_what_is_refused_and_nothing_has_moved_is_not_sent_again(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    plan = await planned(connection)
    server.faults.answer(422, "PATCH")

    async def again() -> Planned:
        return await planned(connection)

    assert isinstance(await send_plan(connection, plan, again, ActionRecord(tmp_path)), SendRefused)
    assert patches(server) == 1


async def test_without_a_record_nothing_is_sent(server: ApiServer, connection: Connection, tmp_path: Path) -> None:
    plan = await planned(connection)
    (tmp_path / "file").write_text("")

    async def again() -> Planned:
        return plan

    outcome = await send_plan(connection, plan, again, ActionRecord(tmp_path / "file" / "state"))
    assert isinstance(outcome, Unrecorded)
    assert patches(server) == 0


async def test_it_is_proven_by_what_is_read_back_twice(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    plan = await planned(connection)
    outcome = await send_request(connection, plan, ActionRecord(tmp_path))
    assert isinstance(outcome, PlanSent)
    before = len(server.requests)
    assert await prove(connection, plan, outcome.answer, interval=0.01) == ""
    assert len(server.requests) - before == 2
    server.store.patch("ConfigMap", "argocd", "argocd-cm", {"data": {STACK: None}})
    assert "is gone again" in await prove(connection, plan, outcome.answer, interval=0.01)


async def test_what_is_taken_over_is_saved_before_it_is_sent(
    server: ApiServer, connection: Connection, tmp_path: Path
) -> None:
    server.store.patch("ConfigMap", "argocd", "argocd-cm", {"data": {STACK: THEIRS}})
    plan = await planned(connection, take_over=True)
    server.faults.answer(403, "PATCH")

    async def again() -> Planned:
        return plan

    journal = ActionRecord(tmp_path)
    assert isinstance(await send_plan(connection, plan, again, journal), SendRefused)
    [kept] = (tmp_path / "taken-over").glob("*.json")
    assert read_kept(kept).values[0].value == THEIRS
    assert journal.taken_over_from(plan.uid)[STACK].value == THEIRS
    assert journal.taken_over_from("another") == {}
    journal.archive_taken_over(plan.uid, {STACK})
    assert journal.taken_over_from(plan.uid) == {}


def test_a_file_that_is_none_of_ours_is_no_saved_value(tmp_path: Path) -> None:
    for content in (b"", b"{}", b"\xff", b"[" * 100_000):
        (tmp_path / "x.json").write_bytes(content)
        with pytest.raises(ValueError, match="no file that install --take-over has saved"):
            read_kept(tmp_path / "x.json")


async def test_a_record_that_has_grown_large_is_begun_anew(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "actions.jsonl").write_bytes(b"x" * (LARGEST + 1))
    assert isinstance(await send_request(connection, await planned(connection), ActionRecord(tmp_path)), PlanSent)
    assert words(tmp_path) == ["sending", "done"]
    assert (tmp_path / "actions.old.jsonl").exists()
