"""The contexts on the screen: what is stuck there, whether the operator keeps up, and what can't be seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from fleet.board.rows import Key
from stacks.operator import OperatorState, OperatorWorkload
from stacks.records.base import Condition, OwnedMetadata
from stacks.records.stack import CurrentUpdate, Stack
from stacks.records.workspace import Update, UpdateSpec, UpdateStatus
from support.waiting import eventually
from tui.app import PkoArgo
from tui.causes_screen import CausesScreen
from tui.contexts_screen import ContextsScreen
from tui.pages.context_page import ContextPage
from tui.tables.table_widget import TableWidget
from views.context_table import CONTEXT_COLUMNS

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.fixture
def shop(fleet, kit):
    """A context in trouble whose operator works, and one that is well."""
    fleet.put("eu", kit.stalled("web", since=10_800), kit.stalled("cart"), kit.ready("api"), kit.waiting("zoo", "cart"))
    fleet.put("us", kit.ready("far"))
    for context in ("eu", "us"):
        fleet.board.set_operator(context, OperatorState((2, 9, 0), True), fleet.now)
        workload = OperatorWorkload("manager-7f", fleet.now - 10_800, 1, 1, 25)
        fleet.board.set_context_fields(context, workload=workload, operator_namespace="pulumi")
    fleet.sync()
    return fleet


@pytest.fixture
def app(shop) -> PkoArgo:
    return PkoArgo(shop)


async def opened(app: PkoArgo, pilot, kit) -> ContextsScreen:
    await eventually(lambda: kit.listed(app))
    await pilot.press("x")
    await eventually(lambda: isinstance(app.screen, ContextsScreen) and kit.listed(app))
    assert isinstance(app.screen, ContextsScreen)
    return app.screen


def details(app: PkoArgo, kit) -> str:
    return " ".join("\n".join(kit.text_of(app.screen.query_one("DetailStrip"))).split())


def cells(app: PkoArgo, kit, name: str) -> dict[str, str]:
    """What stands under each title in the line of this context."""
    titles, *lines = kit.text_of(app.screen.query_one(TableWidget))
    line = next(line for line in lines if f" {name} " in line)
    shown = [column.title for column in CONTEXT_COLUMNS if f" {column.title}" in titles]
    starts = [titles.index(f" {title}") + 1 for title in shown]
    ends = [*starts[1:], len(line)]
    return {title: line[start:end].strip() for title, start, end in zip(shown, starts, ends, strict=True)}


@pytest.mark.parametrize("size", SIZES)
async def test_a_line_says_what_is_stuck_since_when_and_how_busy_the_operator_is(app, shop, kit, size):
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(app, pilot, kit)
        await eventually(lambda: cells(app, kit, "eu").get("BROKEN") == "3")
        eu = cells(app, kit, "eu")
        assert (eu["STATE"], eu["OLDEST"], eu["LEASE"], eu["BUSY"], eu["QUEUE"]) == (
            "connected", "3h", "held", "0/25", "0",
        )  # fmt: skip
        assert cells(app, kit, "us")["BROKEN"] == "0"
        if size[0] == 200:
            assert (eu["READY"], eu["WORKING"], eu["PKO"], eu["UP"]) == ("1", "0", "v2.9.0", "1/1")


@pytest.mark.parametrize("size", SIZES)
async def test_the_room_below_says_why_and_of_the_operator_whatever_the_size(app, shop, kit, size):
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(app, pilot, kit)
        assert kit.under_cursor(app) == "eu"
        await eventually(lambda: "The spec is invalid: no such branch shop/web, for 3h" in details(app, kit))
        said = details(app, kit)
        assert "PKO v2.9.0, Lease held for 3h, 1 of 1 replicas available" in said
        assert "0 of 25 busy: the Stacks whose Update runs" in said
        assert "3 broken, 0 working, 1 ready" in said
        assert "shop/web: broken for 3h" in said
        await pilot.press("j")
        await eventually(lambda: "0 broken, 0 working, 1 ready" in details(app, kit))
        assert "invalid" not in details(app, kit)


async def test_a_cause_goes_from_the_details_when_it_is_mended(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(app, pilot, kit)
        await eventually(lambda: "The spec is invalid" in details(app, kit))
        shop.put("eu", kit.ready("web"), kit.ready("cart"), kit.ready("zoo"))
        await eventually(lambda: cells(app, kit, "eu")["BROKEN"] == "0")
        await eventually(lambda: "invalid" not in details(app, kit) and "Oldest" not in details(app, kit))


async def test_an_operator_that_nobody_leads_comes_first_and_counts_as_broken(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(app, pilot, kit)
        shop.board.set_operator("us", OperatorState((2, 9, 0), False), shop.now)
        await eventually(lambda: kit.listed(app) == ["us", "eu"])
        assert cells(app, kit, "us")["LEASE"] == "nobody"
        await pilot.press("g")
        await eventually(lambda: "nobody leads the operator: nothing will be reconciled" in details(app, kit))
        await pilot.press("ctrl+z")
        await eventually(lambda: kit.listed(app) == ["us"])


def runs(kit, name: str, **status: Any) -> tuple[Stack, Update]:
    """A Stack whose Update is a minute old, and that Update."""
    processing = Condition("Reconciling", "True", "StackProcessing", "stack is being processed", kit.ago(60))
    made = kit.stack(name, processing)
    run = f"{name}-{int((kit.now - 60) * 1000):x}"
    update = Update(OwnedMetadata(run, "shop", creation_timestamp=kit.ago(60)), UpdateSpec(), UpdateStatus(**status))
    return replace(made, status=replace(made.status, current_update=CurrentUpdate(name=run))), update


async def test_workers_that_are_all_busy_and_what_waits_for_one_are_told(app, shop, kit):
    progressing = [Condition("Progressing", "True", "Progressing", "", kit.ago(50))]
    shop.board.set_context_fields("us", workload=OperatorWorkload("manager-7f", None, 1, 1, 1))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(app, pilot, kit)
        for name, conditions in (("one", progressing), ("two", None)):
            stack, update = runs(kit, name, conditions=conditions)
            shop.put("us", stack)
            shop.board.set_related_objects(Key("us", "shop", name), shop.now, update=update, update_gone=False)
        await eventually(lambda: cells(app, kit, "us")["BUSY"] == "1/1")
        assert cells(app, kit, "us")["QUEUE"] == "1"
        await pilot.press("j")
        await eventually(lambda: "1 Update waits for a worker: shop/two" in details(app, kit))


async def test_what_a_lost_context_hides_is_said_in_full(app, shop, kit):
    shop.board.set_context_fields("us", hidden=("Leases (whether the operator is alive)",))
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        await opened(app, pilot, kit)
        shop.lose("us", "the certificate of https://us.example has expired")
        await eventually(lambda: kit.listed(app) == ["us", "eu"])
        assert cells(app, kit, "us")["NOT SEEN"] == (
            "the certificate of https://us.example has expired, next try in 12s; may not read Leases"
        )
        await pilot.press("g")
        await eventually(lambda: "you may not read Leases (whether the operator is alive)" in details(app, kit))


async def test_i_takes_the_details_away_and_d_leads_to_the_causes_of_the_context(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await opened(app, pilot, kit)
        few = screen.table.size.height
        await pilot.press("i")
        await eventually(lambda: not screen.details.display and screen.table.size.height > few)
        await pilot.press("i")
        await eventually(lambda: screen.details.display and screen.table.size.height == few)
        await pilot.press("d")
        await eventually(lambda: isinstance(app.screen, CausesScreen) and "in eu" in kit.on_screen(app))


async def test_many_contexts_keep_half_of_the_screen(kit):
    fleet = kit.FakeFleet([f"cluster-{number}" for number in range(60)])
    fleet.put("cluster-7", kit.ready("web"))
    fleet.sync()
    app = PkoArgo(fleet)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await opened(app, pilot, kit)
        await eventually(lambda: screen.table.size.height == 18)
        assert screen.details.size.height > 10


async def test_the_saved_table_has_the_counts(app, shop, kit):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = await opened(app, pilot, kit)
        await eventually(lambda: cells(app, kit, "eu")["BROKEN"] == "3")
        exported = {export.suffix: export.make() for export in screen.exports()}
        eu = next(item for item in json.loads(exported["json"]) if item["name"] == "eu")
        assert (eu["stacks"]["broken"], eu["pko"]["workers"], eu["oldestTrouble"]["name"]) == (3, 25, "web")


async def test_the_page_begins_with_the_operator_and_says_nothing_twice(app, shop, kit):
    shop.lose("eu", "connection refused")
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await opened(app, pilot, kit)
        await pilot.press("g", "enter")
        await eventually(lambda: isinstance(app.screen, ContextPage) and "The spec is invalid" in kit.on_screen(app))
        said = kit.on_screen(app)
        assert said.index("OPERATOR") < said.index("WHAT ISN'T FINE") < said.index("APPLICATIONS")
        for once in ("connection refused", "manager-7f", "0 of 25 busy", "1 of 1 available"):
            assert said.count(once) == 1, once
        await pilot.press("d")
        await eventually(lambda: isinstance(app.screen, CausesScreen) and "in eu" in kit.on_screen(app))
