"""Text in two columns where the terminal is wide: nothing is lost, copied differently, or scrolled apart."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from support.waiting import eventually
from tui.widgets.text_columns import ColumnedLines, TextColumns
from tui.widgets.text_view import TextLine

PAGE = ColumnedLines(
    first=(TextLine("what is the matter " * 8, "Cause", "bad"), TextLine(), TextLine("wedged", "Phase")),
    beside=(TextLine(), TextLine("STACK", tone="head"), TextLine("hub", "Context"), TextLine("acme/x" * 20, "Source")),
    rest=tuple(TextLine(f"said {number}") for number in range(40)),
)


class _ColumnsApp(App[None]):
    CSS = "TextColumns { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }"

    def compose(self) -> ComposeResult:
        yield TextColumns()

    @property
    def text(self) -> TextColumns:
        return self.query_one(TextColumns)

    @property
    def lines(self) -> list[str]:
        return [self.text.render_line(y).text.rstrip() for y in range(self.text.size.height)]


@pytest.mark.parametrize(("width", "columns"), [(139, 1), (140, 2), (200, 2)])
async def test_from_140_cells_on_what_may_stand_beside_does(width: int, columns: int) -> None:
    app = _ColumnsApp()
    async with app.run_test(size=(width, 30)) as pilot:
        app.text.show_columns(PAGE)
        await pilot.pause()
        both = [line for line in app.lines if "│" in line]
        assert bool(both) == (columns == 2)
        assert any("Cause" in line and "STACK" in line for line in app.lines) == (columns == 2)
        assert all(len(line) <= width for line in app.lines)
        assert sum("hub" in line for line in app.lines) == sum("wedged" in line for line in app.lines) == 1


async def test_it_is_arranged_anew_when_the_terminal_is_resized() -> None:
    app = _ColumnsApp()
    async with app.run_test(size=(100, 30)) as pilot:
        app.text.show_columns(PAGE)
        await eventually(lambda: any("STACK" in line for line in app.lines) and "│" not in "".join(app.lines))
        await pilot.resize_terminal(160, 30)
        await eventually(lambda: any("Cause" in line and "STACK" in line for line in app.lines))
        await pilot.resize_terminal(100, 30)
        await eventually(lambda: any("STACK" in line for line in app.lines) and "│" not in "".join(app.lines))


async def test_the_text_is_the_same_in_one_column_and_in_two() -> None:
    texts = []
    for width in (100, 200):
        app = _ColumnsApp()
        async with app.run_test(size=(width, 30)) as pilot:
            app.text.show_columns(PAGE)
            await pilot.pause()
            texts.append(app.text.text)
    assert texts[0] == texts[1]
    assert texts[0].count("hub") == 1 and texts[0].splitlines()[-1] == "said 39"


async def test_both_columns_scroll_as_one_to_the_end_of_the_longer() -> None:
    app = _ColumnsApp()
    async with app.run_test(size=(160, 12)) as pilot:
        app.text.show_columns(PAGE)
        app.text.focus()
        await pilot.pause()
        await pilot.press("j")
        assert "Context" in app.lines[0] and "hub" in app.lines[0]
        await pilot.press("G")
        await eventually(lambda: "said 39" in app.lines[-1])


async def test_a_line_that_changes_in_the_second_column_is_drawn_again() -> None:
    app = _ColumnsApp()
    async with app.run_test(size=(160, 30)) as pilot:
        app.text.show_columns(PAGE)
        await pilot.pause()
        beside = (*PAGE.beside[:2], TextLine("elsewhere", "Context"), *PAGE.beside[3:])
        app.text.show_columns(ColumnedLines(PAGE.first, beside, PAGE.rest))
        assert any("elsewhere" in line for line in app.lines) and not any("hub" in line for line in app.lines)
