"""A board over a demo of wedged Stacks, with writes on, and what its server was asked to write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import demo
from actions.workflow import Timing
from cluster.kubeconfig import load
from demo.operator.known_stack import PlannedRun
from demo.play import stories
from demo.play.simulation import Simulation
from demo.server.api_server import ApiServer
from fleet.board.rows import Key
from fleet.fleet import Fleet
from support.waiting import eventually
from tui.app import PkoArgo
from tui.plans.change_page import ChangePage
from tui.plans.fix_page import FixesPage
from tui.plans.group_page import GroupPage
from tui.shell.preferences import WriteSwitch

WRITES = ("POST", "PUT", "PATCH", "DELETE")
QUICK = Timing(proof_interval=0.05, effect_interval=0.05, effect_timeout=30.0)


class Board:
    """The app, its pilot, and the simulation behind it."""

    def __init__(self, app: PkoArgo, pilot: Any, play: Simulation) -> None:
        self.app, self.pilot, self.play = app, pilot, play

    @property
    def server(self) -> ApiServer:
        return self.play.servers["hub"]

    @property
    def sent(self) -> list[str]:
        """What was written to Stacks by this program, in order: ``PATCH path``."""
        return [
            f"{asked.method} {asked.path}"
            for asked in self.server.requests
            if asked.method in WRITES and "/stacks/" in asked.path
        ]

    def sent_to(self, name: str) -> list[str]:
        return [each for each in self.sent if f"/stacks/{name}" in each.replace("/status", "")]

    def found(self, name: str) -> str:
        """The id of what the board finds first with a Stack; empty where there is nothing."""
        found = self.app.board_findings.finding(Key("hub", "data", name), self.app.fleet.clock())
        return found.finding.id if found is not None and found.finding is not None else ""

    async def free(self, name: str) -> None:
        """Have a Stack be ready, as if somebody had healed it by hand."""
        asked = {"annotations": {"pulumi.com/reconciliation-request": "by-hand"}}
        self.server.store.patch("Stack", "data", name, {"status": {"currentUpdate": None}, "metadata": asked})
        await eventually(lambda: self.app.fleet.board.stacks[Key("hub", "data", name)].phase.name == "ready")

    def leave_update(self, name: str) -> None:
        """Have an Update NAME-old of a Stack stay in its deletion, while no Stack names it."""
        metadata = {
            "name": f"{name}-old",
            "namespace": "data",
            "deletionTimestamp": "2026-11-23T17:30:00Z",
            "finalizers": ["finalizer.stack.pulumi.com"],
            "labels": {"pulumi.com/stack-name": name},
        }
        complete = {"conditions": [{"type": "Complete", "status": "True"}]}
        update = {"apiVersion": "auto.pulumi.com/v1alpha1", "kind": "Update", "metadata": metadata}
        self.server.store.put({**update, "spec": {"type": "up"}, "status": complete})

    async def put_cursor_on(self, name: str) -> None:
        window = self.app.screen.model.window
        await eventually(lambda: Key("hub", "data", name) in window.lines)
        window.move(window.lines.index(Key("hub", "data", name)))

    async def fixes(self) -> FixesPage:
        page = await eventually(lambda: self.app.screen if isinstance(self.app.screen, FixesPage) else None)
        await eventually(lambda: page.look is not None and "Looking at it" not in page.text())
        return page

    async def change(self) -> ChangePage:
        page = await eventually(lambda: self.app.screen if isinstance(self.app.screen, ChangePage) else None)
        await eventually(lambda: page.plan is not None and "Looking at what" not in page.text())
        page.change_run.timing = QUICK
        return page

    async def group(self) -> GroupPage:
        page = await eventually(
            lambda: next((screen for screen in self.app.screen_stack if isinstance(screen, GroupPage)), None)
        )
        page.group_run.timing = QUICK
        return page


def wedged(name: str, seconds: float = 0.5) -> stories.Story:
    """A Stack of the context hub, namespace data, that waits for an Update that is gone; its next run goes well."""
    return replace(stories.queue, name=name.replace("-", "_"), stack=name, runs=(PlannedRun(seconds),))


MakeBoard = Callable[..., AbstractAsyncContextManager[Board]]


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeBoard:
    """``board("queue", ...)``: over wedged Stacks of these names, and over the stories that are `told`."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    @asynccontextmanager
    async def make(
        *names: str,
        told: Sequence[stories.Story] = (),
        writing: WriteSwitch | None = None,
        size: tuple[int, int] = (120, 40),
    ) -> AsyncIterator[Board]:
        shown = [*map(wedged, names), *told]
        async with demo.serve(*shown) as play:
            path = tmp_path / "config"
            demo.write_kubeconfig(path, play.kubeconfig())
            kubeconfig = load(str(path), {})
            app = PkoArgo(Fleet(kubeconfig, kubeconfig.contexts), writing=writing or WriteSwitch(on=True))
            async with app.run_test(size=size, notifications=True) as pilot:
                made = Board(app, pilot, play)
                await eventually(lambda: len(app.fleet.board.stacks) == len(shown))
                await eventually(lambda: len(app.screen.model.window.lines) == len(shown))
                yield made

    return make
