"""Runs that find the backend stack locked, or updated by somebody else."""

from __future__ import annotations

import copy

from diagnosis.causes import locks
from diagnosis.explain import Diagnosis
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, WAITING, Finding
from fleet.board.rows import Key
from stacks.times import rfc3339
from stacks.update_times import update_created
from support.finding_checks import the_finding
from support.scene_edits import (
    condition,
    last_update_of,
    later,
    running_like,
    stalled_after_failures,
    status_of,
    with_version,
)
from support.scenes import CONTEXT, Scene, diagnosis_of, findings_of, ids_of, scenes

FAILED = scenes()["11a-agent-killed-mid-run"]
WHERE = ("lock", "locked")
CONFLICT = "Another update is currently in progress"


def _locked_at(time: str, scene: Scene = FAILED) -> Scene:
    said = (
        "up failed: failed to run update: exit status 1\ncode: 1\nstdout: \nstderr: error: the stack is currently "
        "locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi "
        f"cancel`.\n  file:///backend/.pulumi/locks/x.json: created by pulumi@locked-workspace-0 (pid 77) at {time}\n\n"
    )
    return _saying(said, scene)


def _saying(message: str, scene: Scene = FAILED) -> Scene:
    changed = scene.copy()
    last = last_update_of(changed, "locked")
    last["message"] = message
    status_of(changed, "Update", last["name"])["message"] = message
    return changed


def _by_locks_alone(scene: Scene) -> list[Finding]:
    """What the causes of this part find: a Stack that shares its backend has a deeper one."""
    fleet = FleetFacts(diagnosis_of(scene).fleet.contexts)
    return Diagnosis(fleet, locks.CAUSES).findings(Key(CONTEXT, *WHERE))


def test_a_lock_older_than_every_run_is_told_with_its_holder() -> None:
    found = the_finding(scenes()["13c-destroy-failed-once"], "del", "stuck-destroy", "U-3")
    assert "ci@runner-7 (pid 4711) since 2026-11-23T17:02:11Z, which is before every run" in found.title
    assert found.subject == "ci@runner-7 (pid 4711)"
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.actions == ("cancel", "reconcile")
    assert found.next_step.startswith("Make sure that process 4711 of ci@runner-7 is gone; then cancel")


def test_the_lock_of_a_run_that_was_killed_comes_before_that_run() -> None:
    changed = _locked_at("2026-11-23T18:28:40Z")
    found = the_finding(changed, *WHERE, "U-3")
    assert "whose run has ended" in found.title
    assert found.next_step.startswith("Cancel the update that holds the lock")
    assert found.evidence[-1].object.name == "locked-1a209aac97f"
    assert ids_of(changed, *WHERE) == ["U-3"]
    assert found.stays, "retries find it again"


def test_nobody_says_of_a_lock_made_between_the_known_runs_that_it_is_stale() -> None:
    found = the_finding(_locked_at("2026-11-23T18:30:00Z"), *WHERE, "U-3")
    assert found.title.endswith("since 2026-11-23T18:30:00Z")
    assert (found.severity, found.stays) == (PROBLEM, False)


def test_a_lock_whose_run_works_is_waited_for() -> None:
    changed = _locked_at("2026-11-23T18:31:39Z")
    other = changed.copy().object("Stack", "locked")
    other["metadata"] |= {"name": "twin", "uid": "uid-twin"}
    works = running_like(changed.object("Update", "locked-1a209ad8c09"), "twin-1a209ad8000", changed.now - 60.0)
    works["metadata"]["ownerReferences"][1] |= {"name": "twin", "uid": "uid-twin"}
    changed.objects += [other, works]
    (found,) = _by_locks_alone(changed)
    assert (found.id, found.severity) == ("U-3", WAITING)
    works["status"]["conditions"][2] |= {"status": "True", "lastTransitionTime": rfc3339(changed.now)}
    (found,) = _by_locks_alone(changed)
    assert (found.id, found.severity) == ("U-3", PROBLEM)


def test_a_lock_made_while_the_run_that_found_it_began_is_somebodys_who_works() -> None:
    began = last_update_of(FAILED, "locked")["name"]
    made = rfc3339((update_created(began) or 0.0) + 3.0)
    found = the_finding(_locked_at(made), *WHERE, "U-3")
    assert (found.severity, found.actions) == (WAITING, ())
    assert found.next_step == "Wait for the end of the run that holds the lock."
    given_up = the_finding(stalled_after_failures(_locked_at(made), "locked"), *WHERE, "U-3")
    assert (given_up.severity, given_up.actions) == (PROBLEM, ("reconcile",))
    assert given_up.next_step == "Wait for the end of the run that holds the lock, then ask for a run."
    assert given_up.stays


def test_a_lock_of_another_stack_is_called_by_its_path() -> None:
    changed = _locked_at("2026-11-23T18:30:00Z")
    said = last_update_of(changed, "locked")["message"]
    other = "organization/infra/other/189ae380-f57d-4b3d-92bf-c558c0ffee00.json"
    found = the_finding(_saying(said.replace("x.json", other)), *WHERE, "U-3")
    assert found.title.startswith("organization/infra/other is locked by")


