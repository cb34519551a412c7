"""Every way in which a watch can go wrong, and what its reader sees of it.

The reader (conftest) believes what it is told and knows nothing else; in the end it has to hold what
the server holds, and to have been told when that wasn't certain.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.resources import Resource, ResourceKind
from cluster.target import KubeconfigUser, Target
from cluster.watch.reflector import follow
from cluster.watch.watch_events import Alive, Arrived, Connecting, Lost, Removed, Synced
from demo.server.api_server import ApiServer
from stacks.records.stack import Stack, tidy_stack
from support.objects import stack_object
from support.waiting import LIMIT, eventually

STACKS = ResourceKind(Resource("pulumi.com", "v1", "stacks", "Stack"), Stack, tidy_stack)
LIST, WATCH = "GET /apis/pulumi.com/v1/stacks?limit", "watch=true"

WAYS = pytest.mark.parametrize("compress", [True, False], ids=["pages", "streaming list"])
"""A list comes in pages over connections that compress, else as the beginning of a watch."""


def put(server: ApiServer, *names: str, namespace: str = "prod", **more: Any) -> None:
    for name in names:
        obj = stack_object(name, namespace, **more)
        obj["metadata"] = {"name": name, "namespace": namespace, "labels": {"name": name}}
        server.store.put(obj)


def touch(server: ApiServer, name: str, namespace: str = "prod", branch: str = "other") -> None:
    server.store.patch("Stack", namespace, name, {"spec": {"branch": branch}})


def lists(server: ApiServer) -> int:
    """How often a list was begun."""
    begun = ("continue", "resourceVersion")
    return sum(
        1
        for asked in server.requests
        if asked.path.endswith("/stacks")
        and (asked.query.get("sendInitialEvents") or not asked.streams)
        and not any(key in asked.query for key in begun)
    )


# The usual course


@WAYS
async def test_the_reader_is_told_what_is_there_and_then_what_changes(
    server: ApiServer, connect: Any, reading: Any, compress: bool
) -> None:
    put(server, "a", "b")
    reader = reading(connect(server.url, compress=compress))
    await reader.knows("a", "b")
    put(server, "c")
    server.store.delete("Stack", "prod", "a")
    touch(server, "b")
    await reader.knows("b", "c")
    await eventually(lambda: reader.held["prod", "b"].spec.branch == "other")
    assert isinstance(reader.events[0], Connecting)
    assert len(reader.said(Synced)) == 1
    assert not reader.said(Lost)
    assert lists(server) == 1


@WAYS
async def test_nothing_at_all_is_a_complete_list_too(
    server: ApiServer, connect: Any, reading: Any, compress: bool
) -> None:
    reader = reading(connect(server.url, compress=compress))
    await eventually(lambda: reader.said(Synced) == [Synced(None, frozenset())])
    assert not reader.said(Arrived)


async def test_a_long_list_comes_in_pages_and_the_first_rows_dont_wait(
    server: ApiServer, connect: Any, reading: Any
) -> None:
    put(server, *(f"s{i}" for i in range(75)))
    reader = reading(connect(server.url, compress=True), page_size=10)
    await eventually(lambda: reader.said(Synced))
    assert [len(event.objects) for event in reader.said(Arrived)] == [10, 10, 10, 10, 10, 10, 10, 5]
    assert [asked.query["limit"] for asked in server.requests if "limit" in asked.query] == ["10", "50", "50"]
    assert len(reader.held) == 75


@WAYS
async def test_one_namespace_and_a_selection_by_label(
    server: ApiServer, connect: Any, reading: Any, compress: bool
) -> None:
    put(server, "a", "b")
    put(server, "a", namespace="stage")
    reader = reading(connect(server.url, compress=compress), follow, "prod", label_selector="name=a")
    await eventually(lambda: reader.said(Synced) == [Synced("prod", frozenset({("prod", "a")}))])
    server.store.patch("Stack", "prod", "b", {"metadata": {"labels": {"name": "a"}}})
    await reader.knows("a", "b")
    server.store.patch("Stack", "prod", "b", {"metadata": {"labels": {"name": "b"}}})
    await reader.knows("a")


async def test_bookmarks_say_that_all_is_well_and_advance_the_version(connect: Any, reading: Any) -> None:
    async with ApiServer(bookmark_every=0.02) as server:
        put(server, "a")
        reader = reading(server)
        await eventually(lambda: len(reader.said(Alive)) >= 3)
        server.store.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "busy"}})
        version = str(server.store.version)
        count = len(reader.said(Alive))
        await eventually(lambda: len(reader.said(Alive)) >= count + 2)
        server.hang_up()
        await eventually(lambda: server.requests[-1].query.get("resourceVersion") == version)
        assert lists(server) == 1


async def test_a_server_that_ends_a_watch_politely_is_asked_to_go_on_at_once(
    server: ApiServer, serve: Any, reading: Any
) -> None:
    asked: list[Mapping[str, str]] = []
    reader = reading(await serve(polite(asked)))
    await eventually(lambda: len([query for query in asked if query.get("resourceVersion") == "7"]) >= 2)
    assert not reader.said(Lost)
    assert reader.names == {"a"}


def polite(asked: list[Mapping[str, str]]) -> Any:
    """Lists one object at version 7, and ends every watch at once."""

    async def handler(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        if "watch" not in request.query:
            items = [stack_object("a")]
            return web.json_response({"metadata": {"resourceVersion": "7"}, "items": items})
        if "sendInitialEvents" in request.query:
            return web.json_response({"kind": "Status", "code": 400}, status=400)
        return web.Response(body=b"")

    return handler


async def test_a_server_that_ends_every_watch_at_once_isnt_asked_in_a_tight_loop(serve: Any, reading: Any) -> None:
    asked: list[Mapping[str, str]] = []
    pauses = Sleeps()
    reader = reading(await serve(polite(asked)), sleep=pauses, rng=lambda: 1.0)
    await eventually(lambda: len(pauses.wished) >= 6)
    await reader.stop()
    assert pauses.wished[:6] == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


class Sleeps:
    """Notes what was asked for, and doesn't wait."""

    def __init__(self) -> None:
        self.wished: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.wished.append(seconds)
        await asyncio.sleep(0)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


