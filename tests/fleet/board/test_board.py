"""The board holds what the clusters last said, and moves its version only when there is something to draw."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cluster.watch.watch_events import Alive, Arrived, Lost, Removed, Restricted, Synced
from fleet.board.board import Board
from fleet.board.context_state import ContextState
from fleet.board.rows import Key
from health.result import Health
from stacks.operator import OperatorState
from stacks.records.stack import Stack
from stacks.records.workspace import Update
from support.objects import NOW, PROCESSING, app, at, condition, current, last, stack

SHOP = Key("eu", "prod", "shop")
BLOCKED = condition("Reconciling", "PrerequisiteNotSatisfied", 'prerequisite not satisfied for "db"')


def board(*contexts: str) -> Board:
    made = Board()
    for context in contexts or ("eu",):
        made.open(context)
    return made


def names(made: Board) -> set[str]:
    return {str(key) for key in made.stacks}


def test_a_name_is_no_identity() -> None:
    made = board("eu", "us")
    for context in ("eu", "us"):
        made.apply_stack_event(context, Arrived([stack("shop", "prod"), stack("shop", "dev")]), NOW)
    made.apply_stack_event("eu", Removed([("prod", "shop")]), NOW)
    assert names(made) == {"eu/dev/shop", "us/prod/shop", "us/dev/shop"}


def test_a_complete_list_takes_away_what_it_does_not_have() -> None:
    made = board("eu", "us")
    made.apply_stack_event("us", Arrived([stack("other")]), NOW)
    made.apply_stack_event("eu", Arrived([stack("a"), stack("b"), stack("c", "dev")]), NOW)
    made.apply_stack_event("eu", Synced("prod", frozenset({("prod", "a")})), NOW)
    assert names(made) == {"eu/prod/a", "eu/dev/c", "us/prod/other"}
    made.apply_stack_event("eu", Synced(None, frozenset({("dev", "c")})), NOW)
    assert names(made) == {"eu/dev/c", "us/prod/other"}


def test_the_version_moves_when_something_differs_and_only_then() -> None:
    made = board()
    made.apply_stack_event("eu", Arrived([stack()]), NOW)
    made.apply_stack_event("eu", Synced(None, frozenset({("prod", "shop")})), NOW)
    before = made.version
    made.apply_stack_event("eu", Arrived([stack()]), NOW + 1)
    made.apply_stack_event("eu", Alive(), NOW + 2)
    made.recompute_due(NOW + 3)
    assert made.version == before
    made.apply_stack_event("eu", Arrived([stack(conditions=[PROCESSING])]), NOW + 4)
    assert made.version > before


def test_a_stack_is_judged_once_for_each_version_of_it() -> None:
    judged: list[Stack] = []

    def judge(record: Stack) -> Health:
        judged.append(record)
        return Health("Healthy")

    made = Board(health_check=judge)
    made.open("eu")
    for _ in range(3):
        made.apply_stack_event("eu", Arrived([stack()]), NOW)
    made.set_operator("eu", OperatorState((2, 9, 0), has_leader=True), NOW)
    made.put_app("eu", app(holds=[("prod", "shop")]), NOW)
    assert len(judged) == 1


def test_a_retry_is_counted_down_only_where_the_version_is_known() -> None:
    made = board()
    failing = stack(
        conditions=[condition("Reconciling", "RetryingAfterFailure")], lastUpdate=last("failed", failures=2)
    )
    made.put_stack("eu", failing, NOW)
    assert "unknown" in made.stacks[SHOP].phase.words(NOW)
    made.set_operator("eu", OperatorState((2, 9, 0), has_leader=True), NOW)
    assert made.stacks[SHOP].phase.words(NOW) == "retry 3 of 3 in 30s"
    assert made.stacks[SHOP].next_attempt == NOW + 30


def test_time_alone_wedges_a_stack_whose_update_is_gone() -> None:
    made = board()
    made.put_stack("eu", stack(conditions=[PROCESSING], currentUpdate=current(ago=60)), NOW)
    made.set_related_objects(SHOP, NOW, update_gone=True)
    assert made.stacks[SHOP].phase.name == "updating"
    made.recompute_due(NOW + 200)
    assert made.stacks[SHOP].phase.name == "updating"
    made.recompute_due(NOW + 241)
    assert made.stacks[SHOP].phase.name == "wedged"
    assert made.stacks[SHOP].rank == 0
    assert "will wait for ever" in made.stacks[SHOP].message


def test_what_was_seen_around_one_run_says_nothing_of_the_next() -> None:
    made = board()
    made.put_stack("eu", stack(conditions=[PROCESSING], currentUpdate=current(ago=900)), NOW)
    made.set_related_objects(SHOP, NOW, update_gone=True)
    assert made.stacks[SHOP].phase.name == "wedged"
    made.put_stack("eu", stack(conditions=[PROCESSING], currentUpdate=current(ago=600)), NOW)
    assert made.stacks[SHOP].phase.name == "updating"


def test_a_prerequisite_that_breaks_marks_those_who_wait_for_it() -> None:
    made = board()
    made.put_stack("eu", stack("app", spec={"prerequisites": [{"name": "db"}]}, conditions=[BLOCKED]), NOW)
    made.put_stack("eu", stack("db", conditions=[PROCESSING], currentUpdate=current(name="db")), NOW)
    waiting = made.stacks[Key("eu", "prod", "app")]
    assert not waiting.phase.broken
    made.put_stack("eu", stack("db", conditions=[condition("Stalled", "SpecInvalid")]), NOW)
    worse = made.stacks[Key("eu", "prod", "app")]
    assert worse.phase.words(NOW) == "waiting for db (stalled)"
    assert worse.rank < waiting.rank
    made.apply_stack_event("eu", Removed([("prod", "db")]), NOW)
    assert not made.stacks[Key("eu", "prod", "app")].phase.broken


def test_a_stack_that_waits_for_itself_is_no_endless_loop() -> None:
    made = board()
    made.put_stack("eu", stack("a", spec={"prerequisites": [{"name": "a"}, {"name": "b"}]}, conditions=[BLOCKED]), NOW)
    made.put_stack("eu", stack("b", spec={"prerequisites": [{"name": "a"}]}, conditions=[BLOCKED]), NOW)
    assert len(made.stacks) == 2


def test_leaving_a_context_takes_everything_of_it() -> None:
    made = board("eu", "us")
    for context in ("eu", "us"):
        made.put_stack(context, stack(), NOW)
        made.put_app(context, app(holds=[("prod", "shop")]), NOW)
    made.close("eu")
    assert names(made) == {"us/prod/shop"}
    assert len(made.apps()) == 1
    assert list(made.contexts) == ["us"]


def test_the_row_of_an_application_is_the_same_one_until_it_may_differ() -> None:
    made, key = board(), Key("eu", "argocd", "infra")
    made.put_app("eu", app(holds=[("prod", "shop")]), NOW)
    made.put_stack("eu", stack(conditions=[PROCESSING]), NOW)
    before = made.app(key)
    assert before is not None
    assert (before.holds, before.verdicts) == ((SHOP,), (("Progressing", 1),))
    made.put_stack("eu", stack(metadata={"labels": {"tier": "web"}}, conditions=[PROCESSING]), NOW)
    assert made.app(key) is before
    made.put_stack("eu", stack(conditions=[condition("Stalled", "SpecInvalid")]), NOW)
    assert [row.verdicts for row in made.apps()] == [(("Degraded", 1),)]
    made.apply_stack_event("eu", Removed([("prod", "shop")]), NOW)
    assert [row.holds for row in made.apps()] == [()]
    made.apply_application_event("eu", Removed([("argocd", "infra")]), NOW)
    assert (made.app(key), made.apps()) == (None, [])


@pytest.mark.parametrize(
    ("events", "state", "reason"),
    [
        ([], "connecting", ""),
        ([Synced(None, frozenset())], "connected", ""),
        ([Lost("refused", NOW, NOW + 12)], "lost", "refused, next try in 12s"),
        ([Synced(None, frozenset()), Lost("refused", NOW, NOW - 1)], "lost", "refused, trying again"),
        ([Lost("refused", NOW, NOW), Synced(None, frozenset())], "connected", ""),
        ([Lost("no stacks here", NOW, NOW + 60, 404, absent=True)], "absent", "no stacks here, next try in 1m"),
        (
            [Restricted("only prod may be read", ("prod",)), Synced("prod", frozenset())],
            "restricted",
            "only prod may be read",
        ),
        ([Restricted("only prod", ("prod",)), Restricted("", ()), Synced(None, frozenset())], "connected", ""),
    ],
)
def test_a_context_says_what_state_it_is_in(events: list[Any], state: str, reason: str) -> None:
    made = board()
    for event in events:
        made.apply_stack_event("eu", event, NOW)
    context = made.contexts["eu"]
    assert (context.state(NOW), context.reason(NOW)) == (state, reason)


def test_a_context_that_says_nothing_for_long_is_behind() -> None:
    made = board()
    made.apply_stack_event("eu", Synced(None, frozenset()), NOW)
    assert made.contexts["eu"].state(NOW + 80) == "connected"
    assert made.contexts["eu"].state(NOW + 100) == "behind"
    assert made.contexts["eu"].stale(NOW + 100)
    made.apply_stack_event("eu", Alive(), NOW + 100)
    assert made.contexts["eu"].state(NOW + 101) == "connected"


def test_the_last_known_rows_of_a_lost_context_stay() -> None:
    made = board()
    made.apply_stack_event("eu", Arrived([stack()]), NOW)
    made.apply_stack_event("eu", Lost("refused", NOW, NOW + 5), NOW + 60)
    assert names(made) == {"eu/prod/shop"}
    assert made.contexts["eu"].data_age(NOW + 61) == 61


def test_a_late_answer_about_an_update_that_was_replaced_is_dropped() -> None:
    from fleet.feeds.lookups import Lookup, apply_answer
    from fleet.resource_kinds import UPDATES

    made = board()
    made.put_stack("eu", stack(conditions=[PROCESSING], currentUpdate=current(ago=900)), NOW)
    apply_answer(made, Lookup(SHOP, UPDATES, "shop-of-before"), None, NOW)
    assert made.stacks[SHOP].phase.name == "updating"
    meta = {"name": current(ago=900)["name"], "namespace": "prod", "creationTimestamp": at(900)}
    apply_answer(made, Lookup(SHOP, UPDATES, meta["name"]), msgspec.convert({"metadata": meta}, Update), NOW)
    assert made.related_objects(SHOP).update is not None


def test_a_context_nobody_opened_is_no_error() -> None:
    made = board()
    made.apply_stack_event("us", Alive(), NOW)
    made.set_context_fields("us", server_version="v1")
    assert made.contexts == {"eu": ContextState("eu")}


def test_a_long_lived_board_keeps_what_stacks_have_alike_once() -> None:
    metadata = {"labels": {"tier": "web"}}
    made = Board(long_lived=True)
    made.open("eu")
    put = stack("shop", metadata=metadata), stack("store", metadata=metadata)
    for one in put:
        made.put_stack("eu", one, NOW)
    shop, store = (row.stack for row in made.stacks.values())
    assert (shop, store) == put
    assert shop.metadata.labels is store.metadata.labels
    assert shop.metadata.finalizers is store.metadata.finalizers
