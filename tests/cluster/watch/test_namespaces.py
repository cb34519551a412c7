"""What somebody sees who may not see everything."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cluster.errors import Forbidden, Garbled, Unreachable
from cluster.resources import Resource
from cluster.target import KubeconfigUser, Target
from cluster.watch.namespaces import follow_namespaces, review
from cluster.watch.watch_events import Lost, Restricted, Synced
from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from support.objects import stack_object
from support.waiting import eventually

STACKS = Resource("pulumi.com", "v1", "stacks", "Stack")


def put(server: ApiServer, name: str, *namespaces: str) -> None:
    for namespace in namespaces:
        obj = stack_object(name, namespace)
        obj["metadata"] = {"name": name, "namespace": namespace}
        server.store.put(obj)


def grant(server: ApiServer, *namespaces: str, everywhere: bool = False, names: bool = False) -> None:
    """Let the user read Stacks in these namespaces, perhaps everywhere, and perhaps the namespaces' names."""
    rules = [AccessRule(verbs=READ, resources=("stacks",), namespaces=namespaces)] if namespaces else []
    if everywhere:
        rules.append(AccessRule(verbs=READ, resources=("stacks",)))
    if names:
        rules.append(AccessRule(verbs=READ, resources=("namespaces",)))
    server.access.grant("tok", "viewer", *(rules or [AccessRule(verbs=READ, resources=("nothing",))]))


@pytest.fixture
def viewer(server: ApiServer, connect: Any) -> Any:
    return connect(Target("c", server.url, user=KubeconfigUser(token="tok")))


