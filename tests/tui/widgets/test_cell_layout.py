"""Cells, columns and wrapped text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.tables.column_widths import GUTTER, ColumnWidths
from tui.tables.table_spec import STACK_TABLE
from tui.widgets.cell_layout import GAP, Need, cell, clean_cell, fit, shifted, wrap_text

TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Mn", "Me", "Mc")))


@given(TEXT, st.integers(0, 30))
def test_a_cell_is_exactly_as_wide_as_it_should_be(text: str, width: int):
    assert cell_len(cell(text, width)) == width


def test_what_was_cut_says_so():
    assert cell("abcdef", 4) == "abc…"
    assert cell("データベース", 6) == "デー …"
    assert cell("abc", 5) == "abc  "


@given(
    st.lists(
        st.builds(Need, st.integers(0, 90), st.integers(1, 30), st.integers(1, 60), st.integers(0, 9)), max_size=12
    ),
    st.integers(0, 250),
)
def test_columns_never_fill_more_than_the_line_unless_nothing_may_be_left_out(needs: list[Need], width: int):
    widths = fit(needs, width)
    shown = [w for w in widths if w]
    used = sum(shown) + GAP * max(0, len(shown) - 1)
    fixed = [need for need in needs if need.drop_order == 0]
    assert used <= width or used <= 2 * len(fixed)
    assert all(w > 0 for w, need in zip(widths, needs, strict=True) if need.drop_order == 0)


def test_the_last_column_takes_what_is_left():
    assert fit([Need(5, 3, 9, 0), Need(9, 4, 99, 1, fills=True)], 40) == [5, 34]


@pytest.fixture
def shown(fleet, kit):
    """The columns of a board of ordinary rows, in a line of so many cells."""
    fleet.put("eu", kit.ready("web-frontend"), kit.stalled("payments-ledger"), kit.waiting("search", on="web-frontend"))

    def columns(width: int) -> list[str]:
        widths = ColumnWidths(STACK_TABLE)
        widths.measure_rows(fleet.board.stacks.values(), kit.now)
        widths.fit(width)
        return [STACK_TABLE.columns[place].id for place in widths.shown]

    return columns


def test_a_narrow_terminal_shows_name_health_and_phase(shown):
    assert {"name", "health", "phase"} <= set(shown(40))
    assert "message" not in shown(40)


def test_eighty_columns_are_enough_to_tell_where_a_stack_is(shown):
    assert {"context", "namespace", "name", "health", "phase"} <= set(shown(80))


def test_a_column_with_nothing_in_it_takes_no_room(shown):
    assert "application" not in shown(260)
    assert "commit" in shown(260)


def test_a_column_is_found_by_the_cell_that_was_clicked():
    widths = ColumnWidths(STACK_TABLE)
    widths.fit(80)
    assert widths.column_at(GUTTER) == "context"
    assert widths.column_at(0) == ""


@given(TEXT, st.integers(2, 40))
def test_wrapped_lines_fit_and_no_word_is_lost(text: str, width: int):
    lines = wrap_text(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_indents_and_empty_lines_stay():
    assert wrap_text("a\n\n  key: a long value", 12) == ["a", "", "  key: a", "  long value"]


@given(TEXT, st.integers(0, 20))
def test_a_shifted_text_is_the_end_of_the_text(text: str, cells: int):
    assert text.endswith(shifted(text, cells))


def test_a_text_is_shifted_by_cells():
    assert shifted("データベース", 4) == "タベース"
    assert shifted("abcdef", 4) == "ef"


def test_the_branches_of_a_tree_keep_their_places():
    assert [clean_cell(line) for line in ("├─ Pod a", "│  └─ container b", "   └─ Pod c")] == [
        "├─ Pod a",
        "│  └─ container b",
        "   └─ Pod c",
    ]


def test_text_of_several_lines_becomes_one():
    assert clean_cell("ü  a\n\tb ") == "ü a b"
