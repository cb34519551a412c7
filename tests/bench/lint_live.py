"""`lint --live` of a cluster with ten thousand Stacks: the whole program, against a server that costs it nothing.

usage: python -m tests.bench.lint_live   (prints the server's address, and serves until its stdin closes)
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.figures import Section, at_most, median, plain
from tests.bench.objects import NAMESPACES, stack

Obj = dict[str, Any]
ROOT = Path(__file__).parents[2]
STACKS, UPDATES, RUNS = 10_000, 3, 3
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"


def sections() -> list[Section]:
    with _server() as address, tempfile.TemporaryDirectory() as folder:
        kubeconfig = Path(folder) / "config"
        kubeconfig.write_text(json.dumps(_kubeconfig(address)), encoding="utf-8")
        linted = [_run(kubeconfig, "lint", "--live", "-A", "-o", "json") for _ in range(RUNS)]
        started = [_run(kubeconfig, "lint", "--rules")[0] for _ in range(RUNS)]
    problems = json.loads(linted[0][1])
    return [
        Section(
            "Lint of a cluster",
            f"`lint --live -A` of {STACKS:,} Stacks, {STACKS * UPDATES:,} Updates, {STACKS:,} pods and "
            f"{NAMESPACES} Applications that hold them. CPU of the whole program, start-up included.",
            [
                at_most(f"lint {STACKS:,} Stacks", median(seconds for seconds, _ in linted), 3.0, "s", 2),
                plain("of that, starting up and listing the rules", f"{median(started):.2f} s"),
                plain("problems", f"{len(problems):,}"),
            ],
        )
    ]


def _run(kubeconfig: Path, *arguments: str) -> tuple[float, bytes]:
    """Seconds of CPU that a run took, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, str(ROOT / "pko_argo.py"), *arguments],
        env={"KUBECONFIG": str(kubeconfig), "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=120,
    )
    assert done.returncode in (0, 3), done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.lint_live"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def _kubeconfig(address: str) -> Obj:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "lab",
        "clusters": [{"name": "lab", "cluster": {"server": address}}],
        "users": [{"name": "lab", "user": {"token": "t"}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
    }


# What the server holds


def _lists() -> dict[str, list[Obj]]:
    stacks = [_living(stack(number), number) for number in range(STACKS)]
    teams = [f"team-{number:02}" for number in range(NAMESPACES)]
    return {
        "/apis/pulumi.com/v1/stacks": stacks,
        "/apis/auto.pulumi.com/v1alpha1/updates": [_update(each, n) for each in stacks for n in range(UPDATES)],
        "/api/v1/pods": [_pod(each) for each in stacks],
        "/apis/argoproj.io/v1alpha1/applications": [_application(place, stacks) for place in range(NAMESPACES)],
        "/api/v1/serviceaccounts": [_named("default", team) for team in teams],
        "/api/v1/secrets": [_named("cloud-credentials", team) for team in teams],
        f"{_RBAC}/clusterrolebindings": [_binding(teams)],
        f"{_RBAC}/clusterroles": [_named("view", "")],
    }


def _living(made: Obj, number: int) -> Obj:
    """A Stack as a server has it, with what it adds."""
    made["metadata"] |= {
        "uid": str(number),
        "generation": 1,
        "resourceVersion": str(number),
        "managedFields": [{"manager": "argocd-controller", "operation": "Apply", "fieldsV1": {"f:spec": {}}}],
    }
    return made


def _named(name: str, namespace: str) -> Obj:
    return {"metadata": {"name": name, "namespace": namespace}}


def _binding(teams: list[str]) -> Obj:
    subjects = [{"kind": "Group", "name": f"system:serviceaccounts:{team}"} for team in teams]
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:auth-delegator"}
    return {"metadata": {"name": "workspaces"}, "roleRef": ref, "subjects": subjects}


def _update(of: Obj, number: int) -> Obj:
    metadata = of["metadata"]
    return {
        "metadata": {
            "name": f"{metadata['name']}-{number}",
            "namespace": metadata["namespace"],
            "labels": {"pulumi.com/stack-name": metadata["name"]},
        },
        "spec": {"workspaceName": metadata["name"], "type": "up", "message": "Resync time elapsed: 1h0m0s"},
        "status": {
            "startTime": f"2026-11-25T1{number}:00:00Z",
            "endTime": f"2026-11-25T1{number}:01:10Z",
            "message": "x" * 300,
            "conditions": [{"type": "Complete", "status": "True", "reason": "Updated"}],
        },
    }


def _pod(of: Obj) -> Obj:
    metadata = of["metadata"]
    container = {
        "name": "pulumi",
        "image": "pulumi/pulumi:latest",
        "env": [{"name": f"V{number}", "value": "x" * 40} for number in range(20)],
        "resources": {"limits": {"memory": "512Mi"}},
    }
    return {
        "metadata": {
            "name": f"{metadata['name']}-workspace-0",
            "namespace": metadata["namespace"],
            "labels": {
                "auto.pulumi.com/component": "workspace",
                "auto.pulumi.com/workspace-name": metadata["name"],
            },
        },
        "spec": {"containers": [container], "initContainers": [{**container, "name": "fetch"}]},
        "status": {"containerStatuses": [{"name": "pulumi", "restartCount": 0, "state": {"running": {}}}]},
    }


def _application(place: int, stacks: list[Obj]) -> Obj:
    held = [each["metadata"] for each in stacks[place::NAMESPACES]]
    return {
        "metadata": {
            "name": f"team-{place}",
            "namespace": "argocd",
            "finalizers": ["resources-finalizer.argocd.argoproj.io/background"],
        },
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.acme.example/acme/gitops.git", "path": f"team-{place}"},
            "destination": {"server": "https://kubernetes.default.svc"},
            "syncPolicy": {"automated": {"prune": True}},
        },
        "status": {
            "resources": [
                {"group": "pulumi.com", "version": "v1", "kind": "Stack", "namespace": each["namespace"],
                 "name": each["name"], "status": "Synced"}
                for each in held
            ]
        },
    }  # fmt: skip


async def _serve() -> None:
    bodies = {
        path: msgspec.json.encode({"metadata": {"resourceVersion": "5"}, "items": items})
        for path, items in _lists().items()
    }
    empty = msgspec.json.encode({"metadata": {"resourceVersion": "5"}, "items": []})

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                path = request.split(b" ", 2)[1].partition(b"?")[0].decode()
                body = bodies.get(path, empty)
                writer.write(_HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
