"""Changes are sent just as they were shown, and once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cluster.apply import apply, decided, delete, json_patch, merge_patch, read, send
from cluster.errors import ApiError, Conflict, Forbidden, Garbled, NotFound, Unreachable, api_error
from cluster.http.connection import Connection
from cluster.kubeconfig import load
from cluster.resources import pointer
from demo.server.api_server import ApiServer
from support.program import write

PATH = "/api/v1/namespaces/argocd/configmaps/argocd-cm"
BODY = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": {"b": "2"}}


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as running:
        running.store.put(BODY | {"metadata": {"name": "argocd-cm", "namespace": "argocd"}, "data": {"a": "1"}})
        yield running


@pytest.fixture
async def connection(server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Connection]:
    path = write(tmp_path_factory.mktemp("kube") / "config", server.kubeconfig("lab"))
    opened = Connection(load(str(path), {}).target("lab"))
    yield opened
    await opened.close()


async def test_the_answer_is_the_object_as_it_is_now(connection: Connection) -> None:
    found = await send(connection, apply(PATH, BODY, "ours"))
    assert found["data"] == {"a": "1", "b": "2"}
    assert await read(connection, PATH) == found


async def test_a_dry_run_of_an_apply_keeps_nothing(connection: Connection) -> None:
    before = await read(connection, PATH)
    assert (await send(connection, apply(PATH, BODY, "ours").rehearsed()))["data"] == {"a": "1", "b": "2"}
    assert await read(connection, PATH) == before


async def test_a_deletion_is_of_one_uid_and_a_rehearsal_of_it_keeps_the_object(connection: Connection) -> None:
    before = await read(connection, PATH)
    with pytest.raises(Conflict):
        await send(connection, delete(PATH, "another"))
    deletion = delete(PATH, before["metadata"]["uid"])
    await send(connection, deletion.rehearsed())
    assert await read(connection, PATH) == before
    await send(connection, deletion)
    with pytest.raises(NotFound):
        await read(connection, PATH)


@pytest.mark.parametrize("status", [401, 403, 409, 422, 429, 500, 503])
async def test_a_refused_change_is_not_sent_again(server: ApiServer, connection: Connection, status: int) -> None:
    await read(connection, PATH)
    server.faults.answer(status, "PATCH")
    with pytest.raises(ApiError):
        await send(connection, apply(PATH, BODY, "ours"))
    assert sum(asked.method == "PATCH" for asked in server.requests) == 1


def test_what_a_refusal_means_for_the_object() -> None:
    assert all(decided(api_error(status)) for status in (400, 401, 403, 404, 409, 422, 429))
    assert not any(decided(api_error(status)) for status in (500, 502, 503, 504))
    assert not decided(Unreachable("x"))
    assert not decided(Garbled("x"))
    assert isinstance(api_error(409), Conflict)
    assert isinstance(api_error(403), Forbidden)


def test_a_change_can_be_read_before_it_is_sent() -> None:
    change = apply(PATH, BODY, "ours", force=True)
    assert change.url == f"{PATH}?fieldManager=ours&force=true"
    assert b'"b":"2"' in change.body
    assert merge_patch(PATH, {}, "x").content_type == "application/merge-patch+json"


def test_a_place_in_an_object_is_named_as_a_json_patch_does() -> None:
    assert pointer("data", "a/b~c") == "/data/a~1b~0c"


def test_texts_in_a_json_patch_are_escaped_as_go_does() -> None:
    change = json_patch(PATH, [{"op": "test", "path": "/data/a", "value": "a < b && c > d\u2028"}], "x")
    assert rb"a \u003c b \u0026\u0026 c \u003e d\u2028" in change.body
