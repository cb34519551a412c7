"""``logs`` into a pipe beside kubectl's, out of the same file on the same real server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from support.program import write
from tests.bench.figures import Section, at_least, median
from tests.e2e.control_plane import ControlPlane, missing
from tests.e2e.kwok import Kwok
from tests.e2e.kwok import missing as kwok_missing
from tests.e2e.staging import RECORDED, stage

ROOT = Path(__file__).parents[2]
LINES = 1_000_000
RUNS = 5


def sections() -> list[Section]:
    """Nothing where no server, no kubelet or no kubectl can be had, or the recordings aren't beside the project."""
    if missing() or kwok_missing() or not RECORDED.is_dir():
        return []
    with ControlPlane() as plane, Kwok(plane) as kwok:
        shop = stage(plane, kwok, "02d-stalled")
        _write(shop.log().path)
        kubeconfig = write(plane.directory / "kubeconfig", plane.kubeconfig())
        env = {**os.environ, "KUBECONFIG": str(kubeconfig)}
        stack, pod = "shop-capped", shop.pod["metadata"]["name"]
        ours = [sys.executable, str(ROOT / "pko_argo.py"), "logs", stack, "-n", shop.namespace]
        theirs = ["kubectl", "logs", pod, "-c", "pulumi", "-n", shop.namespace]
        taken: dict[str, list[float]] = {"ours": [], "kubectl": []}
        for _ in range(RUNS):
            taken["ours"].append(_time(ours, env))
            taken["kubectl"].append(_time(theirs, env))
    one, other = median(taken["ours"]), median(taken["kubectl"])
    return [
        Section(
            f"`logs` of {LINES:,} stored lines into a pipe",
            f"A real kube-apiserver with TLS, KWOK reading the file; whole processes, median of {RUNS} runs taken in "
            "turns, every line counted at the other end of the pipe.",
            [at_least("the speed of `kubectl logs`", other / one, 0.8, "x", 2, f" ({one:.2f} s to {other:.2f})")],
        )
    ]


def _write(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(
            f"2026-11-25T10:{n // 60_000:02}:{n // 1000 % 60:02}.{n % 1000:03}000000Z stderr F "
            f"batch {n}: {n * 250} rows copied to the table orders\n"
            for n in range(LINES)
        )


def _time(command: list[str], env: dict[str, str]) -> float:
    began = time.perf_counter()
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = 0
        while piece := process.stdout.read(1 << 20):
            lines += piece.count(b"\n")
    if (process.returncode, lines) != (0, LINES):
        raise RuntimeError(f"{command} ended with {process.returncode} after {lines:,} lines")
    return time.perf_counter() - began
