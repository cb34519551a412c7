"""What Argo CD itself makes of a Stack: its own check's verdict, and what it shows of a deleted object."""

from __future__ import annotations

from typing import Any

import pytest

from health import builtin
from health.judge import shown_health
from health.result import NO_OPINION, NOTHING, ArgoCDVersion, Health, ScriptError
from support.objects import NOT_READY, PROCESSING, READY, condition, stack_object

NOT_OBSERVED = Health("Progressing", "Waiting for the operator to observe the latest spec change")


@pytest.mark.parametrize(
    ("stack", "health"),
    [
        (stack_object(), Health("Healthy", "the stack has been processed and is up to date")),
        (stack_object(conditions=[NOT_READY, PROCESSING]), Health("Progressing", "stack is being processed")),
        (stack_object(conditions=[condition("Stalled", "SpecInvalid", "no")]), Health("Degraded", "no")),
        (stack_object(conditions=[]), Health("Progressing", "Waiting for the stack to be reconciled")),
        (stack_object(observedGeneration=0), NOT_OBSERVED),
        ({"metadata": {}}, NOT_OBSERVED),
        (stack_object(conditions=[READY, condition("Stalled", "X", "left over")]), Health("Healthy", READY["message"])),
        (stack_object(conditions=[{**READY, "message": 3}]), NO_OPINION),
        (stack_object(conditions=[None, READY]), Health("Healthy", READY["message"])),
    ],
)
def test_the_built_in_check_judges_each_state_of_a_stack(stack: dict[str, Any], health: Health) -> None:
    assert builtin.judge(stack) == health


@pytest.mark.parametrize(
    "stack",
    [
        {"status": {}},
        {"metadata": {}, "status": 3},
        {"metadata": {}, "status": {"conditions": True}},
        {"metadata": {}, "status": {"conditions": "Ready"}},
        {"metadata": {}, "status": {"conditions": [1]}},
    ],
)
def test_it_raises_where_nothing_has_the_type_it_should_have(stack: dict[str, Any]) -> None:
    with pytest.raises(ScriptError):
        builtin.judge(stack)


def deleted(**metadata: Any) -> dict[str, Any]:
    return {"metadata": {"deletionTimestamp": "2026-11-23T18:37:06Z", **metadata}}


STUCK = Health("Degraded", "as it was", "stuck")


@pytest.mark.parametrize(
    ("obj", "found", "release", "health"),
    [
        (deleted(), STUCK, (3, 6), Health("Degraded", "stuck")),
        (deleted(), STUCK, (3, 5), Health("Progressing", "Pending deletion")),
        (deleted(finalizers=["a/b"]), STUCK, (3, 5), Health("Progressing", "Pending deletion")),
        (deleted(), Health("Healthy", "m"), (3, 6), Health("Progressing", "Pending deletion")),
        (
            deleted(finalizers=["a/b", "c/d"]),
            Health("Healthy", "m"),
            (3, 6),
            Health("Progressing", "Pending deletion; blocked by finalizers: a/b, c/d"),
        ),
        (deleted(), NOTHING, (3, 6), Health("Progressing", "Pending deletion")),
        (deleted(finalizers=["argocd.argoproj.io/hook-finalizer"]), STUCK, (3, 6), Health("Degraded", "as it was")),
        (deleted(finalizers="a/b"), Health("Healthy"), (3, 6), Health("Progressing", "Pending deletion")),
        ({"metadata": {"deletionTimestamp": "soon"}}, STUCK, (3, 6), Health("Degraded", "as it was")),
        ({"metadata": {"deletionTimestamp": "2026-13-23T18:37:06Z"}}, STUCK, (3, 6), Health("Degraded", "as it was")),
        ({"metadata": {}}, STUCK, (3, 5), Health("Degraded", "as it was")),
        ({}, NOTHING, (3, 6), NOTHING),
    ],
)
def test_an_object_that_is_being_deleted_is_shown_as_each_release_does(
    obj: dict[str, Any], found: Health, release: tuple[int, int], health: Health
) -> None:
    assert shown_health(obj, lambda _: found, ArgoCDVersion(*release)) == health


def test_up_to_3_5_the_script_is_not_even_asked() -> None:
    def raising(_: object) -> Health:
        raise ScriptError("x")

    assert shown_health(deleted(), raising, ArgoCDVersion(3, 5)).status == "Progressing"
    with pytest.raises(ScriptError):
        shown_health(deleted(), raising, ArgoCDVersion(3, 6))
