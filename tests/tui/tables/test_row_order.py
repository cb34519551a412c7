"""Lines that are alike stand by where they are, whatever they are sorted by: they would change places by themselves."""

from __future__ import annotations

import pytest

from fleet.argocd.instance_watch import ContextInstances
from tui.checks.checks_screen import CHECK_COLUMNS, CHECK_TABLE, CheckRow
from tui.contexts_screen import CONTEXT_TABLE
from tui.tables.table_spec import APPLICATION_TABLE, STACK_TABLE
from views.columns import APP_COLUMNS, STACK_COLUMNS, in_order
from views.context_counts import NOTHING_THERE
from views.context_table import CONTEXT_COLUMNS, ContextRow


@pytest.mark.parametrize("column", CHECK_COLUMNS, ids=lambda column: column.id)
def test_argo_cds_that_are_alike_are_sorted_by_where_they_are(column) -> None:
    rows = [CheckRow(context, namespace, None, ContextInstances(7.0), "lost") for context in "ba" for namespace in "dc"]
    places = [(row.context, row.namespace) for row in in_order(rows, column.order, CHECK_TABLE.identity)]
    by_namespace = [("a", "c"), ("b", "c"), ("a", "d"), ("b", "d")]
    assert places == (by_namespace if column.id == "namespace" else sorted(places))


@pytest.mark.parametrize("column", CONTEXT_COLUMNS, ids=lambda column: column.id)
def test_contexts_that_are_alike_are_sorted_by_name(column, kit) -> None:
    board = kit.FakeFleet(["b", "c", "a"]).board
    rows = [ContextRow(state, state.state(kit.now), NOTHING_THERE) for state in board.contexts.values()]
    assert [row.state.name for row in in_order(rows, column.order, CONTEXT_TABLE.identity)] == ["a", "b", "c"]


@pytest.mark.parametrize("column", STACK_COLUMNS, ids=lambda column: column.id)
def test_stacks_that_are_alike_are_sorted_by_where_they_are(column, kit) -> None:
    fleet = kit.FakeFleet(["b", "a"])
    for context in ("b", "a"):
        fleet.put(context, kit.ready("web"))
    assert [row.key.context for row in in_order(fleet.board.stacks.values(), column.order, STACK_TABLE.identity)] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize("column", APP_COLUMNS, ids=lambda column: column.id)
def test_applications_that_are_alike_are_sorted_by_where_they_are(column, kit) -> None:
    fleet = kit.FakeFleet(["b", "a"])
    for context in ("b", "a"):
        fleet.put_apps(context, kit.application("shop"))
    assert [row.key.context for row in in_order(fleet.board.apps(), column.order, APPLICATION_TABLE.identity)] == [
        "a",
        "b",
    ]
