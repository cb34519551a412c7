"""The verbs of the health checks: what they cost with many objects and many clusters."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import time
from pathlib import Path

from support.program import PROGRAM, environment, write
from tests.bench.figures import Section, at_most, median
from tests.bench.others import others

STACKS, APPLICATIONS, CLUSTERS, SLOW = 10_000, 2_000, 20, 0.3
RUNS = 5


def sections() -> list[Section]:
    return [asyncio.run(_measure())]


async def _measure() -> Section:
    async with others("argocds", 1, STACKS, APPLICATIONS, 0.0, "built-in") as many:
        printed = median([_time(many.kubeconfig, "health", "print") for _ in range(RUNS)])
        whole, own = zip(*[_preview(many.kubeconfig) for _ in range(3)], strict=True)
    async with others("argocds", 1, STACKS, APPLICATIONS, 0.0, "foreign") as strange:
        _, foreign = zip(*[_preview(strange.kubeconfig) for _ in range(3)], strict=True)
    async with others("argocds", CLUSTERS, 0, 0, SLOW, "built-in") as twenty:
        last = write(twenty.kubeconfig.with_name("last"), twenty.configs[-1])
        status = median([_time(twenty.kubeconfig, "health", "status", "--all-contexts") for _ in range(3)])
        slowest = median([_time(last, "health", "status") for _ in range(3)])
    return Section(
        "Health checks",
        f"Whole processes. `preview` judges {STACKS:,} Stacks and the {APPLICATIONS:,} Applications that hold them by "
        f"what is in force and by what would be; of {CLUSTERS} clusters one takes {SLOW:g} s for every answer.",
        [
            at_most("`health print`", printed * 1000, 100, "ms"),
            at_most("`health preview`, all that it does itself (CPU)", median(own), 3, "s", 2,
                    f" (from start to end, with a server that writes its lists in Python: {median(whole):.2f} s)"),
            at_most("`health preview` where somebody else's script judges, its process included (CPU)", median(foreign),
                    3, "s", 2),
            at_most(f"`health status` of {CLUSTERS} clusters, compared to the slowest", status / slowest, 1.5, "x", 2,
                    f" ({status:.2f} s to {slowest:.2f})"),
        ],
    )  # fmt: skip


def _preview(kubeconfig: Path) -> tuple[float, float]:
    """How long it takes, and how much of that is its own work."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = _time(kubeconfig, "health", "preview", "--all-kinds", codes=(0, 3))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _time(kubeconfig: Path, *arguments: str, codes: tuple[int, ...] = (0,)) -> float:
    began = time.perf_counter()
    ended = subprocess.run([*PROGRAM, *arguments], env=environment(kubeconfig), capture_output=True, text=True)
    assert ended.returncode in codes, ended.stderr
    return time.perf_counter() - began
