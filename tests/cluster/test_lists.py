"""Everything of one kind, once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from aiohttp import web

from cluster import list_bounds, lists
from cluster.decoding.decoder import Decoder
from cluster.errors import Forbidden, Garbled, Gone, NotFound, TooManyRequests, Unreachable
from cluster.http.connection import Connection
from cluster.lists import ListPages, fetch, list_all
from cluster.resources import Resource, ResourceKind
from demo.server.api_server import ApiServer
from fleet.argocd.raw_objects import list_each
from stacks.records.stack import Stack, tidy_stack
from support.objects import stack_object

STACKS = ResourceKind(Resource("pulumi.com", "v1", "stacks", "Stack"), Stack, tidy_stack)


def put(server: ApiServer, name: str, *namespaces: str, **labels: str) -> None:
    for namespace in namespaces:
        obj = stack_object(name, namespace)
        obj["metadata"] = {"name": name, "namespace": namespace, "labels": labels}
        server.store.put(obj)


def keys(records: list[Stack]) -> list[tuple[str, str]]:
    return sorted((record.metadata.namespace, record.metadata.name) for record in records)


async def test_all_namespaces_are_one_request(server: ApiServer, connect: Any) -> None:
    put(server, "a", "one", "two")
    assert keys(await list_all(connect(server.url), STACKS)) == [("one", "a"), ("two", "a")]
    assert len(server.requests) == 1


async def test_each_namespace_is_asked_once_and_the_answers_are_in_order(server: ApiServer, connect: Any) -> None:
    put(server, "a", "one", "two", "three")
    found = await list_all(connect(server.url), STACKS, ["two", "one", "two"])
    assert [record.metadata.namespace for record in found] == ["two", "one"]
    assert len(server.requests) == 2


@pytest.fixture
def crowd(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> ApiServer:
    """Six Stacks in three namespaces, where five are a crowd already."""
    monkeypatch.setattr(lists, "FIRST_PAGE", 1)
    monkeypatch.setattr(lists, "LONG_LIST", 5)
    monkeypatch.setattr(lists, "PER_NAMESPACE", 1)
    for name in ("one", "two", "three"):
        server.store.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    put(server, "a", "one", "two", "three")
    put(server, "b", "one", "two", "three")
    return server


def asked(server: ApiServer) -> set[str]:
    """The collections of Stacks that were read in one piece."""
    return {r.path for r in server.requests if r.path.endswith("/stacks") and "limit" not in r.query}


async def test_the_namespaces_of_a_crowd_are_asked_side_by_side(crowd: ApiServer, connect: Any) -> None:
    found = keys(await list_all(connect(crowd.url), STACKS))
    assert found == sorted((space, name) for space in ("one", "two", "three") for name in ("a", "b"))
    assert asked(crowd) == {f"/apis/pulumi.com/v1/namespaces/{name}/stacks" for name in ("one", "two", "three")}


@pytest.mark.parametrize("why", ["namespaces may not be listed", "they are nearly empty"])
async def test_a_crowd_is_read_in_one_request_where_namespaces_dont_help(
    crowd: ApiServer, connect: Any, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "they are nearly empty":
        monkeypatch.setattr(lists, "PER_NAMESPACE", 100)
    else:
        crowd.faults.answer(403, "/api/v1/namespaces")
    assert len(await list_all(connect(crowd.url), STACKS)) == 6
    assert asked(crowd) == {"/apis/pulumi.com/v1/stacks"}


async def test_a_namespace_of_a_crowd_that_fails_fails_the_list(crowd: ApiServer, connect: Any) -> None:
    crowd.faults.answer(403, "namespaces/two/")
    with pytest.raises(Forbidden):
        await list_all(connect(crowd.url), STACKS)


async def test_a_list_is_narrowed_by_labels(server: ApiServer, connect: Any) -> None:
    put(server, "a", "one", team="x")
    put(server, "b", "one", team="y")
    assert keys(await list_all(connect(server.url), STACKS, label_selector="team in (y,z)")) == [("one", "b")]


async def test_a_refusal_of_one_namespace_is_the_answer(server: ApiServer, connect: Any) -> None:
    put(server, "a", "one", "two")
    server.faults.answer(403, "namespaces/two/")
    server.faults.latency(5, "namespaces/one/")
    with pytest.raises(Forbidden):
        await list_all(connect(server.url), STACKS, ["one", "two"])


async def test_a_server_that_pages_all_the_same_is_read_to_the_end_and_from_the_start_if_it_forgets(
    serve: Any, connect: Any
) -> None:
    forgets = 1

    async def handler(request: web.Request) -> web.Response:
        nonlocal forgets
        if "continue" not in request.query:
            page = {"metadata": {"resourceVersion": "7", "continue": "more"}, "items": [stack_object("a")]}
        elif forgets:
            forgets -= 1
            return web.json_response({"kind": "Status", "code": 410, "message": "too old"}, status=410)
        else:
            page = {"metadata": {"resourceVersion": "7"}, "items": [stack_object("b")]}
        return web.json_response(page)

    connection = connect(await serve(handler))
    assert [record.metadata.name for record in await list_all(connection, STACKS)] == ["a", "b"]
    forgets = 100
    with pytest.raises(Gone):
        await list_all(connection, STACKS)


# Lists without an end


def endless(token: Any, name: Any, asked: list[str], pause: float = 0.0) -> Any:
    """A list whose every page has one object and says that there is another; both depend on the number of the page."""

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.query_string)
        number = len(asked)
        await asyncio.sleep(pause)
        about = {"resourceVersion": "7", "continue": token(number)}
        return web.json_response({"metadata": about, "items": [stack_object(name(number))]})

    return handler


async def by_pages(connection: Connection) -> list[Stack]:
    async with aclosing(ListPages(connection, Decoder(STACKS), "/stacks", {}, 500)) as pages:
        return [record async for page in pages for record in page.objects]


async def whole(connection: Connection) -> list[Stack]:
    return await list_all(connection, STACKS, ["prod"])


async def raw(connection: Connection) -> list[Any]:
    return (await list_each(connection, STACKS.resource, ["prod"])).objects


READERS = pytest.mark.parametrize("read", [by_pages, whole, raw])


@READERS
@pytest.mark.parametrize(
    ("token", "name", "most"),
    [
        (lambda n: "again", lambda n: f"s{n}", 4),
        (lambda n: "ab"[n % 2], lambda n: f"s{n}", 5),
        (str, lambda n: "same", 13),
        (str, lambda n: f"s{n}", 22),
    ],
    ids=["the same token", "two tokens in turn", "new tokens, nothing new", "one object a page"],
)
async def test_a_list_without_an_end_is_told_after_a_few_pages(
    serve: Any, connect: Any, monkeypatch: pytest.MonkeyPatch, read: Any, token: Any, name: Any, most: int
) -> None:
    monkeypatch.setattr(list_bounds, "MOST_PAGES", 20)
    asked: list[str] = []
    with pytest.raises(Garbled, match=r"the list of stacks\.pulumi\.com has no end"):
        await read(connect(await serve(endless(token, name, asked))))
    assert len(asked) <= most


@READERS
async def test_a_list_of_more_objects_than_a_cluster_holds_isnt_read(
    serve: Any, connect: Any, monkeypatch: pytest.MonkeyPatch, read: Any
) -> None:
    monkeypatch.setattr(list_bounds, "MOST_OBJECTS", 10)
    with pytest.raises(Garbled, match="more than 10 stacks"):
        await read(connect(await serve(endless(str, lambda n: f"s{n}", []))))


async def test_pages_that_nobody_asked_for_come_in_the_time_of_one_request(serve: Any, connect: Any) -> None:
    url = await serve(endless(str, lambda n: f"s{n}", [], pause=0.05))
    with pytest.raises(Unreachable, match="didn't come to its end in time"):
        await whole(connect(url, request_timeout=0.3))


async def test_a_list_too_large_for_one_answer_is_read_in_pages(
    serve: Any, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cluster.http.connection.LARGEST_ANSWER", 2000)

    async def handler(request: web.Request) -> web.Response:
        if "limit" not in request.query:
            return web.Response(body=b" " * 3000)
        last = "continue" in request.query
        about = {"resourceVersion": "7", "continue": "" if last else "more"}
        return web.json_response({"metadata": about, "items": [stack_object("b" if last else "a")]})

    assert [record.metadata.name for record in await whole(connect(await serve(handler)))] == ["a", "b"]


async def test_one_object_is_fetched_by_name(server: ApiServer, connect: Any) -> None:
    put(server, "a", "one")
    connection = connect(server.url)
    assert (await fetch(connection, STACKS, "one", "a")).metadata.name == "a"
    with pytest.raises(NotFound):
        await fetch(connection, STACKS, "one", "b")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("shop", "/apis/pulumi.com/v1/namespaces/one/stacks/shop"),
        ("../../secrets", "/apis/pulumi.com/v1/namespaces/one/stacks/..%2F..%2Fsecrets"),
        ("..", "/apis/pulumi.com/v1/namespaces/one/stacks/%2E%2E"),
        ("a?b#c", "/apis/pulumi.com/v1/namespaces/one/stacks/a%3Fb%23c"),
    ],
)
async def test_a_name_leads_nowhere_else(serve: Any, connect: Any, name: str, path: str) -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        return web.json_response(stack_object("x"))

    await fetch(connect(await serve(handler)), STACKS, "one", name)
    assert asked == [path]


def test_a_kind_has_its_path_in_the_api() -> None:
    assert Resource("", "v1", "pods", "Pod").path("one", "a", "log") == "/api/v1/namespaces/one/pods/a/log"
    assert Resource("", "v1", "nodes", "Node", namespaced=False).path("one") == "/api/v1/nodes"
    assert STACKS.resource.path() == "/apis/pulumi.com/v1/stacks"


async def test_a_server_that_says_when_is_asked_again_then(server: ApiServer, connect: Any) -> None:
    put(server, "a", "one")
    server.faults.answer(429, "stacks", times=1, retry_after=0)
    assert keys(await list_all(connect(server.url), STACKS)) == [("one", "a")]


async def test_a_server_that_says_much_later_is_not_waited_for(server: ApiServer, connect: Any) -> None:
    server.faults.answer(429, "stacks", retry_after=60)
    with pytest.raises(TooManyRequests):
        await list_all(connect(server.url), STACKS)
