"""Our check in Argo CD's settings, put there and taken away by our own command as a user runs it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.chain.argo_cd import NAMESPACE
from e2e.control_plane import ControlPlane
from support.program import PROGRAM, Ended, environment

KEY = "resource.customizations.health.pulumi.com_Stack"
LIMIT = 180.0
BUILT_IN, OURS = "Argo CD's", "ours"


@dataclass(frozen=True)
class Installation:
    """`home` is where the command keeps what it records, and its kubeconfig."""

    plane: ControlPlane
    home: Path

    def config_map(self) -> dict[str, Any]:
        found: dict[str, Any] = self.plane.request("GET", f"/api/v1/namespaces/{NAMESPACE}/configmaps/argocd-cm")
        return found

    def there(self) -> bool:
        return KEY in self.config_map()["data"]

    async def install(self) -> Ended:
        return await self._health("install", "--yes", "--refresh", "stacks")

    async def uninstall(self) -> Ended:
        return await self._health("uninstall", "--yes")

    async def _health(self, *arguments: str) -> Ended:
        """AssertionError unless it did what it was asked, and saw it proven."""
        homes = {f"XDG_{name}_HOME": str(self.home / name.lower()) for name in ("STATE", "CONFIG", "CACHE")}
        process = await asyncio.create_subprocess_exec(
            *PROGRAM, "health", *arguments,
            env=environment(self.home / "kubeconfig", **homes),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(LIMIT):
                out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, err.decode()
        return Ended(process.returncode, out.decode(), err.decode())
