"""What is said of a context's operator, of its workers and of what can't be seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.board.context_state import ContextState
from fleet.board.rows import Key
from stacks.operator import OperatorState, OperatorWorkload
from views.context_counts import ContextCounts
from views.context_table import CONTEXT_COLUMNS, ContextRow, context_row_fields
from views.context_words import (
    busy_word,
    busy_words,
    is_saturated,
    lease_words,
    operator_trouble,
    replicas_word,
    unseen_words,
    waiting_words,
)

NOW = 1_800_000_000.0
WORKLOAD = OperatorWorkload("manager-7f", NOW - 10_800, 1, 1, 25)
PROD = ContextState(name="prod", operator=OperatorState((2, 9, 0), True), workload=WORKLOAD)


@pytest.mark.parametrize(
    ("workers", "busy", "unclear", "word"),
    [
        (25, 3, 0, "3/25"),
        (25, 3, 2, "3-5/25"),
        (4, 3, 9, "3-4/4"),
        (4, 4, 9, "4/4"),
        (None, 3, 0, "3/?"),
    ],
)
def test_updates_that_were_not_looked_at_make_a_range_of_the_busy_workers(workers, busy, unclear, word) -> None:
    state = replace(PROD, workload=replace(WORKLOAD, workers=workers))
    assert busy_word(state, ContextCounts(busy=busy, unclear=unclear)) == word


def test_of_pko_1_nobody_can_tell_what_is_worked_on() -> None:
    state = replace(PROD, operator=OperatorState((1, 16, 0), True))
    assert busy_word(state, ContextCounts()) == "?"
    assert "not known" in busy_words(state, ContextCounts())


def test_an_operator_is_saturated_by_what_is_known_to_run() -> None:
    state = replace(PROD, workload=replace(WORKLOAD, workers=4))
    assert is_saturated(state, ContextCounts(busy=4))
    assert not is_saturated(state, ContextCounts(busy=3, unclear=5))


def test_who_holds_the_lease_is_named() -> None:
    assert lease_words(PROD, NOW) == "held by manager-7f for 3h"
    dead = replace(PROD, operator=OperatorState((2, 9, 0), False))
    assert lease_words(dead, NOW) == "nobody holds it; the last holder was manager-7f"
    assert lease_words(ContextState(name="new"), NOW) == "not known"


def test_an_operator_without_a_replica_is_in_trouble_though_its_lease_is_not_over() -> None:
    down = replace(PROD, workload=replace(WORKLOAD, available=0))
    trouble = operator_trouble(down)
    assert trouble is not None and "no replica" in trouble.title
    assert replicas_word(down.workload) == "0/1"
    assert operator_trouble(PROD) is None


def test_stacks_that_wait_for_a_worker_are_named_as_far_as_there_is_room() -> None:
    keys = tuple(Key("prod", "shop", name) for name in ("a", "b", "c", "d"))
    assert waiting_words(ContextCounts(waiting=keys[:1])) == "1 Update waits for a worker: shop/a"
    assert waiting_words(ContextCounts(waiting=keys)).endswith("shop/a, shop/b, shop/c and 1 more")


def test_what_is_hidden_stands_behind_why_the_rest_is_not_seen() -> None:
    state = replace(PROD, problem="the token has expired", hidden=("Leases (whether the operator is alive)",))
    assert unseen_words(state, NOW) == "the token has expired; may not read Leases"
    assert unseen_words(PROD, NOW) == ""


def test_a_row_as_json_has_what_get_contexts_prints_and_the_counts() -> None:
    row = ContextRow(PROD, "connected", ContextCounts(1, 2, 3, busy=2))
    fields = context_row_fields(row, NOW)
    assert fields["pko"] == {
        "version": "2.9.0",
        "namespace": None,
        "leading": True,
        "holder": "manager-7f",
        "heldSince": "2027-01-15T05:00:00Z",
        "replicas": 1,
        "availableReplicas": 1,
        "workers": 25,
    }
    assert (fields["stacks"], fields["updates"]["running"]) == ({"broken": 1, "working": 2, "ready": 3}, 2)


def test_every_column_says_something_of_a_context_of_which_nothing_is_known() -> None:
    row = ContextRow(ContextState(name="new"), "connecting", ContextCounts())
    assert {column.id for column in CONTEXT_COLUMNS if column.text(row, NOW)} >= {"state", "lease", "workers", "data"}
