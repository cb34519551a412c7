"""Draw docs/board.svg, the README's picture: the board over the demo, as the program itself saves it.

usage: python tests/picture.py
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
SIZE = (132, 30)
sys.path.insert(0, str(ROOT))


async def draw() -> str:
    from cluster.kubeconfig import load
    from demo import serve, write_kubeconfig
    from fleet.fleet import Fleet
    from tui.app import PkoArgo

    async with serve(moving=False) as play:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "config"
            write_kubeconfig(path, play.kubeconfig())
            kubeconfig = load(str(path), {})
        fleet = Fleet(kubeconfig, kubeconfig.contexts)
        app = PkoArgo(fleet)
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            until = time.monotonic() + 20
            while {c.state(time.time()) for c in fleet.board.contexts.values()} != {"connected"}:
                assert time.monotonic() < until, "the demo's clusters don't answer"
                await pilot.pause(0.1)
            await pilot.pause(3)
            return app.export_screenshot(title="kubectl pko-argo")


if __name__ == "__main__":
    (ROOT / "docs" / "board.svg").write_text(asyncio.run(draw()), encoding="utf-8")
