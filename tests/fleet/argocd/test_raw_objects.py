"""Of a list of raw objects, one that no decoder reads is left out and named: it hides none of the others."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from actions.checks.best_health import GET_AT_MOST, judge_stacks
from cluster.errors import Garbled
from cluster.http.connection import Connection
from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from fleet.argocd.instances import find_instances
from fleet.argocd.raw_objects import ListedObjects, list_each
from fleet.opener import opener
from fleet.resource_kinds import STACKS
from fleet.scope import WatchScope
from health.judge import judge_for, ours
from health.result import LATEST
from support.argocds import config_map, put_argo_cd
from support.objects import stack_object
from support.program import run, write
from support.raw_cluster import kubeconfig, page, raw_cluster

DEEP = b"[" * 10_000 + b"]" * 10_000


def stack(name: str) -> bytes:
    return json.dumps(stack_object(name)).encode()


def deep(name: str) -> bytes:
    return json.dumps(stack_object(name, spec={"branch": "HERE"})).encode().replace(b'"HERE"', DEEP)


@asynccontextmanager
async def connected(folder: Path, answer: bytes, plural: str = "stacks") -> AsyncIterator[Connection]:
    """To a cluster that answers this where a kind is listed."""
    async with raw_cluster(answer, plural=plural) as url:
        kubeconfig_file = write(folder / "config", kubeconfig("bad", url))
        connection = opener(load(str(kubeconfig_file), {}), WatchScope()).open("bad")
        try:
            yield connection
        finally:
            await connection.close()


async def listed(folder: Path, answer: bytes) -> ListedObjects:
    async with connected(folder, answer) as connection:
        return await list_each(connection, STACKS.resource, None)


async def test_an_object_that_is_nested_too_deeply_is_named_and_hides_nothing(tmp_path: Path) -> None:
    odd = b'{"metadata":{"name":"\\ud800"}}'
    found = await listed(tmp_path, page(stack("a"), deep("b"), odd, b"null", b'{"x":' + DEEP + b"}", stack("c")))
    assert [one["metadata"]["name"] for one in found.objects] == ["a", "\ufffd", "c"]
    assert [str(hidden) for hidden in found.hidden] == [
        "Stack prod/b: it is nested too deeply",
        "Stack without a name: it is nested too deeply",
    ]


@pytest.mark.parametrize("answer", [DEEP, b'{"items":[],"metadata":' + DEEP + b"}", b'{"items":' + DEEP, b"[1"])
async def test_an_answer_that_is_no_list_is_still_an_error(tmp_path: Path, answer: bytes) -> None:
    with pytest.raises(Garbled):
        await listed(tmp_path, answer)


async def test_a_preview_judges_the_others(tmp_path: Path) -> None:
    held = [{"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": name} for name in "abc"]
    async with ApiServer() as hub, raw_cluster(page(stack("a"), deep("b"), stack("c"))) as url:
        put_argo_cd(hub, config_map({}))
        hub.store.put(
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Application",
                "metadata": {"name": "infra", "namespace": "argocd"},
                "spec": {"destination": {"server": url}},
                "status": {"health": {"status": "Healthy"}, "resources": held},
            }
        )
        path = write(tmp_path / "config", hub.kubeconfig("hub"), kubeconfig("spoke", url))
        ended = await run(path, "health", "preview", "--all-contexts", "-A", "-o", "json")
    assert ended.json["judged"] == {"pulumi.com/Stack": 2}
    assert ended.json["notSeen"] == {"pulumi.com/Stack": 1}
    assert ended.json["hidden"] == [{"context": "spoke", "what": "Stack prod/b", "why": "it is nested too deeply"}]
    assert "partial: spoke: Stack prod/b can't be read: it is nested too deeply" in ended.err


async def test_a_live_test_judges_the_others_and_fails(tmp_path: Path) -> None:
    async with raw_cluster(page(stack("a"), deep("b"))) as url:
        ended = await run(
            write(tmp_path / "config", kubeconfig("bad", url)), "health", "test", "--live", "--context", "bad"
        )
    assert "prod/a" in ended.out
    assert "error: bad: Stack prod/b: it is nested too deeply" in ended.err
    assert ended.code == 1


async def test_the_health_of_one_of_many_stacks_is_unknown(tmp_path: Path) -> None:
    names = [("prod", f"s{number}") for number in range(GET_AT_MOST + 1)]
    answer = page(deep("s0"), *(stack(name) for _, name in names[1:]))
    async with connected(tmp_path, answer) as connection:
        found = await judge_stacks(judge_for(ours("pulumi.com/Stack"), LATEST), connection, names)
    assert found["prod", "s0"].unknown == "Stack prod/s0 can't be read: it is nested too deeply"
    assert {found[name].status for name in names[1:]} == {"Healthy"}


async def test_an_argo_cd_whose_settings_cant_be_read_is_named(tmp_path: Path) -> None:
    found = {"metadata": {"name": "argocd-cm", "namespace": "argocd"}, "data": "HERE"}
    answer = page(json.dumps(found).encode().replace(b'"HERE"', DEEP))
    async with connected(tmp_path, answer, "configmaps") as connection:
        instances = await find_instances(connection)
    assert [(one.namespace, one.unread) for one in instances.instances] == [("argocd", "it is nested too deeply")]
    assert str(instances.hidden[0]) == "ConfigMap argocd/argocd-cm: it is nested too deeply"


async def test_a_server_that_says_when_is_asked_again_then(tmp_path: Path) -> None:
    async with ApiServer() as server:
        server.store.put(stack_object("a"))
        server.faults.answer(429, "stacks", times=1, retry_after=0)
        config = write(tmp_path / "config", server.kubeconfig("lab"))
        connection = opener(load(str(config), {}), WatchScope()).open("lab")
        found = await list_each(connection, STACKS.resource, None)
        await connection.close()
    assert [one["metadata"]["name"] for one in found.objects] == ["a"]
