"""One bad context never takes the others down: not on the board, and not in ``get``."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from fleet.argocd import instance_watch
from fleet.board.board import Board
from fleet.board.rows import Key
from fleet.feeds import lookups
from fleet.fleet import Fleet
from fleet.opener import opener
from fleet.page_watches import selection_watch
from fleet.page_watches.live_pages import StackWatch
from fleet.scope import WatchScope
from fleet.snapshot import snapshot_stacks
from support.objects import stack_object
from support.program import run, write
from support.raw_cluster import kubeconfig, page, raw_cluster
from support.terminal import terminal
from support.waiting import eventually


@pytest.fixture
async def good() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        made.store.put(stack_object("shop"))
        yield made


@asynccontextmanager
async def watching(path: Path) -> AsyncIterator[Fleet]:
    kubeconfig = load(None, {"KUBECONFIG": str(path)})
    fleet = Fleet(kubeconfig, kubeconfig.contexts, WatchScope())
    running = asyncio.create_task(fleet.run())
    try:
        yield fleet
        assert not running.done()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def state(fleet: Fleet, context: str) -> tuple[str, str]:
    found = fleet.board.contexts[context]
    return found.state(time.time()), found.reason(time.time())


def names(fleet: Fleet, context: str) -> set[str]:
    return {key.name for key in fleet.board.stacks if key.context == context}


async def is_fine(fleet: Fleet) -> None:
    await eventually(lambda: state(fleet, "good") == ("connected", "") and names(fleet, "good") == {"shop"})


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("http://a..b", {}, "isn't the address of anything"),
    (f"http://{'a' * 300}", {}, "isn't the address of anything"),
    ("http://h\\@evil", {}, "isn't the address of anything"),
    ("https://u:p@h", {"token": "t"}, "another stands in the address of the server"),
    ("https://h", {"as": "a\r\nX-Evil: 1"}, "holds a line break"),
    ("https://h", {"as": "a", "as-user-extra": {"why": ["a\nb"]}}, "holds a line break"),
    ("https://h", {"tokenFile": "pipe"}, "it is a pipe"),
    ("https://h", {"client-certificate": "/dev/zero", "client-key": "/dev/zero"}, "it is a device"),
]


@pytest.mark.parametrize(("server", "user", "words"), BROKEN)
async def test_a_context_that_makes_no_sense_is_lost_alone(
    good: ApiServer, tmp_path: Path, server: str, user: dict[str, Any], words: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = write(tmp_path / "config", kubeconfig("bad", server, **user), good.kubeconfig("good"))
    async with watching(path) as fleet:
        await is_fine(fleet)
        await eventually(lambda: state(fleet, "bad")[0] == "lost")
        assert words in state(fleet, "bad")[1]


async def test_get_names_the_contexts_that_make_no_sense_and_prints_the_others(good: ApiServer, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    bad = [kubeconfig(f"bad{number}", server, **user) for number, (server, user, _) in enumerate(BROKEN)]
    ended = await run(write(tmp_path / "config", *bad, good.kubeconfig("good")), "get", "--all-contexts", "-A")
    assert ended.code == 1
    assert "shop" in ended.out
    for number, (_, _, words) in enumerate(BROKEN):
        (line,) = [line for line in ended.err.splitlines() if line.startswith(f"error: bad{number}: ")]
        assert words in line


async def test_the_board_shows_the_others_and_the_list_of_contexts_says_why(good: ApiServer, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    bad = [kubeconfig(f"bad{number}", server, **user) for number, (server, user, _) in enumerate(BROKEN)]
    path = write(tmp_path / "config", *bad, good.kubeconfig("good"))
    async with terminal(path, "--all-contexts", columns=400, lines=40) as opened:
        await eventually(lambda: "shop" in opened.text and f"{len(bad)} lost" in opened.text)
        opened.type("x")
        await eventually(lambda: "it is a pipe" in opened.text and "holds a line break" in opened.text)
        opened.type("\x03")
        assert await opened.ended() == 0


DEEP = b"[" * 10_000 + b"]" * 10_000


def hostile(name: str, value: bytes) -> bytes:
    return json.dumps(stack_object(name, spec={"branch": "HERE"})).encode().replace(b'"HERE"', value)


def line(kind: bytes, obj: bytes) -> bytes:
    return b'{"type":"' + kind + b'","object":' + obj + b"}\n"


LISTED = page(hostile("deep", DEEP), hostile("bytes", b'"\xff"'), hostile("half", b'"\\ud800"'), b"null")
CHANGED = (
    line(b"MODIFIED", hostile("bytes", b'"\xfe"'))
    + line(b"ADDED", hostile("deeper", DEEP))
    + line(b"ADDED", hostile("last", b'"\\udc00"'))
)


async def test_objects_that_cant_be_read_are_named_and_hide_nothing(good: ApiServer, tmp_path: Path) -> None:
    async with raw_cluster(LISTED, CHANGED) as url:
        path = write(tmp_path / "config", kubeconfig("bad", url), good.kubeconfig("good"))
        async with watching(path) as fleet:
            await is_fine(fleet)
            await eventually(lambda: names(fleet, "bad") == {"bytes", "half", "last"})
            await eventually(
                lambda: (
                    state(fleet, "bad")
                    == ("connected", "Stacks that can't be read: one without a name, prod/deep, prod/deeper")
                )
            )
        ended = await run(path, "get", "--all-contexts", "-A")
    assert ended.code == 1
    assert [name for name in ("shop", "bytes", "half", "deep") if name in ended.out] == ["shop", "bytes", "half"]
    assert ended.err == "error: bad: stacks that can't be read: one without a name, prod/deep\n"


async def test_an_object_that_can_be_read_again_or_goes_isnt_named_any_more(tmp_path: Path) -> None:
    mended = line(b"MODIFIED", hostile("a", b'"x"')) + line(b"DELETED", hostile("b", DEEP))
    path = tmp_path / "config"
    async with (
        raw_cluster(page(hostile("a", DEEP), hostile("b", DEEP)), mended) as url,
        watching(write(path, kubeconfig("bad", url))) as fleet,
    ):
        await eventually(lambda: names(fleet, "bad") == {"a"} and state(fleet, "bad") == ("connected", ""))


async def test_a_watch_that_goes_on_adding_objects_is_given_up(
    good: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.feeds.context_feed.MOST_OBJECTS", 100)
    lines = b"".join(line(b"ADDED", hostile(f"s{number}", b'""')) for number in range(5_000))
    async with raw_cluster(page(), lines) as url:
        path = write(tmp_path / "config", kubeconfig("bad", url), good.kubeconfig("good"))
        async with watching(path) as fleet:
            await is_fine(fleet)
            await eventually(
                lambda: (
                    state(fleet, "bad") == ("lost", "there are more than 100 stacks.pulumi.com; so many aren't read")
                )
            )
            assert len(names(fleet, "bad")) <= 5_000


# What nobody foresaw


def stumble_over(name: str) -> Any:
    """In the place of a function that gets a record first: it fails at one."""

    def stumble(put: Any) -> Any:
        def wrapped(self: Board, context: str, record: Any, now: float) -> None:
            if context == name:
                raise LookupError("quoted-secret")
            put(self, context, record, now)

        return wrapped

    return stumble


@pytest.fixture
async def pair(good: ApiServer, tmp_path: Path) -> AsyncIterator[Path]:
    async with ApiServer() as bad:
        bad.store.put(stack_object("odd"))
        yield write(tmp_path / "config", bad.kubeconfig("bad"), good.kubeconfig("good"))


async def test_a_mistake_of_ours_loses_one_context_and_says_where_it_is(
    pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Board.put_stack
    monkeypatch.setattr(Board, "put_stack", stumble_over("bad")(put))
    async with watching(pair) as fleet:
        await is_fine(fleet)
        await eventually(lambda: state(fleet, "bad")[0] == "lost")
        reason = state(fleet, "bad")[1]
        assert reason.startswith("this is a bug in pko-argo, please report it: LookupError at ")
        assert reason.rpartition(":")[2].isdecimal()
        assert "quoted-secret" not in reason
        monkeypatch.setattr(Board, "put_stack", put)
        fleet.retry("bad")
        await eventually(lambda: state(fleet, "bad") == ("connected", "") and names(fleet, "bad") == {"odd"})


async def test_a_mistake_as_time_passes_is_told_of_its_context(pair: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recompute = Board.recompute_due

    def stumble(self: Board, now: float, contexts: Any = None) -> None:
        if contexts is None or "bad" in contexts:
            raise ZeroDivisionError
        recompute(self, now, contexts)

    monkeypatch.setattr(Board, "recompute_due", stumble)
    async with watching(pair) as fleet:
        await is_fine(fleet)
        await eventually(lambda: "ZeroDivisionError at " in state(fleet, "bad")[1])
        assert names(fleet, "bad") == {"odd"}
        assert state(fleet, "good") == ("connected", "")


async def test_a_mistake_in_a_look_up_is_told_of_its_context(pair: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def needed(row: Any) -> list[lookups.Lookup]:
        return [lookups.Lookup(row.key, None, "x")] if row.key.context == "bad" else []  # type: ignore[arg-type]

    monkeypatch.setattr(lookups, "needed_lookups", needed)
    async with watching(pair) as fleet:
        await is_fine(fleet)
        connection = fleet.connection("bad")
        assert connection is not None
        await eventually(lambda: names(fleet, "bad") == {"odd"})
        await lookups.look_up_once(fleet.board, "bad", connection, time.time)
        assert "this is a bug in pko-argo" in state(fleet, "bad")[1]
        assert state(fleet, "good") == ("connected", "")


async def test_a_mistake_while_argo_cds_are_looked_at_is_told_of_its_context(
    pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = instance_watch.survey_context

    async def stumble(context: str, *arguments: Any, **options: Any) -> Any:
        if context == "bad":
            raise KeyError
        return await survey(context, *arguments, **options)

    monkeypatch.setattr(instance_watch, "survey_context", stumble)
    async with watching(pair) as fleet:
        await is_fine(fleet)
        following = asyncio.create_task(fleet.instance_watch.follow(lambda: ["bad", "good"]))
        try:
            seen = fleet.instance_watch.seen
            await eventually(lambda: seen("bad") and seen("good"))
            assert [(found.why[:28] if (found := seen(name)) else None) for name in ("bad", "good")] == [
                "this is a bug in pko-argo, p",
                "",
            ]
            assert not following.done()
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def test_a_mistake_while_a_page_is_open_is_told_on_the_page(pair: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*arguments: Any, **options: Any) -> Any:
        raise IndexError

    monkeypatch.setattr(selection_watch, "follow", stumble)
    async with watching(pair) as fleet:
        await is_fine(fleet)
        page_watch = StackWatch(fleet, Key("good", "prod", "shop"))
        running = asyncio.create_task(page_watch.run())
        try:
            await eventually(lambda: page_watch.lost)
            assert page_watch.lost is not None
            assert page_watch.lost.reason.startswith("this is a bug in pko-argo")
            assert not running.done()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_get_prints_the_others_and_says_once_where_the_mistake_is(
    pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Board, "put_stack", stumble_over("bad")(Board.put_stack))
    kubeconfig = load(None, {"KUBECONFIG": str(pair)})
    found = await snapshot_stacks(opener(kubeconfig, WatchScope()), kubeconfig.contexts)
    assert {key.name for key in found.board.stacks} == {"shop"}
    assert found.unseen.keys() == {"bad"}
    assert found.unseen["bad"].startswith("this is a bug in pko-argo, please report it: LookupError at ")
