"""The recorded scenes under operators of other versions: only causes that exist there, and their own next run."""

from __future__ import annotations

import pytest

from diagnosis.catalogue import STACK_CAUSES
from diagnosis.explain import OUR_ERROR
from fleet.board.rows import Key
from stacks.phases.retry import next_attempt
from stacks.versions import PkoVersion
from support.scene_edits import status_of, with_version
from support.scenes import CONTEXT, Scene, diagnosis_of, findings_of, ids_of, scenes

VERSIONS: list[tuple[str, PkoVersion]] = [
    ("2.0.0", (2, 0, 0)), ("2.5.1", (2, 5, 1)), ("2.7.0", (2, 7, 0)), ("1.16.0", (1, 16, 0)),
]  # fmt: skip
SINCE = {cause.id: cause.since for cause in STACK_CAUSES}
RETRIED = ("U-1", "U-3", "U-4", "U-5", "U-14")
"""causes that end with a retry of the operator"""
OLD_LEASE = "pulumi-kubernetes-operator-lock"


@pytest.mark.parametrize(("version", "number"), VERSIONS, ids=[name for name, _ in VERSIONS])
@pytest.mark.parametrize("scene", scenes().values(), ids=lambda scene: scene.name)
def test_only_what_exists_in_a_version_is_found(scene: Scene, version: str, number: PkoVersion) -> None:
    diagnosis = diagnosis_of(with_version(scene, version))
    for each in [each["metadata"] for each in scene.objects if each["kind"] == "Stack"]:
        key = Key(CONTEXT, each["namespace"], each["name"])
        facts = diagnosis.fleet.stack(key)
        assert facts is not None
        for finding in diagnosis.findings(key):
            assert finding.id != OUR_ERROR, finding.title
            assert SINCE.get(finding.id, number) <= number, finding
            if finding.id in RETRIED and finding.next is not None and finding.next.at is not None:
                assert finding.next.at == next_attempt(facts.record, number)


@pytest.mark.parametrize("scene", scenes().values(), ids=lambda scene: scene.name)
def test_of_an_unknown_version_nothing_fails_and_no_next_run_is_told(scene: Scene) -> None:
    changed = scene.copy()
    changed.refused["Deployment"] = "deployments may not be listed"
    diagnosis = diagnosis_of(changed)
    for each in [each["metadata"] for each in scene.objects if each["kind"] == "Stack"]:
        for finding in diagnosis.findings(Key(CONTEXT, each["namespace"], each["name"])):
            assert finding.id != OUR_ERROR, finding.title
            assert finding.id not in RETRIED or finding.next is None or finding.next.at is None


def _running_under_pko_1() -> Scene:
    """A Stack that PKO 1 runs right now: it says `stack is being processed`, and keeps no Update."""
    scene = with_version(scenes()["12l-current-update-cleared-not-annotated"], "1.16.0")
    status_of(scene, "Stack", "quick").pop("currentUpdate", None)
    scene.object("Stack", "quick")["metadata"].pop("annotations")
    scene.objects = [each for each in scene.objects if each["kind"] not in ("Workspace", "Update", "StatefulSet")]
    return scene


def test_a_run_of_pko_1_is_no_forgotten_update() -> None:
    assert findings_of(_running_under_pko_1(), "crash", "quick") == []


def test_the_lease_of_pko_1_tells_it_where_no_deployment_can_be_read() -> None:
    scene = _running_under_pko_1()
    scene.refused["Deployment"] = "deployments may not be listed"
    assert ids_of(scene, "crash", "quick") == ["W-5"]
    scene.object("Lease", "operator.pulumi.com")["metadata"]["name"] = OLD_LEASE
    assert findings_of(scene, "crash", "quick") == []
