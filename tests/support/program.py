"""The program as a user runs it: a process of its own, with a kubeconfig."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from support.waiting import LIMIT

ROOT = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, str(ROOT / "pko_argo.py")]


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def environment(kubeconfig: Path | str, **more: str) -> dict[str, str]:
    """An environment without the user's own settings."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "TMPDIR")}
    return {**kept, "HOME": "/nonexistent", "KUBECONFIG": str(kubeconfig), "TERM": "xterm-256color", **more}


async def run(kubeconfig: Path | str, *arguments: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run to the end, without a terminal."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *arguments,
        env=environment(kubeconfig, **(env or {})),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LIMIT):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


def heed_interrupts() -> None:
    """A shell lets what it runs in the background ignore SIGINT, and so would what the tests start there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@asynccontextmanager
async def running(
    kubeconfig: Path | str, *arguments: str, env: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start, and end with SIGTERM if it hasn't ended by itself."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *arguments,
        preexec_fn=heed_interrupts,
        env=environment(kubeconfig, **(env or {})),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def write(path: Path, *configs: Mapping[str, Any]) -> Path:
    """One kubeconfig out of several; the first one's context is the current one."""
    merged: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
    for config in configs:
        for part in ("clusters", "users", "contexts"):
            merged[part] += config.get(part) or []
        merged.setdefault("current-context", config.get("current-context", ""))
    path.write_text(yaml.safe_dump(merged))
    return path


def dead(name: str = "dead") -> dict[str, Any]:
    """A kubeconfig for an address where nobody listens."""
    return {
        "clusters": [{"name": name, "cluster": {"server": "http://127.0.0.1:9"}}],
        "users": [{"name": name, "user": {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
