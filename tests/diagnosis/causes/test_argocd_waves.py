"""A sync that waits for a Stack: what it waits for, what is behind that, and what only looks like it."""

from __future__ import annotations

import pytest

from diagnosis.finding import CERTAIN, NOTE, PROBLEM, WAITING, CausedBy
from fleet.board.rows import Key
from support.applications import (
    Obj,
    application,
    application_ids,
    condition,
    operation,
    stack_resource,
    the_application_finding,
)
from support.finding_checks import the_finding
from support.scenes import CONTEXT, Scene, diagnosis_of, findings_of, ids_of, scenes

WEDGED = Key(CONTEXT, "crash", "mid-deleted")
FINE = Key(CONTEXT, "first", "shop")
MESSAGE = "waiting for healthy state of pulumi.com/Stack/"


def _waiting(scene: Scene, stack: Key, *, more: str = "", **fields: object) -> tuple[Scene, Obj]:
    """A scene with an Application whose first wave waits for a Stack."""
    scene = scene.copy()
    scene.now = float(int(scene.now))
    app = application(
        scene.now,
        stack_resource(stack.namespace, stack.name, **fields),
        {"version": "v1", "kind": "ConfigMap", "namespace": "web", "name": "endpoints", "status": "OutOfSync",
         "syncWave": 1},
    )  # fmt: skip
    app["status"]["health"]["status"] = "Progressing"
    state = operation(app, "Running", f"{MESSAGE}{stack.name}{more}", scene.now - 120)
    state["syncResult"]["resources"] = [stack_resource(stack.namespace, stack.name, hookPhase="Running")]
    scene.objects.append(app)
    return scene, app


def test_a_wave_that_waits_for_a_stack_with_a_problem_is_a_problem_caused_by_that() -> None:
    scene, _ = _waiting(scenes()["12k-W1-wedge"], WEDGED)
    finding = the_application_finding(scene, "A-1")
    assert (finding.severity, finding.certainty) == (PROBLEM, CERTAIN)
    assert finding.caused_by == (CausedBy(WEDGED, "W-1"),)
    assert finding.waits_for == (WEDGED,)
    assert "argocd/infra" in finding.title and "crash/mid-deleted" in finding.title
    assert finding.next and "ConfigMap web/endpoints" in finding.next.what
    assert finding.since == scene.now - 120
    assert finding.actions == ("app terminate", "app sync")


def test_the_stack_shows_it_after_its_own_finding() -> None:
    scene, _ = _waiting(scenes()["12k-W1-wedge"], WEDGED)
    finding = the_finding(scene, WEDGED.namespace, WEDGED.name, "A-1")
    assert finding.severity == PROBLEM
    assert ids_of(scene, WEDGED.namespace, WEDGED.name) == ["W-1", "A-1"]


def test_a_wave_that_waits_for_a_stack_that_works_only_waits() -> None:
    scene, _ = _waiting(scenes()["01f-update-running"], FINE)
    finding = the_application_finding(scene, "A-1")
    assert (finding.severity, finding.caused_by) == (WAITING, ())
    assert [each.severity for each in findings_of(scene, "first", "shop") if each.id == "A-1"] == [WAITING]


def test_another_stack_of_the_application_has_it_as_a_note() -> None:
    scene, app = _waiting(scenes()["12k-W1-wedge"], WEDGED)
    other = scene.copy().object("Stack", WEDGED.name)
    other["metadata"] |= {"name": "other", "uid": "other"}
    other["status"] = {"observedGeneration": other["metadata"]["generation"]}
    scene.objects.append(other)
    app["status"]["resources"].append(stack_resource(WEDGED.namespace, "other", syncWave=1))
    found = [each for each in findings_of(scene, WEDGED.namespace, "other") if each.id == "A-1"]
    assert [each.severity for each in found] == [NOTE]


def test_the_others_that_the_message_only_counts_are_found_by_their_wave() -> None:
    scene, app = _waiting(scenes()["12k-W1-wedge"], WEDGED, more=" and 1 more resources")
    for name, wave in (("beside", 0), ("later", 2)):
        other = scene.copy().object("Stack", WEDGED.name)
        other["metadata"] |= {"name": name, "uid": name}
        scene.objects.append(other)
        app["status"]["resources"].append(stack_resource(WEDGED.namespace, name, syncWave=wave))
    app["status"]["operationState"]["syncResult"]["resources"] = []
    finding = the_application_finding(scene, "A-1")
    assert [key.name for key in finding.waits_for] == ["mid-deleted", "beside"]
    assert "and 1 more" in finding.title


