"""Logs of pods: what can be read of them where containers run, and what is said where they don't."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from contract.api import Api
from contract.kubelets import Kubelet
from demo.server.objects import moment
from support.waiting import LIMIT, eventually

Obj = dict[str, Any]


def pod(name: str, *containers: str) -> Obj:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "containers": [{"name": c, "image": "pulumi/pulumi"} for c in containers],
            "initContainers": [{"name": "fetch", "image": "pulumi/pulumi-kubernetes-operator"}],
        },
    }


async def test_a_container_must_be_named_where_there_are_several(api: Api) -> None:
    await api.make(api.pods(), pod("web", "pulumi", "sidecar"))
    code, status = await api.get(api.pods("web", "log"))
    assert (code, status["reason"]) == (400, "BadRequest")
    assert status["message"] == (
        "a container name must be specified for pod web, choose one of: [fetch pulumi sidecar]"
    )


async def test_a_container_that_is_not_there_is_a_bad_request(api: Api) -> None:
    await api.make(api.pods(), pod("web", "pulumi"))
    code, status = await api.get(api.pods("web", "log"), container="nobody")
    assert code == 400
    assert status["message"] == "container nobody is not valid for pod web"


async def test_a_pod_that_is_not_there_has_no_log(api: Api) -> None:
    code, status = await api.get(api.pods("nobody", "log"))
    assert (code, status["message"]) == (404, 'pods "nobody" not found')


@pytest.fixture
def kubelet(api: Api) -> Kubelet:
    if api.kubelet is None:
        pytest.skip("no kubelet runs beside this server")
    return api.kubelet


@pytest.fixture
async def running(api: Api, kubelet: Kubelet) -> str:
    """A pod that runs, with five lines a second apart; the path of its log."""
    kubelet.run(api.namespace, pod("web", "pulumi"))
    for second in range(5):
        kubelet.write(api.namespace, "web", "pulumi", f"line {second}", 1_700_000_000.25 + second)
    path = api.pods("web", "log")
    await eventually(lambda: served(api, path))
    return path


async def served(api: Api, path: str) -> bool:
    """Whether the node has heard of the pod by now."""
    code, _ = await api.get(path)
    return code == 200


async def read(api: Api, path: str, **query: str) -> list[str]:
    code, found = await api.get(path, **query)
    assert code == 200
    return str(found["text"]).splitlines()


async def test_a_log_is_plain_text(api: Api, running: str) -> None:
    assert await read(api, running) == [f"line {n}" for n in range(5)]


async def test_tail_gives_the_last_lines(api: Api, running: str) -> None:
    assert await read(api, running, tailLines="2") == ["line 3", "line 4"]
    assert await read(api, running, tailLines="0") == []


async def test_timestamps_stand_before_the_lines(api: Api, running: str) -> None:
    (line,) = await read(api, running, tailLines="1", timestamps="true")
    stamp, _, text = line.partition(" ")
    assert text == "line 4"
    assert len(stamp) == 30
    assert moment(stamp[:26] + "Z") == 1_700_000_004.25


async def test_since_counts_in_whole_seconds(api: Api, running: str) -> None:
    lines = await read(api, running, sinceTime="2023-11-14T22:13:22.9Z")
    assert lines == ["line 2", "line 3", "line 4"]


async def test_a_limit_cuts_in_the_middle_of_a_line(api: Api, running: str) -> None:
    assert await read(api, running, limitBytes="10") == ["line 0", "lin"]


async def test_following_tells_new_lines_until_the_container_ends(api: Api, kubelet: Kubelet, running: str) -> None:
    query = {"follow": "true", "tailLines": "1"}
    async with asyncio.timeout(LIMIT), api.session.get(api.url + running, params=query) as answer:
        assert await answer.content.readline() == b"line 4\n"
        kubelet.write(api.namespace, "web", "pulumi", "line 5", 1_700_000_005.25)
        assert await answer.content.readline() == b"line 5\n"
        if kubelet.whole:
            kubelet.end(api.namespace, "web", "pulumi")
            assert await answer.content.readline() == b""
        elif answer.connection is not None and answer.connection.transport is not None:
            answer.connection.transport.abort()  # type: ignore[attr-defined]


async def test_previous_gives_the_log_before_the_restart(api: Api, kubelet: Kubelet, running: str) -> None:
    code, status = await api.get(running, previous="true")
    assert code == 400
    if kubelet.whole:
        assert status["message"] == 'previous terminated container "pulumi" in pod "web" not found'
    kubelet.restart(api.namespace, "web", "pulumi")
    kubelet.write(api.namespace, "web", "pulumi", "a new life", 1_700_000_009.0)
    assert await read(api, running, previous="true", tailLines="1") == ["line 4"]
    assert await read(api, running) == ["a new life"]


async def test_a_container_that_waits_to_start_has_no_log(api: Api, kubelet: Kubelet, running: str) -> None:
    if not kubelet.whole:
        pytest.skip("no container ever waits there")
    kubelet.wait(api.namespace, "web", "pulumi", "ImagePullBackOff")
    code, refused = await api.get(running)
    assert code == 400
    assert refused["message"] == (
        'container "pulumi" in pod "web" is waiting to start: trying and failing to pull image'
    )
