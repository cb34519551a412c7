"""Logs through a real API server, out of files that a kubelet's own code reads: every line comes, and comes once."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2e.control_plane import ControlPlane
from e2e.kwok import Kwok, LogFile, life
from stacks.logs.agent_log import OutputRedactor
from support.podlogs import agent_logs, stamped
from support.program import run, running, write
from support.waiting import eventually

Obj = dict[str, Any]
START = 1_700_000_000.0
PATIENCE = 60.0


@dataclass
class Workspace:
    """A Stack with its workspace in a namespace of its own, as PKO would have made it."""

    plane: ControlPlane
    kwok: Kwok
    namespace: str
    set_uid: str

    @property
    def log(self) -> LogFile:
        return self.kwok.log(self.namespace, "shop-workspace-0", "pulumi")

    def make_pod(self, **more: Any) -> None:
        owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "shop-workspace", "uid": self.set_uid}
        labels = {"auto.pulumi.com/workspace-name": "shop", "auto.pulumi.com/component": "workspace"}
        spec = {
            "initContainers": [{"name": "fetch", "image": "x"}],
            "containers": [{"name": "pulumi", "image": "x"}],
            "nodeName": "node-1",
        }
        metadata = {"name": "shop-workspace-0", "labels": labels, "ownerReferences": [{**owner, "controller": True}]}
        self.kwok.run_pod(self.namespace, {"metadata": metadata, "spec": spec, **more})


def controller(owner: Obj) -> Obj:
    about = {"name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
    return {"controller": True, "apiVersion": owner["apiVersion"], "kind": owner["kind"], **about}


def make_workspace(plane: ControlPlane, kwok: Kwok) -> Workspace:
    namespace = f"logs-{secrets.token_hex(4)}"
    plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})

    def make(path: str, kind: str, version: str, name: str, spec: Obj, owner: Obj | None = None, **labels: str) -> Obj:
        metadata = {"name": name, "ownerReferences": [controller(owner)] if owner else [], "labels": labels}
        body = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
        made: Obj = plane.request("POST", f"{path.format(namespace)}", body)
        return made | {"apiVersion": version, "kind": kind}

    pulumi, auto = "/apis/pulumi.com/v1/namespaces/{}/stacks", "/apis/auto.pulumi.com/v1alpha1/namespaces/{}/workspaces"
    spec = {"stack": "acme/shop/dev", "branch": "main", "projectRepo": "https://git.acme.example/a.git"}
    stack = make(pulumi, "Stack", "pulumi.com/v1", "shop", spec)
    of_stack = {"pulumi.com/stack-name": "shop"}
    space = make(auto, "Workspace", "auto.pulumi.com/v1alpha1", "shop", {"serviceAccountName": "x"}, stack, **of_stack)
    labels = {"auto.pulumi.com/workspace-name": "shop"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "pulumi", "image": "x"}]}}
    owner = make(
        "/apis/apps/v1/namespaces/{}/statefulsets", "StatefulSet", "apps/v1", "shop-workspace",
        {"selector": {"matchLabels": labels}, "serviceName": "shop", "template": template}, space, **labels,
    )  # fmt: skip
    return Workspace(plane, kwok, namespace, owner["metadata"]["uid"])


@pytest.fixture
def shop(plane: ControlPlane, kwok: Kwok) -> Iterator[Workspace]:
    made = make_workspace(plane, kwok)
    made.make_pod()
    yield made


@pytest.fixture
def kubeconfig(plane: ControlPlane, shop: Workspace, tmp_path: Path) -> Path:
    config = plane.kubeconfig()
    config["contexts"][0]["context"]["namespace"] = shop.namespace
    return write(tmp_path / "config", config)


class Output:
    """What a process prints, as it prints it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.out = self.err = b""
        self.process = process
        assert process.stdout is not None
        assert process.stderr is not None
        self._reading = [
            asyncio.ensure_future(self._read(process.stdout, "out")),
            asyncio.ensure_future(self._read(process.stderr, "err")),
        ]

    async def _read(self, stream: asyncio.StreamReader, name: str) -> None:
        while piece := await stream.read(1 << 16):
            setattr(self, name, getattr(self, name) + piece)

    @property
    def lines(self) -> list[str]:
        return self.out.decode().splitlines()

    def has(self, lines: list[str]) -> bool:
        """Whether just these lines were printed. Raises AssertionError with what else was said, where not."""
        assert self.lines == lines, self.err.decode()
        return True

    @property
    def lost(self) -> bool:
        """Whether the cluster was said to be lost, and not yet to be back."""
        return self.err.count(b"trying again") > self.err.count(b"connected again")

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()
        await asyncio.gather(*self._reading)


