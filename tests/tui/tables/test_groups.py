"""Lines under headings: counted, folded, jumped between; and marks, which stay with their rows."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tui.tables.row_index import RowQuery
from tui.tables.row_window import Heading, RowWindow


@dataclass(frozen=True)
class Item:
    name: str
    rank: int
    home: str = "x"


def _rank(item: Item) -> tuple[int, str]:
    return (item.rank, item.name)


def _home(item: Item) -> str:
    return item.home


def _word(item: Item) -> str:
    return "bad" if item.rank == 0 else "good"


GROUPED = RowQuery(_rank, group=_home)
A, B, C, D = Item("a", 2, "x"), Item("b", 1, "y"), Item("c", 0, "x"), Item("d", 3, "z")
X, Y, Z = Heading("x"), Heading("y"), Heading("z")


@pytest.fixture
def window() -> RowWindow[Item]:
    made: RowWindow[Item] = RowWindow(lambda item: item.name, _word)
    made.update((A, B, C, D), GROUPED)
    return made


def test_the_group_with_the_worst_row_comes_first(window):
    assert window.lines == [X, "c", "a", Y, "b", Z, "d"]
    assert window.listed == ["c", "a", "b", "d"]


def test_a_heading_counts_its_rows_and_their_verdicts(window):
    group = window.group(X)
    assert (group.name, group.members, dict(group.health_counts)) == ("x", ("c", "a"), {"bad": 1, "good": 1})


def test_a_folded_group_is_one_line_and_the_cursor_goes_to_it(window):
    window.move(2)
    window.fold()
    assert window.lines == [X, Y, "b", Z, "d"]
    assert window.key == X
    window.fold()
    assert window.lines == [X, "c", "a", Y, "b", Z, "d"]


def test_the_cursor_stays_on_its_row_when_a_group_above_is_folded_or_moves(window):
    window.move(4)
    window.move(0)
    window.fold()
    window.move(2)
    assert window.key == "b"
    window.update((A, Item("b", -1, "y"), C, D), GROUPED)
    assert (window.lines[0], window.key) == (Y, "b")


def test_all_can_be_folded_and_unfolded(window):
    window.move(4)
    window.fold_all()
    assert window.lines == [X, Y, Z]
    assert window.key == Y
    window.fold_all()
    assert len(window.lines) == 7


def test_a_group_that_comes_while_all_are_folded_is_folded(window):
    window.fold_all()
    window.update((A, B, C, D, Item("e", 9, "new")), GROUPED)
    assert window.lines == [X, Y, Z, Heading("new")]


def test_one_jumps_from_heading_to_heading(window):
    places = [window.next_heading(1)]
    window.move(places[0])
    places.append(window.next_heading(1))
    window.move(4)
    assert [*places, window.next_heading(-1)] == [3, 5, 3]
    window.move(6)
    assert window.next_heading(1) == 6


def test_marking_a_heading_marks_its_rows_and_once_more_unmarks_them(window):
    window.move(0)
    window.mark()
    assert window.chosen() == ["c", "a"]
    window.mark()
    assert len(window.marks) == 0


def test_a_range_reaches_from_the_last_mark_to_the_cursor_over_headings(window):
    window.move(2)
    window.mark()
    window.move(6)
    window.mark_range()
    assert window.chosen() == ["a", "b", "d"]


def test_a_range_goes_upwards_too_and_without_a_mark_it_is_one_line(window):
    window.move(6)
    window.mark_range()
    assert window.chosen() == ["d"]
    window.move(1)
    window.mark_range()
    assert window.chosen() == ["c", "a", "b", "d"]


def test_marks_stay_while_rows_are_sorted_filtered_folded_and_change(window):
    for line in (1, 4):
        window.move(line)
        window.mark()
    window.update((A, B, Item("c", 5, "x"), D), RowQuery(_rank, reverse=True))
    assert window.chosen() == ["c", "b"]
    window.update((A, B, C, D), RowQuery(_rank, matches=lambda indexed: indexed.row.name == "b"))
    assert window.chosen() == ["b"]
    assert window.marked_elsewhere == 1
    window.update((A, B, C, D), GROUPED)
    window.fold_all()
    assert window.chosen() == ["c", "b"]


def test_a_mark_goes_with_its_object(window):
    window.move(1)
    window.mark()
    window.update((A, B, D), GROUPED)
    window.update((A, B, C, D), GROUPED)
    assert len(window.marks) == 0


def test_while_the_order_is_frozen_rows_stay_in_their_groups(window):
    window.index.freeze(True)
    window.update((A, Item("b", 1, "x"), C, D), GROUPED)
    assert window.lines == [X, "c", "a", Y, "b", Z, "d"]
    window.index.freeze(False)
    window.update((A, Item("b", 0, "x"), C, D), GROUPED)
    assert window.lines == [X, "b", "c", "a", Z, "d"]


def test_without_groups_there_are_no_headings(window):
    window.update((A, B, C, D), RowQuery(_rank))
    assert window.lines == ["c", "b", "a", "d"]
    assert window.next_heading(1) == window.cursor
