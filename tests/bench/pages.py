"""From the board to a Stack's page, in a cluster in which many other Stacks have many Updates.

usage: python -m tests.bench.pages STACKS UPDATES   (prints a kubeconfig as JSON, and serves until stdin ends)
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from demo.server.api_server import ApiServer
from support.terminal import Terminal, terminal
from support.workspaces import put_workspace
from tests.bench.figures import Figure, Section, at_most, median, percentile, plain
from tests.bench.objects import stack
from tests.bench.others import others
from tests.bench.screen import PAUSE

COLUMNS, LINES = 160, 60  # the whole of a page can be seen
STACKS, UPDATES = 10_000, 50_000
OPENED = 20
"""Stacks that are opened, each once; they stand on top of the board, and have workspaces"""
SECONDS_OF_2026 = 1_790_000_000_000


def sections() -> list[Section]:
    return [
        Section(
            f"Pages on a terminal of {COLUMNS}x{LINES}",
            f"The program as a user starts it, on a pty; one API server in another process with {STACKS:,} Stacks and "
            f"{UPDATES:,} Updates. {OPENED} Stacks are opened, each once. Complete is a page when everything that "
            "belongs to its Stack stands on it: spec and conditions, or in the tree the pod with its containers and "
            "the Updates.",
            asyncio.run(_figures()),
        )
    ]


async def _figures() -> list[Figure]:
    async with (
        others("pages", STACKS, UPDATES) as full,
        terminal(full.kubeconfig, columns=COLUMNS, lines=LINES) as shown,
    ):
        await shown.until(lambda: f"Stacks {STACKS:,}" in shown.text, 60)
        await asyncio.sleep(2)
        overview, tree = [], []
        for number in range(OPENED):
            opening = tree if number % 2 else overview
            key, last = ("t", f"Update {_name(number, _each() - 1)}") if number % 2 else ("\r", "pulumi/pulumi:3.2")
            opening.append(await _opening(shown, key, last, "container pulumi" if number % 2 else "Applied"))
            shown.type("qj")
            await asyncio.sleep(PAUSE + 0.5)
    return [
        at_most("a Stack's page opens: key to content complete, median", median(overview) * 1000, 200, "ms"),
        plain("the slowest", f"{max(overview) * 1000:.0f} ms"),
        at_most("the same at its tree: pod, containers and Updates, median", median(tree) * 1000, 200, "ms"),
        plain("the slowest", f"{percentile(tree, 1.0) * 1000:.0f} ms"),
    ]


async def _opening(shown: Terminal, key: str, *words: str) -> float:
    shown.raw = b""
    began = time.perf_counter()
    shown.type(key)
    await shown.until(lambda: all(word in shown.text for word in words), 10)
    return time.perf_counter() - began


# The other process


def _each() -> int:
    return UPDATES // STACKS


def _name(stack_number: int, number: int) -> str:
    """An Update's name says when it was made."""
    return f"stack-{stack_number:05}-{SECONDS_OF_2026 + number * 3_600_000:x}"


def updates(owner: dict[str, Any], number: int, count: int) -> Iterator[dict[str, Any]]:
    """What a Stack has run, of the size that Updates have."""
    metadata = owner["metadata"]
    for run in range(count):
        at = f"2026-11-25T{run % 24:02}:00:00Z"
        over = {"status": "True", "reason": "x", "message": "", "observedGeneration": 1, "lastTransitionTime": at}
        yield {
            "apiVersion": "auto.pulumi.com/v1alpha1",
            "kind": "Update",
            "metadata": {
                "name": _name(number, run),
                "namespace": metadata["namespace"],
                "creationTimestamp": at,
                "labels": {"pulumi.com/component": "stack", "pulumi.com/stack-name": metadata["name"]},
                "ownerReferences": [
                    {"apiVersion": "pulumi.com/v1", "kind": "Stack", "name": metadata["name"], "uid": metadata["uid"]}
                ],
            },
            "spec": {
                "type": "up", "workspaceName": metadata["name"], "stackName": owner["spec"]["stack"],
                "message": f'New commit detected: "{run:040x}"', "ttlAfterCompleted": "24h0m0s",
            },
            "status": {
                "conditions": [{"type": kind, **over} for kind in ("Complete", "Progressing")],
                "message": "Updating (dev)\n" + "  + aws:s3/bucket:Bucket: (create)\n" * 20,
                "permalink": f"https://app.pulumi.com/acme/{metadata['namespace']}/updates/{run}",
            },
        }  # fmt: skip


async def _serve(stacks: int, each: int) -> None:
    async with ApiServer(history=stacks * (each + 1) + 10_000) as server:
        for number in range(stacks):
            opened = number < OPENED
            obj = stack(number, message="opened" if opened else "", at=f"2026-01-01T00:00:{number % 60:02}Z")
            obj["spec"]["workspaceTemplate"] = {"spec": {"image": "pulumi/pulumi:3.2"}}
            made = server.store.put(obj)
            for update in updates(made, number, each):
                server.store.put(update)
            if opened:
                put_workspace(server, made["metadata"]["name"], made["metadata"]["namespace"])
        print(json.dumps([server.kubeconfig("full")]), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]) // int(sys.argv[1])))
