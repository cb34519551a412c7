"""Rows in order, worked out anew only where they changed: the answer is the same as if everything was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tui.tables.row_index import IndexedRow, RowIndex, RowQuery


@dataclass(frozen=True)
class Item:
    name: str
    rank: int


def _rank(item: Item) -> int:
    return item.rank


def _name(item: Item) -> str:
    return item.name


def _in_order(items: Iterable[Item], order: Callable[[Item], Any] = _rank) -> list[Item]:
    """What every test compares with: all of them, by the order and then by name."""
    return sorted(items, key=lambda item: (order(item), item.name))


def _even(indexed: IndexedRow[Item]) -> bool:
    return indexed.row.rank % 2 == 0


def _fourth(indexed: IndexedRow[Item]) -> bool:
    return indexed.row.rank % 4 == 0


def _odd(indexed: IndexedRow[Item]) -> bool:
    return indexed.row.rank % 2 == 1


ITEMS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9)).map(
    lambda found: [Item(name, rank) for name, rank in found.items()]
)
QUERIES = st.builds(
    RowQuery, order=st.sampled_from([_rank, _name]), matches=st.sampled_from([None, _even, _odd]), reverse=st.booleans()
)


def _passes(query: RowQuery[Item], item: Item) -> bool:
    return query.matches is None or query.matches(IndexedRow(item.name, item, 0))


def names(index: RowIndex[Item], items: list[Item], query: RowQuery[Item]) -> list[str]:
    return [indexed.row.name for indexed in index.update(items, query)]


@given(st.lists(st.tuples(ITEMS, QUERIES), max_size=6))
def test_whatever_happened_before_the_rows_are_the_wanted_ones_in_order(steps: list[tuple[list[Item], RowQuery[Item]]]):
    index: RowIndex[Item] = RowIndex(lambda item: item.name)
    for items, query in steps:
        wanted = _in_order((item for item in items if _passes(query, item)), query.order)
        expected = [item.name for item in (reversed(wanted) if query.reverse else wanted)]
        assert names(index, items, query) == expected
        assert len(index) == len(items)


@given(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 9)), max_size=5))
def test_a_few_rows_among_many_are_put_in_their_places(changes: list[tuple[int, int]]):
    items = [Item(f"{number:02}", number % 7) for number in range(60)]
    index: RowIndex[Item] = RowIndex(lambda item: item.name)
    names(index, items, RowQuery(_rank))
    for place, rank in changes:
        items[place] = Item(items[place].name, rank)
    assert names(index, items, RowQuery(_rank)) == [item.name for item in _in_order(items)]


@given(ITEMS, ITEMS)
def test_a_filter_that_narrows_finds_what_a_new_one_would(before: list[Item], after: list[Item]):
    index: RowIndex[Item] = RowIndex(lambda item: item.name)
    names(index, before, RowQuery(_rank, _even))
    found = names(index, after, RowQuery(_rank, _fourth, narrows=True))
    assert found == [item.name for item in _in_order(after) if item.rank % 4 == 0]


def test_only_rows_that_changed_are_judged_and_ordered_again():
    judged: list[str] = []
    ordered: list[str] = []

    def matches(indexed: IndexedRow[Item]) -> bool:
        judged.append(indexed.row.name)
        return True

    def order(item: Item) -> int:
        ordered.append(item.name)
        return item.rank

    index: RowIndex[Item] = RowIndex(lambda item: item.name)
    query, first = RowQuery(order, matches), Item("a", 1)
    names(index, [first, Item("b", 2)], query)
    judged.clear()
    ordered.clear()
    assert names(index, [first, Item("b", 0)], query) == ["b", "a"]
    assert (judged, ordered) == (["b"], ["b"])


def test_a_frozen_order_stays_and_new_rows_come_last_in_the_order_of_their_coming():
    index: RowIndex[Item] = RowIndex(lambda item: item.name)
    query = RowQuery(_rank)
    names(index, [Item("a", 1), Item("b", 2)], query)
    index.freeze(True)
    assert names(index, [Item("a", 9), Item("b", 2), Item("z", 0)], query) == ["a", "b", "z"]
    assert names(index, [Item("a", 9), Item("b", 2), Item("z", 0), Item("y", -1)], query) == ["a", "b", "z", "y"]
    index.freeze(False)
    assert names(index, [Item("a", 9), Item("b", 2), Item("z", 0)], query) == ["z", "b", "a"]


def test_a_frozen_row_that_was_filtered_out_comes_back_where_it_was():
    index: RowIndex[Item] = RowIndex(lambda item: item.name)
    items = [Item("a", 1), Item("b", 2), Item("c", 3)]
    names(index, items, RowQuery(_rank))
    index.freeze(True)
    assert names(index, items, RowQuery(_rank, _odd)) == ["a", "c"]
    assert names(index, items, RowQuery(_rank)) == ["a", "b", "c"]
