"""A page of text some of whose lines can be chosen."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tui.widgets.choosable_text import ChoosableLine, ChoosableText
from tui.widgets.text_view import TextLine

LINES = [TextLine(f"line {number}") for number in range(30)]


class _TextApp(App[None]):
    def compose(self) -> ComposeResult:
        yield ChoosableText()

    @property
    def text(self) -> ChoosableText:
        return self.query_one(ChoosableText)


async def test_the_cursor_goes_to_the_next_choice_once_that_is_seen_and_until_then_line_by_line() -> None:
    app = _TextApp()
    async with app.run_test(size=(40, 8)) as pilot:
        app.text.show_choices(LINES, [ChoosableLine(2, "a"), ChoosableLine(4, "b"), ChoosableLine(20, "c")])
        app.text.focus()
        await pilot.pause()
        height = app.text.size.height
        assert app.text.chosen == "a"
        await pilot.press("j")
        assert (app.text.chosen, app.text.scroll_offset.y) == ("b", 0)
        await pilot.press("j")
        assert (app.text.chosen, app.text.scroll_offset.y) == ("b", 1)
        await pilot.press(*["j"] * (20 - height - 1))
        assert (app.text.chosen, app.text.scroll_offset.y) == ("b", 20 - height)
        await pilot.press("j")
        assert (app.text.chosen, app.text.scroll_offset.y) == ("c", 20 - height + 1)
        await pilot.press("j")
        assert (app.text.chosen, app.text.scroll_offset.y) == ("c", 20 - height + 2)
        await pilot.press(*["k"] * 30)
        assert (app.text.chosen, app.text.scroll_offset.y) == ("a", 0)


async def test_a_choice_that_is_not_seen_can_be_brought_into_sight() -> None:
    app = _TextApp()
    async with app.run_test(size=(40, 8)) as pilot:
        app.text.show_choices(LINES, [ChoosableLine(20, "a"), ChoosableLine(22, "b")])
        await pilot.pause()
        assert app.text.scroll_offset.y == 0
        app.text.reveal()
        top = app.text.scroll_offset.y
        assert top <= 20 < top + app.text.size.height


async def test_the_cursor_stays_on_what_a_line_stands_for() -> None:
    app = _TextApp()
    async with app.run_test(size=(40, 8)):
        text = app.text
        text.show_choices(LINES, [ChoosableLine(2, "a"), ChoosableLine(4, "b"), ChoosableLine(5, "c")])
        text.action_next(1)
        text.show_choices(LINES, [ChoosableLine(1, "new"), ChoosableLine(2, "a"), ChoosableLine(9, "b")])
        assert text.chosen == "b"
        text.show_choices(LINES, [ChoosableLine(1, "new")])
        assert text.chosen == "new"
        text.show_choices(LINES, [])
        assert text.chosen is None


async def test_a_click_chooses_and_a_second_one_opens() -> None:
    app = _TextApp()
    async with app.run_test(size=(40, 8)) as pilot:
        app.text.show_choices(LINES, [ChoosableLine(2, "a"), ChoosableLine(4, "b")])
        await pilot.pause()
        await pilot.click(ChoosableText, offset=(3, 4))
        assert app.text.chosen == "b"
