"""What is shown first of a page has its layout already: nothing is drawn for a window of no width."""

from __future__ import annotations

import pytest

from support.mashing import key_event
from support.waiting import eventually
from tui.app import PkoArgo
from tui.tables.table_widget import TableWidget
from tui.widgets.text_view import TextLine, TextView


@pytest.fixture
def app(fleet, kit) -> PkoArgo:
    fleet.put("eu", kit.ready("api"), kit.stalled("web", message="a branch that nobody has made yet"))
    fleet.put_apps("eu", kit.application("shop", "web"))
    fleet.sync()
    return PkoArgo(fleet)


@pytest.fixture
def first(app, kit) -> dict[str, str]:
    """Screen -> what its widgets of lines say at the moment when it is drawn for the first time."""
    found: dict[str, str] = {}

    def drawn() -> None:
        screen = app.screen
        shown = [each for each in screen.query("TextView, TableWidget") if each.display and each.size.width]
        if shown and type(screen).__name__ not in found:
            found[type(screen).__name__] = "\n".join(line for widget in shown for line in kit.text_of(widget))

    app.post_display_hook = drawn
    return found


@pytest.mark.parametrize(
    ("key", "screen", "words"),
    [
        ("enter", "StackPage", "a branch that nobody has made yet"),
        ("t", "StackPage", "OBJECT"),
        ("y", "YamlPage", "stacks.pulumi.com web isn't there"),
        ("a", "ApplicationsScreen", "NAMESPACE NAME"),
        ("x", "ContextsScreen", "CONTEXT STATE"),
        ("?", "HelpScreen", "List only what matches"),
    ],
)
async def test_the_first_frame_of_a_page_can_be_read(app, kit, first, key, screen, words) -> None:
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 2)
        app.post_message(key_event(key))
        await eventually(lambda: screen in first)
        assert words in first[screen]


async def test_a_text_that_nobody_sees_yet_isnt_laid_out(app, kit) -> None:
    view = TextView()
    async with app.run_test(size=(120, 40), notifications=True):
        await eventually(lambda: len(kit.listed(app)) == 2)
        table = app.screen.query_one(TableWidget)
        view.display = False
        await app.screen.mount(view, after=table)
        view.show([TextLine("a long line " * 1000)])
        assert view.virtual_size.height == 0
        view.display = True
        await eventually(lambda: view.virtual_size.height > 50)
