"""Stacks and Updates in deletion: held by whom, waiting for what."""

from __future__ import annotations

import copy

from diagnosis.finding import CERTAIN, NOTE, PROBLEM, WAITING
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.scene_edits import condition, last_update_of, stalled_after_failures, status_of
from support.scenes import Scene, ids_of, scenes

FOREIGN = scenes()["13a-foreign-finalizer"]
DESTROYS = scenes()["13b-destroy-running"]
FAILED = scenes()["13c-destroy-failed-once"]
FINE = scenes()["01h-succeeded"]
OURS = "finalizer.stack.pulumi.com"


# D-1


def test_a_foreign_finalizer_is_named() -> None:
    found = the_finding(FOREIGN, "del", "foreign", "D-1")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.subject == "resources-finalizer.argocd.argoproj.io/background"
    assert found.actions == ("release",)
    assert "Applications" in found.next_step


def test_of_two_foreign_finalizers_both_are_named() -> None:
    changed = FOREIGN.copy()
    changed.object("Stack", "foreign")["metadata"]["finalizers"] = ["acme.example/a", "acme.example/b"]
    found = the_finding(changed, "del", "foreign", "D-1")
    assert found.subject == "acme.example/a and acme.example/b"


def test_a_stack_that_waits_for_its_dependents_heals_by_itself() -> None:
    changed = FOREIGN.copy()
    changed.object("Stack", "foreign")["metadata"]["finalizers"] = ["foregroundDeletion"]
    found = the_finding(changed, "del", "foreign", "D-1")
    assert found.severity == WAITING
    changed.objects = [each for each in changed.objects if each["kind"] not in ("Workspace", "Update")]
    assert the_finding(changed, "del", "foreign", "D-1").severity == PROBLEM


def test_a_deletion_of_a_moment_ago_is_not_held() -> None:
    changed = FOREIGN.copy()
    changed.object("Stack", "foreign")["metadata"]["deletionTimestamp"] = rfc3339(changed.now - 5.0)
    assert ids_of(changed, "del", "foreign") == []


def test_while_the_operators_own_finalizer_is_there_nobody_else_holds_it() -> None:
    changed = FOREIGN.copy()
    changed.object("Stack", "foreign")["metadata"]["finalizers"].append(OURS)
    assert "D-1" not in ids_of(changed, "del", "foreign")


def test_what_was_wrong_before_no_longer_matters() -> None:
    changed = _destroy_saying(NO_BUCKET)
    last_update_of(changed, "stuck-destroy")["message"] = "error reading from server: EOF"
    changed.object("Stack", "stuck-destroy")["metadata"]["finalizers"] = ["acme.example/a"]
    assert ids_of(changed, "del", "stuck-destroy") == ["D-1"]


def test_a_finalizer_on_a_stack_that_stays_holds_nothing() -> None:
    changed = FINE.copy()
    changed.object("Stack", "shop")["metadata"]["finalizers"] = ["acme.example/a"]
    assert ids_of(changed, "first", "shop") == []


# D-2


def test_a_deletion_waits_for_the_run_that_is_under_way() -> None:
    changed = DESTROYS.copy()
    name = status_of(changed, "Stack", "slow-destroy")["currentUpdate"]["name"]
    changed.object("Update", name)["spec"]["type"] = "up"
    found = the_finding(changed, "del", "slow-destroy", "D-2")
    assert (found.severity, found.certainty) == (WAITING, CERTAIN)
    assert "R-1" not in ids_of(changed, "del", "slow-destroy")


def test_a_destroy_that_runs_is_the_deletion() -> None:
    assert ids_of(DESTROYS, "del", "slow-destroy") == []


def test_a_run_that_is_over_is_not_waited_for() -> None:
    changed = DESTROYS.copy()
    name = status_of(changed, "Stack", "slow-destroy")["currentUpdate"]["name"]
    changed.object("Update", name)["spec"]["type"] = "up"
    condition(changed.object("Update", name), "Complete")["status"] = "True"
    assert "D-2" not in ids_of(changed, "del", "slow-destroy")


# D-3


def _destroy_saying(message: str) -> Scene:
    changed = FAILED.copy()
    last = last_update_of(changed, "stuck-destroy")
    last["message"] = message
    status_of(changed, "Update", last["name"])["message"] = message
    return changed


NO_BUCKET = (
    "destroy failed: failed to destroy stack: exit status 1\ncode: 1\nstdout: \nstderr: error: bucket not empty\n"
)


