"""What Argo CD itself makes of a Stack: its own check's verdict, and what it shows of a deleted object."""

from __future__ import annotations

from typing import Any

import pytest

from health import builtin
from health.argocd_cm.check_in_force import CheckInForce
from health.check_kinds import OTHER
from health.judge import built_in, judge_for, ours, shown_health
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


@pytest.mark.parametrize(
    ("release", "shown"), [((3, 5), "Progressing: Pending deletion"), ((3, 6), "Degraded: no 2")], ids=["3.5", "3.6"]
)
def test_among_many_objects_those_that_are_being_deleted_are_shown_in_their_places(
    release: tuple[int, int], shown: str
) -> None:
    text = "'no ' .. obj.number"
    lua = f"return {{status = 'Degraded', message = {text}, deletionMessage = {text}}}"
    objs = [{"number": 0}, {"number": 1}, {"number": 2, **deleted()}, {"number": 3}]
    judge = judge_for(CheckInForce("pulumi.com/Stack", OTHER, script=lua), ArgoCDVersion(*release))
    found = [f"{one.word}: {one.message}" for one in judge.each(objs)]
    assert found == ["Degraded: no 0", "Degraded: no 1", shown, "Degraded: no 3"]


@pytest.mark.parametrize("check", [built_in("pulumi.com/Stack"), ours("pulumi.com/Stack")], ids=["built-in", "ours"])
def test_an_object_that_raises_is_one_among_many(check: CheckInForce) -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"x": deep}
    objs = [
        stack_object(),
        {"metadata": {}, "status": 3 if check == built_in("pulumi.com/Stack") else {"conditions": deep}},
        stack_object(),
    ]
    found = list(judge_for(check, ArgoCDVersion(3, 6)).each(objs))
    assert (found[0].word, found[2].word) == ("Healthy", "Healthy")
    assert found[1].word == "raises"
