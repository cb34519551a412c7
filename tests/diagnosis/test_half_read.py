"""With half an API: what can't be read makes nothing more certain or worse, and is named where it is missed."""

from __future__ import annotations

import pytest

from diagnosis.explain import OUR_ERROR
from diagnosis.finding import CERTAIN, CERTAINTIES, LIKELY, POSSIBLE, SEVERITIES, WAITING, Finding
from fleet.board.rows import Key
from support.finding_checks import the_finding
from support.pod_scenes import PodScene
from support.scenes import CONTEXT, KINDS, Scene, diagnosis_of, findings_of, scenes

REFUSABLE = [*(kind for kind in KINDS if kind != "Stack"), "logs", "operator log"]
WHY = "is forbidden here"


def _all(scene: Scene) -> dict[Key, list[Finding]]:
    diagnosis = diagnosis_of(scene)
    stacks = [each["metadata"] for each in scene.objects if each["kind"] == "Stack"]
    keys = [Key(CONTEXT, each["namespace"], each["name"]) for each in stacks]
    return {key: diagnosis.findings(key) for key in keys}


def _refusing(scene: Scene, *kinds: str) -> Scene:
    changed = scene.copy()
    changed.refused |= dict.fromkeys(kinds, WHY)
    return changed


@pytest.mark.parametrize("scene", scenes().values(), ids=lambda scene: scene.name)
def test_what_cant_be_read_makes_nothing_worse_or_more_certain(scene: Scene) -> None:
    whole = _all(scene)
    for kind in REFUSABLE:
        for key, found in _all(_refusing(scene, kind)).items():
            before = {finding.id: finding for finding in whole[key]}
            for finding in found:
                assert finding.id != OUR_ERROR, finding.title
                assert bool(finding.makes_certain) == (finding.certainty != CERTAIN), (kind, finding)
                if (same := before.get(finding.id)) is None:
                    assert whole[key], (kind, finding)
                    assert finding.certainty != CERTAIN, (kind, finding)
                    assert _names_it(finding), (kind, finding)
                    worst = min(SEVERITIES.index(each.severity) for each in whole[key])
                    assert SEVERITIES.index(finding.severity) >= worst, (kind, finding)
                    continue
                assert CERTAINTIES.index(finding.certainty) >= CERTAINTIES.index(same.certainty), (kind, finding)
                assert SEVERITIES.index(finding.severity) >= SEVERITIES.index(same.severity), (kind, finding)
                if finding.certainty != same.certainty:
                    assert _names_it(finding), (kind, finding)


def _names_it(finding: Finding) -> bool:
    """Whether it is said what couldn't be read, or what of it would decide."""
    return any(WHY in each for each in finding.unknown) or bool(finding.makes_certain)


@pytest.mark.parametrize("scene", scenes().values(), ids=lambda scene: scene.name)
def test_with_stacks_alone_nothing_fails(scene: Scene) -> None:
    assert not [each for found in _all(_refusing(scene, *REFUSABLE)).values() for each in found if each.id == OUR_ERROR]


def test_without_the_lease_nobody_knows_whether_a_request_is_seen() -> None:
    scene = _refusing(scenes()["12f-annotated-operator-down"], "Lease")
    (found,) = findings_of(scene, *_where(scene))
    assert (found.id, found.severity, found.certainty) == ("R-1", WAITING, LIKELY)
    assert found.makes_certain == "the operator's Lease"
    assert found.unknown == (f"the operator's Lease: {WHY}",)


def test_without_updates_nobody_knows_whether_the_run_before_a_request_is_there() -> None:
    scene = _refusing(scenes()["12k-W1-wedge"], "Update")
    (found,) = findings_of(scene, *_where(scene))
    assert (found.id, found.certainty) == ("R-1", LIKELY)
    assert "the Update mid-deleted-" in found.makes_certain
    assert WHY in found.unknown[0]


def _where(scene: Scene) -> tuple[str, str]:
    return scene.expected[0]["namespace"], scene.expected[0]["name"]


def test_without_logs_an_agent_that_ends_again_and_again_is_not_passed_over() -> None:
    record = PodScene("05m-no-source")
    record.stack["spec"]["projectRepo"] = "https://git.acme.example/acme/infra.git"
    scene = _refusing(record.scene, "logs")
    found = the_finding(scene, record.namespace, record.name, "P-9")
    assert found.certainty == POSSIBLE
    assert found.unknown == (f"the log of container pulumi: {WHY}",)
    assert "perhaps" in found.title
