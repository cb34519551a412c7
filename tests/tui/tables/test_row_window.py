"""Which rows are listed, in which order, where the cursor goes."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from tui.tables.row_index import RowQuery
from tui.tables.row_window import RowWindow, scrolled


@dataclass(frozen=True)
class Item:
    name: str
    rank: int


def window_of(*items: Item) -> RowWindow[Item]:
    window: RowWindow[Item] = RowWindow(lambda item: item.name)
    window.update(items, BY_RANK)
    return window


def _rank(item: Item) -> tuple[int, str]:
    return (item.rank, item.name)


BY_RANK = RowQuery(_rank)
A, B, C = Item("a", 1), Item("b", 2), Item("c", 3)


def test_rows_are_listed_by_the_order_that_is_asked_for():
    assert window_of(C, A, B).lines == ["a", "b", "c"]


def test_the_order_can_be_turned_round():
    window = window_of(A, B, C)
    window.update((A, B, C), RowQuery(_rank, reverse=True))
    assert window.lines == ["c", "b", "a"]


def test_the_cursor_goes_with_its_row_when_another_jumps_to_the_top():
    window = window_of(A, B)
    window.move(0)
    moved = window.update((A, B, Item("worst", 0)), BY_RANK)
    assert (window.key, window.cursor, moved) == ("a", 1, 1)


def test_while_the_first_rows_arrive_an_untouched_cursor_stays_at_the_top():
    window = window_of(B)
    window.update((B, A), BY_RANK, follow_row=False)
    assert window.key == "a"


def test_a_cursor_that_was_moved_is_held_even_while_rows_arrive():
    window = window_of(B)
    window.move(0)
    window.update((B, A), BY_RANK, follow_row=False)
    assert window.key == "b"


def test_the_cursor_stays_on_its_line_when_its_row_goes_away():
    window = window_of(A, B, C)
    window.move(1)
    window.update((A, C), BY_RANK)
    assert window.key == "c"


def test_the_cursor_of_a_list_that_got_empty_is_nowhere():
    window = window_of(A)
    window.update((), BY_RANK)
    assert (window.key, window.cursor, window.chosen()) == (None, 0, [])


def test_only_wanted_rows_are_listed_but_all_are_counted():
    window = window_of(A, B, C)
    window.update((A, B, C), RowQuery(_rank, matches=lambda indexed: indexed.row.rank > 1))
    assert (window.lines, window.total) == (["b", "c"], 3)


def test_a_frozen_window_keeps_its_order_and_lists_new_rows_last():
    window = window_of(A, B, C)
    window.index.freeze(True)
    window.update((Item("a", 9), B, Item("new", 0)), BY_RANK)
    assert window.lines == ["a", "b", "new"]


def test_marks_are_given_and_taken_and_chosen_in_the_order_of_the_lines():
    window = window_of(A, B, C)
    for line in (2, 0):
        window.move(line)
        window.mark()
    assert window.chosen() == ["a", "c"]
    window.mark()
    assert window.chosen() == ["c"]


def test_a_changed_row_moves_when_the_lines_are_updated():
    window = window_of(A, B, C)
    window.update((A, B, Item("c", 0)), BY_RANK)
    assert window.lines == ["c", "a", "b"]


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 100))
def test_after_scrolling_the_cursor_can_be_seen(top: int, height: int, cursor: int):
    new = scrolled(top, height, cursor)
    assert height == 0 or new <= cursor < new + height or cursor < top


@given(
    st.lists(st.integers(0, 30), unique=True),
    st.lists(st.lists(st.integers(0, 30), unique=True), max_size=5),
    st.integers(0, 30),
)
def test_the_cursor_never_leaves_the_list_and_keeps_to_its_row(first: list[int], later: list[list[int]], place: int):
    window: RowWindow[int] = RowWindow(lambda number: number)
    query = RowQuery(lambda number: number)
    window.update(first, query)
    window.move(place)
    for rows in later:
        held = window.key
        window.update(rows, query)
        assert 0 <= window.cursor < max(1, len(rows))
        if held in rows:
            assert window.key == held
