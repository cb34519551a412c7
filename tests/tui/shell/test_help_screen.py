"""The help is searched as one types, and says what can be done about the row on which it was asked for."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Static

from support.waiting import eventually
from tui.app import PkoArgo
from tui.shell.help_screen import HelpScreen, matching
from tui.widgets.column_text import ColumnText, TextGroup
from tui.widgets.text_view import TextLine

SIZES = ((40, 12), (80, 24), (120, 40), (200, 60))


@pytest.fixture
def shop(fleet: Any, kit: Any) -> Any:
    fleet.put("eu", kit.ready("api"), kit.stalled("web"), kit.stalled("db"))
    fleet.sync()
    return fleet


async def opened(app: PkoArgo, pilot: Any, *keys: str) -> HelpScreen:
    """The help, with what can be done already said in it."""
    await pilot.press(*keys, "question_mark")
    screen = await eventually(lambda: app.screen if isinstance(app.screen, HelpScreen) else None)
    await eventually(lambda: "looking what helps" not in screen.columns.text)
    return screen


def title(screen: HelpScreen) -> str:
    return str(screen.query_one(Static).render())


def test_a_line_matches_if_it_has_all_words_anywhere() -> None:
    groups = [
        TextGroup("SORTING", (TextLine("Sort by name.", "N"), TextLine("Sort by age.", "A"))),
        TextGroup("HERE", (TextLine("Fix it.", "F"),)),
    ]
    assert [line.label for group in matching(groups, ["SORT", "age"]) for line in group.lines] == ["A"]
    assert list(matching(groups, [])) == groups
    assert list(matching(groups, ["nowhere"])) == []


@pytest.mark.parametrize("size", SIZES)
async def test_a_word_that_is_typed_hides_what_does_not_match_and_marks_what_does(
    shop: Any, kit: Any, size: tuple[int, int]
) -> None:
    app = PkoArgo(shop)
    async with app.run_test(size=size, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        screen = await opened(app, pilot)
        whole = screen.columns.text
        await pilot.press(*"broken")
        await eventually(lambda: "match" in title(screen))
        found = screen.columns.text
        assert "broken" in found and len(found) < len(whole) / 3
        lines = [line for line in found.splitlines() if line and not line.isupper()]
        assert f"{len(lines)} of " in title(screen)
        hits = [
            segment
            for y in range(screen.columns.size.height)
            for segment in screen.columns.render_line(y)
            if segment.style is not None and segment.style.reverse
        ]
        assert hits and {segment.text.lower() for segment in hits} == {"broken"}
        await pilot.press("escape")
        await eventually(lambda: screen.columns.text == whole)
        assert app.screen is screen
        await pilot.press("escape")
        await eventually(lambda: app.screen is not screen)


async def test_a_slash_searches_with_letters_that_have_a_use_here_and_nothing_found_is_said(
    shop: Any, kit: Any
) -> None:
    app = PkoArgo(shop)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        screen = await opened(app, pilot)
        await pilot.press("slash", *"qqq")
        await eventually(lambda: "none of" in title(screen))
        assert app.screen is screen and not screen.columns.text.strip()
        await pilot.press("backspace", "backspace", "backspace", *"group", "down", "pagedown", "enter")
        await eventually(lambda: isinstance(screen.focused, ColumnText))
        assert "group" in screen.columns.text and " match" in title(screen)
        await pilot.press("q")
        await eventually(lambda: app.screen is not screen)


@pytest.mark.parametrize(("width", "columns"), [(40, 1), (80, 1), (120, 2), (180, 3), (200, 3)])
async def test_there_are_more_columns_where_there_is_room(shop: Any, kit: Any, width: int, columns: int) -> None:
    app = PkoArgo(shop)
    async with app.run_test(size=(width, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        screen = await opened(app, pilot)
        first = screen.columns.render_line(0).text
        assert len(first.split("  ")) >= columns
        assert len(screen.columns._columns) == columns


@pytest.mark.parametrize("size", SIZES)
async def test_everything_in_it_can_be_read(shop: Any, kit: Any, size: tuple[int, int]) -> None:
    app = PkoArgo(shop)
    async with app.run_test(size=size, notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        screen = await opened(app, pilot)
        seen = set(kit.text_of(screen.columns))
        for _ in range(200):
            before = screen.columns.scroll_offset.y
            await pilot.press("pagedown")
            seen |= set(kit.text_of(screen.columns))
            if screen.columns.scroll_offset.y == before:
                break
        words = {word for line in seen for word in line.split()}
        missing = {word for word in screen.columns.text.split() if word not in words}
        assert not missing


async def test_a_stack_that_is_fine_has_nothing_to_be_fixed(shop: Any, kit: Any) -> None:
    app = PkoArgo(shop)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        app.screen.model.window.move(kit.listed(app).index("api"))
        screen = await opened(app, pilot)
        said = screen.columns.text
        assert said.startswith("F HERE\neu / shop / api\nNothing stands in its way.\n")


async def test_where_there_is_nothing_to_fix_the_help_does_not_speak_of_it(shop: Any, kit: Any) -> None:
    app = PkoArgo(shop)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        await pilot.press("x")
        await eventually(lambda: type(app.screen).__name__ == "ContextsScreen")
        screen = await opened(app, pilot)
        assert "F HERE" not in screen.columns.text


@pytest.mark.parametrize(
    ("word", "line"), [("fix", "F  Fix: "), ("details", "i  Details: "), ("mark", "go to the next")]
)
async def test_the_words_of_the_last_line_are_found(shop: Any, kit: Any, word: str, line: str) -> None:
    app = PkoArgo(shop)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: len(kit.listed(app)) == 3)
        screen = await opened(app, pilot)
        await pilot.press("slash", *word)
        await eventually(lambda: "match" in title(screen) and line in screen.columns.text)
