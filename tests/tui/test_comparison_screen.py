"""Two contexts side by side on the screen: what differs, live, and what is said of a context that is lost."""

from __future__ import annotations

import json

import pytest
from textual.widgets import Input, OptionList

from fleet.board.rows import Key
from stacks.records.stack import LastUpdate
from support.waiting import eventually
from tui.app import PkoArgo
from tui.comparison_screen import ComparisonScreen
from tui.logs.log_page import LogPage
from tui.pages.stack_page import StackPage
from tui.pages.text_page import YamlPage
from tui.plans.fix_page import FixesPage
from tui.plans.group_page import GroupPage
from tui.tables.table_widget import TableWidget
from tui.widgets.dialogs import ChoiceDialog

SIZES = [(80, 24), (160, 45)]
SIZE = (160, 45)


@pytest.fixture
def app(fleet) -> PkoArgo:
    return PkoArgo(fleet)


@pytest.fixture
def shop(fleet, kit):
    """A Stack that is stuck in one of two contexts, one that is the same in both, and one alone in each."""
    fleet.put("eu", kit.ready("api"), kit.ready("web"), kit.ready("left"))
    fleet.put("us", kit.ready("api"), kit.stalled("web"), kit.ready("right"))
    fleet.sync()
    return fleet


async def command(app: PkoArgo, pilot, line: str) -> None:
    await pilot.press("colon")
    app.screen.query_one("CommandLine", Input).value = line
    await pilot.press("enter")


async def compared(app: PkoArgo, pilot, kit, line: str = "compare eu us") -> None:
    """Open the comparison, and wait for its rows."""
    await eventually(lambda: kit.listed(app))
    await command(app, pilot, line)
    await eventually(lambda: isinstance(app.screen, ComparisonScreen) and kit.listed(app))


def line_of(app: PkoArgo, kit, name: str) -> str:
    return next(line for line in kit.text_of(app.screen.query_one(TableWidget)) if f" {name} " in line)


@pytest.mark.parametrize("size", SIZES)
async def test_what_differs_is_on_top_with_both_sides_in_a_line(app, shop, kit, size):
    async with app.run_test(size=size, notifications=True) as pilot:
        await compared(app, pilot, kit)
        assert kit.listed(app) == ["web", "left", "right", "api"]
        text = kit.on_screen(app)
        assert all(words in text for words in ("in eu | us", "differ 1", "only in eu 1", "only in us 1", "same 1"))
        titles = kit.text_of(app.screen.query_one(TableWidget))[0].split()
        assert titles[:2] == ["NAMESPACE", "NAME"]
        assert (titles.count("PHASE"), titles[-1]) == (2, "DIFFERS")
        assert titles.count("HEALTH") == titles.count("UPDATED") == (2 if size == SIZE else 0)
        web = line_of(app, kit, "web")
        assert "ready" in web
        assert "stalled" in web
        assert "!= commit" in web
        assert "aaaaaaa" in web
        assert line_of(app, kit, "left").rstrip().endswith("< only in eu")
        assert line_of(app, kit, "api").rstrip().endswith("same")


async def test_it_is_live(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit)
        shop.put("us", kit.ready("web"), kit.ready("left"))
        await eventually(lambda: "differ 1" not in kit.on_screen(app))
        assert "same 3" in kit.on_screen(app)
        last = LastUpdate("run-2", 1, "", "up", "succeeded", "", "b" * 40, "b" * 40, "", kit.ago(5))
        shop.put("us", kit.stack("api", last=last))
        await eventually(lambda: kit.listed(app)[0] == "api")
        assert "bbbbbbb" in line_of(app, kit, "api")
        assert "!= commit" in line_of(app, kit, "api")
        shop.drop("eu", "shop", "left")
        await eventually(lambda: "> only in us" in line_of(app, kit, "left"))


async def test_enter_opens_the_left_stack_and_r_the_right_one(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit)
        for key, context in (("enter", "eu"), ("r", "us")):
            await pilot.press(key)
            await eventually(lambda: isinstance(app.screen, StackPage))
            assert app.screen.key.context == context
            await pilot.press("escape")
            await eventually(lambda: isinstance(app.screen, ComparisonScreen))


async def test_of_a_stack_in_one_context_enter_opens_that_one_and_r_says_that_there_is_none(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit)
        await pilot.press("j")
        await eventually(lambda: kit.under_cursor(app) == "left")
        await pilot.press("r")
        await eventually(lambda: "us shows no Stack left" in kit.told(app))
        await pilot.press("j")
        await eventually(lambda: kit.under_cursor(app) == "right")
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, StackPage))
        assert app.screen.key.context == "us"


async def asked(app: PkoArgo, pilot, key: str) -> list[str]:
    """The answers that may be given after this key."""
    await pilot.press(key)
    await eventually(lambda: isinstance(app.screen, ChoiceDialog))
    options = app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(place).prompt) for place in range(options.option_count)]


