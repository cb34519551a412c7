"""A fleet to try things on: Kubernetes API servers in this process, with PKO and Argo CD simulated on them."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.play.simulation import Simulation
    from demo.play.stories import Story

CONTEXTS = ("hub", "eu-prod", "us-prod")
"""the contexts of the demo; here, so that a screen can name them before the servers are imported"""


@contextlib.asynccontextmanager
async def serve(
    *chosen: Story, seed: int = 7, now: float | None = None, speed: float = 1.0, moving: bool = True
) -> AsyncIterator[Simulation]:
    """Start the servers and the simulation; the value has `kubeconfig()`, `servers` and `contexts`.

    Without `chosen` stories, all are in it. `now` is the time to begin with (the present if None), `speed`
    how much faster than the clock it passes; not `moving`, it passes only by `advance()`.
    """
    from demo.play.simulation import Simulation
    from demo.play.stories import ALL

    play = Simulation(chosen or ALL, seed=seed, now=now, speed=speed)
    async with contextlib.AsyncExitStack() as open_servers:
        for server in play.servers.values():
            await open_servers.enter_async_context(server)
        task = asyncio.create_task(play.run()) if moving else None
        try:
            yield play
        finally:
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


def write_kubeconfig(path: Path, config: dict[str, Any]) -> None:
    """Write it for its owner alone; FileExistsError rather than touch a file that is there."""
    import yaml

    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file, sort_keys=False)