@asynccontextmanager
async def followed(kubeconfig: Path, *arguments: str) -> AsyncIterator[Output]:
    async with running(kubeconfig, "logs", "-f", "shop", *arguments) as process:
        output = Output(process)
        try:
            yield output
        finally:
            await output.stop()


async def start_again(plane: ControlPlane) -> None:
    """Without holding up the loop; and not by another thread, with whose end the server would end, too."""
    plane.launch()
    await eventually(lambda: asyncio.to_thread(plane.ready), timeout=60.0, every=0.2)


def numbers(count: int, first: int = 0) -> list[str]:
    return [f"line {number}" for number in range(first, first + count)]


async def test_what_is_there_is_what_kubectl_reads(shop: Workspace, kubeconfig: Path) -> None:
    """Bytes as they are: long lines in parts, carriage returns, colours, text that is none, lines without text."""
    hostile = ["\x1b]52;c;aGk=\x07", "50%\r100%", "\x1b[31mred\x1b[0m", "", "x" * 1_000_000, "a\x00b"]
    for place, text in enumerate([*numbers(50), *hostile]):
        shop.log.append(text, at=START + place / 10)
    shop.log.append(b"\xff\xfe", at=START + 100)
    for flags in ([], ["--timestamps"], ["--tail=3"], ["--since-time=2023-11-14T22:13:22Z"]):
        ours = await _bytes(kubeconfig, "logs", "shop", *flags)
        theirs = await _kubectl(kubeconfig, "logs", "shop-workspace-0", "-c", "pulumi", *flags)
        assert ours == theirs, flags


async def _bytes(kubeconfig: Path, *arguments: str) -> bytes:
    async with running(kubeconfig, *arguments) as process:
        out, _ = await process.communicate()
        return out


