"""PKO's own arithmetic, by version."""

from __future__ import annotations

import pytest

from stacks.phases.retry import cooldown, failure_limit, next_attempt, poll_period
from stacks.records.stack import Stack
from stacks.update_times import update_created
from stacks.versions import PkoVersion, image_version, version_words
from support.objects import NOW, PROCESSING, condition, current, last, stack

RETRYING = condition("Reconciling", "RetryingAfterFailure")


@pytest.mark.parametrize(
    ("version", "failures", "cap", "seconds"),
    [
        ((2, 9, 0), 0, 0, 10),
        ((2, 9, 0), 1, 0, 30),
        ((2, 9, 0), 2, 0, 90),
        ((2, 9, 0), 9, 0, 86_400),
        ((2, 9, 0), 0, 5, 10),
        ((2, 9, 0), 1, 20, 20),
        ((2, 2, 0), 3, 0, 270),
        ((2, 1, 0), 0, 0, 60),
        ((2, 1, 0), 3, 20, 480),
        ((2, 0, 0), 30, 0, 86_400),
        ((2, 9, 0), 10**9, 0, 86_400),
        ((2, 9, 0), 1, 10**400, 30),
    ],
)
def test_the_cooldown_grows_with_each_failure_as_the_operators_does(
    version: PkoVersion, failures: int, cap: int, seconds: float
) -> None:
    assert cooldown(failures, cap, version) == seconds


@pytest.mark.parametrize(
    ("record", "version", "due"),
    [
        (stack(conditions=[RETRYING], lastUpdate=last("failed", ago=20)), (2, 9, 0), -10),
        (stack(conditions=[RETRYING], lastUpdate=last("failed", ago=20, failures=2)), (2, 9, 0), 70),
        (stack(conditions=[RETRYING], lastUpdate=last("failed", ago=20, failures=3)), (2, 9, 0), None),
        (stack(conditions=[RETRYING], lastUpdate=last("failed", ago=20, failures=3)), (2, 7, 0), 250),
        (stack(conditions=[RETRYING], lastUpdate=last("failed", ago=20, failures=2)), None, None),
        (stack(conditions=[RETRYING], lastUpdate=last("failed", ago=20, failures=2)), (1, 16, 0), None),
        (stack(conditions=[PROCESSING], currentUpdate=current(), lastUpdate=last("failed")), (2, 9, 0), None),
        (stack(lastUpdate=last(ago=20)), (2, 9, 0), None),
        (stack(lastUpdate=last(ago=20), spec={"continueResyncOnCommitMatch": True}), (2, 9, 0), 40),
        (
            stack(lastUpdate=last(ago=20), spec={"continueResyncOnCommitMatch": True, "resyncFrequencySeconds": 600}),
            (2, 9, 0),
            580,
        ),
        (stack(), (2, 9, 0), None),
    ],
)
def test_the_next_attempt_is_told_for_each_state(record: Stack, version: PkoVersion | None, due: float | None) -> None:
    assert next_attempt(record, version) == (None if due is None else NOW + due)


def test_an_instant_in_a_name_may_be_any_number() -> None:
    assert update_created(f"shop-{'f' * 400}") is None


def test_the_limit_can_be_set_by_the_stack() -> None:
    assert failure_limit(stack()) == 3
    assert failure_limit(stack(spec={"maxUpdateFailures": 7})) == 7


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("pulumi/pulumi-kubernetes-operator:v2.9.0", (2, 9, 0)),
        ("docker.io/pulumi/pulumi-kubernetes-operator:2.1.0-rc.1", (2, 1, 0)),
        ("registry:5000/pulumi-kubernetes-operator", None),
        ("pulumi/pulumi-kubernetes-operator@sha256:abc", None),
        ("pulumi/pulumi-kubernetes-operator:v2.9.0@sha256:abc", (2, 9, 0)),
        ("pulumi/pulumi-kubernetes-operator:latest", None),
    ],
)
def test_the_version_in_an_image(image: str, version: PkoVersion | None) -> None:
    assert image_version(image) == version
    assert version_words(version) == ("?" if version is None else "v" + ".".join(map(str, version)))


BRANCH: dict[str, str] = {"branch": "main", "projectRepo": "https://git.acme.example/a.git"}
MISSING = [condition("Stalled", "SourceUnavailable", "no commits found for ref")]
INVALID = [condition("Stalled", "SpecInvalid", "x")]
GAVE_UP = [condition("Stalled", "UpdateFailed", "x")]


@pytest.mark.parametrize(
    ("record", "version", "seconds"),
    [
        (stack(spec=BRANCH), (2, 9, 0), 60),
        (stack(spec={**BRANCH, "resyncFrequencySeconds": 300}), (2, 9, 0), 300),
        (stack(spec={"commit": "1" * 40}), (2, 9, 0), None),
        (stack(spec={**BRANCH, "programRef": {"name": "x"}}), (2, 9, 0), None),
        (stack(spec=BRANCH, conditions=MISSING), (2, 9, 0), 30),
        (stack(spec=BRANCH, conditions=MISSING), (2, 5, 1), None),
        (stack(spec=BRANCH, conditions=INVALID), (2, 9, 0), None),
        (stack(spec=BRANCH, conditions=GAVE_UP), (2, 9, 0), 60),
        (stack(spec=BRANCH), (1, 16, 0), None),
        (stack(spec=BRANCH), None, None),
    ],
)
def test_how_often_the_operator_looks_for_something_new(
    record: Stack, version: PkoVersion | None, seconds: float | None
) -> None:
    assert poll_period(record, version) == seconds