def test_a_destroy_that_fails_is_told_with_its_error() -> None:
    found = the_finding(_destroy_saying(NO_BUCKET), "del", "stuck-destroy", "D-3")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.title == "The destroy fails: bucket not empty"
    assert found.evidence[-1].text == "0 update failure(s)"
    assert found.next is not None
    assert found.next.at is not None
    assert ids_of(_destroy_saying(NO_BUCKET), "del", "stuck-destroy") == ["D-3"]


def test_a_destroy_that_was_given_up_is_never_done_again() -> None:
    changed = stalled_after_failures(_destroy_saying(NO_BUCKET), "stuck-destroy")
    found = the_finding(changed, "del", "stuck-destroy", "D-3")
    assert found.next is not None
    assert found.next.what.startswith("only on change")


def test_a_lock_says_why_a_destroy_fails() -> None:
    assert ids_of(FAILED, "del", "stuck-destroy") == ["U-3"]


def test_a_lost_pod_says_why_a_destroy_fails() -> None:
    changed = _destroy_saying("error reading from server: EOF")
    assert ids_of(changed, "del", "stuck-destroy") == ["U-6"]


def test_a_destroy_that_was_cut_off_without_a_word_comes_after_what_cut_it_off() -> None:
    changed = _destroy_saying("")
    last = last_update_of(changed, "stuck-destroy")
    del last["message"]
    condition(changed.object("Update", last["name"]), "Failed")["reason"] = "Aborted"
    lease = next(each for each in changed.objects if each["kind"] == "Lease")["spec"]
    lease["acquireTime"] = last["lastResyncTime"]
    assert ids_of(changed, "del", "stuck-destroy") == ["U-5", "D-3"]


def test_a_failed_up_of_a_stack_that_is_being_deleted_is_no_failed_destroy() -> None:
    changed = _destroy_saying(NO_BUCKET)
    last_update_of(changed, "stuck-destroy")["type"] = "up"
    assert "D-3" not in ids_of(changed, "del", "stuck-destroy")


def test_without_the_operators_finalizer_the_destroy_is_history() -> None:
    changed = _destroy_saying(NO_BUCKET)
    changed.object("Stack", "stuck-destroy")["metadata"]["finalizers"] = ["acme.example/a"]
    assert "D-3" not in ids_of(changed, "del", "stuck-destroy")


# W-4


def _with_update(deleted: str | None, finalizers: list[str]) -> Scene:
    changed = FINE.copy()
    update = next(each for each in changed.objects if each["kind"] == "Update")
    other = copy.deepcopy(update)
    other["metadata"] |= {"name": "shop-1a209000000", "uid": "other", "finalizers": finalizers}
    if deleted is not None:
        other["metadata"]["deletionTimestamp"] = deleted
    changed.objects.append(other)
    return changed


def test_an_update_that_no_stack_names_stays_in_its_deletion() -> None:
    changed = _with_update("2026-11-23T18:20:00Z", [OURS])
    found = the_finding(changed, "first", "shop", "W-4")
    assert (found.severity, found.certainty) == (NOTE, CERTAIN)
    assert "shop-1a209000000" in found.title


def test_it_holds_a_namespace_that_is_being_deleted() -> None:
    changed = _with_update("2026-11-23T18:20:00Z", [OURS])
    status_of(changed, "Namespace", "first")["phase"] = "Terminating"
    assert the_finding(changed, "first", "shop", "W-4").severity == PROBLEM


def test_the_update_of_a_stack_of_before_with_this_name_is_one_too() -> None:
    changed = _with_update("2026-11-23T18:20:00Z", [OURS])
    changed.objects[-1]["metadata"]["ownerReferences"] = []
    assert ids_of(changed, "first", "shop") == ["W-4"]


def test_an_update_that_the_stack_names_is_the_operators_to_let_go() -> None:
    changed = _with_update("2026-11-23T18:20:00Z", [OURS])
    last_update_of(changed, "shop")["name"] = "shop-1a209000000"
    assert ids_of(changed, "first", "shop") == []


def test_an_update_that_stays_or_that_others_hold_is_not_stuck() -> None:
    assert ids_of(_with_update(None, [OURS]), "first", "shop") == []
    assert ids_of(_with_update("2026-11-23T18:20:00Z", ["acme.example/a"]), "first", "shop") == []
