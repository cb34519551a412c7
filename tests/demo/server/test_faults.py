"""Everything that can go wrong between a client and a cluster, as a client meets it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from demo.server.served_kinds import APPLICATIONS, KINDS
from support.waiting import eventually

Obj = dict[str, Any]

STACKS = "/apis/pulumi.com/v1/stacks"


def put(server: ApiServer, name: str, namespace: str = "shop") -> Obj:
    metadata = {"name": name, "namespace": namespace}
    return server.store.put({"apiVersion": "pulumi.com/v1", "kind": "Stack", "metadata": metadata, "spec": {}})


def watch(server: ApiServer, client: aiohttp.ClientSession, **query: str) -> Any:
    query = {"watch": "true", "resourceVersion": str(server.store.version)} | query
    return client.get(server.url + STACKS, params=query)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (410, "Expired"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
    ],
)
async def test_an_answer_can_be_a_refusal(
    server: ApiServer, client: aiohttp.ClientSession, code: int, reason: str
) -> None:
    server.faults.answer(code, times=1)
    async with client.get(server.url + STACKS) as answer:
        assert answer.status == code
        assert (await answer.json())["reason"] == reason
    async with client.get(server.url + STACKS) as answer:
        assert answer.status == 200


async def test_too_many_requests_say_when_to_come_back(server: ApiServer, client: aiohttp.ClientSession) -> None:
    server.faults.answer(429, retry_after=7)
    async with client.get(server.url + STACKS) as answer:
        assert answer.headers["Retry-After"] == "7"
        assert (await answer.json())["details"]["retryAfterSeconds"] == 7


async def test_a_fault_concerns_only_what_it_names(server: ApiServer, client: aiohttp.ClientSession) -> None:
    server.faults.answer(500, "stacks?limit=")
    server.faults.answer(503, lambda asked: asked.method == "POST")
    for query, code in (({"limit": "5"}, 500), ({}, 200)):
        async with client.get(server.url + STACKS, params=query) as answer:
            assert answer.status == code
    async with client.post(server.url + STACKS, json={}) as answer:
        assert answer.status == 503


async def test_an_absent_kind_is_plain_text(server: ApiServer, client: aiohttp.ClientSession) -> None:
    server.faults.absent("/stacks")
    async with client.get(server.url + STACKS) as answer:
        assert answer.status == 404
        assert await answer.text() == "404 page not found\n"


async def test_a_cluster_may_lack_kinds_for_good(client: aiohttp.ClientSession) -> None:
    async with (
        ApiServer(kinds=[k for k in KINDS if k is not APPLICATIONS]) as server,
        client.get(server.url + "/apis/argoproj.io/v1alpha1/applications") as answer,
    ):
        assert answer.status == 404


async def test_an_answer_can_be_late(server: ApiServer, client: aiohttp.ClientSession) -> None:
    server.faults.latency(0.2)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with client.get(server.url + STACKS):
        assert loop.time() - began >= 0.2


async def test_a_hang_up_before_the_answer(server: ApiServer, client: aiohttp.ClientSession) -> None:
    server.faults.hang_up(STACKS, times=2)  # the client tries a GET twice
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.get(server.url + STACKS)


async def test_a_server_that_is_down_refuses_and_comes_back(server: ApiServer, client: aiohttp.ClientSession) -> None:
    url = server.url
    async with watch(server, client) as open_watch:
        await server.refuse_connections()
        with pytest.raises(aiohttp.ClientError):
            await open_watch.content.read()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get(url + STACKS)
    await server.listen()
    assert server.url == url
    async with client.get(url + STACKS) as answer:
        assert answer.status == 200


async def test_a_hang_up_in_an_open_watch(server: ApiServer, client: aiohttp.ClientSession) -> None:
    async with watch(server, client) as answer:
        put(server, "a")
        assert json.loads(await answer.content.readline())["type"] == "ADDED"
        server.faults.hang_up("watch=", times=1)
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.content.read()
    async with watch(server, client) as answer:
        put(server, "b")
        assert json.loads(await answer.content.readline())["object"]["metadata"]["name"] == "b"


async def test_a_hang_up_after_so_many_lines(server: ApiServer, client: aiohttp.ClientSession) -> None:
    server.faults.hang_up("watch=", after_lines=2)
    async with watch(server, client) as answer:
        for name in "abc":
            put(server, name)
        assert await answer.content.readline()
        assert await answer.content.readline()
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.content.readline()


async def test_half_a_line_then_a_hang_up(server: ApiServer, client: aiohttp.ClientSession) -> None:
    async with watch(server, client) as answer:
        put(server, "a")
        assert await answer.content.readline()
        server.faults.half_line("watch=", times=1)
        put(server, "b")
        seen = b""
        with pytest.raises(aiohttp.ClientPayloadError):
            while True:
                seen += await answer.content.readany()
    assert seen.startswith(b'{"type":"ADDED"')
    assert not seen.endswith(b"\n")


async def test_silence_in_a_watch_until_it_is_taken_away(server: ApiServer, client: aiohttp.ClientSession) -> None:
    async with watch(server, client) as answer:
        fault = server.faults.silence("watch=")
        put(server, "a")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await answer.content.readany()
        fault.remove()
        assert json.loads(await answer.content.readline())["type"] == "ADDED"


async def test_silence_instead_of_an_answer(server: ApiServer, client: aiohttp.ClientSession) -> None:
    fault = server.faults.silence(STACKS)
    asking = asyncio.ensure_future(client.get(server.url + STACKS))
    await eventually(lambda: server.requests)
    done, _ = await asyncio.wait([asking], timeout=0.1)
    assert not done
    fault.remove()
    assert (await asking).status == 200
    asking.result().release()


async def test_an_open_watch_can_end_with_410(server: ApiServer, client: aiohttp.ClientSession) -> None:
    async with watch(server, client) as answer:
        server.faults.gone_in_stream("watch=", times=1)
        event = json.loads(await answer.content.readline())
        assert (event["type"], event["object"]["code"]) == ("ERROR", 410)
        assert await answer.content.readline() == b""


async def test_a_history_that_is_forgotten_ends_a_resumed_watch(
    server: ApiServer, client: aiohttp.ClientSession
) -> None:
    version = server.store.version
    put(server, "a")
    server.forget_history()
    async with watch(server, client, resourceVersion=str(version)) as answer:
        assert json.loads(await answer.content.readline())["object"]["code"] == 410


async def test_a_history_is_bounded(client: aiohttp.ClientSession) -> None:
    async with ApiServer(history=3) as server:
        version = server.store.version
        for name in "abcd":
            put(server, name)
        async with watch(server, client, resourceVersion=str(version)) as answer:
            assert json.loads(await answer.content.readline())["object"]["code"] == 410
        async with watch(server, client, resourceVersion=str(server.store.version - 3)) as answer:
            assert json.loads(await answer.content.readline())["type"] == "ADDED"


async def test_a_token_may_see_only_some_namespaces(server: ApiServer, client: aiohttp.ClientSession) -> None:
    put(server, "a", "shop")
    server.access.grant("some", "viewer", AccessRule(READ, ("stacks",), ("shop",)))
    server.access.grant("all", "admin")
    for token, path, code in (
        ("some", STACKS, 403),
        ("some", "/apis/pulumi.com/v1/namespaces/shop/stacks", 200),
        ("some", "/apis/pulumi.com/v1/namespaces/data/stacks", 403),
        ("all", STACKS, 200),
        ("nobody", STACKS, 401),
    ):
        async with client.get(server.url + path, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status == code, (token, path)


async def test_reviews_and_refusals_come_from_one_rule(server: ApiServer, client: aiohttp.ClientSession) -> None:
    server.access.grant("some", "viewer", AccessRule(READ, ("stacks",), ("shop",)))
    headers = {"Authorization": "Bearer some"}
    reviews = server.url + "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    for namespace, verb in (("shop", "list"), ("shop", "patch"), ("data", "list"), ("", "list")):
        asked = {"verb": verb, "group": "pulumi.com", "resource": "stacks", "namespace": namespace}
        async with client.post(reviews, json={"spec": {"resourceAttributes": asked}}, headers=headers) as answer:
            allowed = (await answer.json())["status"]["allowed"]
        assert allowed is ((namespace, verb) == ("shop", "list"))


async def test_an_expired_token_is_unauthorized(server: ApiServer, client: aiohttp.ClientSession) -> None:
    server.access.grant("short", "admin")
    headers = {"Authorization": "Bearer short"}
    async with client.get(server.url + STACKS, headers=headers) as answer:
        assert answer.status == 200
    server.access.expire("short")
    async with client.get(server.url + STACKS, headers=headers) as answer:
        assert answer.status == 401


async def test_requests_are_recorded_without_their_headers(server: ApiServer, client: aiohttp.ClientSession) -> None:
    server.access.grant("a-secret-token", "admin")
    headers = {"Authorization": "Bearer a-secret-token"}
    async with client.get(server.url + STACKS, params={"limit": "5"}, headers=headers):
        pass
    assert str(server.requests[-1]) == f"GET {STACKS}?limit=5"
    assert "a-secret-token" not in repr(list(server.requests))


async def test_a_client_that_leaves_ends_its_watch(server: ApiServer, client: aiohttp.ClientSession) -> None:
    async with watch(server, client):
        await eventually(lambda: server.open_streams == 1)
    await eventually(lambda: server.open_streams == 0)
