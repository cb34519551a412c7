"""Runs that failed for a reason that Pulumi says: the program's own, pending operations, a result too big; previews."""

from __future__ import annotations

from diagnosis.explain import Diagnosis
from diagnosis.facts.fleet_facts import FleetFacts
from diagnosis.finding import CERTAIN, LIKELY, NOTE, POSSIBLE, PROBLEM, WAITING
from fleet.board.rows import Key
from stacks.times import instant
from support.finding_checks import the_finding
from support.scene_edits import condition, last_update_of, retried, stalled_after_failures, status_of, with_version
from support.scenes import CONTEXT, Scene, diagnosis_of, findings_of, ids_of, scenes

FAILED = scenes()["02b-failed-twice"]
WHERE = ("fail", "shop-capped")


def _saying(message: str) -> Scene:
    """The failed run with another message, in the Stack and in the Update."""
    changed = FAILED.copy()
    last = last_update_of(changed, "shop-capped")
    last["message"] = message
    status_of(changed, "Update", last["name"])["message"] = message
    return changed


def _ids(scene: Scene) -> list[str]:
    return ids_of(scene, *WHERE)


def test_a_program_that_fails_is_told_with_its_own_error_and_the_next_run() -> None:
    found = the_finding(FAILED, *WHERE, "U-1")
    assert found.title.startswith("pulumi up fails: Error reading file at path ./missing.txt")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.next is not None
    assert found.next.at is not None
    assert 0 < found.next.at - FAILED.now < 30
    assert "1 update failure(s)" in [evidence.text for evidence in found.evidence]


def test_its_failures_are_counted_from_the_first() -> None:
    stalled = scenes()["02d-stalled"]
    began = condition(stalled.object("Stack", "shop-capped"), "Ready")["lastTransitionTime"]
    assert the_finding(stalled, *WHERE, "U-1").since == instant(began)


def test_a_run_that_was_given_up_is_never_done_again() -> None:
    found = the_finding(scenes()["02d-stalled"], *WHERE, "U-1")
    assert found.next is not None
    assert found.next.at is None
    assert found.next.what.startswith("only on change")


def test_the_error_is_told_with_the_resource_that_the_cli_names_above_it() -> None:
    said = (
        "up failed: failed to run update: exit status 1\ncode: 1\nstdout: Updating (prod):\nDiagnostics:\n"
        "  aws:s3:Bucket (logs):\n    error: creating bucket: BucketAlreadyExists\n\nstderr: \n"
    )
    found = the_finding(_saying(said), *WHERE, "U-1")
    assert [evidence.text for evidence in found.evidence[:2]] == [
        "creating bucket: BucketAlreadyExists",
        "aws:s3:Bucket (logs):",
    ]


def test_a_long_error_is_cut_in_the_title_and_whole_in_the_quote() -> None:
    error = "no such thing " * 40
    found = the_finding(_saying(f"up failed: failed to run update: x\nerror: {error.strip()}"), *WHERE, "U-1")
    assert len(found.title) < 140
    assert found.evidence[0].text == error.strip()


def test_a_text_that_only_the_update_has_is_less_certain() -> None:
    changed = FAILED.copy()
    del last_update_of(changed, "shop-capped")["message"]
    assert the_finding(changed, *WHERE, "U-1").certainty == LIKELY


def test_while_it_is_run_again_the_failure_still_counts() -> None:
    found = the_finding(retried(FAILED, "shop-capped", update="shop-capped-1a209a9d000"), *WHERE, "U-1")
    assert found.next is not None
    assert "right now" in found.next.what


def test_a_new_run_of_something_else_makes_the_failure_history() -> None:
    changed = retried(FAILED, "shop-capped", update="shop-capped-1a209a9d000")
    status_of(changed, "Stack", "shop-capped")["currentUpdate"]["commit"] = "another"
    assert _ids(changed) == []


def test_a_stack_that_is_ready_has_no_failure() -> None:
    changed = FAILED.copy()
    status = status_of(changed, "Stack", "shop-capped")
    status["conditions"] = [{"type": "Ready", "status": "True", "reason": "ProcessingCompleted"}]
    assert _ids(changed) == []


def test_a_destroy_that_fails_is_no_failing_program() -> None:
    changed = _saying("destroy failed: failed to destroy stack: exit status 1\nerror: no")
    last_update_of(changed, "shop-capped")["type"] = "destroy"
    assert _ids(changed) == []


def test_before_2_8_it_is_run_again_for_ever() -> None:
    changed = with_version(FAILED, "2.7.0")
    last_update_of(changed, "shop-capped")["failures"] = 7
    found = the_finding(changed, *WHERE, "U-1")
    assert found.next is not None
    assert found.next.at is not None


