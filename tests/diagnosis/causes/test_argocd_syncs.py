"""Syncs that failed, were given up or don't end, and those that only take their time."""

from __future__ import annotations

from typing import Any

import pytest

from diagnosis.finding import NOTE, PROBLEM, WAITING, CausedBy
from fleet.board.rows import Key
from stacks.times import rfc3339
from support.applications import (
    REVISION,
    Obj,
    application,
    application_ids,
    condition,
    operation,
    stack_resource,
    the_application_finding,
)
from support.scenes import CONTEXT, Scene, findings_of, scenes

WEDGED = Key(CONTEXT, "crash", "mid-deleted")
FAILED = "one or more synchronization tasks completed unsuccessfully"


def _scene() -> tuple[Scene, Obj]:
    """A wedged Stack in an Application that is well."""
    scene = scenes()["12k-W1-wedge"].copy()
    scene.now = float(int(scene.now))
    app = application(scene.now, stack_resource(WEDGED.namespace, WEDGED.name))
    scene.objects.append(app)
    return scene, app


def _failed_on_the_stack(scene: Scene, app: Obj, phase: str = "Failed", message: str = FAILED) -> Obj:
    state = operation(app, phase, message, scene.now - 100, scene.now - 90)
    degraded = stack_resource(WEDGED.namespace, WEDGED.name, hookPhase="Failed", message="the run failed\nsecond line")
    state["syncResult"]["resources"] = [degraded]
    return state


def test_a_sync_that_fails_on_a_degraded_stack_is_caused_by_that() -> None:
    scene, app = _scene()
    _failed_on_the_stack(scene, app)
    finding = the_application_finding(scene, "A-2")
    assert (finding.severity, finding.caused_by) == (PROBLEM, (CausedBy(WEDGED, "W-1"),))
    assert finding.since == scene.now - 90
    assert finding.actions == ("app sync",)
    assert "the run failed" in [each.text for each in finding.evidence]
    shown = [(each.id, each.severity) for each in findings_of(scene, WEDGED.namespace, WEDGED.name)]
    assert shown == [("W-1", PROBLEM), ("A-2", PROBLEM)]


def test_a_sync_that_fails_on_something_else_is_a_note_on_the_stack() -> None:
    scene, app = _scene()
    state = operation(app, "Failed", "one or more objects failed to apply", scene.now - 100, scene.now - 90)
    state["syncResult"]["resources"] = [
        {"kind": "ConfigMap", "namespace": "web", "name": "a", "status": "SyncFailed", "message": "forbidden"},
    ]
    finding = the_application_finding(scene, "A-2")
    assert (finding.severity, finding.caused_by) == (PROBLEM, ())
    assert "ConfigMap web/a" in finding.title
    shown = [(each.id, each.severity) for each in findings_of(scene, WEDGED.namespace, WEDGED.name)]
    assert shown == [("W-1", PROBLEM), ("A-2", NOTE)]


def test_a_failed_sync_that_another_follows_is_history() -> None:
    scene, app = _scene()
    _failed_on_the_stack(scene, app)
    app["operation"] = {"sync": {}}
    assert application_ids(scene) == []


def test_a_sync_that_succeeded_is_nothing() -> None:
    scene, app = _scene()
    operation(app, "Succeeded", "successfully synced (all tasks run)", scene.now - 100, scene.now - 90)
    assert application_ids(scene) == []


def test_a_revision_that_auto_sync_gave_up_on_explains_the_failed_sync() -> None:
    scene, app = _scene()
    _failed_on_the_stack(scene, app, message=f"{FAILED} (retried 5 times).")
    app["status"]["operationState"]["retryCount"] = 5
    app["status"]["sync"]["status"] = "OutOfSync"
    condition(app, "SyncError", f"Failed last sync attempt to [{REVISION}]: {FAILED} (retried 5 times).", scene.now)
    finding = the_application_finding(scene, "A-5")
    assert application_ids(scene) == ["A-5"]
    assert REVISION[:7] in finding.title
    assert (finding.severity, finding.caused_by) == (PROBLEM, (CausedBy(WEDGED, "W-1"),))
    app["spec"]["syncPolicy"]["automated"]["enabled"] = False
    assert application_ids(scene) == ["A-2"]


def _running(minutes: float, message: str = "waiting for completion of hook batch/Job/migrate") -> tuple[Scene, Obj]:
    scene, app = _scene()
    state = operation(app, "Running", message, scene.now - 60 * minutes)
    state["syncResult"]["resources"] = [
        {"group": "batch", "kind": "Job", "namespace": "web", "name": "migrate", "hookType": "PreSync",
         "hookPhase": "Running"},
    ]  # fmt: skip
    return scene, app


def test_a_sync_that_runs_for_more_than_half_an_hour_is_a_problem() -> None:
    scene, _ = _running(31)
    finding = the_application_finding(scene, "A-3")
    assert finding.severity == PROBLEM
    assert "Job web/migrate" in finding.title
    assert finding.since == scene.now - 31 * 60


@pytest.mark.parametrize("phase", ["Running", "Terminating"])
def test_a_sync_that_runs_for_less_is_nothing(phase: str) -> None:
    scene, app = _running(29)
    app["status"]["operationState"]["phase"] = phase
    assert application_ids(scene) == []


def test_terminating_while_nothing_runs_is_said() -> None:
    scene, app = _running(31, "operation is terminating")
    app["status"]["operationState"]["phase"] = "Terminating"
    del app["operation"]
    assert "nothing runs" in the_application_finding(scene, "A-3").title


