"""The verdict on Stacks, by what was recorded, and whatever the object looks like."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from health.checks import check, source
from health.lua.script import Script
from support.hostile import odd_stacks, wrecked
from support.objects import PROCESSING, READY, condition, current, last, stack_object
from support.recorded import Situation, situations

STACK = check("pulumi.com", "Stack")
WITH_OPEN_LIBS = Script(source("pulumi.com", "Stack"), open_libs=True)
RETRYING = condition("Reconciling", "RetryingAfterFailure", "2 update failure(s)")
LINK = "https://app.pulumi.com/acme/shop/dev/updates/7"


@pytest.mark.parametrize("situation", situations(), ids=str)
def test_every_recorded_situation_has_its_health(situation: Situation) -> None:
    assert STACK.judge(situation.stack).status == situation.health


CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("ready", stack_object(), "Healthy", "the stack has been processed and is up to date"),
    ("no status", {"metadata": {"generation": 1}}, "Progressing", "the operator has not seen this stack yet"),
    (
        "an old spec",
        stack_object(metadata={"generation": 2}, observedGeneration=1),
        "Progressing",
        "the operator has not seen this spec yet",
    ),
    (
        "the first run of an invalid spec",
        stack_object(conditions=[condition("Stalled", "SpecInvalid", "missing branch")], observedGeneration=0),
        "Degraded",
        "SpecInvalid: missing branch",
    ),
    (
        "requested",
        stack_object(metadata={"generation": 2, "annotations": {"pulumi.com/reconciliation-request": "now"}}),
        "Progressing",
        "a run was requested, waiting for the operator",
    ),
    (
        "a failure that will be retried",
        stack_object(conditions=[RETRYING], lastUpdate=last("failed", failures=1)),
        "Progressing",
        "up failed 2 times, will be tried again",
    ),
    (
        "a failure retried for ever by PKO 2.7",
        stack_object(conditions=[RETRYING], lastUpdate=last("failed", failures=5, permalink=LINK)),
        "Degraded",
        f"up failed 6 times, see {LINK}",
    ),
    (
        "no flapping while the sixth retry runs",
        stack_object(conditions=[PROCESSING], currentUpdate=current(), lastUpdate=last("failed", failures=5)),
        "Degraded",
        "up failed 6 times",
    ),
    (
        "a new commit gets a new chance",
        stack_object(
            conditions=[PROCESSING], currentUpdate=current(commit="c2"), lastUpdate=last("failed", failures=5)
        ),
        "Progressing",
        "StackProcessing: stack is being processed",
    ),
    (
        "no flapping while a resync runs",
        stack_object(conditions=[PROCESSING], currentUpdate=current(), lastUpdate=last()),
        "Healthy",
        "up to date; the periodic resync is running",
    ),
    (
        "PKO 1 counts nothing",
        stack_object(conditions=[RETRYING], lastUpdate={"state": "failed"}),
        "Degraded",
        "RetryingAfterFailure: 2 update failure(s)",
    ),
    (
        "preview only",
        stack_object(lastUpdate=last(kind="preview")),
        "Healthy",
        "preview only: nothing was applied",
    ),
    (
        "leftovers: the newest condition counts, wherever it stands",
        stack_object(conditions=[READY | {"lastTransitionTime": "2030-01-01T00:00:00Z"}, RETRYING]),
        "Healthy",
        "the stack has been processed and is up to date",
    ),
    (
        "a message that is too long",
        stack_object(conditions=[condition("Stalled", "UpdateFailed", "x" * 600)], lastUpdate=last(permalink=LINK)),
        "Degraded",
        f"UpdateFailed: the message is too long to show here, see {LINK}",
    ),
]


@pytest.mark.parametrize(("name", "obj", "status", "message"), CASES, ids=[case[0] for case in CASES])
def test_our_check_judges_each_state_of_a_stack(name: str, obj: dict[str, Any], status: str, message: str) -> None:
    found = STACK.judge(obj)
    assert (found.status, found.message, found.deletion_message) == (status, message, "")


DELETIONS = [
    ({}, {}, "Progressing", "being deleted; nothing will be destroyed (destroyOnFinalize isn't set)"),
    (
        {},
        {"spec": {"destroyOnFinalize": True}},
        "Progressing",
        "waiting for the operator to destroy the stack's resources",
    ),
    ({"finalizers": ["other/one"]}, {}, "Progressing", "deletion waits for other finalizers: other/one"),
    (
        {},
        {"conditions": [condition("Stalled", "NamespaceTerminating", "namespace is terminating")]},
        "Degraded",
        "can't be destroyed: NamespaceTerminating: namespace is terminating",
    ),
    (
        {},
        {"conditions": [RETRYING], "lastUpdate": last("failed", kind="destroy", failures=3, permalink=LINK)},
        "Degraded",
        f"can't be destroyed: destroy failed 4 times, see {LINK}",
    ),
    ({}, {"conditions": [PROCESSING], "currentUpdate": current()}, "Progressing", "destroying the stack's resources"),
]


@pytest.mark.parametrize(("metadata", "more", "status", "message"), DELETIONS)
def test_a_deletion_is_judged_so_that_argo_cd_believes_it(
    metadata: dict[str, Any], more: dict[str, Any], status: str, message: str
) -> None:
    obj = stack_object(metadata={"deletionTimestamp": "2027-01-15T07:00:00Z", **metadata}, **more)
    found = STACK.judge(obj)
    assert (found.status, found.deletion_message) == (status, message)


@given(odd_stacks, st.data())
@settings(max_examples=300)
def test_whatever_the_object_there_is_a_verdict(obj: dict[str, Any], data: st.DataObject) -> None:
    found = STACK.judge({key: wrecked(data.draw, value) for key, value in obj.items()})
    assert found.status in ("Healthy", "Progressing", "Degraded")
    assert len(found.message.encode()) < 2048


@given(odd_stacks)
def test_the_verdict_needs_no_open_libraries_and_no_order(obj: dict[str, Any]) -> None:
    assert WITH_OPEN_LIBS.judge(obj) == STACK.judge(obj)
    status = obj.get("status")
    if status and status.get("conditions"):
        turned = {**obj, "status": {**status, "conditions": status["conditions"][::-1]}}
        assert STACK.judge(turned).status == STACK.judge(obj).status


def test_a_status_of_one_and_a_half_megabytes_is_judged_in_time() -> None:
    obj = stack_object(conditions=[condition("Odd", "Odd", "x" * 100) for _ in range(10_000)] + [READY])
    assert len(msgspec.json.encode(obj)) > 1_500_000
    assert STACK.judge(obj).status == "Healthy"
