"""From a wedged Stack on the board to its next run: what is found, the plan, the question, and the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from textual.widgets import Input

from demo.play import stories
from demo.play.stack_changes import created
from fleet.board.rows import Key
from support.waiting import eventually
from tui.plans.change_page import ChangePage
from tui.plans.fix_page import FixesPage
from tui.shell.help_screen import HelpScreen
from tui.shell.preferences import WriteSwitch
from tui.tables.table_spec import APPLICATION_TABLE
from tui.widgets.dialogs import ConfirmDialog, TypedConfirm


async def test_a_wedge_is_healed_from_the_board(board: Any, kit: Any) -> None:
    async with board("queue") as seen:
        app, pilot = seen.app, seen.pilot
        await pilot.press("F")
        page = await seen.fixes()
        text = page.text()
        assert "W-1" in text and "(certain, for 4" in text and "status.currentUpdate.name: queue-" in text
        assert "free it of a lost update" in text
        assert "reconcile: the operator returns at currentUpdate before it runs anything" in text
        assert page.choosable.chosen == ("unwedge", 0)
        await pilot.press("enter")
        change = await seen.change()
        text = change.text()
        assert "medium: if that update still runs somewhere" in text and " ago)" in text
        assert "patch stacks/status.pulumi.com: yes" in text and "kubectl --context hub" in text
        assert change.copy_text().splitlines() == list(change.plan.kubectl)
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, TypedConfirm))
        app.screen.query_one(Input).value = "queue"
        await pilot.press("enter")
        await eventually(lambda: "That isn't hub" in str(app.screen.query_one("#trouble").render()))
        assert seen.sent == []
        app.screen.query_one(Input).value = "hub"
        await pilot.press("enter")
        await eventually(lambda: change.change_run.result is not None)
        assert change.change_run.result.succeeded, change.change_run.result
        await eventually(lambda: "it is free, and the run that was asked for succeeded" in change.text())
        stacks = "PATCH /apis/pulumi.com/v1/namespaces/data/stacks/queue"
        assert seen.sent == [f"{stacks}/status", stacks]
        await pilot.press("escape")
        await seen.fixes()
        await eventually(lambda: "Nothing stands in its way." in page.text())
        assert page.choosable.chosen == ("reconcile", 0)


async def test_what_is_always_possible_asks_for_a_yes_and_for_a_new_run_each_time(board: Any) -> None:
    async with board("queue") as seen:
        app, pilot = seen.app, seen.pilot
        seen.server.store.patch("Stack", "data", "queue", {"status": {"currentUpdate": None}})
        await pilot.press("F")
        await seen.fixes()
        await pilot.press("enter")
        change = await seen.change()
        first = change.plan
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("n")
        await eventually(lambda: app.screen is change)
        assert seen.sent == []
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await eventually(lambda: change.change_run.result is not None)
        await pilot.press("r")
        await eventually(lambda: change.plan is not None and change.plan is not first)
        assert change.plan.agreed_to != first.agreed_to
        assert len(seen.sent) == 1


async def test_nothing_is_sent_while_writes_are_off(board: Any, kit: Any) -> None:
    async with board("queue", writing=WriteSwitch(forbids=lambda context: f"{context} is read-only")) as seen:
        await seen.pilot.press("F")
        await seen.fixes()
        assert "hub is read-only" in kit.on_screen(seen.app)
        await seen.pilot.press("enter")
        change = await seen.change()
        assert "Nothing can be sent: hub is read-only." in change.text()
        await seen.pilot.press("enter")
        await eventually(lambda: "Nothing is sent: hub is read-only" in kit.told(seen.app))
        assert seen.app.screen is change and seen.sent == []


async def test_a_context_that_does_not_answer_is_named(board: Any) -> None:
    async with board("queue") as seen:
        seen.server.faults.answer(500, lambda asked: asked.path.endswith("/stacks"))
        await seen.pilot.press("F")
        page = await seen.fixes()
        assert "hub/data/queue: " in page.text() and page.choosable.chosen is None
        await seen.pilot.press("enter")
        assert seen.app.screen is page


async def test_a_stack_that_is_gone_is_said_to_be_and_has_nothing_to_choose(board: Any) -> None:
    async with board("queue") as seen:
        await seen.pilot.press("F")
        page = await seen.fixes()
        seen.server.store.patch("Stack", "data", "queue", {"metadata": {"finalizers": None}})
        seen.server.store.delete("Stack", "data", "queue")
        await seen.pilot.press("r")
        await eventually(lambda: "hub/data/queue: it isn't there any more" in page.text())
        assert page.choosable.chosen is None


async def test_everything_can_be_reached_on_a_small_screen(board: Any, kit: Any) -> None:
    async with board("queue", size=(50, 12)) as seen:
        await seen.pilot.press("d")
        page = await seen.fixes()
        shown = set(kit.text_of(page.text_view))
        for _ in range(60):
            await seen.pilot.press("j")
            shown |= set(kit.text_of(page.text_view))
        whole = "".join(sorted(shown))
        assert "free it of a lost update" in whole and "doesn't help" in whole and "runs anything" in whole


async def test_the_command_opens_the_same_page_and_says_where_it_does_not_work(board: Any, kit: Any) -> None:
    async with board("queue") as seen:
        await seen.pilot.press("x")
        await eventually(lambda: type(seen.app.screen).__name__ == "ContextsScreen")
        await seen.pilot.press(":", *"fix", "enter")
        await eventually(lambda: "fix needs a Stack or an Application" in kit.told(seen.app))
        await seen.pilot.press("escape", ":", *"fix", "enter")
        await seen.fixes()


async def test_an_application_leads_to_its_stacks_and_to_what_can_be_asked_of_argo_cd(board: Any) -> None:
    async with board("queue") as seen:
        app, pilot = seen.app, seen.pilot
        await eventually(lambda: app.fleet.board.app(Key("hub", "argocd", "data")) is not None)
        await pilot.press("a")
        await eventually(lambda: getattr(app.screen, "spec", None) is APPLICATION_TABLE)
        await eventually(lambda: Key("hub", "argocd", "data") in app.screen.model.window.lines)
        await pilot.press("F")
        page = await seen.fixes()
        await eventually(lambda: page.choosable.chosen is not None)
        assert "ITS STACKS" in page.text() and "W-1 The operator waits for Update queue-" in page.text()
        assert "app refresh" in page.text()
        while page.choosable.chosen != Key("hub", "data", "queue"):
            await pilot.press("j")
        await pilot.press("enter")
        stack = await eventually(
            lambda: app.screen if isinstance(app.screen, FixesPage) and app.screen is not page else None
        )
        await eventually(lambda: "free it of a lost update" in stack.text())


async def test_the_help_says_what_can_be_done_for_the_row_and_for_the_marked_ones(board: Any) -> None:
    async with board("queue", "q-2") as seen:
        app, pilot = seen.app, seen.pilot

        async def helped(*keys: str) -> str:
            await pilot.press(*keys, "question_mark")
            screen = await eventually(lambda: app.screen if isinstance(app.screen, HelpScreen) else None)
            await eventually(lambda: "looking what helps" not in screen.columns.text)
            said = screen.columns.text
            await pilot.press("question_mark")
            await eventually(lambda: app.screen is not screen)
            return said.partition("\n\nHERE\n")[0]

        await eventually(lambda: seen.found("queue") == seen.found("q-2") == "W-1")
        await seen.put_cursor_on("queue")
        here = await helped()
        assert here.startswith("F HERE\nhub / data / queue\nW-1  The operator waits for Update queue-")
        assert here.endswith("\nunwedge  free it of a lost update")
        marked = await helped("g", "space", "space")
        assert marked.startswith("F FOR 2 MARKED\nunwedge  free it of a lost update (helps 2 of 2)\n")
        assert "\n\nF HERE, WERE NOTHING MARKED\n" in marked
        await pilot.press("ctrl+backslash", "D")
        await eventually(lambda: type(app.screen).__name__ == "CausesScreen" and app.screen.model.window.lines)
        assert "F FOR 1 STACK\nunwedge  free it" in await helped()
        await pilot.press("escape", "enter")
        await eventually(lambda: type(app.screen).__name__ == "StackPage")
        assert "unwedge  free it of a lost update" in await helped()


async def test_the_help_of_an_application_names_its_stacks(board: Any) -> None:
    async with board("queue") as seen:
        app, pilot = seen.app, seen.pilot
        await eventually(lambda: app.fleet.board.app(Key("hub", "argocd", "data")) is not None)
        await eventually(lambda: seen.found("queue") == "W-1")
        await pilot.press("a")
        await eventually(lambda: getattr(app.screen, "spec", None) is APPLICATION_TABLE)
        await eventually(lambda: Key("hub", "argocd", "data") in app.screen.model.window.lines)
        await pilot.press("question_mark")
        screen = await eventually(lambda: app.screen if isinstance(app.screen, HelpScreen) else None)
        await eventually(lambda: "F leads to each of them." in screen.columns.text)
        assert "W-1  queue: The operator waits for Update queue-" in screen.columns.text


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_a_verb_and_what_is_said_of_it_stay_apart_at_every_width(board: Any, kit: Any, width: int) -> None:
    async with board("queue", size=(width, 60)) as seen:
        await seen.pilot.press("d")
        page = await seen.fixes()
        for line in page.lines(seen.app.fleet.clock()):
            if line.label in ("doesn't help", "fix"):
                verb, colon, why = line.text.partition(": ")
                assert verb and colon and why and "  " not in line.text
        drawn = " ".join(" ".join(kit.text_of(page.text_view)).split())
        assert "doesn't help reconcile: the operator returns at currentUpdate before it runs anything" in drawn
        assert "fix unwedge: free it of a lost update" in drawn
        lines = kit.text_of(page.text_view)
        places = {line.index(word) for word in ("reconcile: ", "unwedge: ") for line in lines if word in line}
        assert places == {17}


async def test_a_leftover_update_is_released_by_its_name(board: Any) -> None:
    async with board("queue") as seen:
        app, pilot = seen.app, seen.pilot
        await seen.free("queue")
        seen.leave_update("queue")
        await pilot.press("d")
        page = await seen.fixes()
        assert "W-4" in page.text() and "release: release the Update queue-old" in page.text()
        assert page.choosable.chosen == ("release", 0)
        await pilot.press("enter")
        change = await seen.change()
        assert change.plan.target == "Update data/queue-old"
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await eventually(lambda: change.change_run.result is not None)
        assert change.change_run.result.succeeded, change.change_run.result
        assert [each.path for each in seen.server.requests if each.method == "PATCH"] == [
            "/apis/auto.pulumi.com/v1alpha1/namespaces/data/updates/queue-old"
        ]


async def test_what_breaks_off_a_run_is_planned_only_once_that_is_acknowledged(board: Any) -> None:
    hanging = replace(stories.ingest, past=((2820.0, created),), runs=(stories.HANGS,))
    async with board(told=[hanging]) as seen:
        app, pilot = seen.app, seen.pilot
        await eventually(lambda: app.fleet.board.stacks[Key("hub", "data", "ingest")].phase.name == "updating")
        await pilot.press("F")
        page = await seen.fixes()
        assert "U-11" in page.text() and page.choosable.chosen == ("restart-workspace", 0)
        await pilot.press("enter")
        change = await eventually(lambda: app.screen if isinstance(app.screen, ChangePage) else None)
        await eventually(lambda: "f plans it all the same; then ingest is typed to send it." in change.text())
        await pilot.press("enter", "y")
        assert app.screen is change and change.plan is None
        await pilot.press("f")
        await eventually(lambda: change.plan is not None)
        assert change.change_run.timing.effect_timeout == 900.0
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, TypedConfirm))
        await pilot.press("escape")
        assert not [asked for asked in seen.server.requests if asked.method == "DELETE"]
