"""``lint`` over many manifests, beside argocd-source-lint over the same ones, and how soon it starts."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.program import PROGRAM, environment
from tests.bench.figures import Section, at_least, at_most, median
from tests.bench.manifest_tree import write_tree
from tests.bench.others import others

RUNS, STARTS = 5, 9
_OTHER, _OTHER_VERSION = "argocd-source-lint", "1.2.2"
_SMALL = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
"""


def sections() -> list[Section]:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "gitops"
        tree.mkdir()
        manifests = write_tree(tree)
        small = Path(folder) / "stack.yaml"
        small.write_text(_SMALL, encoding="utf-8")
        env = environment(Path(folder) / "none")
        ours, theirs = [], []
        for _ in range(RUNS):  # in turns, so that a busy machine is busy for both
            ours.append(_cpu([*PROGRAM, "lint", str(tree)], env))
            theirs.append(_cpu([_other(), str(tree), "-f", "json"], env))
        started, got = asyncio.run(_starts(small, env))
    return [
        Section(
            "`lint`",
            f"{manifests:,} manifests of 1.5 KB in 1,000 files: Stacks, Programs, what they need, and Applications. "
            f"Whole processes, CPU of all that they start, median of {RUNS} runs taken in turns.",
            [
                at_most(f"`lint` of {manifests:,} manifests", median(ours), 3, "s", 2),
                at_least(f"faster than {_OTHER} {_OTHER_VERSION}, with its 17 rules", median(theirs) / median(ours), 1,
                         note=f" ({median(theirs):.2f} s)"),
                at_most("`lint` of one file, compared to `get stacks` of one Stack", median(started) / median(got), 2,
                        "x", 2, f" ({median(started) * 1000:.0f} ms to {median(got) * 1000:.0f})"),
            ],
        )
    ]  # fmt: skip


async def _starts(small: Path, env: Mapping[str, str]) -> tuple[list[float], list[float]]:
    started, got = [], []
    async with others("argocds", 1, 1, 1, 0.0, "built-in") as server:
        reading = environment(server.kubeconfig)
        for _ in range(STARTS):
            started.append(await asyncio.to_thread(_cpu, [*PROGRAM, "lint", str(small)], env))
            got.append(await asyncio.to_thread(_cpu, [*PROGRAM, "get", "stacks", "-A"], reading))
    return started, got


def _cpu(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Seconds of CPU that a process and those below it take; what they find is of no matter here."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(command, env=env, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode not in (0, 1, 3):
        raise RuntimeError(f"{command} ended with {ended.returncode}: {ended.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _other() -> str:
    """The other program: the one on the PATH, else one in a virtual environment that is made once."""
    if found := shutil.which(_OTHER):
        return found
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pko-argo-bench"
    program = folder / "bin" / _OTHER
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", f"{_OTHER}=={_OTHER_VERSION}"]
        subprocess.run(pip, check=True)
    return str(program)
