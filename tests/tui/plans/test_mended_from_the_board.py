"""A story from the board and back: a Stack gets stuck, the board says why, it is mended with keys, and that is gone."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from textual.widgets import Input

from demo.operator.known_stack import PlannedRun
from demo.play import stories
from demo.play.stack_changes import created
from support.waiting import eventually
from tui.tables.table_widget import TableWidget
from tui.widgets.dialogs import TypedConfirm

_CALM = replace(stories.queue, past=((stories.DAY, created),), runs=(PlannedRun(0.3),))


def _lose_an_update(seen: Any, minutes: float) -> None:
    """The operator crashed so long ago after it wrote that an update runs, and before it created that."""
    name = f"queue-{int((time.time() - minutes * 60) * 1000):x}"
    lost = {"generation": 1, "name": name, "commit": "a" * 40, "reconcileRequest": ""}
    seen.server.store.patch("Stack", "data", "queue", {"status": {"currentUpdate": lost}})


async def test_a_finding_appears_on_the_board_is_mended_with_keys_and_goes(board: Any, kit: Any) -> None:
    async with board(told=[_CALM], size=(160, 40)) as seen:
        app, pilot = seen.app, seen.pilot

        def line() -> str:
            return kit.text_of(app.screen.query_one(TableWidget))[1]

        def details() -> str:
            return " ".join("\n".join(kit.text_of(app.screen.query_one("DetailStrip"))).split())

        await eventually(lambda: "Healthy" in line() and "Nothing stands in its way" in details())
        _lose_an_update(seen, 41)
        await eventually(lambda: "Healthy !" in line() and "wedged 41m" in line() and "never" in line())
        await eventually(lambda: "The operator waits for Update queue-" in line() and "W-1" in details())
        await pilot.press("F")
        await seen.fixes()
        await pilot.press("enter")
        change = await seen.change()
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, TypedConfirm))
        typed = app.screen.query_one(Input)
        typed.value = "hub"
        await typed.action_submit()
        await eventually(lambda: change.change_run.result is not None and change.change_run.result.succeeded)
        await eventually(lambda: "the run that was asked for succeeded" in change.text())
        await pilot.press("escape")
        await seen.fixes()
        await pilot.press("escape")
        await eventually(lambda: len(app.screen_stack) == 1)
        await eventually(lambda: "Healthy" in line() and "!" not in line() and "waits for Update" not in line())
        await eventually(lambda: "W-1" not in details() and "Nothing stands in its way" in details())
