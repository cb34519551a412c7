"""The runs that anything still tells of, and their commits where PKO kept them."""

from __future__ import annotations

from typing import Any

import msgspec

from fleet.stack_objects.history import run_of, update_history
from stacks.records.workspace import Update, tidy_update
from support.objects import current, last, stack


def update(name: str, created: str, message: str = "", *, failed: str = "", over: bool = True) -> Update:
    conditions: list[dict[str, Any]] = [{"type": "Progressing", "status": "False" if over else "True"}]
    if over:
        ended = created.replace(":00Z", ":21Z")
        conditions += [
            {"type": "Complete", "status": "True", "lastTransitionTime": ended},
            {"type": "Failed", "status": "True" if failed else "False"},
        ]
    made = {
        "metadata": {"name": name, "creationTimestamp": created},
        "spec": {"type": "up", "message": message},
        "status": {"conditions": conditions, "message": failed},
    }
    return tidy_update(msgspec.convert(made, Update))


def test_a_run_knows_how_long_it_took_and_why_it_failed() -> None:
    run = run_of(update("shop-x", "2026-11-23T18:20:00Z", failed="error: no quota\nmore"))
    assert (run.state, run.lasted, run.error) == ("failed", 21.0, "no quota")


def test_a_run_that_goes_on_has_no_end() -> None:
    run = run_of(update("shop-x", "2026-11-23T18:20:00Z", over=False))
    assert (run.state, run.lasted, run.error) == ("running", None, "")


def test_a_success_has_no_error_whatever_it_says() -> None:
    run = run_of(update("shop-x", "2026-11-23T18:20:00Z", "Initial stack update"))
    assert (run.error, run.reason) == ("", "Initial stack update")


def test_commits_come_from_the_stack_or_from_the_reason_for_the_run() -> None:
    shop = stack(lastUpdate=last(name="shop-b", lastAttemptedCommit="c7"), currentUpdate=current() | {"name": "shop-c"})
    updates = [
        update("shop-c", "2026-11-23T18:22:00Z", over=False),
        update("shop-b", "2026-11-23T18:21:00Z"),
        update("shop-a", "2026-11-23T18:20:00Z", 'New commit detected: "abc"'),
        update("shop-0", "2026-11-23T18:19:00Z", "Resync time elapsed: 1m0s"),
    ]
    assert [run.commit for run in update_history(shop, updates)] == ["c1", "c7", "abc", ""]


def test_the_last_run_is_told_by_the_stack_when_its_update_has_gone() -> None:
    shop = stack(lastUpdate=last("failed", name="shop-gone", message="error: no"))
    (run,) = update_history(shop, [])
    assert (run.name, run.state, run.error, run.kept) == ("shop-gone", "failed", "no", False)


def test_the_newest_run_comes_first_in_whatever_order_they_are_told() -> None:
    updates = [update(f"shop-{minute}", f"2026-11-23T18:2{minute}:00Z") for minute in (1, 3, 2)]
    told = stack(lastUpdate=last(name="shop-3"))
    assert [run.name for run in update_history(told, updates)] == ["shop-3", "shop-2", "shop-1"]


def test_a_stack_without_any_run_has_no_history() -> None:
    assert update_history(stack(), []) == []