def test_a_sync_without_a_known_beginning_is_nothing() -> None:
    scene, app = _running(31)
    del app["status"]["operationState"]["startedAt"]
    assert application_ids(scene) == []


@pytest.mark.parametrize(
    ("clock", "at"), [("3:04PM", None), (rfc3339(1795460000.0), 1795460000.0)], ids=["kitchen", "rfc3339"]
)
def test_a_retry_waits_and_says_until_when(clock: str, at: float | None) -> None:
    scene, app = _scene()
    _failed_on_the_stack(scene, app, "Running", f"{FAILED}. Retrying attempt #2 at {clock}.")
    del scene.object("Stack", WEDGED.name)["status"]["currentUpdate"]
    finding = the_application_finding(scene, "A-3")
    assert finding.next and "attempt 2" in finding.next.what and clock in finding.next.what
    assert finding.next.at == at
    assert finding.waits_for == (WEDGED,)


def test_a_retry_because_of_a_stack_with_a_problem_is_a_problem() -> None:
    scene, app = _scene()
    _failed_on_the_stack(scene, app, "Running", f"{FAILED}. Retrying attempt #2 at 3:04PM.")
    finding = the_application_finding(scene, "A-3")
    assert (finding.severity, finding.caused_by) == (PROBLEM, (CausedBy(WEDGED, "W-1"),))
    app["status"]["operationState"]["syncResult"]["resources"] = []
    assert the_application_finding(scene, "A-3").severity == WAITING


@pytest.mark.parametrize(
    ("message", "minutes"),
    [
        ("Sync operation blocked by sync window", 1),
        ("Sync operation blocked by sync window", 90),
        ("operation is terminating due to timeout", 1),
    ],
)
def test_a_sync_window_and_a_time_out_pass(message: str, minutes: float) -> None:
    scene, _ = _running(minutes, message)
    assert the_application_finding(scene, "A-3").severity == WAITING


def test_a_termination_that_takes_half_an_hour_is_a_problem() -> None:
    scene, app = _running(40, "operation is terminating due to timeout")
    app["status"]["operationState"]["phase"] = "Terminating"
    assert the_application_finding(scene, "A-3").severity == PROBLEM


def _healing(**fields: Any) -> tuple[Scene, Obj]:
    """A Stack into which something else writes, and whose Application undoes that."""
    scene, app = _scene()
    stack = scene.object("Stack", WEDGED.name)
    stack["metadata"]["generation"] = 9
    state = operation(app, "Succeeded", "successfully synced (all tasks run)", scene.now - 40, scene.now - 38)
    state["syncResult"]["resources"] = [stack_resource(WEDGED.namespace, WEDGED.name, message="configured")]
    state["operation"]["sync"] |= fields
    return scene, app


def test_self_heal_that_keeps_changing_a_stack_is_likely_by_its_own_count() -> None:
    scene, _ = _healing(autoHealAttemptsCount=3)
    stack = scene.object("Stack", WEDGED.name)
    stack["metadata"]["managedFields"] = [
        {"manager": "tagger", "operation": "Update", "time": rfc3339(scene.now - 50)},
        {"manager": "manager", "operation": "Apply", "subresource": "status", "time": rfc3339(scene.now - 10)},
    ]
    finding = the_application_finding(scene, "A-6")
    assert (finding.severity, finding.certainty) == (PROBLEM, "likely")
    assert "crash/mid-deleted" in finding.title and "tagger" in finding.title
    assert finding.subject == "Stack crash/mid-deleted"


def test_self_heal_that_keeps_changing_a_stack_is_likely_by_the_history() -> None:
    scene, app = _healing()
    app["status"]["history"] = [
        {"id": n, "revision": REVISION, "deployedAt": rfc3339(scene.now - 40 - 120 * (2 - n)),
         "initiatedBy": {"automated": True}}
        for n in range(3)
    ]  # fmt: skip
    assert the_application_finding(scene, "A-6").certainty == "likely"
    app["status"]["history"][0]["revision"] = "0" * 40
    assert application_ids(scene) == []
    app["status"]["history"][0] |= {"revision": REVISION, "deployedAt": rfc3339(scene.now - 700)}
    assert application_ids(scene) == []


def test_what_is_no_loop_of_self_heal() -> None:
    assert application_ids(_healing(autoHealAttemptsCount=2)[0]) == []
    scene, app = _healing(autoHealAttemptsCount=5)
    app["spec"]["syncPolicy"]["automated"]["selfHeal"] = False
    assert application_ids(scene) == []
    scene, app = _healing(autoHealAttemptsCount=5)
    app["status"]["operationState"]["operation"]["initiatedBy"] = {"username": "admin"}
    assert application_ids(scene) == []
    scene, app = _healing(autoHealAttemptsCount=5)
    app["status"]["operationState"]["startedAt"] = rfc3339(scene.now - 3600)
    assert application_ids(scene) == []
    scene, _ = _healing(autoHealAttemptsCount=5, resources=[{"kind": "ConfigMap", "name": "x", "namespace": "web"}])
    scene.object("Stack", WEDGED.name)["metadata"]["generation"] = 1
    assert application_ids(scene) == []


def test_a_sync_that_somebody_terminated_is_said_to_be_that() -> None:
    scene, app = _scene()
    operation(app, "Failed", "Operation terminated", scene.now - 100, scene.now - 90)
    finding = the_application_finding(scene, "A-2")
    assert "was terminated" in finding.title
    assert finding.next_step == "Sync argocd/infra again."