def test_a_lock_that_the_start_of_a_workspace_finds_needs_the_workspace_restarted() -> None:
    changed = scenes()["21a-init-no-passphrase"].copy()
    said = "InitializationFailed: rpc error: error: the stack is currently locked by 1 lock(s).\n x: created by a@b (pid 1) at 2026-11-23T18:00:00Z"  # noqa: E501
    condition(changed.object("Stack", "no-passphrase"), "Stalled")["message"] = said
    condition(changed.object("Workspace", "no-passphrase"), "Stalled")["message"] = said
    condition(changed.object("Workspace", "no-passphrase"), "Ready")["message"] = said
    found = the_finding(changed, "init", "no-passphrase", "U-3")
    assert found.actions == ("cancel", "restart-workspace")
    assert found.certainty == CERTAIN


def test_before_2_5_only_the_workspace_says_it() -> None:
    changed = with_version(scenes()["21a-init-no-passphrase"], "2.4.1")
    status = status_of(changed, "Stack", "no-passphrase")
    status["conditions"] = [each for each in status["conditions"] if each["type"] == "Ready"]
    workspace = status_of(changed, "Workspace", "no-passphrase")
    workspace["conditions"] = [each for each in workspace["conditions"] if each["type"] == "Ready"]
    workspace["conditions"][0]["message"] = "the stack is currently locked by 1 lock(s)"
    assert the_finding(changed, "init", "no-passphrase", "U-3").certainty == CERTAIN


def test_the_lock_of_a_failure_that_is_history_is_none() -> None:
    changed = _locked_at("2026-11-23T18:28:40Z")
    status_of(changed, "Stack", "locked")["conditions"] = [
        {"type": "Ready", "status": "True", "reason": "ProcessingCompleted"}
    ]
    assert findings_of(changed, *WHERE) == []


def test_another_update_is_waited_for() -> None:
    found = the_finding(_saying(CONFLICT), *WHERE, "U-2")
    assert (found.severity, found.certainty) == (WAITING, CERTAIN)
    assert [each.id for each in findings_of(_saying(CONFLICT), *WHERE)] == ["U-2"]


def test_a_conflict_in_the_clis_words_is_one_too() -> None:
    said = "up failed: failed to run update: exit status 255\nstderr: error: [409] Conflict: Another update is"
    assert [each.id for each in findings_of(_saying(said), *WHERE)] == ["U-2"]


def test_a_conflict_with_nobody_for_half_an_hour_needs_a_person() -> None:
    found = the_finding(later(_saying(CONFLICT), 1900.0), *WHERE, "U-2")
    assert found.severity == PROBLEM


def test_a_conflict_with_a_run_that_works_is_waited_for_however_long() -> None:
    changed = later(_saying(CONFLICT), 1900.0)
    other = changed.copy().object("Stack", "locked")
    other["metadata"] |= {"name": "twin", "uid": "uid-twin"}
    works = running_like(changed.object("Update", "locked-1a209ad8c09"), "twin-1a209ad8000", changed.now)
    works["metadata"]["ownerReferences"][1] |= {"name": "twin", "uid": "uid-twin"}
    changed.objects += [other, works]
    (found,) = _by_locks_alone(changed)
    assert (found.id, found.severity) == ("U-2", WAITING)


def test_a_conflict_that_the_operator_gave_up_needs_a_person() -> None:
    found = the_finding(stalled_after_failures(_saying(CONFLICT), "locked"), *WHERE, "U-2")
    assert found.severity == PROBLEM


def test_a_conflict_that_only_the_update_tells_is_less_certain() -> None:
    changed = _saying(CONFLICT)
    del last_update_of(changed, "locked")["message"]
    assert the_finding(changed, *WHERE, "U-2").certainty == LIKELY


def test_a_run_that_was_itself_refused_for_a_lock_did_not_make_it() -> None:
    scene = _locked_at("2026-11-23T18:31:00Z")
    last = scene.object("Update", last_update_of(scene, "locked")["name"])
    earlier = copy.deepcopy(last)
    earlier["metadata"] |= {"name": "locked-earlier", "uid": "earlier", "creationTimestamp": "2026-11-23T18:30:58Z"}
    condition(earlier, "Complete")["lastTransitionTime"] = "2026-11-23T18:31:05Z"
    last["metadata"]["creationTimestamp"] = "2026-11-23T18:32:00Z"
    scene.objects.append(earlier)
    first = next(
        each
        for each in scene.objects
        if each["kind"] == "Update" and each["metadata"]["name"] not in ("locked-earlier", last["metadata"]["name"])
    )
    first["metadata"]["creationTimestamp"] = "2026-11-23T18:00:00Z"
    condition(first, "Complete")["lastTransitionTime"] = "2026-11-23T18:00:30Z"
    (found,) = _by_locks_alone(scene)
    assert "whose run has ended" not in found.title
    del earlier["status"]["message"]
    (found,) = _by_locks_alone(scene)
    assert "whose run has ended" in found.title
