"""Runs that failed without a word: refused, deleted, cut off by a restart, with outputs too big, or for nothing."""

from __future__ import annotations

from diagnosis.facts.context_objects import QuotableLine
from diagnosis.facts.run_facts import written_at
from diagnosis.finding import CERTAIN, LIKELY, POSSIBLE, PROBLEM, WAITING
from stacks.times import instant
from support.finding_checks import the_finding
from support.scene_edits import (
    LONG_AGO,
    condition,
    last_update_of,
    later,
    lease,
    retried,
    stalled_after_failures,
    status_of,
)
from support.scenes import ContainerLog, Scene, findings_of, ids_of, scenes

RESTARTED = scenes()["12m-operator-restart-aborted"]
WHERE = ("crash", "mid")
NAME = "mid-1a209b2af44"
REFUSED = (
    '2026-11-23T18:37:16.738Z\tERROR\tcmd.serve.grpc\tfinished unary call with code Unknown\t{"system": "grpc", '
    '"grpc.method": "SelectStack", "error": "rpc error: failed to select stack: 503 from the bucket"}'
)
SUCCEEDED = '2026-11-23T18:40:00.000Z\tINFO\tserver\tup completed\t{"result": "succeeded", "message": "x"}'
OUTPUTS = (
    '2026-11-23T18:41:14.000Z\tERROR\tReconciler error\t{"controller": "update-controller", "namespace": "crash", '
    f'"name": "{NAME}", "error": "creating output secret: Secret is invalid: data: Too long"}}'
)


def _same_operator(*lines: str) -> Scene:
    """The same failure under an operator that was there all the time; with these lines in the pod's log."""
    changed = RESTARTED.copy()
    lease(changed)["acquireTime"] = LONG_AGO
    _log(changed).lines = list(lines)
    changed.operator_log = [line for line in changed.operator_log if "marking as failed" not in line]
    return changed


def _log(scene: Scene) -> ContainerLog:
    return next(log for log in scene.logs if (log.pod, log.container) == ("mid-workspace-0", "pulumi"))


def _without_update(scene: Scene) -> Scene:
    changed = scene.copy()
    changed.objects.remove(changed.object("Update", NAME))
    return changed


def _succeeded_event(scene: Scene) -> None:
    about = {"kind": "Update", "namespace": "crash", "name": NAME, "uid": "gone"}
    scene.objects.append(
        {
            "apiVersion": "v1", "kind": "Event", "reason": "UpdateSucceeded", "message": "Updated stack",
            "metadata": {"name": "e1", "namespace": "crash", "uid": "e1"}, "involvedObject": about,
            "lastTimestamp": "2026-11-23T18:41:00Z",
        }
    )  # fmt: skip


def _told(scene: Scene) -> list[tuple[str, str]]:
    return [(finding.id, finding.certainty) for finding in findings_of(scene, *WHERE)]


# U-5


def test_a_restart_of_the_operator_in_the_run_is_told_by_the_lease_and_the_log() -> None:
    found = the_finding(RESTARTED, *WHERE, "U-5")
    assert (found.severity, found.certainty) == (WAITING, CERTAIN)
    assert found.evidence[0].path == "/spec/acquireTime"
    assert found.next is not None
    assert found.next.at is not None
    assert "lock" in found.next.what
    assert _told(RESTARTED) == [("U-5", CERTAIN)]


def test_by_the_times_alone_a_restart_is_likely() -> None:
    changed = RESTARTED.copy()
    changed.refused |= {"logs": "pods/log is forbidden", "operator log": "pods/log is forbidden"}
    found = the_finding(changed, *WHERE, "U-5")
    assert found.certainty == LIKELY
    assert found.unknown
    assert _told(changed) == [("U-5", LIKELY)]


def test_the_pods_log_proves_it_as_well() -> None:
    changed = RESTARTED.copy()
    changed.operator_log = []
    found = the_finding(changed, *WHERE, "U-5")
    assert found.certainty == CERTAIN
    assert "signal: killed" in found.evidence[-1].text


def test_without_a_lease_the_start_of_the_operators_container_makes_it_likely() -> None:
    changed = RESTARTED.copy()
    changed.refused["Lease"] = "leases is forbidden"
    image = "pulumi/pulumi-kubernetes-operator:v2.9.0"
    started = {"running": {"startedAt": "2026-11-23T18:41:02Z"}}
    proxy = {"name": "proxy", "image": "acme/proxy", "state": {"running": {"startedAt": "2026-11-23T18:41:01Z"}}}
    changed.objects.append(
        {
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "manager-1", "namespace": "pulumi-kubernetes-operator", "uid": "manager-1"},
            "spec": {"containers": [{"name": "manager", "image": image}]},
            "status": {"containerStatuses": [proxy, {"name": "manager", "image": image, "state": started}]},
        }
    )  # fmt: skip
    found = the_finding(changed, *WHERE, "U-5")
    assert found.certainty == LIKELY
    assert found.evidence[0].text == "2026-11-23T18:41:02Z"


