"""The command line and the first rows, on a real kube-apiserver with TLS and 10,000 Stacks."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from support.program import write
from tests.bench.figures import Figure, Section, at_least, at_most, median, plain
from tests.bench.objects import NAMESPACES, stack
from tests.e2e.control_plane import ADMIN, ControlPlane, missing

STACKS = 10_000
RUNS = 5
ROOT = Path(__file__).parents[2]


def sections() -> list[Section]:
    """Nothing where no control plane can be started."""
    if missing():
        return []
    with ControlPlane() as plane:
        asyncio.run(_fill(plane))
        kubeconfig = write(plane.directory / "kubeconfig", plane.kubeconfig())
        figures = [*_figures(kubeconfig, plane), *asyncio.run(_first_rows(kubeconfig))]
    return [
        Section(
            "A real kube-apiserver with TLS, 10,000 Stacks in 50 namespaces",
            f"Whole processes, median of {RUNS} runs taken in turns. Reading the bytes is a Python process that asks "
            "for the same list once, gzip'd as ours is, and throws the answer away. The board is on a pty of 160x45.",
            figures,
        )
    ]


def _figures(kubeconfig: Path, plane: ControlPlane) -> list[Figure]:
    env = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    ours = [sys.executable, str(ROOT / "pko_argo.py"), "get", "stacks", "-A"]
    kubectl = ["kubectl", "get", "stacks.pulumi.com", "-A"]
    commands = {
        "ours": ours,
        "bytes": [sys.executable, "-c", _READ, str(plane.port), str(plane.ca_file), ADMIN],
        "kubectl whole": [*kubectl, "--chunk-size=0"],
        "kubectl": kubectl,
        "get one": [*ours[:2], "get", "stacks", *_ONE],
        "diagnose one": [*ours[:2], "diagnose", *_ONE],
        "diagnose all": [*ours[:2], "diagnose", "-A"],
    }  # fmt: skip
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            taken[name].append(_time(command, env))
    middle = {name: median(values) for name, values in taken.items()}
    return [
        plain("`get stacks -A`, whole process", f"{middle['ours'] * 1000:.0f} ms"),
        at_least("faster than `kubectl get --chunk-size=0`", middle["kubectl whole"] / middle["ours"], 2.2,
                 note=f" ({middle['kubectl whole'] * 1000:.0f} ms)"),
        at_least("faster than `kubectl get`", middle["kubectl"] / middle["ours"], 3.3,
                 note=f" ({middle['kubectl'] * 1000:.0f} ms)",
                 why="this kubectl takes hardly longer in pages than in one piece"),
        at_most("compared to reading the bytes", middle["ours"] / middle["bytes"], 1.4, "x", 2,
                f" ({middle['bytes'] * 1000:.0f} ms)"),
        at_most("`diagnose NAME`, more than `get NAME`", middle["diagnose one"] - middle["get one"], 1.5, "s", 2,
                f" ({middle['get one']:.2f} s)"),
        plain("`diagnose -A`, whole process", f"{middle['diagnose all']:.2f} s"),
    ]  # fmt: skip


_ONE = ("stack-00007", "-n", "team-07")
"""a Stack that no operator has judged for days: there is none"""


_READ = """
import http.client, ssl, sys
port, authority, token = sys.argv[1:]
server = http.client.HTTPSConnection("127.0.0.1", int(port), context=ssl.create_default_context(cafile=authority))
headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Encoding": "gzip"}
server.request("GET", "/apis/pulumi.com/v1/stacks", headers=headers)
server.getresponse().read()
"""


async def _first_rows(kubeconfig: Path) -> list[Figure]:
    """From the start of the program to rows on the terminal, and to all of them."""
    from support.terminal import terminal

    first, every = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        async with terminal(kubeconfig, columns=160, lines=45) as board:
            await board.until(lambda: "stack-0" in board.text, 60)
            first.append(time.perf_counter() - began)
            await board.until(lambda: "Stacks 10,000" in board.text, 60)
            every.append(time.perf_counter() - began)
    return [
        at_most("start to the first rows on the board", median(first), 1.0, "s", 2, " (k9s: 5.3)"),
        at_most(
            "start to all 10,000 rows",
            median(every),
            2.5,
            "s",
            2,
            why="the board begins with one list in pages, for early rows and one version to watch from; the server "
            "takes most of the time to write it",
        ),
    ]


def _time(command: Sequence[str], env: dict[str, str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False)
    assert done.returncode in (0, 3), command  # 3: it was found, and has a problem
    return time.perf_counter() - began


async def _fill(plane: ControlPlane) -> None:
    """Write the namespaces and the Stacks, twenty requests at a time; the status goes by its own door."""
    import ssl

    context = ssl.create_default_context(cafile=str(plane.ca_file))
    headers = {"Authorization": f"Bearer {ADMIN}"}
    places = asyncio.Semaphore(20)
    async with aiohttp.ClientSession(plane.url, headers=headers, connector=aiohttp.TCPConnector(ssl=context)) as http:
        for number in range(NAMESPACES):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"team-{number:02}"}}
            async with http.post("/api/v1/namespaces", json=body) as answer:
                answer.raise_for_status()

        async def write(number: int) -> None:
            obj = stack(number)
            path = f"/apis/pulumi.com/v1/namespaces/{obj['metadata']['namespace']}/stacks"
            async with places:
                async with http.post(path, json=obj) as answer:
                    answer.raise_for_status()
                    obj["metadata"] = (await answer.json())["metadata"]
                async with http.put(f"{path}/{obj['metadata']['name']}/status", json=obj) as answer:
                    answer.raise_for_status()

        await asyncio.gather(*(write(number) for number in range(STACKS)))
