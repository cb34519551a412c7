"""A fleet over servers of this process, as the program makes it: from a kubeconfig."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from fleet.fleet import Fleet
from fleet.scope import WatchScope


@asynccontextmanager
async def watching(*servers: ApiServer, scope: WatchScope | None = None, token: str = "") -> AsyncIterator[Fleet]:
    """A fleet that watches these servers, as contexts ``lab``, ``lab2`` and so on."""
    with TemporaryDirectory() as folder:
        files = []
        for number, server in enumerate(servers, 1):
            path = Path(folder) / f"{number}.yaml"
            path.write_text(yaml.safe_dump(server.kubeconfig("lab" if number == 1 else f"lab{number}", token=token)))
            files.append(str(path))
        kubeconfig = load(None, {"KUBECONFIG": ":".join(files)})
    fleet = Fleet(kubeconfig, kubeconfig.contexts, scope)
    running = asyncio.create_task(fleet.run())
    try:
        yield fleet
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
