"""What merely waits says when it counts as a problem, and from then on it does."""

from __future__ import annotations

import pytest

from diagnosis.finding import PROBLEM, WAITING
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.scenes import Scene, scenes

WAITS = [
    ("03j-flux-source-missing", "flux", "nosuch-source", "B-7"),
    ("18a-program-missing", "prog", "prog-run", "B-8"),
    ("22b-workers-all-busy", "workers", "one", "U-15"),
]


def _later(scene: Scene, now: float) -> Scene:
    """The scene seen at another time, under an operator that goes on working."""
    later = scene.copy()
    later.now = now
    for each in later.objects:
        if each["kind"] == "Lease":
            each["spec"]["renewTime"] = rfc3339(now)
    return later


@pytest.mark.parametrize(("name", "namespace", "stack", "cause"), WAITS)
def test_it_is_a_problem_from_the_time_that_was_said(name: str, namespace: str, stack: str, cause: str) -> None:
    scene = scenes()[name]
    found = the_finding(scene, namespace, stack, cause)
    assert found.severity == WAITING
    assert found.problem_at is not None
    assert found.problem_at > scene.now
    before = the_finding(_later(scene, found.problem_at - 2), namespace, stack, cause)
    after = the_finding(_later(scene, found.problem_at + 2), namespace, stack, cause)
    assert (before.severity, after.severity) == (WAITING, PROBLEM)
    assert after.problem_at is None
