"""What looks alike and isn't: the pairs between which a person would take the wrong step."""

from __future__ import annotations

import pytest

from diagnosis.finding import NOTE, PROBLEM, WAITING
from stacks.times import rfc3339
from support.applications import application, application_ids, stack_resource
from support.scene_edits import condition, later, lease, retried, status_of
from support.scenes import Scene, findings_of, scenes

GONE, RUNNING = scenes()["12k-W1-wedge"], scenes()["01f-update-running"]


def _ids(scene: Scene, namespace: str, name: str) -> list[tuple[str, str]]:
    return [(each.id, each.severity) for each in findings_of(scene, namespace, name)]


def _first(scene: Scene) -> tuple[str, str]:
    return scene.expected[0]["namespace"], scene.expected[0]["name"]


def test_a_run_of_hours_is_no_wedge_as_long_as_its_update_is_there() -> None:
    scene = later(RUNNING, 4 * 3600.0)
    scene.refused["logs"] = "pods/log is forbidden"
    assert _ids(scene, *_first(scene)) == []
    assert _ids(GONE, "crash", "mid-deleted") == [("W-1", PROBLEM)]


@pytest.mark.parametrize("silent", [5.0, 59.0])
def test_an_operator_that_was_heard_a_moment_ago_explains_no_silence(silent: float) -> None:
    scene = scenes()["05j-unknown-ref-type"].copy()
    lease(scene)["renewTime"] = rfc3339(scene.now - silent)
    assert _ids(scene, *_first(scene)) == [("B-2", PROBLEM)]
    lease(scene)["renewTime"] = rfc3339(scene.now - 90.0)
    assert _ids(scene, *_first(scene)) == [("B-1", PROBLEM)]


def test_another_resource_that_degrades_the_application_says_nothing_of_the_stack() -> None:
    scene = scenes()["01h-succeeded"].copy()
    namespace, name = _first(scene)
    healthy = stack_resource(namespace, name, health={"status": "Healthy"})
    broken = {"version": "v1", "kind": "Service", "namespace": "web", "name": "api", "health": {"status": "Degraded"}}
    app = application(scene.now, healthy, broken)
    app["status"]["health"]["status"] = "Degraded"
    scene.objects.append(app)
    assert application_ids(scene) == []
    assert [each for each in _ids(scene, namespace, name) if each[1] != NOTE] == []


def test_a_workspace_that_was_ready_before_its_last_change_is_not_ready() -> None:
    scene = scenes()["22b-workers-all-busy"].copy()
    namespace, name = _first(scene)
    assert _ids(scene, namespace, name)[0] == ("U-15", WAITING)
    workspace = scene.object("Workspace", name)
    workspace["metadata"]["generation"] = workspace["status"]["observedGeneration"] + 1
    assert "U-15" not in [each for each, _ in _ids(scene, namespace, name)]


def test_what_an_earlier_run_said_is_history_once_another_has_succeeded() -> None:
    scene = scenes()["02d-stalled"].copy()
    status = status_of(scene, "Stack", "shop-capped")
    status["lastUpdate"] |= {"state": "succeeded"}
    status["conditions"] = [condition(scene.object("Stack", "shop-capped"), "Ready")]
    status["conditions"][0] |= {"status": "True", "reason": "ProcessingCompleted"}
    assert _ids(scene, "fail", "shop-capped") == []


def test_while_the_failed_run_is_done_again_the_failure_still_counts() -> None:
    scene = retried(scenes()["02b-failed-twice"], "shop-capped", update="shop-capped-1a209a96000")
    assert _ids(scene, "fail", "shop-capped") == [("U-1", PROBLEM)]
