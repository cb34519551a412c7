"""The other side of a measurement, in a process of its own, and how to tell it what to do."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from support.program import ROOT, write


class Others:
    """A process that has printed the kubeconfigs of its servers, and obeys lines on its stdin until that closes."""

    def __init__(self, process: asyncio.subprocess.Process, configs: list[dict[str, Any]], kubeconfig: Path) -> None:
        self.configs = configs
        self.kubeconfig = kubeconfig
        """all of them in one file"""
        self._process = process

    async def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    async def ask(self, line: str) -> float:
        """Say it, and wait for the number that is the answer."""
        await self.say(line)
        assert self._process.stdout is not None
        return float(await self._process.stdout.readline())


@asynccontextmanager
async def others(module: str, *arguments: object) -> AsyncIterator[Others]:
    """``python -m tests.bench.MODULE ARGUMENTS``, until the measurement is over."""
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    command = [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)]
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=env, limit=1 << 24
        )
        assert process.stdin is not None
        assert process.stdout is not None
        configs = json.loads(await process.stdout.readline())
        try:
            yield Others(process, configs, write(Path(folder) / "config", *configs))
        finally:
            process.stdin.close()
            await process.wait()