async def _kubectl(kubeconfig: Path, *arguments: str) -> bytes:
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl to compare with")
    process = await asyncio.create_subprocess_exec(
        "kubectl", "--kubeconfig", str(kubeconfig), *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return out


async def test_following_loses_nothing_while_lines_are_written(shop: Workspace, kubeconfig: Path) -> None:
    shop.log.append(*numbers(100), at=START)
    async with followed(kubeconfig) as output:
        await eventually(lambda: output.has(numbers(100)), timeout=PATIENCE)
        for batch in range(20):
            shop.log.append(*numbers(50, 100 + 50 * batch), at=START + batch / 7)
            await asyncio.sleep(0.01)
        await eventually(lambda: len(output.lines) >= 1100, timeout=PATIENCE)
        assert output.lines == numbers(1100)
    assert output.err == b""


async def test_a_line_that_is_written_in_parts_is_one_line(shop: Workspace, kubeconfig: Path) -> None:
    async with followed(kubeconfig) as output:
        shop.log.append("before")
        await eventually(lambda: output.has(["before"]), timeout=PATIENCE)
        shop.log.begin("half ")
        shop.log.append("a line", "after")
        await eventually(lambda: output.has(["before", "half a line", "after"]), timeout=PATIENCE)


async def test_a_quiet_log_is_waited_for(shop: Workspace, kubeconfig: Path) -> None:
    """A kubelet answers only when there is something to say; that is no reason to doubt the cluster."""
    async with followed(kubeconfig, "--tail", "0", "--request-timeout", "1s") as output:
        await asyncio.sleep(2.5)
        shop.log.append("at last")
        await eventually(lambda: output.has(["at last"]), timeout=PATIENCE)
    assert output.err == b""


async def test_a_container_without_a_log_is_refused(shop: Workspace, kubeconfig: Path) -> None:
    (shop.kwok.log(shop.namespace, "shop-workspace-0", "pulumi").path).unlink()
    found = await run(kubeconfig, "logs", "shop")
    assert (found.code, found.out) == (1, "")
    assert "no such file or directory" in found.err


async def test_the_life_before_is_there_as_long_as_the_kubelet_keeps_it(shop: Workspace, kubeconfig: Path) -> None:
    assert (await run(kubeconfig, "logs", "shop", "-p")).code == 1
    shop.log.append(*numbers(3))
    shop.kwok.restart(shop.namespace, "shop-workspace-0", "pulumi")
    shop.log.append("a new life")
    assert (await run(kubeconfig, "logs", "shop", "--previous")).lines == numbers(3)
    assert (await run(kubeconfig, "logs", "shop")).lines == ["a new life"]


async def test_a_pod_that_is_made_again_is_followed_on(shop: Workspace, kubeconfig: Path) -> None:
    shop.log.append(*numbers(5))
    async with followed(kubeconfig) as output:
        await eventually(lambda: output.has(numbers(5)), timeout=PATIENCE)
        shop.kwok.delete_pod(shop.namespace, "shop-workspace-0")
        await eventually(lambda: b"the log has ended: the pod is gone" in output.err, timeout=PATIENCE)
        shop.make_pod()
        shop.log.append(*numbers(5, 5))
        await eventually(lambda: output.has(numbers(10)), timeout=PATIENCE)
        assert b"pod shop-workspace-0 was made anew" in output.err
        assert b"missing" not in output.err


async def test_an_api_server_that_is_killed_costs_no_line(
    other: ControlPlane, other_kwok: Kwok, tmp_path: Path
) -> None:
    shop = make_workspace(other, other_kwok)
    shop.make_pod()
    config = other.kubeconfig()
    config["contexts"][0]["context"]["namespace"] = shop.namespace
    written = 0
    async with followed(write(tmp_path / "config", config)) as output:

        def more(count: int) -> None:
            nonlocal written
            shop.log.append(*numbers(count, written))
            written += count

        more(200)
        await eventually(lambda: output.has(numbers(200)), timeout=PATIENCE)
        for _ in range(2):
            more(30)
            other.stop(at_once=True)
            more(100)
            await eventually(lambda: output.lost, timeout=PATIENCE)
            await start_again(other)
            more(30)
            await eventually(lambda: len(output.lines) >= written, timeout=150.0)
            await eventually(lambda: not output.lost, timeout=PATIENCE)
        assert output.lines == numbers(written)
    assert b"missing" not in output.err


async def test_a_container_that_starts_again_while_nobody_can_look_loses_nothing(
    other: ControlPlane, other_kwok: Kwok, tmp_path: Path
) -> None:
    shop = make_workspace(other, other_kwok)
    shop.make_pod()
    config = other.kubeconfig()
    config["contexts"][0]["context"]["namespace"] = shop.namespace
    async with followed(write(tmp_path / "config", config)) as output:
        shop.log.append(*numbers(10))
        await eventually(lambda: output.has(numbers(10)), timeout=PATIENCE)
        killed = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
        again = life("pulumi", {"running": {"startedAt": "2026-11-23T18:30:00Z"}}, 1, killed)
        other_kwok.set_status(shop.namespace, "shop-workspace-0", {"containerStatuses": [again]})
        other.stop(at_once=True)
        shop.log.append("last words")
        other_kwok.restart(shop.namespace, "shop-workspace-0", "pulumi")
        shop.log.append("a new life", at=time.time() + 2)
        await start_again(other)
        await eventually(lambda: output.has([*numbers(10), "last words", "a new life"]), timeout=60.0)
        assert b"the container was started again (OOMKilled, exit code 137)" in output.err
        assert b"missing" not in output.err


@pytest.mark.parametrize(
    "situation", ["02d-stalled", "11c-after-cancel", "22d-pending-operations", "15c-new-commit-rolls-pod"]
)
async def test_real_agents_logs_come_through_whole(shop: Workspace, kubeconfig: Path, situation: str) -> None:
    """All but their outputs; every container of them."""
    expected: list[str] = []
    for container in ("fetch", "pulumi"):
        for log in agent_logs():
            if log.situation != situation or log.container != container:
                continue
            for at, text in stamped(log.lines):
                shop.kwok.log(shop.namespace, "shop-workspace-0", container).append(text, at=at)
            redactor = OutputRedactor()
            for text in log.lines:
                shown = text if container == "fetch" else redactor.redact(text)
                expected += [] if shown is None else [f"{container}: {shown}"]
    found = [
        f"{container}: {line}"
        for container in ("fetch", "pulumi")
        for line in (await run(kubeconfig, "logs", "shop", "-c", container)).lines
    ]
    if situation == "15c-new-commit-rolls-pod":  # two pods' logs in one file: the second begins without a redactor
        assert len(found) == len(expected)
    else:
        assert found == expected


async def test_a_merged_follow_over_two_contexts(
    shop: Workspace, plane: ControlPlane, other: ControlPlane, other_kwok: Kwok, tmp_path: Path
) -> None:
    twin = make_workspace(other, other_kwok)
    twin.make_pod()
    first, second = plane.kubeconfig("eu"), other.kubeconfig("us")
    first["contexts"][0]["context"]["namespace"] = shop.namespace
    second["contexts"][0]["context"]["namespace"] = twin.namespace
    async with followed(write(tmp_path / "both", first, second), "--all-contexts", "--timestamps") as output:
        for workspace in (shop, twin):
            workspace.log.append("both are being read")
        await eventually(lambda: len(output.lines) == 2, timeout=PATIENCE)
        for number in range(20):
            (shop if number % 2 else twin).log.append(f"line {number}")
            await asyncio.sleep(0.02)
        await eventually(lambda: len(output.lines) == 22, timeout=PATIENCE)
        merged = output.lines[2:]
        times = [line.split()[2] for line in merged]
        assert times == sorted(times)
        assert [line.split(" ", 3)[3] for line in merged] == numbers(20)
        assert {line.split("/")[0] for line in merged} == {"[eu", "[us"}