@pytest.mark.parametrize(
    ("key", "page", "offers"),
    [
        ("d", FixesPage, ["us, stalled: SpecInvalid", "eu, ready"]),
        ("y", YamlPage, ["us, stalled: SpecInvalid", "eu, ready"]),
        ("F", FixesPage, ["us, stalled: SpecInvalid", "eu, ready", "both"]),
        ("l", LogPage, ["us, stalled: SpecInvalid", "eu, ready", "both"]),
    ],
)
async def test_of_a_stack_in_both_the_keys_ask_which_and_offer_the_one_in_trouble_first(
    app, shop, kit, key, page, offers
):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit)
        assert kit.under_cursor(app) == "web"
        assert await asked(app, pilot, key) == offers
        await pilot.press("escape")
        await eventually(lambda: isinstance(app.screen, ComparisonScreen))
        await asked(app, pilot, key)
        await pilot.press("enter")
        opened = await eventually(lambda: app.screen if isinstance(app.screen, page) else None)
        assert getattr(opened, "key", Key("us", "shop", "web")) == Key("us", "shop", "web")
        await pilot.press("escape")
        await eventually(lambda: isinstance(app.screen, ComparisonScreen))


async def test_of_a_stack_in_one_context_they_ask_nothing(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit)
        await pilot.press("j", "d")
        page = await eventually(lambda: app.screen if isinstance(app.screen, FixesPage) else None)
        assert page.key == Key("eu", "shop", "left")


async def test_what_is_marked_is_fixed_together(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit)
        await pilot.press("space", "space")
        assert await asked(app, pilot, "F") == ["us, stalled: SpecInvalid", "eu, 2 Stacks", "both"]
        await pilot.press("down", "enter")
        page = await eventually(lambda: app.screen if isinstance(app.screen, GroupPage) else None)
        assert page is not None


async def test_the_filter_finds_what_differs(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit)
        await pilot.press("slash", *"!same", "enter")
        await eventually(lambda: kit.listed(app) == ["web", "left", "right"])
        assert "Pairs 3 of 4" in kit.on_screen(app)
        await pilot.press("escape", "ctrl+z")
        await eventually(lambda: kit.listed(app) == ["web"])


async def test_a_context_that_is_lost_is_said_and_its_lines_are_old(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit)
        shop.now += 30
        shop.lose("us", "connection refused")
        await eventually(lambda: "lost (us: connection refused" in kit.on_screen(app))
        await eventually(lambda: "30s old: !=" in line_of(app, kit, "web"))
        assert "30s old: same" in line_of(app, kit, "api")
        assert line_of(app, kit, "api").startswith(" ~")


async def test_what_a_context_hides_is_not_said_to_be_missing(app, fleet, kit):
    fleet.put("eu", kit.ready("api"))
    fleet.sync()
    fleet.board.close("us")
    fleet.board.open("us")
    fleet.lose("us", "forbidden")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit)
        assert "? us can't be seen" in line_of(app, kit, "api")
        assert "not seen in both 1" in kit.on_screen(app)


async def test_a_context_that_is_left_meanwhile_is_said(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit)
        shop.leave("us")
        await eventually(lambda: "us isn't watched any more" in kit.on_screen(app))
        await eventually(lambda: "? us can't be seen" in line_of(app, kit, "web"))
        await eventually(lambda: sorted(kit.listed(app)) == ["api", "left", "web"])


async def test_without_names_the_only_two_contexts_are_compared(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit, "compare")
        assert "in eu | us" in kit.on_screen(app)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("compare eu", "compare takes two contexts; watched: eu, us"),
        ("compare eu eu", "compare takes two contexts; watched: eu, us"),
        ("compare eu moon", "moon: no such context; watched: eu, us"),
        ("compare eu lab", "lab: not watched yet; x and + watch one more, or start with --context; watched: eu, us"),
    ],
)
async def test_names_that_cannot_be_compared_are_told_with_those_that_can(app, shop, kit, line, says):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await eventually(lambda: kit.listed(app))
        await command(app, pilot, line)
        await eventually(lambda: says in " ".join(kit.told(app).split()))
        assert not isinstance(app.screen, ComparisonScreen)


async def test_both_objects_are_copied_and_the_table_is_saved_as_json(app, shop, kit):
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await compared(app, pilot, kit)
        await command(app, pilot, "copy kubectl")
        lines = [f"kubectl --context {name} -n shop get stacks.pulumi.com web -o yaml" for name in ("eu", "us")]
        await eventually(lambda: app.clipboard == "\n".join(lines))
        exported = {export.suffix: export.make() for export in app.screen.exports()}
        assert json.loads(exported["json"])[0]["differs"][0] == "commit"
        assert exported["csv"].splitlines()[0].startswith("namespace,name,left-commit,left-phase")