def test_an_operator_that_began_to_lead_after_the_end_of_the_run_has_not_cut_it_off() -> None:
    changed = RESTARTED.copy()
    lease(changed)["acquireTime"] = "2026-11-23T18:41:16.5Z"
    assert "U-5" not in dict(_told(changed))


def test_an_operator_that_led_before_the_run_has_not_cut_it_off() -> None:
    assert "U-5" not in dict(_told(_same_operator()))


def test_a_message_in_the_stack_tells_more_than_an_update_that_reads_aborted() -> None:
    changed = RESTARTED.copy()
    last_update_of(changed, "mid")["message"] = "up failed: failed to run update: exit status 1\nerror: no"
    assert _told(changed) == [("U-1", CERTAIN)]


def test_after_the_last_try_a_restart_needs_a_person() -> None:
    assert the_finding(stalled_after_failures(RESTARTED, "mid"), *WHERE, "U-5").severity == PROBLEM


def test_while_it_is_run_again_it_is_still_told() -> None:
    changed = retried(RESTARTED, "mid", update="mid-1a209b6c000")
    assert _told(changed) == [("U-5", CERTAIN)]


# F-2


def test_a_backend_that_refuses_is_told_by_the_agents_line() -> None:
    found = the_finding(_same_operator(REFUSED), *WHERE, "F-2")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert "file:///backend refuses the run" in found.title
    assert "503 from the bucket" in found.title
    assert [each for each, _ in _told(_same_operator(REFUSED))] == ["F-2"]


def test_a_refusal_comes_before_a_restart() -> None:
    changed = RESTARTED.copy()
    _log(changed).lines.append(REFUSED)
    assert _told(changed) == [("F-2", CERTAIN)]


def test_a_refusal_of_an_earlier_run_is_none() -> None:
    early = REFUSED.replace("18:37:16", "18:30:16")
    assert "F-2" not in dict(_told(_same_operator(early)))


def test_a_selection_that_worked_is_no_refusal() -> None:
    assert "F-2" not in dict(_told(_same_operator(REFUSED.replace("code Unknown", "code OK"))))


def test_without_the_log_a_refusal_is_possible_and_so_is_a_slip_of_the_operator() -> None:
    changed = _same_operator()
    changed.refused["logs"] = "pods/log is forbidden"
    assert _told(changed) == [("F-2", POSSIBLE), ("U-9", POSSIBLE)]
    assert the_finding(changed, *WHERE, "F-2").unknown == ("pods/log is forbidden",)


def test_a_token_that_pulumi_cloud_refuses_is_told_with_its_secret() -> None:
    changed = _same_operator()
    last_update_of(changed, "mid")["message"] = "Invalid access token used to authenticate with Pulumi Cloud"
    changed.object("Stack", "mid")["spec"]["accessTokenSecret"] = "pulumi-api"
    found = the_finding(changed, *WHERE, "F-2")
    assert found.subject == "Secret crash/pulumi-api accessToken"
    assert found.actions == ("restart-workspace",)
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)


# U-14


def test_an_update_that_is_deleted_while_it_runs_is_told_at_once() -> None:
    found = the_finding(scenes()["12a-update-deleted-while-running"], "crash", "del-live", "U-14")
    assert (found.severity, found.certainty) == (WAITING, CERTAIN)


def test_an_update_that_is_deleted_after_its_end_was_not_cut_off() -> None:
    changed = scenes()["12a-update-deleted-while-running"].copy()
    for each in status_of(changed, "Update", "del-live-1a209b2b747")["conditions"]:
        each["status"] = "True" if each["type"] == "Complete" else "False"
    assert "U-14" not in ids_of(changed, "crash", "del-live")


def test_an_update_that_is_gone_before_its_time_was_deleted() -> None:
    changed = _without_update(_same_operator())
    found = the_finding(changed, *WHERE, "U-14")
    assert (found.severity, found.certainty) == (WAITING, LIKELY)
    _succeeded_event(changed)
    found = the_finding(changed, *WHERE, "U-14")
    assert found.certainty == CERTAIN
    assert "though pulumi succeeded" in found.title


def test_the_pods_log_proves_that_pulumi_succeeded() -> None:
    changed = _without_update(_same_operator(SUCCEEDED))
    assert the_finding(changed, *WHERE, "U-14").certainty == CERTAIN


