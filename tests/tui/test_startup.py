"""How the program comes up: the first frame waits for nothing that it doesn't show."""

from __future__ import annotations

import gc
from pathlib import Path

import demo
from demo.play.simulation import Simulation
from support.program import dead, write
from support.terminal import terminal
from support.waiting import eventually
from tui.app import PkoArgo


def test_the_demo_names_the_contexts_that_it_will_serve() -> None:
    assert tuple(Simulation().servers) == demo.CONTEXTS


async def test_garbage_is_collected_again_after_the_first_frame(fleet) -> None:
    gc.disable()
    try:
        async with PkoArgo(fleet).run_test(notifications=True):
            await eventually(gc.isenabled)
    finally:
        gc.enable()


async def test_the_demo_shows_its_stacks_and_q_ends_it(tmp_path: Path) -> None:
    async with terminal(write(tmp_path / "config", dead()), "demo") as opened:
        await eventually(lambda: "us-prod" in opened.text and "Degraded" in opened.text)
        opened.type("q")
        assert await opened.ended() == 0
        assert "Traceback" not in opened.text
