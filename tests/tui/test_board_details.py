"""The board says why: causes in its lines, the row under the cursor explained, and each context in the header."""

from __future__ import annotations

import pytest

from settings import state_file
from stacks.operator import OperatorState
from support.waiting import eventually
from tui.app import PkoArgo
from tui.shell.preferences import Preferences
from tui.tables.context_strip import bar
from tui.tables.table_widget import TableWidget

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.fixture
def shop(fleet, kit):
    fleet.put("eu", kit.stalled("web"), kit.ready("api"), kit.ready("zoo"))
    fleet.put("us", kit.ready("far"))
    fleet.board.set_operator("eu", OperatorState((2, 9, 0), True), fleet.now)
    fleet.sync()
    return fleet


@pytest.fixture
def app(shop) -> PkoArgo:
    return PkoArgo(shop)


def details(app: PkoArgo, kit) -> str:
    return "\n".join(kit.text_of(app.screen.query_one("DetailStrip")))


def line_of(app: PkoArgo, kit, name: str) -> str:
    lines = kit.text_of(app.screen.query_one(TableWidget))
    return next((line for line in lines if f" {name} " in line), "")


async def test_a_cause_appears_and_goes_when_it_is_mended(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: "The spec is invalid: no such branch" in line_of(app, kit, "web"))
        shop.put("eu", kit.stalled("api", message="bad duration"))
        await eventually(lambda: "The spec is invalid: bad duration" in line_of(app, kit, "api"))
        shop.put("eu", kit.ready("web"))
        await eventually(lambda: "invalid" not in line_of(app, kit, "web"))
        await eventually(lambda: kit.listed(app)[0] == "api")
        await pilot.press("g")
        await eventually(lambda: "bad duration" in details(app, kit) and "certain" in details(app, kit))


async def test_the_details_stay_with_their_row_while_rows_move(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: "eu / shop / web" in details(app, kit))
        await pilot.press("j")
        await eventually(lambda: "eu / shop / api" in details(app, kit))
        assert "Nothing stands in its way" in details(app, kit)
        shop.put("us", kit.stalled("a-new-one", since=9000))
        await eventually(lambda: kit.listed(app)[0] == "a-new-one")
        assert "eu / shop / api" in details(app, kit)
        shop.put("eu", kit.stalled("api", message="bad duration"))
        await eventually(lambda: "bad duration" in details(app, kit))
        assert kit.under_cursor(app) == "api"


@pytest.mark.parametrize("size", SIZES)
async def test_the_row_under_the_cursor_is_explained_at_every_size(app, shop, kit, size):
    async with app.run_test(size=size, notifications=True):
        await eventually(lambda: "The spec is invalid" in details(app, kit))
        strip = app.screen.query_one("DetailStrip")
        assert strip.size.height == {24: 1, 40: 5, 60: strip.size.height}[size[1]]
        assert (strip.size.width < size[0]) == (size[0] >= 160)
        assert len(kit.listed(app)) == 4
        assert all(len(line) <= size[0] for line in kit.on_screen(app).splitlines())


async def test_i_takes_the_details_away_and_that_is_remembered(shop, kit, tmp_path):
    path = tmp_path / "state.json"
    app = PkoArgo(shop, preferences=Preferences(state=path))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        strip = app.screen.query_one("DetailStrip")
        await eventually(lambda: strip.display)
        await pilot.press("i")
        await eventually(lambda: not strip.display and not state_file.load(path).details)
    again = PkoArgo(shop, preferences=Preferences(state=path))
    async with again.run_test(size=(120, 40), notifications=True) as pilot:
        strip = again.screen.query_one("DetailStrip")
        await eventually(lambda: len(kit.listed(again)) == 4)
        assert not strip.display
        await pilot.press("i")
        await eventually(lambda: "The spec is invalid" in details(again, kit))


async def test_a_filter_finds_a_cause(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: "The spec is invalid" in line_of(app, kit, "web"))
        await pilot.press("slash", *"cause:b-3", "enter")
        await eventually(lambda: kit.listed(app) == ["web"])
        shop.put("eu", kit.stalled("zoo", message="bad duration"))
        await eventually(lambda: kit.listed(app) == ["web", "zoo"])


async def test_the_header_counts_what_the_filter_lists(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: "Stacks 4  eu ▇▇▃▃▃▃ 3  us ▃▃▃▃▃▃ 1  ▇ broken 1" in kit.on_screen(app))
        await pilot.press("ctrl+z")
        await eventually(lambda: "Stacks 1 of 4  eu ▇▇▇▇▇▇ 1  us 0" in kit.on_screen(app))
        assert "Healthy 0" in kit.on_screen(app)


async def test_many_contexts_are_counted_where_their_bars_have_no_room(kit):
    fleet = kit.FakeFleet([f"cluster-{number}" for number in range(12)])
    fleet.put("cluster-3", kit.stalled("web"))
    fleet.sync()
    app = PkoArgo(fleet)
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: "12 contexts connected  ▇ broken 1" in kit.on_screen(app))


async def test_in_ascii_bars_are_signs(shop, kit):
    app = PkoArgo(shop, preferences=Preferences(ascii=True))
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: "eu ##---- 3" in kit.on_screen(app))


async def test_the_row_under_the_cursor_keeps_the_colour_of_its_health(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: "The spec is invalid" in line_of(app, kit, "web"))
        table = app.screen.query_one(TableWidget)
        assert kit.under_cursor(app) == "web"
        health = next(segment for segment in table.render_line(1) if segment.text.startswith("Degraded"))
        bad = table.get_component_rich_style("table--bad")
        assert health.style is not None
        assert (health.style.reverse, health.style.color) == (True, bad.color)


@pytest.mark.parametrize(
    ("counts", "cells"),
    [
        ({"broken": 6, "working": 3, "ready": 5}, {"broken": 3, "working": 1, "ready": 2}),
        ({"ready": 9}, {"ready": 6}),
        ({"broken": 1, "ready": 5000}, {"broken": 1, "ready": 5}),
        ({"broken": 1, "working": 1, "ready": 1}, {"broken": 2, "working": 2, "ready": 2}),
        ({}, {}),
    ],
)
def test_a_bar_shows_shares_and_leaves_nobody_out(counts, cells):
    assert bar(counts) == cells
