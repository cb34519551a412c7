"""Which row somebody means who types a filter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tui.tables.best_row import best_row
from tui.tables.row_index import IndexedRow
from views.filter import FilterFields, parse

ROWS = {
    "us/shop/checkout": "hub:us-shop",
    "hub/shop/web-checkout": "",
    "hub/shop/checkout-api": "",
    "hub/shop/checkout": "",
    "hub/checkout/db": "",
    "eu/shop/cart": "the checkout is gone",
}


def indexed(shown: dict[str, str]) -> list[IndexedRow[str]]:
    rows = []
    for key, other in shown.items():
        context, namespace, name = key.split("/")
        row = IndexedRow(key, key, 0)
        row.filter_fields = FilterFields(f"{context} {namespace} {name} {other}", context, namespace, name)
        rows.append(row)
    return rows


def best(
    text: str, shown: dict[str, str] = ROWS, preferred: str = "", readable: Callable[[str], bool] = bool
) -> object:
    query = parse(text)
    rows = [row for row in indexed(shown) if query.matches(row.filter_fields)]
    return best_row(rows, query, preferred, lambda row, needle: readable(row))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("checkout", "us/shop/checkout"),
        ("hub checkout", "hub/shop/checkout"),
        ("checkout hub", "hub/shop/checkout"),
        ("checkout-", "hub/shop/checkout-api"),
        ("eckout-a", "hub/shop/checkout-api"),
        ("-checkout", "hub/shop/web-checkout"),
        ("name:check ctx:hub", "hub/shop/checkout-api"),
        ("gone", "eu/shop/cart"),
        ("ns:checkout", "hub/checkout/db"),
        ("!shop", "hub/checkout/db"),
        ("nowhere", None),
    ],
)
def test_a_name_is_better_than_a_place_and_that_better_than_the_rest(text: str, key: str | None) -> None:
    assert best(text) == key


def test_of_equally_good_rows_the_one_that_was_chosen_before_is_the_best() -> None:
    assert best("checkout", preferred="hub/shop/checkout") == "hub/shop/checkout"
    assert best("checkout", preferred="eu/shop/cart") == "us/shop/checkout"
    assert best("ns:shop", preferred="eu/shop/cart") == "eu/shop/cart"


def test_what_cannot_be_read_comes_last() -> None:
    rows = {"eu/shop/a": "needle", "eu/shop/b": "needle"}
    assert best("needle", rows) == "eu/shop/a"
    assert best("needle", rows, readable=lambda row: row == "eu/shop/b") == "eu/shop/b"
    assert best("needle", rows, readable=lambda row: False) == "eu/shop/a"
