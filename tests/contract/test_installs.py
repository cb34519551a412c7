"""``health install`` and ``health uninstall`` on an Argo CD as each of its owners leaves it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from actions.checks.changes import read_again
from actions.checks.config_map_plans import WantedChecks, plan_install
from actions.plan import Plan, PlanBlocked, PlanContested, Planned
from actions.record import ActionRecord
from actions.runner import Outcome, PlanOutdated, PlanSent, send_plan
from cluster.errors import NotFound
from cluster.http.connection import Connection
from cluster.kubeconfig import load
from contract.api import APPLY, JSON, Api
from contract.api import kubeconfig as kubeconfig
from fleet.argocd.instances import ArgoCDInstance, find_instances
from support.argocds import OURS, STACK, THEIRS, same_but_for_managers
from support.changing import Run
from support.installs import (
    DATA,
    OWNERS,
    Place,
    acting,
    bring_about,
    config_map,
    data_in,
    expected,
    grant,
    matrix,
    operating,
)
from support.program import PROGRAM, environment
from support.waiting import LIMIT

Obj = dict[str, Any]


@pytest.fixture
async def place(api: Api, kubeconfig: Path) -> AsyncIterator[Place]:
    yield Place(api, kubeconfig)


def only_here(place: Place) -> tuple[str, str]:
    return "--instance", place.api.namespace


async def installed(place: Place, health: Run, *more: str) -> None:
    ended = await health("install", "--yes", *only_here(place), *more)
    assert ended.code == 0, ended.err
    assert (await place.data())[STACK] == OURS


@pytest.mark.parametrize(("owner", "state", "rights"), matrix())
async def test_what_becomes_of_an_installation(place: Place, health: Run, owner: str, state: str, rights: str) -> None:
    await OWNERS[owner](place, data_in(state))
    await bring_about(place, owner, state)
    await grant(place)
    who = acting(place, rights)
    outcome = expected(owner, state, rights)
    before = await place.config_map()
    async with AsyncExitStack() as stack:
        if owner == "argocd-operator" and outcome.written:
            await stack.enter_async_context(operating(place, data_in(state)))
        ended = await health("install", "--yes", *only_here(place), *who)
        assert ended.code == outcome.code, ended.err
        assert outcome.says in ended.out + ended.err
        after = await place.config_map()
        if not outcome.written:
            assert after == before
            return
        assert after["data"] == {**before["data"], STACK: OURS}
        assert same_but_for_managers({**after, "data": before["data"]}, before)
        ended = await health("uninstall", "--yes", *only_here(place), *who, "--refresh", "none")
        assert ended.code == 0, ended.err
        left = {**DATA} if state == "usual" else before["data"]
        left.pop(STACK, None)
        assert same_but_for_managers(await place.config_map(), {**before, "data": left})


@pytest.mark.parametrize("owner", [owner for owner in OWNERS if owner != "argocd-operator"])
async def test_in_and_out_again_leaves_everything_byte_by_byte_as_it_was(place: Place, health: Run, owner: str) -> None:
    await OWNERS[owner](place, DATA)
    before = await place.config_map()
    await installed(place, health, "--force-configmap")
    ended = await health("uninstall", "--yes", *only_here(place))
    assert ended.code == 0, ended.err
    assert same_but_for_managers(await place.config_map(), before)
    ended = await health("uninstall", "--yes", *only_here(place))
    assert (ended.code, "nothing there is ours" in ended.out) == (0, True)


async def test_an_argocd_cm_without_data_is_without_it_again(place: Place, health: Run) -> None:
    obj = config_map(place.api.namespace, {})
    del obj["data"]
    await place.api.make(place.api.configmaps(), obj)
    await installed(place, health)
    assert (await health("uninstall", "--yes", *only_here(place))).code == 0
    assert not (await place.config_map()).get("data")


async def test_a_value_that_was_taken_over_is_saved_and_given_back(place: Place, health: Run, tmp_path: Path) -> None:
    await OWNERS["a hand"](place, {**DATA, STACK: THEIRS})
    before = await place.config_map()
    await installed(place, health, "--take-over")
    [kept] = (tmp_path / "state" / "pko-argo" / "taken-over").glob("*.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert THEIRS in json.loads(kept.read_text())["values"][0]["value"]
    ended = await health("uninstall", "--yes", *only_here(place))
    assert ended.code == 0, ended.err
    after = await place.config_map()
    assert same_but_for_managers(after, before)
    owners = {
        entry["manager"]
        for entry in after["metadata"]["managedFields"]
        if f"f:{STACK}" in entry["fieldsV1"].get("f:data", {})
    }
    assert owners == {"kubectl-create"}
    assert not kept.exists()


async def test_on_another_machine_the_saved_value_comes_from_a_file(
    place: Place, health: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await OWNERS["a hand"](place, {**DATA, STACK: THEIRS})
    await installed(place, health, "--take-over")
    [kept] = (tmp_path / "state" / "pko-argo" / "taken-over").glob("*.json")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    assert (await health("uninstall", "--yes", *only_here(place), "--restore", str(kept))).code == 0
    assert (await place.data())[STACK] == THEIRS


async def test_a_writer_of_other_keys_loses_nothing_and_hinders_nothing(place: Place, health: Run) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    written = 0

    async def write() -> None:
        nonlocal written
        while True:
            await place.patch({"data": {f"other.{written % 50}": str(written)}}, manager="other")
            written += 1
            await asyncio.sleep(0.02)

    writing = asyncio.create_task(write())
    try:
        for _ in range(3):
            ended = await health("install", "--yes", *only_here(place))
            assert ended.code in (0, 1), ended.err
            if ended.code == 0:
                assert (await place.data())[STACK] == OURS
            else:
                assert "nothing was written" in ended.err
            ended = await health("uninstall", "--yes", *only_here(place), "--refresh", "none")
            assert ended.code in (0, 1), ended.err
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
    data = await place.data()
    assert written > 20
    assert STACK not in data
    assert {key: value for key, value in data.items() if not key.startswith("other.")} == DATA
    for last in range(max(0, written - 50), written):
        assert data[f"other.{last % 50}"] == str(last) or int(data[f"other.{last % 50}"]) > last


async def test_a_manager_that_wants_another_value_meanwhile_is_not_written_over(place: Place, health: Run) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    await installed(place, health)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": {STACK: THEIRS}}
    await place.patch(body, APPLY, manager="rival", force="true")
    ended = await health("install", "--yes", *only_here(place))
    assert (ended.code, "from rival" in ended.err) == (3, True)
    ended = await health("uninstall", "--yes", *only_here(place))
    assert (ended.code, "nothing there is ours" in ended.out) == (0, True)
    assert (await place.data())[STACK] == THEIRS


async def test_a_later_apply_of_the_owner_keeps_our_key(place: Place, health: Run) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    await installed(place, health)
    if place.real:
        await place.kubectl("apply", "-f", "-", stdin=config_map(place.api.namespace, {**DATA, "url": "https://b"}))
    else:
        await place.patch({"data": {"url": "https://b"}}, manager="kubectl-client-side-apply")
    assert await place.data() == {**DATA, "url": "https://b", STACK: OURS}


async def test_where_the_operator_reverts_it_that_is_found_out(place: Place, health: Run) -> None:
    await OWNERS["argocd-operator"](place, DATA)
    async with operating(place, DATA):
        ended = await health("install", "--yes", "--force-configmap", *only_here(place))
    assert (ended.code, "is gone again" in ended.err) == (3, True)


async def test_where_no_operator_runs_its_resource_is_written_and_that_is_not_called_installed(
    place: Place, health: Run
) -> None:
    await OWNERS["argocd-operator"](place, DATA)
    ended = await health("install", "--yes", *only_here(place))
    assert (ended.code, "does the operator run?" in ended.err) == (3, True)
    assert await place.data() == DATA


async def test_a_check_in_the_operators_resource_is_taken_over_and_given_back(place: Place, health: Run) -> None:
    await OWNERS["argocd-operator"](place, DATA)
    await bring_about(place, "argocd-operator", "somebody else's check")
    async with operating(place, DATA):
        await installed(place, health, "--take-over")
        ended = await health("uninstall", "--yes", *only_here(place))
        assert ended.code == 0, ended.err
    assert await place.data() == {**DATA, STACK: THEIRS}


async def test_the_server_checks_a_rehearsal_and_keeps_nothing(place: Place, health: Run) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    before = await place.config_map()
    for how in ("client", "server"):
        ended = await health("install", f"--dry-run={how}", *only_here(place))
        assert ended.code == 0, ended.err
    assert await place.config_map() == before
    await grant(place)
    ended = await health("install", "--dry-run=server", *only_here(place), *acting(place, "reading only"))
    assert ended.code == 1
    assert "forbidden" in ended.err


async def test_a_key_that_nobody_is_known_to_have_written_is_not_ours(place: Place, health: Run) -> None:
    await OWNERS["a hand"](place, {**DATA, STACK: THEIRS})
    await place.patch({"metadata": {"managedFields": [{}]}})
    ended = await health("install", "--yes", *only_here(place))
    assert ended.code == 3
    await installed(place, health, "--take-over")
    assert (await health("uninstall", "--yes", *only_here(place))).code == 0
    assert (await place.data())[STACK] == THEIRS


async def test_our_check_put_there_by_the_kubectl_command_that_the_plan_names_can_be_taken_out(
    place: Place, health: Run
) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    await place.patch({"data": {STACK: OURS}}, manager="pko-argo")
    assert "nothing to do" in (await health("install", "--yes", *only_here(place))).out
    assert (await health("uninstall", "--yes", *only_here(place))).code == 0
    assert await place.data() == DATA


async def test_an_argocd_cm_that_was_made_anew_is_another_one(place: Place, health: Run) -> None:
    await OWNERS["upstream's manifest"](place, {**DATA, STACK: THEIRS})
    await installed(place, health, "--take-over")
    code, _ = await place.api.delete(place.path)
    assert code == 200
    await OWNERS["upstream's manifest"](place, DATA)
    ended = await health("uninstall", "--yes", *only_here(place))
    assert (ended.code, "nothing there is ours" in ended.out) == (0, True)
    assert await place.data() == DATA


async def test_one_check_of_two_is_taken_out(place: Place, health: Run) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    await installed(place, health)
    await installed(place, health, "program", "workspace")
    assert len(await place.data()) == len(DATA) + 3
    assert (await health("uninstall", "stack", "--yes", *only_here(place))).code == 0
    assert STACK not in await place.data()
    assert len(await place.data()) == len(DATA) + 2
    assert (await health("uninstall", "--yes", *only_here(place))).code == 0
    assert await place.data() == DATA


async def test_a_label_that_goes_is_noticed_before_anything_is_written(place: Place, health: Run) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    await place.patch([{"op": "remove", "path": "/metadata/labels/app.kubernetes.io~1part-of"}], JSON)
    ended = await health("install", "--yes", *only_here(place))
    assert (ended.code, "label configmap argocd-cm" in ended.err) == (3, True)


# Between the look and the write


async def look(place: Place, connection: Connection) -> ArgoCDInstance:
    return (await find_instances(connection, [place.api.namespace])).instances[0]


@pytest.fixture
async def connection(place: Place) -> AsyncIterator[Connection]:
    target = load(str(place.kubeconfig), {}).target("lab")
    opened = Connection(target)
    yield opened
    await opened.close()


def plan_for(target: ArgoCDInstance) -> Plan:
    planned = plan_install(target, WantedChecks({"pulumi.com/Stack": OURS}))
    assert isinstance(planned, Plan)
    return planned


async def sent(connection: Connection, target: ArgoCDInstance, plan: Plan, folder: Path) -> Outcome:
    async def replan() -> Planned:
        return plan_install(await read_again(connection, target), WantedChecks({"pulumi.com/Stack": OURS}))

    return await send_plan(connection, plan, replan, ActionRecord(folder))


async def test_what_was_made_anew_since_the_look_is_not_written_to(
    place: Place, connection: Connection, tmp_path: Path
) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    target = await look(place, connection)
    plan = plan_for(target)
    await place.api.delete(place.path)
    await OWNERS["upstream's manifest"](place, DATA)
    assert isinstance(await sent(connection, target, plan, tmp_path), PlanOutdated)
    assert await place.data() == DATA


async def test_what_is_gone_since_the_look_is_not_made(place: Place, connection: Connection, tmp_path: Path) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    target = await look(place, connection)
    plan = plan_for(target)
    await place.api.delete(place.path)
    with pytest.raises(NotFound):
        await sent(connection, target, plan, tmp_path)
    code, _ = await place.api.get(place.path)
    assert code == 404


async def test_another_key_that_was_written_since_the_look_is_planned_for_anew(
    place: Place, connection: Connection, tmp_path: Path
) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    target = await look(place, connection)
    plan = plan_for(target)
    await place.patch({"data": {"url": "https://b"}})
    outcome = await sent(connection, target, plan, tmp_path)
    assert isinstance(outcome, PlanSent)
    assert await place.data() == {**DATA, "url": "https://b", STACK: OURS}
    words = [json.loads(line)["word"] for line in (tmp_path / "actions.jsonl").read_text().splitlines()]
    assert words == ["sending", "refused", "sending", "done"]


async def test_our_key_that_somebody_else_has_written_since_the_look_is_not_written_over(
    place: Place, connection: Connection, tmp_path: Path
) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    target = await look(place, connection)
    plan = plan_for(target)
    await place.patch({"data": {STACK: THEIRS}})
    outcome = await sent(connection, target, plan, tmp_path)
    assert isinstance(outcome, PlanOutdated)
    assert isinstance(outcome.planned, PlanContested)
    assert (await place.data())[STACK] == THEIRS


async def test_it_breaks_since_the_look_and_is_not_touched(
    place: Place, connection: Connection, tmp_path: Path
) -> None:
    await OWNERS["upstream's manifest"](place, DATA)
    target = await look(place, connection)
    plan = plan_for(target)
    await place.patch({"data": {"resource.customizations.health.a_b_c": "x"}})
    outcome = await sent(connection, target, plan, tmp_path)
    assert isinstance(outcome, PlanOutdated)
    assert isinstance(outcome.planned, PlanBlocked)
    assert STACK not in await place.data()


# Killed


async def killed_when(place: Place, tmp_path: Path, verb: str, moment: str, *more: str) -> bool:
    """Start the verb, and kill it at this moment. Whether it was still running then."""
    state = tmp_path / "state"
    before = len(journal_words(state))
    environ = environment(place.kubeconfig, XDG_STATE_HOME=str(state), XDG_CONFIG_HOME=str(tmp_path / "none"))
    process = await asyncio.create_subprocess_exec(
        *(*PROGRAM, "health", verb, "--yes", *only_here(place), "--refresh", "none", *more),
        env=environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    reading = asyncio.create_task(process.stderr.read())
    try:
        async with asyncio.timeout(LIMIT):
            if moment.endswith("s"):
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(process.wait()), float(moment.removesuffix("s")))
            else:
                while moment not in journal_words(state)[before:] and process.returncode is None:
                    await asyncio.sleep(0.0005)
    finally:
        running = process.returncode is None
        if running:
            process.kill()
        await process.wait()
        await reading
    return running


def journal_words(state: Path) -> list[str]:
    with suppress(FileNotFoundError, json.JSONDecodeError):
        return [json.loads(line)["word"] for line in (state / "pko-argo" / "actions.jsonl").read_text().splitlines()]
    return []


@pytest.mark.parametrize("moment", ["0.1s", "0.3s", "0.5s", "0.7s", "1.2s", "sending", "done"])
async def test_killed_at_any_moment_it_was_before_or_after(
    place: Place, health: Run, tmp_path: Path, moment: str
) -> None:
    await OWNERS["a hand"](place, DATA)
    await place.config_map()
    await killed_when(place, tmp_path, "install", moment)
    assert await place.data() in (DATA, {**DATA, STACK: OURS})
    await installed(place, health)
    await killed_when(place, tmp_path, "uninstall", moment)
    assert await place.data() in (DATA, {**DATA, STACK: OURS})
    assert (await health("uninstall", "--yes", *only_here(place))).code == 0
    assert await place.data() == DATA


@pytest.mark.parametrize("moment", ["sending", "done"])
async def test_killed_while_it_takes_over_the_old_value_is_saved(
    place: Place, health: Run, tmp_path: Path, moment: str
) -> None:
    await OWNERS["a hand"](place, {**DATA, STACK: THEIRS})
    await killed_when(place, tmp_path, "install", moment, "--take-over")
    assert (await place.data())[STACK] in (THEIRS, OURS)
    [kept] = (tmp_path / "state" / "pko-argo" / "taken-over").glob("*.json")
    assert THEIRS in json.loads(kept.read_text())["values"][0]["value"]
    assert (await health("uninstall", "--yes", *only_here(place))).code == 0
    assert (await place.data())[STACK] == THEIRS