def test_pending_operations_are_told_as_such_and_not_as_a_failing_program() -> None:
    said = (
        "up failed: failed to run update: exit status 255\ncode: 255\nstdout: \nstderr: error: the current deployment "
        "has 1 resource(s) with pending operations:\n  * urn:pulumi:p::i::aws:s3:Bucket::logs, interrupted while "
        "creating\n"
    )
    found = the_finding(_saying(said), *WHERE, "U-4")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert "interrupted while creating" in found.evidence[1].text
    assert _ids(_saying(said)) == ["U-4"]


def test_pending_operations_of_a_run_that_succeeded_are_a_note() -> None:
    found = the_finding(scenes()["22d-pending-operations"], "late", "pending", "U-4")
    assert (found.severity, found.certainty) == (NOTE, CERTAIN)
    assert found.evidence[0].object.container == "pulumi"
    assert found.evidence[1].text.endswith("interrupted while creating")


def test_logs_of_stacks_that_work_are_only_read_when_one_is_asked_for() -> None:
    contexts = diagnosis_of(scenes()["22d-pending-operations"]).fleet.contexts
    from_afar = Diagnosis(FleetFacts(contexts, close_look=False))
    assert from_afar.findings(Key(CONTEXT, "late", "pending")) == []


def test_pending_operations_of_an_earlier_run_are_no_note() -> None:
    changed = scenes()["22d-pending-operations"].copy()
    last = last_update_of(changed, "pending")
    status_of(changed, "Stack", "pending")["lastUpdate"] = last | {"name": "pending-1a209cf0000"}
    assert ids_of(changed, "late", "pending") == []


def test_pending_operations_are_not_known_without_the_log() -> None:
    changed = scenes()["22d-pending-operations"].copy()
    changed.refused["logs"] = "pods/log is forbidden"
    assert findings_of(changed, "late", "pending") == []


def test_a_result_that_is_too_big_is_no_failing_program() -> None:
    said = "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5242880 vs. 4194304)"
    found = the_finding(_saying(said), *WHERE, "U-8")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert _ids(_saying(said)) == ["U-8"]


def test_an_old_operator_takes_less() -> None:
    said = "rpc error: code = ResourceExhausted desc = grpc: received message larger than max"
    assert "Upgrade" in the_finding(with_version(_saying(said), "2.5.1"), *WHERE, "U-8").next_step
    assert "Upgrade" not in the_finding(_saying(said), *WHERE, "U-8").next_step


def test_a_preview_applies_nothing() -> None:
    found = the_finding(scenes()["07a-preview-good"], "preview", "good", "U-12")
    assert found.severity == NOTE


def test_a_stack_that_was_deployed_is_no_preview() -> None:
    assert findings_of(scenes()["01h-succeeded"], "first", "shop") == []


def test_a_failure_whose_text_no_cause_knows_is_possibly_the_programs() -> None:
    said = "failed to select stack: exit status 1\ncode: 1\nstdout: \nstderr: error: failed to load checkpoint: EOF\n\n"
    changed = _saying(said)
    found = the_finding(changed, *WHERE, "U-1")
    assert (found.severity, found.certainty) == (PROBLEM, POSSIBLE)
    assert "failed to load checkpoint: EOF" in found.title
    assert "the log of container pulumi" in found.makes_certain
    assert _ids(changed) == ["U-1"]


def test_the_first_failure_of_which_nobody_knows_is_waited_for() -> None:
    changed = _saying("failed to select stack: exit status 1")
    last_update_of(changed, "shop-capped").pop("failures", None)
    found = the_finding(changed, *WHERE, "U-1")
    assert (found.severity, found.certainty, found.actions) == (WAITING, POSSIBLE, ("reconcile",))
    stalled = stalled_after_failures(changed, "shop-capped")
    assert the_finding(stalled, *WHERE, "U-1").severity == PROBLEM


def test_a_failure_without_a_word_is_not_passed_over() -> None:
    changed = _saying("")
    found = the_finding(changed, *WHERE, "U-1")
    assert (found.severity, found.certainty) == (WAITING, POSSIBLE)
    assert found.title == "pulumi up fails, and nothing says why"
    assert the_finding(stalled_after_failures(changed, "shop-capped"), *WHERE, "U-1").severity == PROBLEM


def test_what_is_known_of_a_failure_leaves_no_room_for_guesses() -> None:
    assert _ids(_saying("rpc error: code = Unavailable desc = error reading from server: EOF")) == ["U-6"]
    assert _ids(_saying("Another update is currently in progress")) == ["U-2"]
