"""An update counts as done only when it is the one that was asked for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stacks.phases.outcomes import SUCCEEDED, UpdateOutcome, outcome_of_update, update_outcome
from stacks.records.stack import Stack, tidy_stack
from support.objects import PROCESSING, READY, condition, current, last, stack
from support.recorded import Situation, situations

AGAIN = {"annotations": {"pulumi.com/reconciliation-request": "now"}, "generation": 2}
GOING = {"deletionTimestamp": "2027-01-15T07:00:00Z", "generation": 2}
RETRYING = condition("Reconciling", "RetryingAfterFailure")
CASES: list[tuple[str, dict[str, Any], UpdateOutcome | None]] = [
    ("ready", {}, SUCCEEDED),
    ("running", {"currentUpdate": current()}, None),
    ("processing", {"conditions": [PROCESSING]}, None),
    ("never judged", {"conditions": []}, None),
    ("a newer spec", {"metadata": {"generation": 2}, "observedGeneration": 1}, None),
    (
        "retrying",
        {"conditions": [condition("Reconciling", "RetryingAfterFailure")]},
        UpdateOutcome("failed", "RetryingAfterFailure"),
    ),
    ("stalled", {"conditions": [condition("Stalled", "UpdateFailed")]}, UpdateOutcome("failed", "UpdateFailed")),
    (
        "its program comes later",
        {"conditions": [condition("Stalled", "SourceUnavailable", "Program has no artifact")]},
        None,
    ),
    ("blocked", {"conditions": [condition("Reconciling", "PrerequisiteNotSatisfied")]}, None),
    ("asked for once more", {"metadata": AGAIN, "observedGeneration": 2}, None),
    (
        "the request was taken up",
        {"metadata": AGAIN, "observedGeneration": 2, "observedReconcileRequest": "now"},
        SUCCEEDED,
    ),
    (
        "being destroyed",
        {"metadata": {"deletionTimestamp": "2027-01-15T07:00:00Z", "generation": 2}, "observedGeneration": 1},
        None,
    ),
    (
        "its first judgement has no generation",
        {"observedGeneration": 0, "conditions": [condition("Stalled", "SpecInvalid")]},
        UpdateOutcome("failed", "SpecInvalid"),
    ),
]


@pytest.mark.parametrize(("what", "made", "result"), CASES, ids=[case[0] for case in CASES])
def test_the_last_update_is_told_as_success_failure_or_neither(
    what: str, made: dict[str, Any], result: UpdateOutcome | None
) -> None:
    assert update_outcome(stack(**made)) == result


def test_only_the_update_that_is_asked_about_has_its_outcome() -> None:
    done = stack(lastUpdate=last("failed", name="shop-2"), conditions=[READY])
    assert outcome_of_update(done, "shop-2") == UpdateOutcome("failed", "failed")
    assert outcome_of_update(done, "shop-1") is None
    assert outcome_of_update(stack(lastUpdate=last(name="shop-1")), "shop-1") == SUCCEEDED


UNDER_WAY = {"updating", "resyncing", "waiting-workspace", "waiting-prerequisite", "waiting-source", "requested"}
UNDER_WAY |= {"unseen", "destroying", "wedged"}


@pytest.mark.parametrize("situation", situations(), ids=str)
def test_real_stacks_are_done_when_nothing_is_under_way(situation: Situation) -> None:
    record = tidy_stack(msgspec.convert(situation.stack, Stack, strict=False))
    found = update_outcome(record)
    if situation.phase in UNDER_WAY:
        assert found is None
    elif situation.phase in ("ready", "preview-only"):
        assert found == SUCCEEDED
    else:
        assert found is not None
        assert found.result == "failed"
