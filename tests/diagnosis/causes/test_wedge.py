"""Wedges and requests: nothing runs until a person acts, or somebody only has to wait."""

from __future__ import annotations

from diagnosis.finding import CERTAIN, LIKELY, NOTE, PROBLEM, WAITING
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.scene_edits import LONG_AGO, condition, last_update_of, later, lease, retried, status_of, with_version
from support.scenes import Scene, findings_of, ids_of, scenes

GONE = scenes()["12k-W1-wedge"]
AT = ("crash", "mid-deleted")
DELETED = scenes()["12i-complete-then-deleted-operator-dead"]
QUICK = ("crash", "quick")
CLEARED = scenes()["12l-current-update-cleared-not-annotated"]
ASKED = scenes()["08a-annotation-not-seen"]
SHOP = ("first", "shop")
REQUEST = "pulumi.com/reconciliation-request"


def _ids(scene: Scene, where: tuple[str, str]) -> list[str]:
    return ids_of(scene, *where)


def _made(scene: Scene, seconds_ago: float) -> Scene:
    """The wedge with an Update that was written down so long ago."""
    changed = scene.copy()
    name = f"mid-deleted-{int((changed.now - seconds_ago) * 1000):x}"
    status_of(changed, "Stack", "mid-deleted")["currentUpdate"]["name"] = name
    changed.operator_log = []
    return changed


# W-1


def test_an_update_that_is_gone_for_long_is_certain() -> None:
    found = the_finding(GONE, *AT, "W-1")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.actions == ("unwedge",)


def test_a_few_minutes_are_likely_and_the_operators_log_makes_them_certain() -> None:
    changed = _made(GONE, 120.0)
    found = the_finding(changed, *AT, "W-1")
    assert (found.certainty, found.unknown) == (LIKELY, ())
    changed.refused["operator log"] = "pods/log is forbidden"
    assert the_finding(changed, *AT, "W-1").unknown == ("pods/log is forbidden",)
    changed.refused.clear()
    changed.operator_log = [
        '2026-11-23T18:41:14.000Z\tINFO\tupdate object not found; will retry\t{"controller": "stack-controller", '
        '"namespace": "crash", "name": "mid-deleted"}'
    ]
    assert findings_of(changed, *AT)[0].certainty == CERTAIN


def test_an_update_that_is_about_to_be_made_is_not_gone() -> None:
    assert _ids(_made(GONE, 30.0), AT) == ["R-1"]


def test_an_update_that_may_not_be_read_is_not_gone() -> None:
    changed = GONE.copy()
    changed.refused["Update"] = "updates is forbidden"
    assert _ids(changed, AT) == ["R-1"]


def test_without_an_operator_it_may_go_on_when_one_is_back() -> None:
    changed = GONE.copy()
    lease(changed)["renewTime"] = LONG_AGO
    assert "W-1" not in _ids(changed, AT)


def test_without_the_lease_it_is_likely() -> None:
    changed = GONE.copy()
    changed.refused["Lease"] = "leases is forbidden"
    found = the_finding(changed, *AT, "W-1")
    assert found.certainty == LIKELY
    assert "leases is forbidden" in found.unknown


def test_the_run_before_it_is_history() -> None:
    failed = scenes()["02b-failed-twice"]
    changed = later(retried(failed, "shop-capped", update="shop-capped-1a209a9d000"), 900.0)
    changed.objects.remove(changed.object("Update", "shop-capped-1a209a9d000"))
    assert _ids(changed, ("fail", "shop-capped")) == ["W-1"]


# W-2


def _with_operator(scene: Scene) -> Scene:
    return later(scene, 60.0)


def test_an_update_that_was_deleted_before_it_was_taken_in_is_stuck() -> None:
    found = the_finding(_with_operator(DELETED), *QUICK, "W-2")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert _ids(_with_operator(DELETED), QUICK) == ["W-2"]


def _complete_and_whole(scene: Scene) -> Scene:
    changed = scene.copy()
    name = status_of(changed, "Stack", "quick")["currentUpdate"]["name"]
    metadata = changed.object("Update", name)["metadata"]
    del metadata["deletionTimestamp"]
    metadata["generation"] = 1
    return changed


def test_one_that_is_as_the_operator_wants_it_is_likely_stuck_after_five_minutes() -> None:
    changed = _complete_and_whole(later(DELETED, 600.0))
    assert the_finding(changed, *QUICK, "W-2").certainty == LIKELY


def test_an_update_that_has_just_ended_is_taken_in_soon() -> None:
    changed = _complete_and_whole(later(DELETED, 60.0))
    assert "W-2" not in _ids(changed, QUICK)
    assert _ids(scenes()["01g-update-complete-not-absorbed"], SHOP) == []


def test_an_update_that_is_deleted_while_it_runs_is_not_over() -> None:
    assert _ids(scenes()["12a-update-deleted-while-running"], ("crash", "del-live")) == ["U-14"]


# W-5


def test_a_stack_without_its_update_waits_for_a_new_request() -> None:
    found = the_finding(CLEARED, *QUICK, "W-5")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert "another value than unstick" in found.next_step
    assert _ids(CLEARED, QUICK) == ["W-5"]


