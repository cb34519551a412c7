"""A play as its users see and change it: over HTTP, as kubectl and our own program do."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from demo.play.simulation import Simulation
from demo.play.stories import Story

Obj = dict[str, Any]

NOW = 1795457809.0
STACKS = "/apis/pulumi.com/v1/namespaces/{}/stacks/{}"
UPDATES = "/apis/auto.pulumi.com/v1alpha1/namespaces/{}/updates/{}"
PODS = "/api/v1/namespaces/{}/pods/{}"
SECRETS = "/api/v1/namespaces/{}/secrets/{}"
APPS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{}"
MERGE = {"Content-Type": "application/merge-patch+json"}
JSON_PATCH = {"Content-Type": "application/json-patch+json"}


def stack(play: Simulation, story: Story) -> Obj:
    found = play.contexts[story.context].store.get("Stack", story.namespace, story.stack)
    assert found is not None
    return found


def app(play: Simulation, name: str, context: str = "hub") -> Obj:
    found = play.contexts[context].store.get("Application", "argocd", name)
    assert found is not None
    return found


def condition(obj: Obj, kind: str) -> Obj:
    return next((c for c in obj["status"]["conditions"] if c["type"] == kind), {})


async def patch(
    client: aiohttp.ClientSession, play: Simulation, context: str, path: str, body: Any, headers: dict[str, str] = MERGE
) -> Obj:
    async with client.patch(play.servers[context].url + path, json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        found: Obj = await answer.json()
        return found


async def ask(client: aiohttp.ClientSession, play: Simulation, story: Story, value: str) -> None:
    """Request a run by the annotation."""
    path = STACKS.format(story.namespace, story.stack)
    body = {"metadata": {"annotations": {"pulumi.com/reconciliation-request": value}}}
    await patch(client, play, story.context, path, body)


def pod_of(play: Simulation, story: Story) -> Obj | None:
    return play.contexts[story.context].store.get("Pod", story.namespace, f"{story.stack}-workspace-0")


async def delete_pod(
    client: aiohttp.ClientSession, play: Simulation, story: Story, uid: str | None = None
) -> tuple[int, Obj]:
    """Delete the pod of a workspace, but only if it has this uid (None: the one that it has)."""
    found = pod_of(play, story)
    assert found is not None
    url = play.servers[story.context].url + PODS.format(story.namespace, found["metadata"]["name"])
    options = {"preconditions": {"uid": uid or found["metadata"]["uid"]}}
    async with client.delete(url, json=options) as answer:
        return answer.status, await answer.json()


async def run_in_pod(
    client: aiohttp.ClientSession, play: Simulation, story: Story, *command: str
) -> tuple[int, str, str]:
    """Run a command in the container `pulumi` of a Stack's workspace: exit code, stdout, stderr."""
    url = play.servers[story.context].url + PODS.format(story.namespace, f"{story.stack}-workspace-0") + "/exec"
    query = [("container", "pulumi"), ("stdout", "true"), ("stderr", "true"), *(("command", word) for word in command)]
    written = {1: b"", 2: b"", 3: b""}  # stdout, stderr, and how it ended
    async with client.ws_connect(url, params=query, protocols=("v5.channel.k8s.io",)) as socket:
        async for message in socket:
            written[message.data[0]] += message.data[1:]
    ended = json.loads(written[3])
    code = 0 if ended["status"] == "Success" else int(ended["details"]["causes"][0]["message"])
    return code, written[1].decode(), written[2].decode()


async def remove_finalizer(
    client: aiohttp.ClientSession, play: Simulation, context: str, path: str, finalizer: str
) -> None:
    """Take one finalizer off an object, whatever else it has."""
    async with client.get(play.servers[context].url + path) as answer:
        metadata = (await answer.json())["metadata"]
    place = f"/metadata/finalizers/{metadata['finalizers'].index(finalizer)}"
    operations = [
        {"op": "test", "path": "/metadata/uid", "value": metadata["uid"]},
        {"op": "test", "path": place, "value": finalizer},
        {"op": "remove", "path": place},
    ]
    await patch(client, play, context, path, operations, JSON_PATCH)
