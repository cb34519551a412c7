"""Argo CDs with everything that they look after, in a process of their own.

usage: python -m tests.bench.argocds CONTEXTS STACKS APPLICATIONS LATENCY CHECK   (prints a kubeconfig as JSON, serves
until its stdin closes)

The Stacks and Applications are all in the first context; LATENCY, in seconds, is how long the last one takes to answer.
CHECK is what judges Stacks: ``built-in``, or ``foreign`` for a script that isn't ours.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from typing import Any

from demo.server.api_server import ApiServer
from health.checks import source
from support.argocds import STACK, config_map, put_argo_cd
from tests.bench.objects import NAMESPACES, stack


def application(number: int, stacks: list[int]) -> dict[str, Any]:
    """One that holds these Stacks, and was synced."""
    held = [
        {"group": "pulumi.com", "version": "v1", "kind": "Stack", "status": "Synced",
         "name": f"stack-{n:05}", "namespace": f"team-{n % NAMESPACES:02}"}
        for n in stacks
    ]  # fmt: skip
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": f"team-{number}", "namespace": "argocd"},
        "spec": {"project": "default", "destination": {"server": "https://kubernetes.default.svc"}},
        "status": {
            "sync": {"status": "Synced", "revision": "a" * 40},
            "health": {"status": "Healthy"},
            "reconciledAt": "2026-11-25T10:00:00Z",
            "resources": held,
        },
    }


def fill(server: ApiServer, stacks: int, applications: int) -> None:
    """Stacks in every state, each in one Application."""
    for number in range(stacks):
        obj = stack(number, message=f"no branch {number}" if number % 10 == 0 else "")
        place = f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"
        holder = f"team-{number % applications}:pulumi.com/Stack:{place}"
        obj["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = holder
        server.store.put(obj)
    for number in range(applications):
        server.store.put(application(number, list(range(number, stacks, applications))))


FOREIGN = {STACK: source("pulumi.com", "Stack").partition("\n")[2]}
"""A check of somebody else's: ours without the line that says so."""


async def _serve(contexts: int, stacks: int, applications: int, latency: float, check: str) -> None:
    async with AsyncExitStack() as opened:
        servers = [await opened.enter_async_context(ApiServer()) for _ in range(contexts)]
        for server in servers:
            put_argo_cd(server, config_map(FOREIGN if check == "foreign" else {}))
        fill(servers[0], stacks, applications)
        servers[-1].faults.latency(latency, "/")
        print(json.dumps([s.kubeconfig(f"cluster-{n:02}") for n, s in enumerate(servers)]), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]))
