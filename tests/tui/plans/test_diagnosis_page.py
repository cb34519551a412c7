"""The whole diagnosis of a Stack, the block on its page, and the causes of the fleet: live, and mended by keys."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from textual.widgets import Input

from actions.offers import commands
from fleet.board.rows import Key
from kubectl_plugin.verbs.diagnose.print_findings import Diagnosed
from support.waiting import eventually
from tui.causes_screen import CausesScreen, CauseStacksScreen
from tui.pages.stack_page import StackPage
from tui.plans.group_page import GroupPage
from tui.widgets.dialogs import TypedConfirm
from views.findings_markdown import MarkdownReport

QUEUE = Key("hub", "data", "queue")


async def agree(seen: Any) -> None:
    """Send the plan that is seen."""
    await seen.pilot.press("enter")
    await eventually(lambda: isinstance(seen.app.screen, TypedConfirm))
    typed = seen.app.screen.query_one(Input)
    typed.value = "hub"
    await typed.action_submit()


async def causes(seen: Any) -> CausesScreen:
    """The table of causes, once it lists something."""
    await seen.pilot.press("D")
    screen = await eventually(lambda: seen.app.screen if isinstance(seen.app.screen, CausesScreen) else None)
    await eventually(lambda: screen.model.window.lines)
    return screen


async def test_d_shows_all_that_is_found_and_copies_it_as_markdown(board: Any) -> None:
    async with board("queue") as seen:
        await seen.pilot.press("d")
        page = await seen.fixes()
        for words in ("W-1", "status.currentUpdate.name: queue-", "next", "doesn't help", "reconcile", "to do"):
            assert words in page.text()
        assert page.choosable.scroll_offset.y == 0
        await seen.pilot.press("c")
        copied = await eventually(lambda: seen.app.clipboard)
        assert copied.startswith("## hub/data/queue\n")
        assert "\n**W-1 The operator waits for Update queue-" in copied and ", for 4" in copied
        assert "- doesn't help: reconcile, as the operator returns at currentUpdate" in copied
        assert "\n```sh\nkubectl pko-argo unwedge queue -n data --context hub\n```\n" in copied
        assert page.exports()[0].suffix == "md" and page.exports()[0].make() == copied
        found = Diagnosed.of(page.look.found, page.live.looked_at, with_applications=False)
        report = MarkdownReport(page.live.looked_at)
        assert copied == report.stack(
            found.rows[QUEUE], found.findings[QUEUE], partial(commands, row=found.rows[QUEUE])
        )


async def test_a_context_that_is_lost_is_said_and_what_was_known_stays(
    board: Any, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.plans.fix_page._LOOK_EVERY", 0.1)
    async with board("queue") as seen:
        await seen.pilot.press("d")
        page = await seen.fixes()
        await seen.server.refuse_connections()
        await eventually(lambda: "hub can't be seen: " in page.text())
        assert "lost" in kit.on_screen(seen.app)
        assert "What follows is " in page.text() and "W-1" in page.text()
        assert {line.tone for line in page.lines(0.0)[1:] if line.text} == {"dim"}
        assert page.choosable.chosen == ("unwedge", 0)
        await seen.server.listen()
        seen.app.fleet.retry("hub")
        await eventually(lambda: "can't be seen" not in page.text() and "W-1" in page.text())


async def test_the_page_follows_its_stack_without_a_key(board: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.pages.live_look._AFTER_CHANGE", 0.1)
    async with board("queue") as seen:
        await seen.pilot.press("d")
        page = await seen.fixes()
        assert "W-1" in page.text()
        seen.server.store.patch("Stack", "data", "queue", {"status": {"currentUpdate": None}})
        await eventually(lambda: "W-1" not in page.text() and "W-5" in page.text())


async def test_a_stacks_page_says_first_what_is_the_matter_and_says_it_once_until_it_is_mended(board: Any) -> None:
    async with board("queue") as seen:
        app, pilot = seen.app, seen.pilot
        await pilot.press("enter")
        page = await eventually(lambda: app.screen if isinstance(app.screen, StackPage) else None)
        await eventually(lambda: "looked at closely" in page.text())
        first = page.text().splitlines()[0]
        assert first.startswith("W-1") and "The operator waits for Update queue-" in first
        text = page.text()
        assert "Why             Stack queue status.currentUpdate.name: queue-" in text
        assert "Do              F  unwedge: free it of a lost update" in text
        assert "Both are right  The verdict is judged from the Stack alone" in text
        assert text.count("The operator waits for Update") == 1 and "the operator waits for Update" not in text
        assert "Healthy !" in text
        await pilot.press("F")
        fixes = await seen.fixes()
        assert fixes.choosable.chosen == ("unwedge", 0)
        await pilot.press("enter")
        change = await seen.change()
        await agree(seen)
        await eventually(lambda: change.change_run.result is not None)
        await pilot.press("escape")
        await eventually(lambda: app.screen is fixes)
        await pilot.press("escape")
        await eventually(lambda: app.screen is page)
        await eventually(lambda: "W-1" not in page.text() and "Both are right" not in page.text())


async def test_a_cause_leads_to_its_stacks_and_to_the_plan_for_all_of_them(board: Any, kit: Any) -> None:
    async with board("queue", "q-2") as seen:
        app, pilot = seen.app, seen.pilot
        screen = await causes(seen)
        await eventually(lambda: len(screen.model.window.lines) == 2)
        await eventually(lambda: "over 2 Stacks in 1 context" in kit.on_screen(app))
        await eventually(lambda: kit.on_screen(app).count("W-1") == 2 and "never by itself" in kit.on_screen(app))
        await pilot.press("enter")
        listed = await eventually(lambda: app.screen if isinstance(app.screen, CauseStacksScreen) else None)
        await eventually(lambda: len(listed.model.window.lines) == 1)
        assert "in W-1 The operator waits for Update" in kit.on_screen(app)
        await pilot.press("escape")
        await eventually(lambda: app.screen is screen)
        await pilot.press("space", "j", "space", "F")
        page = await eventually(lambda: app.screen if isinstance(app.screen, GroupPage) else None)
        await eventually(lambda: len(page.sendable()) == 2)
        assert page.group_run.change is not None and page.group_run.change.id == "unwedge"
        await agree(seen)
        await eventually(lambda: page.group_run.ended)
        await pilot.press("escape")
        await eventually(lambda: app.screen is screen)
        await eventually(lambda: not screen.model.window.lines)
        await eventually(lambda: "Nothing is found that gets in the way of a Stack." in kit.on_screen(app))


async def test_d_on_a_context_lists_its_causes_alone(board: Any, kit: Any) -> None:
    async with board("queue") as seen:
        await seen.pilot.press("x")
        await eventually(lambda: type(seen.app.screen).__name__ == "ContextsScreen")
        await seen.pilot.press("d")
        screen = await eventually(lambda: seen.app.screen if isinstance(seen.app.screen, CausesScreen) else None)
        await eventually(lambda: screen.model.window.lines)
        assert "in hub" in kit.on_screen(seen.app)
        await seen.pilot.press("d")
        page = await seen.fixes()
        assert page.key == QUEUE
