"""The board and the command line over two real API servers and an address where nobody listens."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import time
import urllib.error
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from cluster.kubeconfig import load
from e2e.control_plane import ADMIN, VIEWER, ControlPlane
from fleet.board.rows import Key
from fleet.fleet import Fleet
from fleet.scope import WatchScope
from support.objects import PROCESSING, condition, last, stack_object
from support.program import dead, run, running, write
from support.waiting import eventually

STACKS = "/apis/pulumi.com/v1/namespaces/{}/stacks"


@pytest.fixture
def namespace(plane: ControlPlane, other: ControlPlane) -> str:
    """A namespace that both have."""
    name = f"fleet-{secrets.token_hex(4)}"
    for each in (plane, other):
        each.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    return name


@pytest.fixture
def kubeconfig(plane: ControlPlane, other: ControlPlane, tmp_path: Path) -> Path:
    return write(tmp_path / "config", plane.kubeconfig("one"), other.kubeconfig("two"), dead())


def put(plane: ControlPlane, obj: dict[str, Any]) -> None:
    """Create the Stack with its status, or replace both; the status has a door of its own."""
    path = STACKS.format(obj["metadata"]["namespace"])
    name = obj["metadata"]["name"]
    body = {
        **obj,
        "metadata": {k: v for k, v in obj["metadata"].items() if k not in ("uid", "resourceVersion", "generation")},
    }
    try:
        present = plane.request("GET", f"{path}/{name}")
        body["metadata"]["resourceVersion"] = present["metadata"]["resourceVersion"]
        made = plane.request("PUT", f"{path}/{name}", body)
    except urllib.error.HTTPError:
        made = plane.request("POST", path, body)
    plane.request("PUT", f"{path}/{name}/status", {**made, "status": obj["status"]})


def delete(plane: ControlPlane, namespace: str, name: str) -> None:
    path = f"{STACKS.format(namespace)}/{name}"
    present = plane.request("GET", path)
    plane.request("PUT", path, {**present, "metadata": {**present["metadata"], "finalizers": []}})
    with suppress(urllib.error.HTTPError):
        plane.request("DELETE", path)


@asynccontextmanager
async def watching(kubeconfig: Path, *contexts: str, scope: WatchScope | None = None) -> AsyncIterator[Fleet]:
    fleet = Fleet(load(str(kubeconfig), {}), contexts, scope)
    task = asyncio.create_task(fleet.run())
    try:
        yield fleet
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def start_again(plane: ControlPlane) -> None:
    plane.launch()
    await eventually(plane.ready, timeout=60, every=0.2)


def names(fleet: Fleet, context: str, namespace: str) -> set[str]:
    return {key.name for key in fleet.board.stacks if key.context == context and key.namespace == namespace}


def state(fleet: Fleet, context: str) -> str:
    return fleet.board.contexts[context].state(time.time())


async def test_get_equals_what_kubectl_says_row_by_row(
    plane: ControlPlane, other: ControlPlane, kubeconfig: Path, namespace: str
) -> None:
    for each, count in ((plane, 7), (other, 3)):
        for number in range(count):
            put(each, stack_object(f"s{number}", namespace, lastUpdate=last(failures=number)))
    ended = await run(kubeconfig, "get", "stacks", "--all-contexts", "-A", "-o", "json")
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1, ended.err
    assert "dead" in ended.err
    ours = {(item["context"], item["namespace"], item["name"]): item for item in ended.json}
    theirs = {}
    for context in ("one", "two"):
        command = ["kubectl", "--kubeconfig", str(kubeconfig), "--context", context, "get", "stacks.pulumi.com", "-A"]
        listed = subprocess.run([*command, "-o", "json"], capture_output=True, check=True, text=True, timeout=60)
        for obj in json.loads(listed.stdout)["items"]:
            theirs[context, obj["metadata"]["namespace"], obj["metadata"]["name"]] = obj
    assert ours.keys() == theirs.keys()
    assert len(ours) >= 10
    for key, item in ours.items():
        obj = theirs[key]
        assert item["uid"] == obj["metadata"]["uid"]
        assert item["created"] == obj["metadata"]["creationTimestamp"]
        assert item["stack"] == obj["spec"]["stack"]
        last_update = (obj.get("status") or {}).get("lastUpdate") or {}
        assert item["failures"] == last_update.get("failures", 0)
        if item["lastUpdate"]:
            assert item["lastUpdate"]["time"] == last_update["lastResyncTime"]


async def test_what_kubectl_writes_appears_on_the_board_and_in_a_watch(
    plane: ControlPlane, kubeconfig: Path, namespace: str
) -> None:
    kubectl = ["kubectl", "--kubeconfig", str(kubeconfig), "--context", "one", "-n", namespace]

    async def do(*arguments: str, text: str = "") -> None:
        done = await asyncio.to_thread(
            subprocess.run, [*kubectl, *arguments], input=text, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr

    app = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "infra", "namespace": namespace},
        "spec": {"project": "default", "destination": {"server": "https://kubernetes.default.svc"}},
        "status": {
            "sync": {"status": "Synced"},
            "health": {"status": "Healthy"},
            "resources": [{"group": "pulumi.com", "kind": "Stack", "namespace": namespace, "name": "shop"}],
        },
    }
    shop = stack_object("shop", namespace)
    shop["metadata"] = {"name": "shop", "namespace": namespace}
    watch = ("get", "stacks", "--context", "one", "-n", namespace, "-w", "-o", "json")
    async with watching(kubeconfig, "one") as fleet, running(kubeconfig, *watch) as process:
        assert process.stdout is not None
        key = Key("one", namespace, "shop")
        await do("apply", "-f", "-", text=json.dumps(shop))
        await eventually(lambda: key in fleet.board.stacks, timeout=10)
        assert json.loads(await asyncio.wait_for(process.stdout.readline(), 10))["phase"]["name"] == "unseen"
        status = json.dumps({"status": {"observedGeneration": 1, "conditions": [PROCESSING]}})
        await do("patch", "stacks.pulumi.com", "shop", "--subresource=status", "--type=merge", "-p", status)
        await eventually(lambda: fleet.board.stacks[key].phase.name == "updating", timeout=10)
        assert json.loads(await asyncio.wait_for(process.stdout.readline(), 10))["phase"]["name"] == "updating"
        await do("apply", "-f", "-", text=json.dumps(app))
        await eventually(lambda: fleet.board.stacks[key].holder is not None, timeout=10)
        await do(
            "patch",
            "applications.argoproj.io",
            "infra",
            "--type=merge",
            "-p",
            '{"status":{"sync":{"status":"OutOfSync"}}}',
        )
        await eventually(
            lambda: (h := fleet.board.stacks[key].holder) is not None and h.sync == "OutOfSync", timeout=10
        )
        await do("delete", "applications.argoproj.io", "infra")
        await eventually(lambda: fleet.board.stacks[key].holder is None, timeout=10)
        await do("delete", "stacks.pulumi.com", "shop")
        await eventually(lambda: key not in fleet.board.stacks, timeout=10)
        while not json.loads(await asyncio.wait_for(process.stdout.readline(), 10))["deleted"]:
            pass


async def test_a_server_that_is_killed_and_started_again(
    plane: ControlPlane, other: ControlPlane, kubeconfig: Path, namespace: str
) -> None:
    for name in ("stays", "goes"):
        put(other, stack_object(name, namespace))
    put(plane, stack_object("elsewhere", namespace))
    async with watching(kubeconfig, "one", "two", "dead") as fleet:
        await eventually(lambda: names(fleet, "two", namespace) == {"stays", "goes"}, timeout=20)
        other.stop(at_once=True)
        await eventually(lambda: state(fleet, "two") == "lost", timeout=20)
        assert names(fleet, "two", namespace) == {"stays", "goes"}
        assert fleet.board.contexts["two"].stale(time.time())
        put(plane, stack_object("meanwhile", namespace))
        await eventually(lambda: "meanwhile" in names(fleet, "one", namespace), timeout=10)
        assert state(fleet, "one") == "connected"
        await start_again(other)
        delete(other, namespace, "goes")
        put(other, stack_object("came", namespace))
        put(other, stack_object("stays", namespace, conditions=[condition("Stalled", "SpecInvalid")]))
        fleet.retry("two")
        await eventually(lambda: state(fleet, "two") == "connected", timeout=30)
        await eventually(lambda: names(fleet, "two", namespace) == {"stays", "came"}, timeout=20)
        await eventually(lambda: fleet.board.stacks[Key("two", namespace, "stays")].phase.name == "stalled", timeout=20)
        assert state(fleet, "dead") == "lost"


async def test_a_token_that_is_revoked(other: ControlPlane, kubeconfig: Path, namespace: str) -> None:
    put(other, stack_object("shop", namespace))
    tokens = other.directory / "tokens.csv"
    before = tokens.read_text()
    async with watching(kubeconfig, "two") as fleet:
        await eventually(lambda: names(fleet, "two", namespace) == {"shop"}, timeout=20)
        other.stop()
        tokens.write_text(before.replace(ADMIN, "another-token"))
        try:
            other.launch()
            fleet.retry("two")
            await eventually(lambda: fleet.board.contexts["two"].stacks.lost is not None, timeout=20)
            await eventually(lambda: "credentials" in fleet.board.contexts["two"].reason(time.time()), timeout=30)
            assert names(fleet, "two", namespace) == {"shop"}
        finally:
            other.stop()
            tokens.write_text(before)
            await start_again(other)
        fleet.retry("two")
        await eventually(lambda: state(fleet, "two") == "connected", timeout=30)


async def test_a_user_who_may_read_one_namespace(plane: ControlPlane, tmp_path: Path, namespace: str) -> None:
    rules = [{"apiGroups": ["pulumi.com"], "resources": ["stacks"], "verbs": ["get", "list", "watch"]}]
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    plane.request("POST", f"{rbac}/roles", {"metadata": {"name": "reader"}, "rules": rules})
    binding = {
        "metadata": {"name": "reader"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "viewer"}],
    }
    plane.request("POST", f"{rbac}/rolebindings", binding)
    put(plane, stack_object("mine", namespace))
    put(plane, stack_object("theirs", "default"))
    path = write(tmp_path / "viewer", plane.kubeconfig("one", VIEWER))
    async with watching(path, "one", scope=WatchScope(fallback=(namespace,))) as fleet:
        await eventually(lambda: state(fleet, "one") == "restricted", timeout=20)
        await eventually(lambda: {key.name for key in fleet.board.stacks} == {"mine"}, timeout=20)
        await eventually(lambda: fleet.board.contexts["one"].hidden, timeout=20)
    ended = await run(path, "get", "-n", namespace, "-o", "name")
    assert (ended.code, ended.lines) == (0, ["stack.pulumi.com/mine"])
    refused = await run(path, "get", "-A")
    assert refused.code == 1
    assert "forbidden" in refused.err
