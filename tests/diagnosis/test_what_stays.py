"""Findings say whether what happens by itself may end them; a wait ends with those that nothing ends."""

from __future__ import annotations

import pytest

from diagnosis.finding import CERTAIN, LIKELY, NEVER, NOTE, ON_CHANGE, PROBLEM, RETRIES, WAITING, Finding, NextEvent
from stacks.times import rfc3339
from support.finding_checks import BOTH, says_whether_it_heals, the_finding
from support.scenes import Scene, findings_of, scenes

STAYS = {
    ("02d-stalled", "U-1"), ("03f-repodir-wrong", "P-8"), ("05a-both-refs", "B-3"), ("05b-no-ref", "B-3"),
    ("05d-env-ref", "B-3"), ("05e-fs-ref", "B-3"), ("05g-git-secret", "B-3"), ("05i-git-literal", "B-3"),
    ("05m-no-source", "P-9"), ("06b-prereq-failing", "U-1"), ("06b-prereq-failing", "B-10"),
    ("06d-prereq-self", "B-10"), ("07d-preview-stalled", "U-1"), ("12k-W1-wedge", "W-1"),
    ("12l-current-update-cleared-not-annotated", "W-5"), ("13c-destroy-failed-once", "U-3"),
    ("13g-namespace-terminating", "B-12"), ("19a-token-invalid", "F-1"), ("21a-init-no-passphrase", "F-5"),
    ("21b-init-stack-not-found", "F-5"), ("21d-install-no-runtime", "F-3"), ("21f-config-missing-key", "F-6"),
}  # fmt: skip
"""the recorded scenes with the findings that are problems for certain and that nothing ends by itself"""


def test_recorded_findings_that_nothing_ends_are_these() -> None:
    found = {
        (scene.name, finding.id)
        for scene in scenes().values()
        for judged in scene.expected
        for finding in findings_of(scene, judged["namespace"], judged["name"])
        if finding.stays
    }
    assert found == STAYS


def test_what_happens_next_says_so() -> None:
    for scene in scenes().values():
        for judged in scene.expected:
            for finding in findings_of(scene, judged["namespace"], judged["name"]):
                assert says_whether_it_heals(finding), (scene.name, finding.id)


def test_the_few_words_of_a_cell_are_those_of_the_sentence() -> None:
    told = set()
    for scene in scenes().values():
        for judged in scene.expected:
            for finding in findings_of(scene, judged["namespace"], judged["name"]):
                happens = finding.next
                if happens is None or happens.at is not None or finding.caused_by or finding.id in BOTH:
                    continue
                brief = happens.in_brief
                told.add(brief)
                assert (brief == NEVER) == happens.what.startswith("never"), (scene.name, finding)
                assert (brief == ON_CHANGE) == happens.what.startswith("only on change"), (scene.name, finding)
    assert {NEVER, ON_CHANGE, RETRIES, "polls 30s"} <= told


def _operator_away_for(seconds: float) -> tuple[Scene, Finding]:
    scene = scenes()["12d-new-stack-operator-down"].copy()
    for each in scene.objects:
        if each["kind"] == "Lease":
            each["spec"]["renewTime"] = rfc3339(scene.now - seconds)
    (judged,) = scene.expected[:1]
    return scene, the_finding(scene, judged["namespace"], judged["name"], "B-1")


def test_an_operator_that_is_away_may_come_back_within_minutes() -> None:
    assert not _operator_away_for(90.0)[1].stays
    assert _operator_away_for(600.0)[1].stays


def test_an_operator_that_is_scaled_to_zero_does_not_come_back() -> None:
    scene, away = _operator_away_for(90.0)
    assert not away.stays
    for each in scene.objects:
        if each["kind"] == "Deployment":
            each["spec"]["replicas"] = 0
    (judged,) = scene.expected[:1]
    assert the_finding(scene, judged["namespace"], judged["name"], "B-1").stays


def test_who_waits_for_a_stack_that_is_stuck_for_good_is_so_too() -> None:
    scene = scenes()["06b-prereq-failing"]
    stuck = [
        finding
        for judged in scene.expected
        for finding in findings_of(scene, judged["namespace"], judged["name"])
        if finding.id == "B-10"
    ]
    assert stuck
    assert all(each.caused_by and each.stays for each in stuck)


@pytest.mark.parametrize(
    ("severity", "certainty", "happens", "stays"),
    [
        (PROBLEM, CERTAIN, NextEvent("nothing", heals=False), True),
        (PROBLEM, CERTAIN, NextEvent("it is run again"), False),
        (PROBLEM, CERTAIN, None, False),
        (PROBLEM, LIKELY, NextEvent("nothing", heals=False), False),
        (WAITING, CERTAIN, NextEvent("nothing", heals=False), False),
        (NOTE, CERTAIN, NextEvent("nothing", heals=False), False),
    ],
)
def test_only_a_certain_problem_stays(severity: str, certainty: str, happens: NextEvent | None, stays: bool) -> None:
    assert Finding("X-1", severity, "x", certainty=certainty, next=happens).stays is stays