@pytest.mark.parametrize("word", ["Suspended", "Unknown", ""])
def test_a_health_with_which_no_wave_goes_on_is_a_problem_for_ever(word: str) -> None:
    scene, _ = _waiting(scenes()["01h-succeeded"], FINE, health={"status": word})
    finding = the_application_finding(scene, "A-1")
    assert finding.severity == PROBLEM
    assert "for ever" in finding.title and (word or "empty") in finding.title


@pytest.mark.parametrize("word", ["Progressing", "Missing"])
def test_a_health_that_may_change_is_waited_for(word: str) -> None:
    scene, _ = _waiting(scenes()["01h-succeeded"], FINE, health={"status": word})
    assert the_application_finding(scene, "A-1").severity == WAITING


def test_the_applications_own_health_tells_what_is_suspended() -> None:
    scene, app = _waiting(scenes()["01h-succeeded"], FINE)
    app["status"]["health"] |= {"status": "Suspended", "message": "Caused by pulumi.com/Stack:first/shop"}
    assert the_application_finding(scene, "A-1").severity == PROBLEM
    app["status"]["health"]["message"] = "Caused by pulumi.com/Stack:first/shop-two"
    assert the_application_finding(scene, "A-1").severity == WAITING


def test_a_healthy_application_that_waits_for_its_stack_has_no_health_of_it() -> None:
    scene, app = _waiting(scenes()["01h-succeeded"], FINE)
    app["status"]["health"]["status"] = "Healthy"
    assert the_application_finding(scene, "A-1").severity == WAITING
    app["status"]["operationState"]["startedAt"] = "2026-11-23T17:00:00Z"
    assert the_application_finding(scene, "A-1").severity == PROBLEM
    scene.object("Stack", "shop")["metadata"]["annotations"] = {"argocd.argoproj.io/ignore-healthcheck": "true"}
    assert the_application_finding(scene, "A-1").severity == WAITING


def test_a_stack_that_nobody_looked_at_is_named_as_unknown() -> None:
    scene, _ = _waiting(scenes()["01h-succeeded"], Key(CONTEXT, "far", "away"))
    finding = the_application_finding(scene, "A-1")
    assert finding.waits_for == ()
    assert "far/away" in finding.unknown[0]


def test_what_only_looks_like_it() -> None:
    scene, app = _waiting(scenes()["12k-W1-wedge"], WEDGED)
    state = app["status"]["operationState"]
    state["phase"] = "Succeeded"
    assert "A-1" not in application_ids(scene)
    state["phase"], state["message"] = "Running", "waiting for healthy state of apps/Deployment/web"
    assert application_ids(scene) == []
    state["message"] = "waiting for completion of hook batch/Job/migrate"
    assert application_ids(scene) == []


def test_an_application_that_is_degraded_by_another_resource_says_nothing_of_the_stack() -> None:
    scene = scenes()["01h-succeeded"].copy()
    app = application(scene.now, stack_resource("first", "shop"))
    app["status"]["health"] |= {"status": "Degraded", "message": "Caused by apps/Deployment:web/front"}
    operation(app, "Succeeded", "successfully synced (all tasks run)", scene.now - 90, scene.now - 60)
    scene.objects.append(app)
    assert application_ids(scene) == []
    assert findings_of(scene, "first", "shop") == []


def test_what_explains_most_comes_first_whatever_its_severity() -> None:
    scene, app = _waiting(scenes()["01f-update-running"], FINE, requiresDeletionConfirmation=True)
    app["metadata"]["deletionTimestamp"] = "2026-11-23T18:00:00Z"
    condition(app, "DeletionError", "failed to delete", scene.now)
    condition(app, "InvalidSpecError", "there are no clusters with this name: x", scene.now)
    assert application_ids(scene) == ["A-8", "A-7", "A-1"]
    del app["status"]["conditions"][1]
    assert application_ids(scene) == ["A-4", "A-7", "A-1"]


def test_a_message_with_a_number_without_end_is_read_all_the_same() -> None:
    scene, _ = _waiting(scenes()["01f-update-running"], FINE, more=f" and {'9' * 5000} more resources")
    assert application_ids(scene) == ["A-1"]


def test_the_two_directions_come_to_an_end() -> None:
    scene, app = _waiting(scenes()["12k-W1-wedge"], WEDGED)
    again = {**app, "metadata": {**app["metadata"], "namespace": "crash", "name": "mid-deleted"}}
    scene.objects.append(again)
    diagnosis = diagnosis_of(scene)
    assert [each.id for each in diagnosis.application_findings(WEDGED)] == ["A-1"]
    assert [each.id for each in diagnosis.findings(WEDGED)] == ["W-1", "A-1"]
