"""What a real operator left behind, diagnosed: the right cause first, nothing bad said of what works, and honestly.

Every finding is held to what it quotes: the quote stands where it says, without what it rests on the finding goes or is
less certain, and what has nothing to do with it changes nothing.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from diagnosis.catalogue import STACK_CAUSES
from diagnosis.explain import OUR_ERROR, Diagnosis
from diagnosis.finding import CERTAINTIES, PROBLEM, Finding
from fleet.board.rows import Key
from support.finding_checks import found_again, without
from support.scenes import CONTEXT, ContainerLog, Scene, diagnosis_of, findings_of, scenes

CASES = [
    pytest.param(scene, judged, id=f"{scene.name}-{judged['name']}")
    for scene in scenes().values()
    for judged in scene.expected
]


def _findings(scene: Scene, judged: dict[str, Any]) -> list[Finding]:
    return findings_of(scene, judged["namespace"], judged["name"])


@pytest.mark.parametrize(("scene", "judged"), CASES)
def test_the_right_cause_comes_first(scene: Scene, judged: dict[str, Any]) -> None:
    found = _findings(scene, judged)
    ids = [finding.id for finding in found]
    assert not [each for each in ids if each == OUR_ERROR]
    if judged["catalogue"] and not (judged.get("optional") and not ids):
        assert ids[:1] and ids[0] in judged["catalogue"], ids
        assert found[0].severity == judged["severity"]
        assert {cause.id for cause in found[0].caused_by} == set(judged.get("causedBy", ()))
    if judged["quiet"]:
        assert not [finding.id for finding in found if finding.severity == PROBLEM]
    if not judged["catalogue"]:
        assert ids == []


@pytest.mark.parametrize(("scene", "judged"), CASES)
def test_every_quote_stands_where_it_says(scene: Scene, judged: dict[str, Any]) -> None:
    for finding in _findings(scene, judged):
        assert finding.evidence, finding.id
        for evidence in finding.evidence:
            assert evidence.text in found_again(scene, evidence), (finding.id, evidence)


@pytest.mark.parametrize(("scene", "judged"), CASES)
def test_a_finding_goes_with_what_it_rests_on(scene: Scene, judged: dict[str, Any]) -> None:
    for finding in _findings(scene, judged):
        changed = without(scene, finding.evidence[0])
        left = [other for other in _findings(changed, judged) if other.id == finding.id]
        worse = CERTAINTIES.index(finding.certainty) + 1
        assert all(CERTAINTIES.index(other.certainty) >= worse for other in left), finding


@pytest.mark.parametrize(("scene", "judged"), CASES)
def test_noise_changes_nothing(scene: Scene, judged: dict[str, Any]) -> None:
    def without_times(findings: list[Finding]) -> list[tuple[str, str, str, str]]:
        return [(each.id, each.severity, each.certainty, each.title) for each in findings]

    noisy = _with_noise(scene)
    assert without_times(_findings(noisy, judged)) == without_times(_findings(scene, judged))


def test_at_least_ninety_situations_are_judged() -> None:
    assert len(CASES) >= 90


def _with_noise(scene: Scene) -> Scene:
    """The scene with five hundred objects, events and lines that have nothing to do with it."""
    noisy = scene.copy()
    base = next(each for each in scenes()["01h-succeeded"].objects if each["kind"] == "Stack")
    for number in range(100):
        other = copy.deepcopy(base)
        other["metadata"] |= {"name": f"noise-{number}", "namespace": "noise", "uid": f"noise-{number}"}
        other["spec"]["stack"] = f"organization/noise/{number}"
        noisy.objects.append(other)
        for kind, version in (("Update", "auto.pulumi.com/v1alpha1"), ("Pod", "v1")):
            metadata = {"name": f"noise-{number}", "namespace": "noise", "uid": f"noise-{kind}-{number}"}
            noisy.objects.append({"apiVersion": version, "kind": kind, "metadata": metadata})
        for reason in ("FailedMount", "FailedScheduling"):
            noisy.objects.append(_event(number, reason))
    line = (
        '2026-11-23T18:00:00.000Z\tERROR\tReconciler error\t{"controller": "stack-controller", "namespace": "noise", '
    )
    noisy.operator_log += [
        f'{line}"namespace": "noise", "name": "noise-{number}", "error": "nothing"}}' for number in range(100)
    ]
    noisy.logs.append(ContainerLog("noise", "noise-0", "pulumi", ["2026-11-23T18:00:00.000Z\tERROR\tnoise"] * 100))
    return noisy


def _event(number: int, reason: str) -> dict[str, Any]:
    about = {"kind": "Pod", "namespace": "noise", "name": f"noise-{number}", "uid": f"noise-Pod-{number}"}
    metadata = {"name": f"noise-{number}.{reason}", "namespace": "noise", "uid": f"event-{reason}-{number}"}
    message = 'MountVolume.SetUp failed for volume "x" : secret "noise" not found'
    return {
        "apiVersion": "v1", "kind": "Event", "metadata": metadata, "involvedObject": about, "reason": reason,
        "message": message, "type": "Warning", "lastTimestamp": "2026-11-23T18:00:00Z",
    }  # fmt: skip


def test_a_cause_that_fails_hides_no_other() -> None:
    def fails(facts: object, fleet: object) -> None:
        raise RuntimeError("a slip")

    (wedge,) = [cause for cause in STACK_CAUSES if cause.id == "W-1"]
    broken = replace(wedge, id="X-1", find=fails)
    found = diagnosis_of(scenes()["12k-W1-wedge"])
    diagnosis = Diagnosis(found.fleet, (broken, *STACK_CAUSES))
    ids = [finding.id for finding in diagnosis.findings(Key(CONTEXT, "crash", "mid-deleted"))]
    assert ids == ["W-1", OUR_ERROR]