class Rests:
    """Sleeps that last until the test says so; retries in between don't wait."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.wished: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.wished.append(seconds)
        if seconds < 100:
            await asyncio.sleep(0.001)
            return
        await self.over.wait()
        self.over.clear()


def reviews(server: ApiServer) -> int:
    return sum("selfsubjectaccessreviews" in asked.path for asked in server.requests)


async def test_who_may_see_everything_is_told_of_no_restriction(server: ApiServer, viewer: Any, reading: Any) -> None:
    grant(server, everywhere=True)
    put(server, "a", "one", "two")
    reader = reading(viewer, follow_namespaces, None, ["one"])
    await eventually(lambda: len(reader.held) == 2)
    assert not reader.said(Restricted)
    assert reviews(server) == 0


async def test_who_may_see_some_namespaces_sees_those_and_is_told_why_not_more(
    server: ApiServer, viewer: Any, reading: Any
) -> None:
    grant(server, "one", "two", names=True)
    put(server, "a", "one", "two", "three")
    reader = reading(viewer, follow_namespaces, None, ["default"], sleep=Rests())
    await eventually(lambda: set(reader.held) == {("one", "a"), ("two", "a")})
    assert reader.restricted is not None
    assert set(reader.restricted.namespaces) == {"one", "two"}
    assert "forbidden" in reader.restricted.reason
    assert not reader.said(Lost)
    assert {event.namespace for event in reader.said(Synced)} == {"one", "two"}


async def test_the_namespaces_of_the_context_are_tried_where_the_names_of_others_are_secret(
    server: ApiServer, viewer: Any, reading: Any
) -> None:
    grant(server, "one")
    put(server, "a", "one", "two")
    reader = reading(viewer, follow_namespaces, None, ["one", "two", ""], sleep=Rests())
    await reader.knows("a")
    assert reader.restricted is not None
    assert reader.restricted.namespaces == ("one",)
    put(server, "b", "one", "two")
    await eventually(lambda: set(reader.held) == {("one", "a"), ("one", "b")})


async def test_who_may_see_nothing_is_told_so_and_asked_for_again(server: ApiServer, viewer: Any, reading: Any) -> None:
    grant(server, names=True)
    put(server, "a", "one")
    rests = Rests()
    reader = reading(viewer, follow_namespaces, None, ["one"], sleep=rests)
    await eventually(lambda: reader.lost)
    assert reader.lost.code == 403
    assert not reader.said(Restricted)
    rests.over.set()
    await eventually(lambda: len(reader.said(Lost)) == 2)
    assert len({lost.since for lost in reader.said(Lost)}) == 1
    grant(server, "one", names=True)
    rests.over.set()
    await reader.knows("a")
    assert reader.lost is None


async def test_what_is_granted_later_is_found_and_what_is_taken_away_is_left(
    server: ApiServer, viewer: Any, reading: Any
) -> None:
    grant(server, "one", "two", names=True)
    put(server, "a", "one", "two", "three")
    rests = Rests()
    reader = reading(viewer, follow_namespaces, None, [], sleep=rests)
    await eventually(lambda: len(reader.held) == 2)
    grant(server, "one", "three", names=True)
    rests.over.set()
    await eventually(lambda: reader.restricted and set(reader.restricted.namespaces) == {"one", "three"})
    await eventually(lambda: ("three", "a") in reader.held)
    grant(server, everywhere=True)
    rests.over.set()
    await eventually(lambda: reader.restricted is None)
    assert reader.said(Restricted)[-1] == Restricted("", ())
    put(server, "b", "four")
    await eventually(lambda: ("four", "b") in reader.held)


async def test_somebody_in_a_hurry_has_the_permissions_looked_at_again(
    server: ApiServer, viewer: Any, reading: Any
) -> None:
    grant(server, "one")
    put(server, "a", "one", "two")
    retry_now = asyncio.Event()
    reader = reading(viewer, follow_namespaces, None, ["one"], sleep=Rests(), retry_now=retry_now)
    await eventually(lambda: len(reader.held) == 1)
    grant(server, everywhere=True)
    await eventually(lambda: retry_now.set() or len(reader.held) == 2)
    assert reader.restricted is None


async def test_with_hundreds_of_namespaces_the_server_is_asked_a_few_things_at_a_time(
    server: ApiServer, connect: Any, viewer: Any, reading: Any
) -> None:
    grant(server, "n7", names=True)
    put(server, "a", *(f"n{i}" for i in range(200)))
    now, most = set(), 0

    original = viewer.request

    async def counted(method: str, path: str, *arguments: Any, **more: Any) -> bytes:
        nonlocal most
        mark = object()
        if "selfsubjectaccessreviews" in path:
            now.add(mark)
            most = max(most, len(now))
        try:
            return await original(method, path, *arguments, **more)
        finally:
            now.discard(mark)

    viewer.request = counted
    reader = reading(viewer, follow_namespaces, None, ["default"], sleep=Rests())
    await eventually(lambda: set(reader.held) == {("n7", "a")})
    assert most == 8


async def test_without_reviews_what_somebody_named_is_tried_all_the_same(
    server: ApiServer, viewer: Any, reading: Any
) -> None:
    grant(server, "one", names=True)
    put(server, "a", "one", "two")
    server.faults.answer(404, "selfsubjectaccessreviews")
    reader = reading(viewer, follow_namespaces, None, ["one", "three"], sleep=Rests())
    await reader.knows("a")
    await eventually(lambda: reader.restricted and reader.restricted.namespaces == ("one",))
    assert reader.lost is None


async def test_an_outage_takes_no_namespace_away(server: ApiServer, viewer: Any, reading: Any) -> None:
    grant(server, "one", "two", names=True)
    put(server, "a", "one", "two")
    rests = Rests()
    reader = reading(viewer, follow_namespaces, None, ["one"], sleep=rests)
    await eventually(lambda: len(reader.held) == 2 and server.open_streams == 2)
    await server.refuse_connections()
    server.hang_up()
    await eventually(lambda: reader.lost)
    rests.over.set()
    await eventually(lambda: len([wish for wish in rests.wished if wish >= 100]) >= 2)
    assert set(reader.restricted.namespaces) == {"one", "two"}
    put(server, "b", "one", "two")
    await server.listen()
    await eventually(lambda: len(reader.held) == 4 and reader.lost is None)


# Chosen namespaces


async def test_chosen_namespaces_are_followed_side_by_side_and_no_other(server: ApiServer, reading: Any) -> None:
    put(server, "a", "one", "two", "three")
    reader = reading(server, follow_namespaces, ["one", "two", "one"], [])
    await eventually(lambda: set(reader.held) == {("one", "a"), ("two", "a")})
    server.store.delete("Stack", "one", "a")
    put(server, "b", "two")
    await eventually(lambda: set(reader.held) == {("two", "a"), ("two", "b")})
    assert not reader.said(Restricted)


async def test_one_chosen_namespace_is_simply_followed(server: ApiServer, viewer: Any, reading: Any) -> None:
    grant(server, "one")
    put(server, "a", "one")
    reader = reading(viewer, follow_namespaces, ["one"], [])
    await reader.knows("a")
    other = reading(viewer, follow_namespaces, ["two"], [], sleep=Rests())
    await eventually(lambda: other.lost and other.lost.code == 403)


async def test_a_chosen_namespace_that_is_forbidden_is_left_out_until_it_is_allowed(
    server: ApiServer, viewer: Any, reading: Any
) -> None:
    grant(server, "one")
    put(server, "a", "one", "two")
    reader = reading(viewer, follow_namespaces, ["one", "two"], [])
    await eventually(lambda: reader.restricted and reader.restricted.namespaces == ("one",))
    await reader.knows("a")
    assert reader.restricted.reason.startswith("1 of 2 namespaces may not be read: ")
    assert not reader.said(Lost)
    grant(server, "one", "two")
    await eventually(lambda: len(reader.held) == 2)
    assert reader.restricted is None


async def test_if_all_chosen_namespaces_are_forbidden_the_cluster_is_lost(
    server: ApiServer, viewer: Any, reading: Any
) -> None:
    grant(server)
    put(server, "a", "one", "two")
    reader = reading(viewer, follow_namespaces, ["one", "two"], [])
    await eventually(lambda: reader.lost)
    assert reader.lost.code == 403
    grant(server, "one", "two")
    await eventually(lambda: len(reader.held) == 2 and reader.lost is None)


async def test_trouble_that_all_share_is_told_as_one_and_ends_with_the_last(
    server: ApiServer, connect: Any, reading: Any
) -> None:
    put(server, "a", "one", "two", "three")
    reader = reading(server, follow_namespaces, ["one", "two", "three"], [])
    await eventually(lambda: len(reader.held) == 3 and server.open_streams == 3)
    fault = server.faults.answer(500, "namespaces/two/")
    server.hang_up()
    await eventually(lambda: reader.lost and reader.lost.code == 500 and server.open_streams == 2)
    put(server, "b", "one")
    await eventually(lambda: ("one", "b") in reader.held)
    assert reader.lost is not None, "two isn't seen"
    fault.remove()
    await eventually(lambda: reader.lost is None)


async def test_a_mistake_of_ours_in_a_follower_isnt_swallowed(server: ApiServer, connect: Any) -> None:
    from cluster.resources import ResourceKind
    from stacks.records.stack import Stack

    def broken(record: Any) -> Any:
        raise ZeroDivisionError

    put(server, "a", "one", "two")
    with pytest.raises(ZeroDivisionError):
        async for _ in follow_namespaces(connect(server.url), ResourceKind(STACKS, Stack, broken), ["one", "two"]):
            pass


async def test_who_stops_reading_leaves_no_stream_behind(server: ApiServer, reading: Any) -> None:
    put(server, "a", "one", "two")
    reader = reading(server, follow_namespaces, ["one", "two"], [])
    await eventually(lambda: server.open_streams == 2)
    await reader.stop()
    await eventually(lambda: server.open_streams == 0)


# Permissions


async def test_what_we_may_do_is_what_the_server_says(server: ApiServer, viewer: Any) -> None:
    grant(server, "one")
    assert await review(viewer, "list", STACKS, "one") is True
    assert await review(viewer, "list", STACKS, "two") is False
    assert await review(viewer, "list", STACKS) is False
    assert await review(viewer, "patch", STACKS, "one") is False


async def test_what_the_server_doesnt_say_is_an_error(server: ApiServer, viewer: Any, serve: Any, connect: Any) -> None:
    from aiohttp import web

    async def nonsense(_: web.Request) -> web.Response:
        return web.Response(body=b'{"status": {}}')

    with pytest.raises(Garbled):
        await review(connect(await serve(nonsense)), "list", STACKS)
    server.faults.answer(403)
    with pytest.raises(Forbidden):
        await review(viewer, "list", STACKS)
    await server.refuse_connections()
    with pytest.raises(Unreachable):
        await review(viewer, "list", STACKS)
