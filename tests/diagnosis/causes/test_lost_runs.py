"""Runs whose pod, agent or workspace went away, told while it happens and afterwards."""

from __future__ import annotations

from diagnosis.finding import CERTAIN, LIKELY, POSSIBLE, PROBLEM, WAITING
from stacks.times import instant, rfc3339
from support.finding_checks import the_finding
from support.scene_edits import last_update_of, stalled_after_failures, status_of
from support.scenes import Scene, findings_of, ids_of, scenes

KILLED = scenes()["11a-agent-killed-mid-run"]
WHERE = ("lock", "locked")
POD = "locked-workspace-0"
DELETED = scenes()["10i-pod-terminating-mid-run"]
AT = ("more", "pod-deleted")


def _saying(message: str, *, traces: bool = True) -> Scene:
    changed = KILLED.copy()
    last = last_update_of(changed, "locked")
    last["message"] = message
    status_of(changed, "Update", last["name"])["message"] = message
    if not traces:
        container = status_of(changed, "Pod", POD)["containerStatuses"][0]
        container |= {"lastState": {}, "restartCount": 0, "state": {"running": {"startedAt": "2026-11-23T18:28:22Z"}}}
    return changed


def _told(scene: Scene) -> list[tuple[str, str]]:
    return [(finding.id, finding.certainty) for finding in findings_of(scene, *WHERE)]


def test_an_agent_that_was_killed_is_told_by_its_end() -> None:
    found = the_finding(KILLED, *WHERE, "U-6")
    assert (found.severity, found.certainty) == (WAITING, CERTAIN)
    assert "exit code 137" in found.title
    assert found.next is not None
    assert found.next.at is not None


def test_one_that_ran_out_of_memory_is_told_as_that() -> None:
    changed = KILLED.copy()
    status_of(changed, "Pod", POD)["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"
    assert "for want of memory" in the_finding(changed, *WHERE, "U-6").title


def test_a_pod_that_was_replaced_is_told_by_its_age() -> None:
    found = the_finding(scenes()["10k-pod-deleted-mid-run-after"], *AT, "U-6")
    assert (found.severity, found.certainty) == (WAITING, CERTAIN)
    assert "replaced" in found.title


def test_by_the_text_alone_it_is_likely() -> None:
    assert _told(_saying("error reading from server: EOF", traces=False)) == [("U-6", LIKELY)]


def test_an_end_before_the_run_is_no_trace_of_it() -> None:
    changed = KILLED.copy()
    ended = status_of(changed, "Pod", POD)["containerStatuses"][0]["lastState"]["terminated"]
    ended["finishedAt"] = "2026-11-23T18:30:00Z"
    assert the_finding(changed, *WHERE, "U-6").certainty == LIKELY


def test_a_text_that_only_the_update_has_is_less_certain() -> None:
    changed = KILLED.copy()
    del last_update_of(changed, "locked")["message"]
    assert the_finding(changed, *WHERE, "U-6").certainty == LIKELY
    changed = _saying("error reading from server: EOF", traces=False)
    del last_update_of(changed, "locked")["message"]
    assert the_finding(changed, *WHERE, "U-6").certainty == POSSIBLE


def test_a_program_that_gave_way_is_one_too() -> None:
    said = "up failed: failed to run update: exit status 255\ncode: 255\nstdout: \nstderr: error: update canceled\n"
    assert _told(_saying(said)) == [("U-6", CERTAIN)]


def test_a_program_that_is_refused_a_connection_simply_fails() -> None:
    said = (
        "up failed: failed to run update: exit status 255\ncode: 255\nstdout: \nstderr: error: dial tcp 10.0.0.1:443: "
        "connect: connection refused\n"
    )
    assert _told(_saying(said, traces=False)) == [("U-1", CERTAIN)]
    assert _told(_saying("connection refused", traces=False)) == [("U-6", LIKELY)]


def test_a_pod_that_a_later_commit_replaced_was_not_lost_in_the_run() -> None:
    said = (
        "up failed: failed to run update: exit status 1\ncode: 1\nstdout: \nstderr: error: dial tcp: connection refused"
    )
    changed = scenes()["02b-failed-twice"].copy()
    last_update_of(changed, "shop-capped")["message"] = said
    changed.object("Pod", "shop-capped-workspace-0")["metadata"]["creationTimestamp"] = rfc3339(changed.now - 2.0)
    assert ids_of(changed, "fail", "shop-capped") == ["U-1"]


def test_after_the_last_try_it_needs_a_person() -> None:
    found = the_finding(stalled_after_failures(KILLED, "locked"), *WHERE, "U-6")
    assert found.severity == PROBLEM
    assert "memory" in found.next_step


def test_a_pod_that_is_being_deleted_under_a_run_is_told_with_its_deadline() -> None:
    found = the_finding(DELETED, *AT, "U-6")
    assert (found.severity, found.certainty) == (WAITING, CERTAIN)
    assert found.next is not None
    assert found.next.at == instant("2026-11-23T18:55:35Z")


def test_a_grace_period_that_cant_be_makes_no_time() -> None:
    changed = DELETED.copy()
    changed.object("Pod", "pod-deleted-workspace-0")["metadata"]["deletionGracePeriodSeconds"] = 2**70
    assert the_finding(changed, *AT, "U-6").since is None


def test_a_pod_that_is_being_deleted_when_nothing_runs_is_nothing() -> None:
    changed = DELETED.copy()
    name = status_of(changed, "Stack", "pod-deleted")["currentUpdate"]["name"]
    del status_of(changed, "Stack", "pod-deleted")["currentUpdate"]
    status_of(changed, "Update", name)["conditions"] = []
    status_of(changed, "Stack", "pod-deleted")["conditions"] = [{"type": "Ready", "status": "True", "reason": "x"}]
    assert findings_of(changed, *AT) == []


def test_a_pod_that_is_gone_is_told() -> None:
    changed = DELETED.copy()
    changed.objects.remove(changed.object("Pod", "pod-deleted-workspace-0"))
    assert "pod-deleted-workspace-0 is gone" in the_finding(changed, *AT, "U-6").title


def test_a_pod_that_may_not_be_read_is_not_gone() -> None:
    changed = DELETED.copy()
    changed.refused["Pod"] = "pods is forbidden"
    assert findings_of(changed, *AT) == []


def test_a_workspace_that_is_gone_is_told_before_its_pod() -> None:
    found = the_finding(scenes()["12p-workspace-deleted-mid-run"], "stop", "ws-del", "U-6")
    assert "The workspace ws-del is gone" in found.title


def test_a_workspace_that_is_being_deleted_is_told() -> None:
    changed = DELETED.copy()
    changed.object("Workspace", "pod-deleted")["metadata"]["deletionTimestamp"] = "2026-11-23T18:45:30Z"
    assert "The workspace pod-deleted is being deleted" in the_finding(changed, *AT, "U-6").title


def test_an_agent_that_ended_since_the_run_began_is_told() -> None:
    changed = DELETED.copy()
    del changed.object("Pod", "pod-deleted-workspace-0")["metadata"]["deletionTimestamp"]
    container = status_of(changed, "Pod", "pod-deleted-workspace-0")["containerStatuses"][0]
    container["state"] = {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-23T18:45:40Z"}}
    assert "for want of memory" in the_finding(changed, *AT, "U-6").title
    container["state"]["terminated"]["finishedAt"] = "2026-11-23T18:44:55Z"
    assert "U-6" not in ids_of(changed, *AT)


def test_a_run_in_a_pod_that_is_well_is_fine() -> None:
    assert findings_of(scenes()["01f-update-running"], "first", "shop") == []
