"""The real kubectl, told the same things, sees the same on both servers."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

import demo
from contract.kubelets import Kubelet, Played
from demo.server.api_server import ApiServer
from support.waiting import eventually

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
STACK = """
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
  finalizers: [finalizer.stack.pulumi.com]
spec:
  stack: acme/web/dev
  branch: main
  projectRepo: https://git.acme.example/infra.git
"""


@dataclass
class Kubectl:
    """kubectl with one kubeconfig and a cache of its own, and what runs pods there."""

    kubeconfig: Path
    home: Path
    kubelet: Kubelet | None

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig)}
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            "kubectl", *arguments, env=environment, stdin=pipe, stdout=pipe, stderr=pipe
        )

    async def run(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        process = await self.start(*arguments)
        async with asyncio.timeout(60):
            out, err = await process.communicate(stdin.encode())
        return process.returncode or 0, out.decode(), err.decode()

    async def __call__(self, *arguments: str, stdin: str = "") -> str:
        code, out, err = await self.run(*arguments, stdin=stdin)
        assert code == 0, err
        return out


@pytest.fixture(params=["demo", "real"])
async def kubectl(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kubectl]:
    """kubectl on a server with the Stack shop/web and nothing else in that namespace."""
    if request.param == "real":
        config = request.getfixturevalue("real_kubeconfig")
        kubectl = Kubectl(config, tmp_path, request.getfixturevalue("node"))
        await kubectl("create", "-f", "-", stdin=NAMESPACE)
        await kubectl("apply", "-f", "-", stdin=STACK)
        yield kubectl
        await kubectl.run("patch", "stack", "web", "-n", "shop", "--type=merge", "-p", '{"metadata":{"finalizers":[]}}')
        await kubectl.run("delete", "namespace", "shop", "--wait=false")
        finalize = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}, "spec": {"finalizers": []}}
        raw = ("replace", "--raw", "/api/v1/namespaces/shop/finalize", "-f", "-")
        await kubectl(*raw, stdin=json.dumps(finalize))
        return
    async with ApiServer() as server:
        demo.write_kubeconfig(tmp_path / "demo.yaml", server.kubeconfig("demo"))
        kubectl = Kubectl(tmp_path / "demo.yaml", tmp_path, Played(server))
        await kubectl("create", "-f", "-", stdin=NAMESPACE)
        await kubectl("apply", "-f", "-", stdin=STACK)
        yield kubectl


async def test_get_prints_the_columns_of_the_crd(kubectl: Kubectl) -> None:
    out = await kubectl("get", "stacks", "-A")
    assert out.splitlines()[0].split() == [
        "NAMESPACE", "NAME", "LAST", "UPDATE", "AGE", "READY", "RECONCILING", "STALLED", "PERMALINK",
    ]  # fmt: skip
    assert ["shop", "web"] in [line.split()[:2] for line in out.splitlines()]
    wide = await kubectl("get", "stacks", "-n", "shop", "-o", "wide")
    assert "acme/web/dev" in wide


async def test_get_as_yaml_is_the_object(kubectl: Kubectl) -> None:
    found = yaml.safe_load(await kubectl("get", "stack", "web", "-n", "shop", "-o", "yaml"))
    assert found["spec"] == yaml.safe_load(STACK)["spec"]
    assert found["metadata"]["generation"] == 1
    assert "managedFields" not in found["metadata"]


async def test_get_by_short_name_category_and_selector(kubectl: Kubectl) -> None:
    assert "No resources found" in (await kubectl.run("get", "apps", "-n", "shop"))[2]
    assert "stack.pulumi.com/web" in await kubectl("get", "pulumi", "-n", "shop", "-o", "name")
    await kubectl("label", "stack", "web", "-n", "shop", "team=shop")
    assert await kubectl("get", "stacks", "-n", "shop", "-l", "team=shop", "-o", "name") == "stack.pulumi.com/web\n"
    assert await kubectl("get", "stacks", "-n", "shop", "-l", "team=data", "-o", "name") == ""


async def test_patches_of_spec_and_status(kubectl: Kubectl) -> None:
    on = ("web", "-n", "shop")
    said = await kubectl("patch", "stack", *on, "--type=merge", "-p", '{"spec":{"branch":"dev"}}')
    assert said == "stack.pulumi.com/web patched\n"
    assert await kubectl("get", "stack", *on, "-o", "jsonpath={.spec.branch} {.metadata.generation}") == "dev 2"
    status = json.dumps({"status": {"currentUpdate": {"name": "web-1", "generation": 1}}})
    await kubectl("patch", "stack", *on, "--subresource=status", "--type=merge", "-p", status)
    assert await kubectl("get", "stack", *on, "-o", "jsonpath={.status.currentUpdate.name}") == "web-1"
    clear = '[{"op":"remove","path":"/status/currentUpdate"}]'
    await kubectl("patch", "stack", *on, "--subresource=status", "--type=json", "-p", clear)
    assert await kubectl("get", "stack", *on, "-o", "jsonpath={.status.currentUpdate}") == ""


async def test_annotate_and_describe(kubectl: Kubectl) -> None:
    await kubectl("annotate", "stack", "web", "-n", "shop", "pulumi.com/reconciliation-request=now")
    told = await kubectl("describe", "stack", "web", "-n", "shop")
    assert "pulumi.com/reconciliation-request: now" in told
    assert "Events:" in told


async def test_a_second_apply_changes_only_what_differs(kubectl: Kubectl) -> None:
    assert await kubectl("apply", "-f", "-", stdin=STACK) == "stack.pulumi.com/web unchanged\n"
    changed = STACK.replace("branch: main", "branch: dev")
    assert await kubectl("apply", "-f", "-", stdin=changed) == "stack.pulumi.com/web configured\n"


async def test_a_delete_waits_for_the_finalizer(kubectl: Kubectl) -> None:
    deleting = await kubectl.start("delete", "stack", "web", "-n", "shop")
    on = ("web", "-n", "shop")

    async def marked() -> bool:
        return bool(await kubectl("get", "stack", *on, "-o", "jsonpath={.metadata.deletionTimestamp}"))

    await eventually(marked, timeout=15)
    assert deleting.returncode is None
    await kubectl("patch", "stack", *on, "--type=merge", "-p", '{"metadata":{"finalizers":[]}}')
    async with asyncio.timeout(15):
        out, _ = await deleting.communicate()
    assert b'stack.pulumi.com "web" deleted' in out
    code, _, err = await kubectl.run("get", "stack", *on)
    assert code == 1
    assert 'stacks.pulumi.com "web" not found' in err


async def test_a_watch_prints_what_happens(kubectl: Kubectl) -> None:
    watching = await kubectl.start("get", "stacks", "-n", "shop", "-w", "--output-watch-events")
    assert watching.stdout is not None
    try:
        async with asyncio.timeout(20):
            assert (await watching.stdout.readline()).split()[:2] == [b"EVENT", b"NAME"]
            assert (await watching.stdout.readline()).split()[:2] == [b"ADDED", b"web"]
            await kubectl("patch", "stack", "web", "-n", "shop", "--type=merge", "-p", '{"spec":{"branch":"x"}}')
            assert (await watching.stdout.readline()).split()[:2] == [b"MODIFIED", b"web"]
    finally:
        watching.kill()
        await watching.communicate()


async def test_a_config_map_is_made_changed_and_fought_over(kubectl: Kubectl) -> None:
    config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm, namespace: shop}\ndata: {url: %s}\n"
    await kubectl("create", "-f", "-", stdin=config_map % "https://a.example")
    code, _, err = await kubectl.run("apply", "--server-side", "-f", "-", stdin=config_map % "other")
    assert code == 1
    assert 'conflict with "kubectl-create" using v1: .data.url' in err
    assert await kubectl("get", "cm", "argocd-cm", "-n", "shop", "-o", "jsonpath={.data.url}") == "https://a.example"


async def test_permissions_can_be_asked_for(kubectl: Kubectl) -> None:
    attributes = {"verb": "patch", "group": "pulumi.com", "resource": "stacks", "namespace": "shop"}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    asking = ("create", "--validate=false", "-f", "-", "-o", "jsonpath={.status.allowed}")
    assert await kubectl(*asking, stdin=json.dumps(review)) == "true"


@pytest.mark.parametrize("kubectl", ["demo"], indirect=True)
async def test_the_demo_says_that_it_reads_no_protobuf(kubectl: Kubectl) -> None:
    for command in (("create", "namespace", "data"), ("auth", "can-i", "patch", "stacks.pulumi.com", "-n", "shop")):
        code, out, err = await kubectl.run(*command)
        assert (code, out) == (1, "")
        assert "in an unknown format - accepted media types include: application/json, application/yaml" in err


async def test_waiting_for_a_condition(kubectl: Kubectl) -> None:
    ready = {"type": "Ready", "status": "True", "reason": "ProcessingCompleted", "message": "",
             "lastTransitionTime": "2026-11-23T18:24:00Z"}  # fmt: skip
    waiting = await kubectl.start("wait", "stack/web", "-n", "shop", "--for=condition=Ready", "--timeout=20s")
    status = json.dumps({"status": {"conditions": [ready]}})
    await kubectl("patch", "stack", "web", "-n", "shop", "--subresource=status", "--type=merge", "-p", status)
    async with asyncio.timeout(30):
        out, err = await waiting.communicate()
    assert waiting.returncode == 0, err
    assert out == b"stack.pulumi.com/web condition met\n"


async def test_a_command_runs_in_a_container(kubectl: Kubectl) -> None:
    if kubectl.kubelet is None:
        pytest.skip("no kubelet runs beside this server")
    containers = [{"name": "pulumi", "image": "x"}]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "of-kubectl"}, "spec": {"containers": containers}}
    kubectl.kubelet.run("default", pod | {"spec": {"containers": containers, "nodeName": "node-1"}})
    kubectl.kubelet.put_program("say", 'echo "$1"; echo why >&2; exit "$2"')
    command = ("exec", "of-kubectl", "-n", "default", "-c", "pulumi", "--", "say", "a  b;c")

    async def said() -> bool:
        code, out, err = await kubectl.run(*command, "0")
        return (code, out, err) == (0, "a  b;c\n", "why\n")

    await eventually(said, every=0.2)
    code, out, err = await kubectl.run(*command, "3")
    assert out == "a  b;c\n"
    assert code == (3 if kubectl.kubelet.whole else 1)
    assert ("command terminated with exit code 3" if kubectl.kubelet.whole else "exit status 3") in err
    code, _, err = await kubectl.run("exec", "of-kubectl", "-n", "default", "-c", "nobody", "--", "say")
    assert code == 1
    assert "container nobody is not valid for pod of-kubectl" in err