def test_a_request_that_the_operator_has_not_seen_is_enough() -> None:
    changed = CLEARED.copy()
    changed.object("Stack", "quick")["metadata"]["annotations"][REQUEST] = "new"
    assert "W-5" not in _ids(changed, QUICK)


def test_a_status_of_a_moment_ago_is_about_to_change() -> None:
    changed = CLEARED.copy()
    changed.object("Stack", "quick")["metadata"]["managedFields"] = [
        {"manager": "kubectl", "subresource": "status", "operation": "Update", "time": rfc3339(changed.now - 5.0)}
    ]
    assert "W-5" not in _ids(changed, QUICK)


def test_a_stack_that_waits_for_its_workspace_has_no_update_yet() -> None:
    changed = CLEARED.copy()
    condition(changed.object("Stack", "quick"), "Reconciling")["message"] = "waiting for workspace readiness"
    assert "W-5" not in _ids(changed, QUICK)


def test_the_failure_before_it_is_history_too() -> None:
    changed = CLEARED.copy()
    last_update_of(changed, "quick").update(state="failed", message="up failed: x\nerror: no", type="up")
    assert _ids(changed, QUICK) == ["W-5"]


# W-3


def _with_leftover(scene: Scene, *managers: str) -> Scene:
    changed = scene.copy()
    metadata = changed.object("Stack", "shop")["metadata"]
    metadata["managedFields"] = [{"manager": each, "subresource": "status"} for each in managers]
    status_of(changed, "Stack", "shop")["conditions"].append(
        {
            "type": "Stalled", "status": "True", "reason": "SourceUnavailable", "message": "old",
            "lastTransitionTime": LONG_AGO,
        }
    )  # fmt: skip
    return changed


def test_two_conditions_at_once_are_leftovers() -> None:
    fine = scenes()["01h-succeeded"]
    found = the_finding(_with_leftover(fine, "manager", "pulumi-kubernetes-operator"), *SHOP, "W-3")
    assert (found.severity, found.certainty) == (NOTE, CERTAIN)
    assert "Believe Ready" in found.next_step


def test_without_the_managed_fields_they_are_likely_leftovers() -> None:
    assert the_finding(_with_leftover(scenes()["01h-succeeded"]), *SHOP, "W-3").certainty == LIKELY


def test_without_the_old_manager_or_before_2_6_they_are_none() -> None:
    fine = scenes()["01h-succeeded"]
    assert _ids(_with_leftover(fine, "pulumi-kubernetes-operator"), SHOP) == []
    assert "W-3" not in _ids(with_version(_with_leftover(fine, "manager"), "2.5.1"), SHOP)


#


def test_a_request_that_nobody_has_answered_is_waited_for() -> None:
    found = the_finding(ASKED, *SHOP, "R-1")
    assert (found.severity, found.certainty) == (WAITING, CERTAIN)


def test_a_request_that_the_operator_has_seen_runs_next() -> None:
    changed = ASKED.copy()
    seen = the_finding(ASKED, *SHOP, "R-1").next
    assert seen is not None
    assert "as soon as the operator sees it" in seen.what
    status_of(changed, "Stack", "shop")["observedReconcileRequest"] = "2026-11-23 please"
    seen = the_finding(changed, *SHOP, "R-1").next
    assert seen is not None
    assert seen.what == "it runs next"


def test_a_request_that_runs_or_has_run_is_done() -> None:
    for where in ("08b-annotation-accepted-running", "08c-annotation-done"):
        assert _ids(scenes()[where], SHOP) == []


def test_a_new_spec_waits_behind_the_run() -> None:
    found = the_finding(scenes()["15a-spec-changed-while-running"], "busy", "respec", "R-1")
    assert found.severity == WAITING
    assert found.next is not None
    assert "respec-1a209aaaf64" in found.next.what


def test_a_request_on_a_first_run_is_not_known_to_wait() -> None:
    changed = ASKED.copy()
    status_of(changed, "Stack", "shop")["observedGeneration"] = 0
    assert _ids(changed, SHOP) == []


def test_a_request_of_pko_1_that_was_observed_is_done() -> None:
    changed = ASKED.copy()
    del last_update_of(changed, "shop")["generation"]
    assert _ids(changed, SHOP) == ["R-1"]
    status_of(changed, "Stack", "shop")["observedReconcileRequest"] = "2026-11-23 please"
    assert _ids(changed, SHOP) == []


def test_a_request_is_not_told_beside_what_keeps_it_from_running() -> None:
    changed = scenes()["02b-failed-twice"].copy()
    changed.object("Stack", "shop-capped")["metadata"].setdefault("annotations", {})[REQUEST] = "again"
    assert _ids(changed, ("fail", "shop-capped")) == ["U-1"]


def test_a_request_is_told_beside_a_mere_note() -> None:
    changed = scenes()["07a-preview-good"].copy()
    changed.object("Stack", "good")["metadata"].setdefault("annotations", {})[REQUEST] = "again"
    assert _ids(changed, ("preview", "good")) == ["R-1", "U-12"]
