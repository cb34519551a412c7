"""What goes wrong in one cluster is said of that cluster, its last rows stay, and all others go on."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from fleet.board.rows import Key
from fleet.fleet import Fleet
from fleet.scope import WatchScope
from support.fleets import watching
from support.objects import condition, stack_object
from support.program import run, write
from support.waiting import eventually
from views.columns import STACK_COLUMNS


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        made.store.put(stack_object("shop"))
        made.store.put(stack_object("db", "dev"))
        yield made


@pytest.fixture
async def other() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        made.store.put(stack_object("elsewhere"))
        yield made


def state(fleet: Fleet, context: str = "lab") -> str:
    return fleet.board.contexts[context].state(time.time())


def reason(fleet: Fleet, context: str = "lab") -> str:
    return fleet.board.contexts[context].reason(time.time())


def names(fleet: Fleet, context: str = "lab") -> set[str]:
    return {key.name for key in fleet.board.stacks if key.context == context}


Break = Callable[[ApiServer], object]
LOST: list[tuple[str, Break, str]] = [
    ("expired token", lambda s: s.faults.answer(401), "credentials"),
    ("refused", lambda s: s.faults.answer(403), ""),
    ("too many requests", lambda s: s.faults.answer(429, retry_after=30), ""),
    ("broken server", lambda s: s.faults.answer(500), ""),
    ("overloaded", lambda s: s.faults.answer(503), ""),
    ("hang-up before an answer", lambda s: s.faults.hang_up(), ""),
]


@pytest.mark.parametrize(("case", "break_it", "word"), LOST, ids=[row[0] for row in LOST])
async def test_a_cluster_that_fails_is_lost_and_comes_back(
    server: ApiServer, other: ApiServer, case: str, break_it: Break, word: str
) -> None:
    async with watching(server, other) as fleet:
        await eventually(lambda: names(fleet) == {"shop", "db"} and names(fleet, "lab2") == {"elsewhere"})
        break_it(server)
        server.hang_up()
        await eventually(lambda: state(fleet) == "lost" and word in reason(fleet))
        assert "next try in" in reason(fleet) or "trying again" in reason(fleet)
        assert names(fleet) == {"shop", "db"}
        other.store.put(stack_object("new"))
        await eventually(lambda: "new" in names(fleet, "lab2"))
        assert state(fleet, "lab2") == "connected"
        server.faults.clear()
        server.store.delete("Stack", "dev", "db")
        server.store.put(stack_object("came"))
        fleet.retry("lab")
        await eventually(lambda: state(fleet) == "connected")
        await eventually(lambda: names(fleet) == {"shop", "came"})


HIDDEN: list[tuple[str, Break]] = [
    ("a polite hang-up", lambda s: s.hang_up()),
    ("half a line", lambda s: (s.faults.half_line(times=1), s.hang_up())),
    ("history forgotten", lambda s: (s.forget_history(), s.hang_up())),
    ("410 in the stream", lambda s: (s.faults.gone_in_stream(times=1), s.hang_up())),
    ("410 as an answer", lambda s: (s.faults.answer(410, "watch", times=1), s.hang_up())),
    ("one slow answer", lambda s: (s.faults.latency(0.3, times=2), s.hang_up())),
]


@pytest.mark.parametrize(("case", "disturb"), HIDDEN, ids=[row[0] for row in HIDDEN])
async def test_a_disturbance_loses_no_event_and_keeps_no_ghost(server: ApiServer, case: str, disturb: Break) -> None:
    async with watching(server) as fleet:
        await eventually(lambda: names(fleet) == {"shop", "db"})
        disturb(server)
        server.store.delete("Stack", "dev", "db")
        server.store.put(stack_object("came"))
        server.store.put(stack_object("shop", conditions=[condition("Stalled", "SpecInvalid")]))
        await eventually(lambda: names(fleet) == {"shop", "came"})
        await eventually(lambda: fleet.board.stacks[Key("lab", "prod", "shop")].phase.name == "stalled")


async def test_a_server_that_goes_down_and_comes_up_again(server: ApiServer) -> None:
    async with watching(server) as fleet:
        await eventually(lambda: names(fleet) == {"shop", "db"})
        await server.refuse_connections()
        await eventually(lambda: state(fleet) == "lost")
        assert fleet.board.contexts["lab"].stale(time.time())
        server.store.delete("Stack", "prod", "shop")
        await server.listen()
        fleet.retry("lab")
        await eventually(lambda: names(fleet) == {"db"} and state(fleet) == "connected")


async def test_a_cluster_without_the_crds_says_so(server: ApiServer) -> None:
    server.faults.absent("stacks")
    async with watching(server) as fleet:
        await eventually(lambda: state(fleet) == "absent")
        assert "stacks.pulumi.com" in reason(fleet)


async def test_a_user_of_one_namespace_sees_that_one(server: ApiServer) -> None:
    server.access.grant("t", "viewer", AccessRule(verbs=READ, resources=("stacks",), namespaces=("prod",)))
    async with watching(server, token="t", scope=WatchScope(fallback=("prod", "dev"))) as fleet:
        await eventually(lambda: state(fleet) == "restricted")
        await eventually(lambda: names(fleet) == {"shop"})
        assert fleet.board.contexts["lab"].hidden
        server.store.put(stack_object("came"))
        await eventually(lambda: "came" in names(fleet))


async def test_a_token_that_is_revoked_and_given_back(server: ApiServer) -> None:
    server.access.grant("t", "somebody")
    async with watching(server, token="t") as fleet:
        await eventually(lambda: names(fleet) == {"shop", "db"})
        server.access.expire("t")
        server.hang_up()
        await eventually(lambda: state(fleet) == "lost" and "credentials" in reason(fleet))
        assert names(fleet) == {"shop", "db"}
        server.access.grant("t", "somebody")
        fleet.retry("lab")
        await eventually(lambda: state(fleet) == "connected")


async def test_dead_contexts_keep_nobody_waiting() -> None:
    async with AsyncExitStack() as opened:
        alive = [await opened.enter_async_context(ApiServer()) for _ in range(25)]
        silent = [await opened.enter_async_context(ApiServer()) for _ in range(25)]
        for number, each in enumerate(alive):
            each.store.put(stack_object(f"s{number}"))
        for each in silent:
            each.faults.silence()
        async with watching(*silent, *alive, scope=WatchScope(request_timeout=None)) as fleet:
            await eventually(lambda: len(fleet.board.stacks) == 25)
            states = [context.state(time.time()) for context in fleet.board.contexts.values()]
            assert states.count("connecting") >= 25


HOSTILE = "\x1b]52;c;aGk=\x07\x1b[31m[/x] [bold]\u202e gpj.exe 名前" + "x" * 32_000


async def test_hostile_objects_are_rows_like_others(server: ApiServer) -> None:
    wrong = dict.fromkeys(("stack", "projectRepo", "prerequisites", "fluxSource", "resyncFrequencySeconds"), 7)
    everything_wrong = {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {"name": "wrong", "namespace": "prod", "labels": {"a": "b"}},
        "spec": wrong,
        "status": {"conditions": {"type": 3}, "lastUpdate": [], "currentUpdate": "x", "observedGeneration": "one"},
    }
    server.store.put(everything_wrong)
    server.store.put(stack_object("loud", conditions=[condition("Stalled", "SpecInvalid", HOSTILE)]))
    server.store.put(stack_object("n" * 253, "m" * 63))
    async with watching(server) as fleet:
        await eventually(lambda: names(fleet) == {"shop", "db", "wrong", "loud", "n" * 253})
        now = time.time()
        for row in fleet.board.stacks.values():
            for column in STACK_COLUMNS:
                text = column.text(row, now)
                assert text.isprintable()
                assert "\x1b" not in text


async def test_clocks_that_differ_make_no_negative_ages(server: ApiServer) -> None:
    server.store.put(stack_object("ahead", lastUpdate={"state": "succeeded", "lastResyncTime": "2999-01-01T00:00:00Z"}))
    server.store.put(stack_object("behind", metadata={"creationTimestamp": "1970-01-01T00:00:00Z"}))
    async with watching(server) as fleet:
        await eventually(lambda: {"ahead", "behind"} <= names(fleet))
        texts = {c.id: c.text(fleet.board.stacks[Key("lab", "prod", "ahead")], time.time()) for c in STACK_COLUMNS}
        assert texts["updated"] == "0s"


@pytest.mark.parametrize("count", [1, 3])
async def test_get_of_a_forbidden_cluster_names_it(server: ApiServer, tmp_path: Path, count: int) -> None:
    server.faults.answer(403, times=None)
    config = write(tmp_path / "config", *(server.kubeconfig(f"c{number}") for number in range(count)))
    ended = await run(config, "get", "--all-contexts", "-A")
    assert ended.code == 1
    assert len(ended.err.splitlines()) == count
