"""The causes of the fleet, over a board that the test feeds: without a request, and as the board changes."""

from __future__ import annotations

import pytest

from fleet.board.rows import Key
from support.waiting import eventually
from tui.app import PkoArgo
from tui.causes_screen import CausesScreen
from tui.plans.fix_page import FixesPage


@pytest.fixture
def app(fleet) -> PkoArgo:
    return PkoArgo(fleet)


async def opened(app, pilot, key: str = "D") -> CausesScreen:
    await pilot.press(key)
    return await eventually(lambda: app.screen if isinstance(app.screen, CausesScreen) else None)


def waits(kit, name: str):
    """A Stack whose prerequisite isn't there."""
    return kit.waiting(name, "vault")


async def test_stacks_that_share_a_cause_are_one_line_and_it_goes_with_the_last_of_them(app, fleet, kit):
    fleet.put("eu", waits(kit, "web"), waits(kit, "cart"), kit.ready("db"))
    fleet.put("us", waits(kit, "web"))
    fleet.sync()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await opened(app, pilot)
        await eventually(lambda: [len(row.cause.stacks) for row in screen.all_rows()] == [3])
        await eventually(lambda: "Causes 1  over 3 Stacks in 2 contexts" in kit.on_screen(app))
        assert "eu us" in kit.on_screen(app) and "? The Stack waits for vault" in kit.on_screen(app)
        fleet.put("eu", kit.ready("web"), kit.ready("cart"))
        await eventually(lambda: "over 1 Stack in 1 context" in kit.on_screen(app))
        fleet.put("us", kit.ready("web"))
        await eventually(lambda: "Nothing is found that gets in the way of a Stack." in kit.on_screen(app))


async def test_a_cause_is_found_by_its_words_and_by_its_stacks(app, fleet, kit):
    fleet.put("eu", waits(kit, "web"), kit.waiting("cart", "db"))
    fleet.sync()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await opened(app, pilot)
        await eventually(lambda: kit.on_screen(app).count("B-10") == 2)
        for query, found in (("cause:vault", 1), ("web", 1), ("cause:nothing-such", 0), ("ctx:us", 0)):
            await pilot.press("slash", *query, "enter")
            await eventually(lambda found=found: len(screen.model.window.lines) == found)
            await pilot.press("escape")


async def test_the_cursor_begins_at_the_worst_and_d_leads_to_the_diagnosis(app, fleet, kit):
    fleet.put("eu", waits(kit, "web"))
    fleet.sync()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await opened(app, pilot)
        await eventually(lambda: screen.model.window.lines)
        await pilot.press("d")
        page = await eventually(lambda: app.screen if isinstance(app.screen, FixesPage) else None)
        assert page.key == Key("eu", "shop", "web")
        await pilot.press("escape")
        await eventually(lambda: app.screen is screen)


async def test_a_cause_in_lost_contexts_alone_is_greyed(app, fleet, kit):
    fleet.put("eu", waits(kit, "web"))
    fleet.sync()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(app, pilot)
        await eventually(lambda: "B-10" in kit.on_screen(app))
        fleet.lose("eu", "refused")
        await eventually(lambda: ">~" in kit.on_screen(app))


async def test_the_commands_lead_there_and_say_where_they_do_not_work(app, fleet, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("colon", *"causes", "enter")
        await eventually(lambda: isinstance(app.screen, CausesScreen))
        await pilot.press("escape", "h")
        await eventually(lambda: type(app.screen).__name__ == "ChecksScreen")
        await pilot.press("colon", *"diagnose", "enter")
        await eventually(lambda: "diagnose needs a Stack, an Application or a context" in kit.told(app))