def test_an_update_whose_time_is_over_says_nothing() -> None:
    changed = later(_without_update(_same_operator()), 2 * 86_400.0)
    assert _told(changed) == [("U-1", POSSIBLE)]
    short = _without_update(_same_operator())
    short.object("Stack", "mid")["spec"]["updateTemplate"] = {"spec": {"ttlAfterCompleted": "5s"}}
    assert _told(short) == [("U-1", POSSIBLE)]


def test_an_update_that_is_gone_with_a_message_in_the_stack_was_not_deleted_in_its_run() -> None:
    changed = _without_update(_same_operator())
    last_update_of(changed, "mid")["message"] = "up failed: failed to run update: exit status 1\nerror: no"
    assert _told(changed) == [("U-1", CERTAIN)]


def test_an_update_that_may_not_be_read_is_not_gone() -> None:
    changed = RESTARTED.copy()
    changed.refused["Update"] = "updates is forbidden"
    (found,) = findings_of(changed, *WHERE)
    assert (found.id, found.severity, found.certainty) == ("U-1", WAITING, POSSIBLE)
    assert "updates is forbidden" in found.unknown


def test_an_update_gone_under_an_operator_that_is_new_may_be_its_doing() -> None:
    assert _told(_without_update(RESTARTED)) == [("U-1", POSSIBLE)]


def test_an_update_that_was_observed_twice_was_deleted() -> None:
    changed = _same_operator()
    status_of(changed, "Update", NAME)["observedGeneration"] = 2
    assert the_finding(changed, *WHERE, "U-14").certainty == LIKELY


# U-7 and U-9


def test_outputs_that_cannot_be_stored_are_told_by_the_operators_log() -> None:
    changed = _same_operator(SUCCEEDED)
    changed.operator_log.append(OUTPUTS)
    found = the_finding(changed, *WHERE, "U-7")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert [each for each, _ in _told(changed)] == ["U-7"]


def test_without_the_operators_log_lost_outputs_are_possible() -> None:
    changed = _same_operator(SUCCEEDED)
    changed.refused["operator log"] = "pods/log is forbidden"
    assert _told(changed) == [("U-9", LIKELY), ("U-7", POSSIBLE)]


def test_an_operators_log_that_begins_later_cannot_deny_it() -> None:
    changed = _same_operator(SUCCEEDED)
    changed.operator_log = ['2026-11-23T19:41:14.000Z\tINFO\tReconciling Stack\t{"name": "other"}']
    assert _told(changed) == [("U-9", LIKELY), ("U-7", POSSIBLE)]


def test_a_run_that_succeeded_and_reads_aborted_was_likely_aborted_for_nothing() -> None:
    found = the_finding(_same_operator(SUCCEEDED), *WHERE, "U-9")
    assert (found.severity, found.certainty) == (WAITING, LIKELY)
    assert [each for each, _ in _told(_same_operator(SUCCEEDED))] == ["U-9"]


def test_a_run_that_reads_aborted_and_nothing_says_why_is_possibly_one() -> None:
    assert _told(_same_operator("2026-11-23T18:37:20.033Z\tINFO\tpulumi\tUpdating")) == [("U-9", POSSIBLE)]


def test_without_the_lease_a_restart_cannot_be_told() -> None:
    changed = RESTARTED.copy()
    changed.refused["Lease"] = "leases is forbidden"
    found = the_finding(changed, *WHERE, "U-9")
    assert found.certainty == POSSIBLE
    assert "leases is forbidden" in found.unknown


def test_a_run_that_failed_otherwise_was_not_aborted() -> None:
    changed = _same_operator()
    condition(changed.object("Update", NAME), "Failed")["reason"] = "UpdateFailed"
    assert _told(changed) == [("U-1", POSSIBLE)]


def test_a_line_is_as_old_as_it_says_itself_whenever_it_was_read() -> None:
    own = "2026-11-23T18:37:16.738Z"
    assert written_at(QuotableLine(f"{own}    INFO    pulumi    Updating", "2026-11-23T18:50:00Z")) == instant(own)
    assert written_at(QuotableLine("goes on", own)) == instant(own)
    assert written_at(QuotableLine("goes on")) is None


def test_what_is_only_possible_hides_nothing_that_is_certain() -> None:
    changed = _same_operator()
    changed.refused["logs"] = "pods/log is forbidden"
    metadata = changed.object("Stack", "mid")["metadata"]
    metadata["deletionTimestamp"] = "2026-11-23T18:40:00Z"
    last_update_of(changed, "mid")["type"] = "destroy"
    assert _told(changed) == [("D-3", CERTAIN), ("F-2", POSSIBLE), ("U-9", POSSIBLE)]