# Lists as watches


async def test_a_server_without_streaming_lists_is_asked_for_one_only_once(
    server: ApiServer, connect: Any, reading: Any
) -> None:
    put(server, "a")
    server.faults.answer(422, "sendInitialEvents")
    connection = connect(server.url)
    await reading(connection).knows("a")
    await reading(connection).knows("a")
    assert sum("sendInitialEvents" in asked.query for asked in server.requests) == 1
    assert connection.lists_by_watch is False


async def test_a_server_that_never_says_where_the_list_ends_is_read_in_pages(
    serve: Any, connect: Any, reading: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cluster.watch.list_watch.TRIAL", 0.1)
    asked: list[Mapping[str, str]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(dict(request.query))
        if "watch" not in request.query:
            return web.json_response({"metadata": {"resourceVersion": "7"}, "items": [stack_object("a")]})
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(line("ADDED", stack_object("a")))
        await asyncio.sleep(LIMIT)
        return response

    connection = connect(await serve(handler))
    reader = reading(connection)
    await eventually(lambda: reader.said(Synced))
    assert not reader.said(Lost)
    assert connection.lists_by_watch is False
    await eventually(lambda: asked[-1].get("resourceVersion") == "7")


@pytest.mark.parametrize("ending", ["bookmark", "end"])
async def test_a_server_that_goes_on_without_ending_the_list_is_read_in_pages(
    serve: Any, connect: Any, reading: Any, ending: str
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if "watch" not in request.query:
            return web.json_response({"metadata": {"resourceVersion": "7"}, "items": [stack_object("a")]})
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(line("ADDED", stack_object("a")))
        if ending == "bookmark":
            await response.write(line("BOOKMARK", {"metadata": {"resourceVersion": "5"}}))
            await asyncio.sleep(LIMIT)
        return response

    connection = connect(await serve(handler))
    reader = reading(connection)
    await eventually(lambda: reader.said(Synced))
    assert connection.lists_by_watch is False


async def test_two_kinds_that_ask_at_once_find_out_together_that_lists_dont_come_as_watches(
    serve: Any, connect: Any, reading: Any
) -> None:
    asked, answer = 0, asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        if "sendInitialEvents" in request.query:
            asked += 1
            await answer.wait()
            return web.json_response({"kind": "Status", "code": 400}, status=400)
        if "watch" in request.query:
            await asyncio.sleep(LIMIT)
        return web.json_response({"metadata": {"resourceVersion": "7"}, "items": []})

    connection = connect(await serve(handler))
    readers = [reading(connection), reading(connection)]
    await eventually(lambda: asked == 2)
    answer.set()
    await eventually(lambda: all(reader.said(Synced) for reader in readers))
    assert not any(reader.said(Lost) for reader in readers)


@pytest.mark.parametrize("what", ["objects", "bookmarks", "blank lines"])
async def test_a_list_that_comes_as_a_watch_and_never_ends_is_given_up_in_the_time_of_a_request(
    serve: Any, connect: Any, reading: Any, what: str
) -> None:
    sent = {
        "objects": line("ADDED", stack_object("a")),
        "bookmarks": line("BOOKMARK", {"metadata": {"resourceVersion": "5"}}),
        "blank lines": b"\n",
    }

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(sent[what])
            await asyncio.sleep(0.01)

    connection = connect(await serve(handler), request_timeout=0.2)
    connection.lists_by_watch = True
    reader = reading(connection)
    await eventually(lambda: reader.lost is not None)
    assert reader.lost.reason == "the list of stacks.pulumi.com didn't come to its end in time"


async def test_a_list_of_more_objects_than_a_cluster_holds_is_given_up(
    serve: Any, connect: Any, reading: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cluster.watch.list_watch.MOST_OBJECTS", 100)

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for number in range(10_000):
            await response.write(line("ADDED", stack_object(f"s{number}")))
        return response

    reader = reading(connect(await serve(handler)))
    await eventually(lambda: reader.lost is not None)
    assert "more than 100 stacks.pulumi.com" in reader.lost.reason


def line(kind: str, obj: Any) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"


# Interruptions


@WAYS
async def test_after_a_hang_up_the_watch_goes_on_where_it_was(
    server: ApiServer, connect: Any, reading: Any, compress: bool
) -> None:
    put(server, "a", "b")
    reader = reading(connect(server.url, compress=compress))
    await reader.knows("a", "b")
    await eventually(lambda: server.open_streams == 1)
    await server.refuse_connections()
    server.hang_up()
    await eventually(lambda: reader.lost)
    server.store.delete("Stack", "prod", "a")
    put(server, "c")
    await server.listen()
    await reader.knows("b", "c")
    await eventually(lambda: reader.lost is None)
    assert lists(server) == 1
    assert all(lost.code == 0 and not lost.absent for lost in reader.said(Lost))


@WAYS
async def test_half_a_line_at_the_end_is_a_break_and_nothing_is_lost_or_doubled(
    server: ApiServer, connect: Any, reading: Any, compress: bool
) -> None:
    put(server, "a")
    reader = reading(connect(server.url, compress=compress))
    await eventually(lambda: reader.said(Synced) and server.open_streams == 1)
    fault = server.faults.half_line(WATCH, after_lines=1)
    for branch in "xyz":
        touch(server, "a", branch=branch)
    await eventually(lambda: reader.said(Lost))
    fault.remove()
    await eventually(lambda: reader.held["prod", "a"].spec.branch == "z" and reader.lost is None)
    assert lists(server) == 1


async def test_a_line_that_isnt_json_is_a_break_and_what_came_before_it_counts(serve: Any, reading: Any) -> None:
    asked: list[Mapping[str, str]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(dict(request.query))
        if "watch" not in request.query:
            return web.json_response({"metadata": {"resourceVersion": "7"}, "items": []})
        if "sendInitialEvents" in request.query:
            return web.json_response({"kind": "Status", "code": 400}, status=400)
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(line("ADDED", stack_object("a", metadata={"resourceVersion": "8"})) + b"<html>\n")
        await asyncio.sleep(LIMIT)
        return response

    reader = reading(await serve(handler), rng=lambda: 0.0)
    await eventually(lambda: len(reader.said(Lost)) >= 2)
    assert reader.names == {"a"}
    assert "isn't what an API server sends" in reader.said(Lost)[0].reason
    assert any(query.get("resourceVersion") == "8" for query in asked)


async def test_a_login_page_in_place_of_a_list_is_told_and_not_believed(serve: Any, reading: Any) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(text="<html>Please log in</html>", content_type="text/html")

    reader = reading(await serve(handler))
    await eventually(lambda: reader.lost)
    assert not reader.said(Synced)


@WAYS
async def test_silence_is_noticed_and_dated_back_to_the_last_sign_of_life(
    server: ApiServer, connect: Any, reading: Any, compress: bool
) -> None:
    put(server, "a")
    connection = connect(server.url, compress=compress)
    reader = reading(connection, silence=0.3, rng=lambda: 0.0)
    await eventually(lambda: reader.said(Synced) and server.open_streams == 1)
    fault = server.faults.silence(WATCH)
    await eventually(lambda: reader.said(Lost))
    first = reader.said(Lost)[0]
    assert "nothing has come" in first.reason
    assert first.retry_at - first.since == pytest.approx(0.3)
    put(server, "b")
    fault.remove()
    await reader.knows("a", "b")
    await eventually(lambda: reader.lost is None)


async def test_a_peer_that_opens_watches_and_never_says_a_word_isnt_taken_for_alive_again(
    server: ApiServer, connect: Any, reading: Any
) -> None:
    put(server, "a")
    reader = reading(server, silence=0.1, rng=lambda: 0.0)
    await eventually(lambda: reader.said(Synced) and server.open_streams == 1)
    fault = server.faults.silence(WATCH)
    await eventually(lambda: len(reader.said(Lost)) >= 5)
    assert len({lost.since for lost in reader.said(Lost)[2:]}) == 1
    assert reader.lost is not None
    fault.remove()
    put(server, "b")
    await reader.knows("a", "b")
    assert reader.lost is None


async def test_a_server_that_is_away_is_waited_for_longer_and_longer_since_the_same_moment(reading: Any) -> None:
    clock, pauses = Clock(), Sleeps()

    async def sleep(seconds: float) -> None:
        await pauses(seconds)
        clock.now += seconds

    async with ApiServer() as server:
        await server.refuse_connections()
        reader = reading(server, sleep=sleep, clock=clock, rng=lambda: 1.0)
        await eventually(lambda: len(reader.said(Lost)) >= 9)
        assert pauses.wished[:8] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
        assert {(lost.since, lost.code) for lost in reader.said(Lost)} == {(1_000.0, 0)}
        assert [lost.retry_at for lost in reader.said(Lost)[:3]] == [1_001.0, 1_003.0, 1_007.0]
        assert "refuses the connection" in reader.lost.reason
        await server.listen()
        await eventually(lambda: reader.said(Synced))
        assert reader.lost is None


async def test_attempts_are_spread_at_random(reading: Any) -> None:
    draws = iter([0.5, 0.25, 0.0, 1.0] * 100)
    pauses = Sleeps()
    async with ApiServer() as server:
        await server.refuse_connections()
        reading(server, sleep=pauses, clock=Clock(), rng=lambda: next(draws))
        await eventually(lambda: len(pauses.wished) >= 3)
    assert all(0 < wish <= 4 for wish in pauses.wished[:3])


async def test_somebody_in_a_hurry_ends_the_wait(server: ApiServer, connect: Any, reading: Any) -> None:
    put(server, "a")
    await server.refuse_connections()
    retry_now = asyncio.Event()

    async def for_ever(_: float) -> None:
        await asyncio.Event().wait()

    reader = reading(server, sleep=for_ever, retry_now=retry_now)
    await eventually(lambda: reader.said(Lost))
    await server.listen()
    retry_now.set()
    await eventually(lambda: reader.said(Synced))
    assert not retry_now.is_set()


# History that is forgotten


@WAYS
@pytest.mark.parametrize("how", ["status", "event"])
async def test_forgotten_history_means_a_new_list_which_tells_who_is_gone(
    server: ApiServer, connect: Any, reading: Any, compress: bool, how: str
) -> None:
    put(server, "a", "b")
    reader = reading(connect(server.url, compress=compress))
    await eventually(lambda: reader.said(Synced) and server.open_streams == 1)
    await server.refuse_connections()
    server.hang_up()
    await eventually(lambda: reader.lost)
    server.store.delete("Stack", "prod", "a")
    put(server, "c")
    if how == "status":
        server.faults.answer(410, "resourceVersion=", times=1)
    else:
        server.forget_history()
    await server.listen()
    await reader.knows("b", "c")
    assert len(reader.said(Synced)) == 2
    assert not reader.said(Removed)
    assert lists(server) == 2
    assert 410 not in [lost.code for lost in reader.said(Lost)]


async def test_an_error_event_comes_after_what_came_before_it(server: ApiServer, connect: Any, reading: Any) -> None:
    put(server, "a")
    reader = reading(server)
    await eventually(lambda: reader.said(Synced) and server.open_streams == 1)
    server.faults.gone_in_stream(WATCH, times=1, after_lines=3)
    put(server, "b")
    await eventually(lambda: len(reader.said(Synced)) == 2)
    assert not reader.said(Lost)
    await reader.knows("a", "b")


async def test_a_list_that_is_forgotten_between_its_pages_is_begun_again(
    server: ApiServer, connect: Any, reading: Any
) -> None:
    put(server, *(f"s{i}" for i in range(30)))
    server.faults.answer(410, "continue=", times=1)
    reader = reading(connect(server.url, compress=True), page_size=10)
    await eventually(lambda: reader.said(Synced))
    assert len(reader.held) == 30
    assert lists(server) == 2
    assert not reader.said(Lost)


async def test_a_history_that_is_always_forgotten_is_no_tight_loop_and_is_told_in_the_end(
    server: ApiServer, connect: Any, reading: Any
) -> None:
    put(server, "a")
    server.faults.answer(410, "resourceVersion=")
    pauses = Sleeps()
    reader = reading(connect(server.url, compress=True), sleep=pauses, rng=lambda: 1.0)
    await eventually(lambda: len(reader.said(Lost)) >= 3)
    assert {lost.code for lost in reader.said(Lost)} == {410}
    assert sum(pauses.wished) >= 2 + 4 + 1 + 2
    assert lists(server) <= len(pauses.wished) + 2
    server.faults.clear()
    await eventually(lambda: reader.lost is None)


# Refusals


@WAYS
@pytest.mark.parametrize("code", [500, 503, 504])
async def test_a_server_in_trouble_is_told_with_its_code_and_gets_its_time(
    server: ApiServer, connect: Any, reading: Any, compress: bool, code: int
) -> None:
    put(server, "a")
    server.faults.answer(code, times=3)
    reader = reading(connect(server.url, compress=compress))
    await reader.knows("a")
    assert [lost.code for lost in reader.said(Lost)] == [code] * 3


@pytest.mark.parametrize("code", [429, 503])
async def test_a_server_that_says_how_long_to_wait_is_heard(server: ApiServer, reading: Any, code: int) -> None:
    server.faults.answer(code, times=1, retry_after=7)
    pauses = Sleeps()
    reader = reading(server, sleep=pauses, rng=lambda: 0.5)
    await eventually(lambda: reader.said(Synced))
    assert pauses.wished == [pytest.approx(7.5, abs=0.1)]


async def test_not_even_a_server_makes_us_wait_for_ever(server: ApiServer, reading: Any) -> None:
    server.faults.answer(503, times=1, retry_after=86_400)
    pauses = Sleeps()
    reader = reading(server, sleep=pauses, rng=lambda: 0.0)
    await eventually(lambda: reader.said(Synced))
    assert pauses.wished == [pytest.approx(300, abs=0.1)]


@WAYS
async def test_what_is_forbidden_is_told_and_tried_again_slowly(
    server: ApiServer, connect: Any, reading: Any, compress: bool
) -> None:
    fault = server.faults.answer(403, message='User "me" cannot list stacks')
    pauses = Sleeps()
    reader = reading(connect(server.url, compress=compress), sleep=pauses)
    await eventually(lambda: len(reader.said(Lost)) >= 3)
    fault.remove()
    await eventually(lambda: reader.said(Synced))
    assert reader.said(Lost)[0].code == 403
    assert reader.said(Lost)[0].reason == 'User "me" cannot list stacks'
    assert all(45 <= wish <= 75 for wish in pauses.wished[:3])


@WAYS
async def test_a_kind_that_isnt_there_is_absent_and_looked_for_now_and_then(
    server: ApiServer, connect: Any, reading: Any, compress: bool
) -> None:
    put(server, "a")
    fault = server.faults.absent("stacks")
    pauses = Sleeps()
    reader = reading(connect(server.url, compress=compress), sleep=pauses)
    await eventually(lambda: len(reader.said(Lost)) >= 2)
    assert reader.lost.absent
    assert reader.lost.code == 404
    assert reader.lost.reason == "there is no stacks.pulumi.com in this cluster"
    assert all(45 <= wish <= 75 for wish in pauses.wished)
    fault.remove()
    await reader.knows("a")


async def test_a_kind_that_vanishes_and_comes_back_is_listed_anew(
    server: ApiServer, connect: Any, reading: Any
) -> None:
    put(server, "a")
    reader = reading(server)
    await eventually(lambda: reader.said(Synced) and server.open_streams == 1)
    fault = server.faults.absent("stacks")
    server.hang_up()
    await eventually(lambda: reader.lost and reader.lost.absent)
    server.store.delete("Stack", "prod", "a")
    put(server, "b")
    fault.remove()
    await reader.knows("b")
    assert len(reader.said(Synced)) == 2


async def test_a_request_that_makes_no_sense_to_the_server_isnt_repeated_quickly(
    server: ApiServer, reading: Any
) -> None:
    server.faults.answer(400, message="unable to parse requirement")
    pauses = Sleeps()
    reader = reading(server, sleep=pauses, label_selector="((")
    await eventually(lambda: len(pauses.wished) >= 3)
    assert reader.lost.code == 400
    assert all(wish >= 22 for wish in pauses.wished)


async def test_a_server_restored_from_an_older_copy_is_listed_anew(
    server: ApiServer, connect: Any, reading: Any
) -> None:
    put(server, "a")
    reader = reading(server)
    await eventually(lambda: reader.said(Synced) and server.open_streams == 1)
    server.faults.answer(504, "resourceVersion=", message="Too large resource version: 99, current: 7")
    server.hang_up()
    await eventually(lambda: len(reader.said(Synced)) == 2)


# Logins


async def test_an_expired_token_is_renewed_without_a_word(
    server: ApiServer, connect: Any, reading: Any, tmp_path: Any
) -> None:
    put(server, "a")
    server.access.grant("old", "me")
    server.access.grant("new", "me")
    (tmp_path / "token").write_text("old")
    connection = connect(Target("c", server.url, user=KubeconfigUser(token_file=tmp_path / "token")))
    reader = reading(connection)
    await eventually(lambda: reader.said(Synced) and server.open_streams == 1)
    server.access.expire("old")
    (tmp_path / "token").write_text("new")
    server.hang_up()
    put(server, "b")
    await reader.knows("a", "b")
    assert 401 not in [lost.code for lost in reader.said(Lost)]


async def test_a_login_that_stays_refused_is_told_until_there_is_a_new_one(
    server: ApiServer, connect: Any, reading: Any, tmp_path: Any
) -> None:
    put(server, "a")
    server.access.grant("good", "me")
    (tmp_path / "token").write_text("hunter2")
    pauses = Sleeps()
    reader = reading(
        connect(Target("c", server.url, user=KubeconfigUser(token_file=tmp_path / "token"))),
        sleep=pauses,
        rng=lambda: 0.5,
    )
    await eventually(lambda: len(reader.said(Lost)) >= 2)
    assert {lost.code for lost in reader.said(Lost)} == {401}
    assert "hunter2" not in str(reader.said(Lost))
    assert min(pauses.wished) >= 5
    (tmp_path / "token").write_text("good")
    await reader.knows("a")


async def test_a_login_that_cant_be_had_is_told_and_not_asked_for_all_the_time(
    server: ApiServer, connect: Any, reading: Any, tmp_path: Any
) -> None:
    pauses = Sleeps()
    reader = reading(
        connect(Target("c", server.url, user=KubeconfigUser(token_file=tmp_path / "token"))),
        sleep=pauses,
        rng=lambda: 0.5,
    )
    await eventually(lambda: len(reader.said(Lost)) >= 3)
    assert "token file" in reader.lost.reason
    assert reader.lost.code == 0
    assert min(pauses.wished) >= 15


# Leaving


async def test_who_stops_reading_leaves_no_stream_behind(server: ApiServer, connect: Any, reading: Any) -> None:
    reader = reading(server)
    await eventually(lambda: server.open_streams == 1)
    await reader.stop()
    await eventually(lambda: server.open_streams == 0)


async def test_who_stops_reading_in_the_middle_of_a_list_leaves_no_request_behind(
    server: ApiServer, connect: Any, reading: Any
) -> None:
    put(server, *(f"s{i}" for i in range(30)))
    server.faults.silence("continue=")
    reader = reading(connect(server.url, compress=True, request_timeout=None), page_size=10)
    await eventually(lambda: reader.said(Arrived))
    async with asyncio.timeout(LIMIT):
        await reader.stop()


# One network read


class Scripted:
    """A connection whose one watch sends these pieces, and is then quiet."""

    compress = True
    lists_by_watch: bool | None = False
    request_timeout = None

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces = pieces
        self.done = asyncio.Event()

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> bytes:
        return b'{"metadata":{"resourceVersion":"1"},"items":[]}'

    @asynccontextmanager
    async def stream(
        self, path: str, params: Mapping[str, str] | None = None, silence: float = 0
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        yield self._sending()

    async def _sending(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        self.done.set()
        await asyncio.sleep(LIMIT)


async def told(pieces: Sequence[bytes]) -> list[Any]:
    connection = Scripted(pieces)
    events: list[Any] = []

    async def read() -> None:
        async for event in follow(connection, STACKS):  # type: ignore[arg-type]
            events.append(event)

    reading = asyncio.ensure_future(read())
    await asyncio.wait_for(connection.done.wait(), LIMIT)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    return [event for event in events if isinstance(event, Arrived | Removed)]


def flat(events: list[Any]) -> list[tuple[str, str, str]]:
    """Single happenings, in order."""
    happened = []
    for event in events:
        if isinstance(event, Arrived):
            happened += [("+", o.metadata.name, o.metadata.resource_version) for o in event.objects]
        else:
            happened += [("-", name, "") for _, name in event.keys]
    return happened


def happening(kind: str, name: str, version: int) -> bytes:
    return line(kind, stack_object(name, metadata={"resourceVersion": str(version)}))


async def test_all_of_one_read_is_told_at_once() -> None:
    lines = [happening("ADDED", f"s{i}", i) for i in range(5)]
    (event,) = await told([b"".join(lines)])
    assert [stack.metadata.name for stack in event.objects] == ["s0", "s1", "s2", "s3", "s4"]


async def test_arrivals_and_removals_of_one_read_keep_their_order_where_it_matters() -> None:
    story = [("ADDED", "a"), ("DELETED", "b"), ("ADDED", "c"), ("DELETED", "a"), ("ADDED", "a"), ("DELETED", "d")]
    events = await told([b"".join(happening(kind, name, i) for i, (kind, name) in enumerate(story))])
    happened = flat(events)
    assert [each for each in happened if each[1] == "a"] == [("+", "a", "0"), ("-", "a", ""), ("+", "a", "4")]
    assert sorted(name for _, name, _ in happened) == ["a", "a", "a", "b", "c", "d"]
    assert len(events) <= 4


def without_repeats(happened: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Being gone twice is being gone."""
    return [key for key, _ in groupby(happened)]


happenings = st.lists(st.tuples(st.sampled_from(["ADDED", "MODIFIED", "DELETED"]), st.sampled_from("abc")), max_size=12)


@given(happenings, st.data())
@settings(max_examples=60)
def test_however_a_watch_is_cut_into_pieces_the_reader_ends_up_with_the_same(
    story: list[tuple[str, str]], data: st.DataObject
) -> None:
    whole = b"".join(happening(kind, name, version) for version, (kind, name) in enumerate(story))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True) if a < b]
    for name in "abc":
        mine = [("-", "") if kind == "DELETED" else ("+", str(i)) for i, (kind, who) in enumerate(story) if who == name]
        seen = [(sign, version) for sign, who, version in flat(asyncio.run(told(pieces))) if who == name]
        assert without_repeats(seen) == without_repeats(mine)


@pytest.mark.parametrize("kind", [Lost, Alive, Synced, Arrived, Removed, Connecting])
def test_what_is_told_is_a_value(kind: type) -> None:
    assert kind.__struct_config__.frozen  # type: ignore[attr-defined]
