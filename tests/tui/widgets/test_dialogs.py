"""Questions fit the screen, however small it is: what is asked can be read, and how to answer is always seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

from support.waiting import eventually
from tui.app import PkoArgo
from tui.tables.columns_dialog import ColumnsDialog
from tui.widgets.dialogs import ChoiceDialog, ConfirmDialog, TypedConfirm
from tui.widgets.leavable import Dialog

SIZES = ((40, 12), (80, 24), (120, 40), (200, 60))
LONG = "medium risk: if that update still runs somewhere, two runs meet, and the backend refuses the second one"
ABOUT = ["hub: Stack data/queue", LONG, LONG.replace("medium", "high")]
MAKE: dict[str, Callable[[], Dialog[Any]]] = {
    "confirm": lambda: ConfirmDialog("\n".join(("free hub/data/queue of Update queue-1a22d552a93?", *ABOUT))),
    "typed": lambda: TypedConfirm("free hub/data/queue of Update queue-1a22d552a93?", ABOUT, "hub"),
    "choice": lambda: ChoiceDialog("What for these 40", [f"a verb that does something, number {n}" for n in range(40)]),
}


@pytest.fixture
def app(fleet: Any, kit: Any) -> PkoArgo:
    fleet.put("eu", kit.ready("api"))
    fleet.sync()
    return PkoArgo(fleet)


def screen_of(app: App[Any]) -> Region:
    return Region(0, 0, *app.size)


def is_seen(widget: Widget) -> bool:
    """Whether all of a widget is on the screen, and nothing of it is cut off by what it lies in."""
    box = widget.screen.query_one("Vertical").region
    return widget.region in box and widget.region in screen_of(widget.app) and widget.region.height > 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", list(MAKE))
async def test_how_to_answer_is_seen_and_what_is_asked_can_be_read(
    app: PkoArgo, kit: Any, name: str, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size, notifications=True) as pilot:
        await eventually(lambda: kit.listed(app))
        app.push_screen(MAKE[name]())
        await eventually(lambda: app.screen.query("Vertical") and app.screen.query_one("Vertical").region.height)
        if name == "choice":
            for shown in (Static, OptionList):
                await eventually(lambda shown=shown: is_seen(app.screen.query_one(shown)), timeout=5)
            return
        said = app.screen.query_one(VerticalScroll)
        assert is_seen(said) and said.region.height >= 3
        assert is_seen(app.screen.query_one(".keys"))
        if name == "typed":
            await pilot.press(*"no", "enter")
            await eventually(lambda: "That isn't hub" in str(app.screen.query_one("#trouble", Static).render()))
            assert is_seen(app.screen.query_one(Input)) and is_seen(app.screen.query_one("#trouble"))
        for _ in range(30):
            await pilot.press("down")
        assert said.scroll_offset.y == said.max_scroll_y
        await pilot.press(*["up"] * 30)
        assert said.scroll_offset.y == 0


@pytest.mark.parametrize("size", SIZES)
async def test_a_field_that_is_not_there_leaves_the_columns_and_their_keys_in_sight(
    app: PkoArgo, kit: Any, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size, notifications=True) as pilot:
        await eventually(lambda: kit.listed(app))
        await pilot.press("C")
        await eventually(lambda: isinstance(app.screen, ColumnsDialog) and app.screen.query("OptionList"))
        assert is_seen(app.screen.query_one(OptionList)) and is_seen(app.screen.query_one(".keys"))
        await pilot.press("n", *".spec.nope", "enter")
        await eventually(lambda: "nope is none of" in str(app.screen.query_one("#trouble", Static).render()))
        await eventually(lambda: app.screen.query_one("#trouble").region.height > 1)
        for shown in ("OptionList", "Input", "#trouble", ".keys"):
            await eventually(lambda shown=shown: is_seen(app.screen.query_one(shown)))


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_told_covers_the_line_of_keys_alone(app: PkoArgo, kit: Any, size: tuple[int, int]) -> None:
    async with app.run_test(size=size, notifications=True):
        await eventually(lambda: kit.listed(app))
        app.notify("Copied hub/data/queue", markup=False)
        toast = await eventually(lambda: app.screen.query("Toast").first() if app.screen.query("Toast") else None)
        await eventually(lambda: toast.region.height)
        assert toast.region in app.screen.query_one("KeyLine").region


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["confirm", "typed"])
async def test_what_is_told_meanwhile_covers_neither_the_question_nor_the_answer(
    app: PkoArgo, kit: Any, name: str, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size, notifications=True):
        await eventually(lambda: kit.listed(app))
        app.push_screen(MAKE[name]())
        await eventually(lambda: app.screen.query(".keys") and is_seen(app.screen.query_one(".keys")))
        app.notify("unwedge: 3 done", markup=False)
        toast = await eventually(lambda: app.screen.query("Toast").first() if app.screen.query("Toast") else None)
        await eventually(lambda: toast.region.height)
        for shown in (".said", ".keys"):
            assert not toast.region.overlaps(app.screen.query_one(shown).region)


async def test_the_themes_are_offered_as_a_choice(app: PkoArgo, kit: Any) -> None:
    async with app.run_test(size=(40, 12), notifications=True) as pilot:
        await eventually(lambda: kit.listed(app))
        await pilot.press("colon", *"theme", "enter")
        await eventually(lambda: isinstance(app.screen, ChoiceDialog))
        await pilot.press("down", "enter")
        await eventually(lambda: app.theme == "textual-light")
