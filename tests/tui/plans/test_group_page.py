"""One verb for several Stacks: chosen, planned, asked about once, begun at a rate, paused, stopped, taken up again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from textual.widgets import Input

from actions.plan import Plan, Risk
from fleet.board.rows import Key
from support.waiting import eventually
from tui.pages.text_page import TextPage
from tui.plans.changes_page import ChangesPage
from tui.plans.group_page import GroupPage
from tui.plans.group_run import GroupMember, GroupRun
from tui.plans.group_text import risk_lines
from tui.shell.preferences import WriteSwitch
from tui.widgets.dialogs import ChoiceDialog, ConfirmDialog, TypedConfirm

FIVE = ("q-1", "q-2", "q-3", "q-4", "q-5")


async def planned(seen: Any, rate: float = 10.0) -> GroupPage:
    """The page for all Stacks of the board, marked, with the first verb chosen and planned."""
    for _ in seen.app.fleet.board.stacks:
        await seen.pilot.press("space")
    await seen.pilot.press("F")
    page: GroupPage = await seen.group()
    page.group_run.per_second = rate
    await eventually(lambda: isinstance(seen.app.screen, ChoiceDialog))
    await seen.pilot.press("enter")
    await eventually(lambda: bool(page.sendable()) or "Nothing can be sent" in page.text())
    return page


async def agree(seen: Any) -> None:
    await seen.pilot.press("enter")
    await eventually(lambda: isinstance(seen.app.screen, TypedConfirm))
    typed = seen.app.screen.query_one(Input)
    typed.value = "hub"
    await typed.action_submit()  # a press would wait until the machine is idle, and some are begun by then


def begun(run: GroupRun) -> int:
    return run.sending.begun if run.sending is not None else 0


async def test_a_group_is_paused_in_the_middle_and_goes_on_and_nobody_gets_anything_twice(board: Any, kit: Any) -> None:
    async with board(*FIVE) as seen:
        page = await planned(seen, rate=1.0)
        run = page.group_run
        await eventually(lambda: page.text().count("medium for 5: if that update still runs somewhere") == 1)
        assert "Enter sends 5, 1 a second" in page.text()
        await agree(seen)
        await eventually(lambda: begun(run) == 2)
        await seen.pilot.press("p")
        await eventually(lambda: "paused: p goes on" in page.text())
        count = begun(run)
        assert count < 5
        await eventually(lambda: run.count("done") == count)
        assert (begun(run), run.count("to send")) == (count, 5 - count)
        assert len({each.removesuffix("/status") for each in seen.sent}) == count
        await seen.pilot.press("p")
        await eventually(lambda: run.ended)
        await eventually(lambda: "5 done" in page.text() and "esc goes back" in page.text())
        assert set(Counter(seen.sent).values()) == {1} and len(seen.sent) == 10
        assert "unwedge: 5 done" in kit.told(seen.app)


async def test_nothing_is_sent_before_the_word_is_typed(board: Any) -> None:
    async with board(*FIVE[:2]) as seen:
        page = await planned(seen)
        await seen.pilot.press("enter")
        await eventually(lambda: isinstance(seen.app.screen, TypedConfirm))
        await seen.pilot.press("y", "enter", "escape")
        await eventually(lambda: seen.app.screen is page)
        await seen.pilot.press("enter")
        await eventually(lambda: isinstance(seen.app.screen, TypedConfirm))
        await seen.pilot.press("escape")
        await eventually(lambda: seen.app.screen is page)
        assert seen.sent == [] and not page.group_run.ended


async def test_leaving_asks_about_the_rest_and_stopped_ones_can_be_taken_up_again(board: Any) -> None:
    async with board(*FIVE) as seen:
        page = await planned(seen, rate=0.5)
        run = page.group_run
        await agree(seen)
        await eventually(lambda: begun(run) == 1)
        await seen.pilot.press("p", "escape")
        await eventually(lambda: isinstance(seen.app.screen, ChoiceDialog))
        count = begun(run)
        await seen.pilot.press("down", "enter")
        await eventually(lambda: run.ended)
        assert (run.count("done"), run.count("not sent")) == (count, 5 - count)
        await eventually(lambda: f"{5 - count} not sent" in page.text())
        assert len(seen.sent) == 2 * count
        run.per_second = 10.0
        await seen.pilot.press("r")
        await eventually(lambda: len(page.sendable()) == 5 - count)
        await agree(seen)
        await eventually(lambda: run.ended and run.count("done") == 5 - count)
        assert set(Counter(seen.sent).values()) == {1} and len(seen.sent) == 10


async def test_the_rest_goes_on_in_the_background_where_that_is_chosen(board: Any, kit: Any) -> None:
    async with board(*FIVE[:3]) as seen:
        page = await planned(seen, rate=0.5)
        await agree(seen)
        await eventually(lambda: begun(page.group_run) == 1)
        await seen.pilot.press("escape")
        await eventually(lambda: isinstance(seen.app.screen, ChoiceDialog))
        await seen.pilot.press("enter")
        await eventually(lambda: seen.app.screen.is_root)
        await eventually(lambda: "unwedge: 3 done" in kit.told(seen.app))
        assert len(seen.sent) == 6


async def test_writes_that_are_switched_off_in_the_middle_keep_the_rest_from_being_begun(board: Any) -> None:
    async with board(*FIVE[:4]) as seen:
        page = await planned(seen, rate=1.0)
        run = page.group_run
        await agree(seen)
        await eventually(lambda: begun(run) == 1)
        seen.app.allow_writes(on=False)
        count = begun(run)
        await eventually(lambda: run.ended)
        assert (run.count("done"), run.count("not sent")) == (count, 4 - count)
        assert len(seen.sent) == 2 * count < 8
        await eventually(lambda: f"{4 - count} not sent" in page.text())
        assert {one.text for one in run.members if one.state == "not sent"} == {
            "writes are off; type :write to switch them on"
        }


async def test_what_goes_on_in_the_background_is_found_again_paused_and_stopped(board: Any) -> None:
    async with board(*FIVE) as seen:
        page = await planned(seen, rate=0.5)
        run = page.group_run
        await agree(seen)
        await eventually(lambda: begun(run) == 1)
        await seen.pilot.press("escape")
        await eventually(lambda: isinstance(seen.app.screen, ChoiceDialog))
        await seen.pilot.press("enter")
        await eventually(lambda: seen.app.screen.is_root)
        await seen.pilot.press(":", *"changes", "enter")
        listed = await eventually(lambda: seen.app.screen if isinstance(seen.app.screen, ChangesPage) else None)
        await eventually(lambda: "unwedge for 5 Stacks" in listed.text())
        await seen.pilot.press("enter")
        await eventually(lambda: isinstance(seen.app.screen, GroupPage))
        again = seen.app.screen
        assert again is not page and again.group_run is run
        await seen.pilot.press("p")
        await eventually(lambda: "paused: p goes on" in again.text())
        count = begun(run)
        await seen.pilot.press("escape")
        await eventually(lambda: isinstance(seen.app.screen, ChoiceDialog))
        await seen.pilot.press("down", "enter")
        await eventually(lambda: run.ended)
        assert (run.count("done"), run.count("not sent")) == (count, 5 - count)
        await eventually(lambda: seen.app.screen is again)
        await seen.pilot.press("escape")
        await eventually(lambda: seen.app.screen is listed)
        await eventually(lambda: f"{count} done" in listed.text() and "under way" not in listed.text())


async def test_each_row_shows_its_plan_whole_before_and_while_it_is_sent(board: Any) -> None:
    async with board(*FIVE[:2]) as seen:
        page = await planned(seen, rate=0.1)
        await eventually(lambda: "v shows the plan of the one under the cursor whole" in page.text())
        await seen.pilot.press("down", "v")
        shown = await eventually(lambda: seen.app.screen if isinstance(seen.app.screen, TextPage) else None)
        await eventually(lambda: "/stacks/q-2/status" in shown.text() and '"pulumi.com/recon' in shown.text())
        await seen.pilot.press("escape")
        await eventually(lambda: seen.app.screen is page)
        assert seen.sent == []
        await agree(seen)
        await eventually(lambda: begun(page.group_run) == 1)
        await seen.pilot.press("v")
        await eventually(
            lambda: isinstance(seen.app.screen, TextPage) and "/stacks/q-2/status" in seen.app.screen.text()
        )


async def test_where_nothing_may_be_sent_no_pod_is_looked_into_and_then_it_is_planned_anew(board: Any) -> None:
    async with board(*FIVE[:2], writing=WriteSwitch(on=False)) as seen:
        page = await planned(seen)
        await eventually(lambda: "Nothing can be sent: writes are off" in page.text())
        assert not [asked for asked in seen.server.requests if asked.upgrades]
        seen.app.allow_writes(on=True)
        await eventually(lambda: len(page.sendable()) == 2)
        assert not any(one.shown_only for one in page.group_run.members)
        assert [asked for asked in seen.server.requests if asked.upgrades]


def test_the_highest_risks_come_first_and_none_of_them_is_left_out() -> None:
    plan = Plan("x", "hub", "Stack a", (), (), Risk("low", ""), ())
    risks = [*(Risk("low", f"low {number}") for number in range(9) for _ in range(5)), Risk("medium", "runs meet")]
    risks += [Risk("high", f"lost {number}") for number in range(4)]
    members = [
        GroupMember(Key("hub", "a", str(place)), plan=replace(plan, risk=risk)) for place, risk in enumerate(risks)
    ]
    lines = [line.text for line in risk_lines(members)]
    assert lines == [
        *(f"high for 1: lost {n}" for n in range(4)),
        "medium for 1: runs meet",
        "and 9 more low risks, each in its plan",
    ]


async def test_a_page_that_goes_away_unasked_begins_no_more(board: Any) -> None:
    async with board(*FIVE[:3]) as seen:
        page = await planned(seen, rate=0.1)
        await agree(seen)
        await eventually(lambda: begun(page.group_run) == 1)
        await seen.pilot.press(":", *"stacks", "enter")
        await eventually(lambda: page.group_run.ended)
        assert (page.group_run.count("done"), page.group_run.count("not sent")) == (1, 2)
        assert len(seen.sent) == 2


async def test_leaving_the_program_sends_no_more(board: Any) -> None:
    async with board(*FIVE[:3]) as seen:
        page = await planned(seen, rate=0.1)
        await agree(seen)
        await eventually(lambda: begun(page.group_run) == 1)
        seen.app.exit()
        await eventually(lambda: page.group_run.ended)
        assert {each.removesuffix("/status") for each in seen.sent} <= {
            "PATCH /apis/pulumi.com/v1/namespaces/data/stacks/q-1"
        }
        assert page.group_run.count("not sent") == 2


async def test_who_may_not_be_written_to_stays_out_of_it(board: Any, kit: Any) -> None:
    async with board(*FIVE[:2], writing=WriteSwitch(on=False)) as seen:
        page = await planned(seen)
        await eventually(lambda: "Nothing can be sent: writes are off" in page.text())
        assert "writes are off" in kit.on_screen(seen.app)
        await seen.pilot.press("enter")
        await eventually(lambda: "Nothing is sent: writes are off" in kit.told(seen.app))
        assert seen.sent == []


async def test_those_that_the_verb_does_not_help_are_said_to_be_and_the_others_are_sent(board: Any) -> None:
    async with board(*FIVE[:3]) as seen:
        asked = {"metadata": {"annotations": {"pulumi.com/reconciliation-request": "by-hand"}}}
        seen.server.store.patch("Stack", "data", "q-2", {"status": {"currentUpdate": None}, **asked})
        healed = Key("hub", "data", "q-2")
        await eventually(lambda: seen.app.fleet.board.stacks[healed].phase.name == "ready")
        page = await planned(seen)
        run = page.group_run
        assert [one.key.name for one in page.sendable()] == ["q-1", "q-3"]
        await agree(seen)
        await eventually(lambda: run.ended)
        assert (run.count("done"), run.count("nothing to do")) == (2, 1)
        assert seen.sent_to("q-2") == []


async def test_of_each_stack_its_own_leftover_update_is_released(board: Any) -> None:
    async with board(*FIVE[:2]) as seen:
        for name in FIVE[:2]:
            seen.leave_update(name)
        await seen.pilot.press("space", "space", "F")
        page = await seen.group()
        await eventually(lambda: isinstance(seen.app.screen, ChoiceDialog))
        assert list(page.group_run.verbs()) == ["unwedge", "release"]
        await seen.pilot.press("down", "enter")
        await eventually(lambda: len(page.sendable()) == 2)
        targets = [one.plan.target for one in page.group_run.members if one.plan is not None]
        assert sorted(targets) == ["Update data/q-1-old", "Update data/q-2-old"]
        await seen.pilot.press("enter")
        await eventually(lambda: isinstance(seen.app.screen, ConfirmDialog))
        await seen.pilot.press("y")
        await eventually(lambda: page.group_run.ended)
        assert page.group_run.count("done") == 2
        written = [each.path.rpartition("/")[2] for each in seen.server.requests if each.method == "PATCH"]
        assert sorted(written) == ["q-1-old", "q-2-old"]


async def test_no_verb_chosen_leads_back(board: Any) -> None:
    async with board(*FIVE[:2]) as seen:
        await seen.pilot.press("space", "space", "F")
        await eventually(lambda: isinstance(seen.app.screen, ChoiceDialog))
        await seen.pilot.press("escape")
        await eventually(lambda: seen.app.screen.is_root)
