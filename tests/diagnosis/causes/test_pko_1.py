"""Stacks as PKO 1 leaves them: no Workspace, no Update, and the whole error in the condition."""

from __future__ import annotations

from typing import Any

import pytest

from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, WAITING
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.scene_edits import scene_of, set_condition, set_version
from support.scenes import Scene, ids_of

ERROR = (
    "exit status 255\ncode: 255\nstdout: Updating (dev)\n\nstderr: \n"
    "Diagnostics:\n  aws:s3:Bucket (logs):\n    error: creating urn: BucketAlreadyExists\n"
)


def _ids(scene: Scene) -> list[str]:
    return ids_of(scene, "first", "shop")


def _pko_1(kind: str = "", reason: str = "", message: str = "", **last: Any) -> Scene:
    """A Stack whose last run PKO 1 made."""
    scene = scene_of("01h-succeeded")
    scene.objects = [each for each in scene.objects if each["kind"] in ("Namespace", "Stack", "Lease", "Deployment")]
    set_version(scene, "v1.16.0")
    scene.object("Lease", "operator.pulumi.com")["metadata"]["name"] = "pulumi-kubernetes-operator-lock"
    stack = scene.object("Stack", "shop")
    ended = rfc3339(scene.now - 100)
    result = {"state": "failed", "lastAttemptedCommit": "abc", "lastResyncTime": ended, **last}
    stack["status"] = {"observedGeneration": 1, "lastUpdate": result}
    if kind:
        set_condition(stack, kind, reason, message, ended)
    return scene


def test_a_run_that_fails_again_and_again() -> None:
    found = the_finding(_pko_1("Reconciling", "RetryingAfterFailure", ERROR), "first", "shop", "V-3")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.title == "The run fails: creating urn: BucketAlreadyExists"
    assert found.next is not None and found.next.at is None
    assert "restart-workspace" in [each.action for each in found.not_helpful]


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("error: the stack is currently locked by 1 lock(s)", "pulumi cancel"),
        ("error: the current deployment has 2 resource(s) with pending operations", "pulumi refresh"),
        ("unable to clone repo: authentication required", "spec.gitAuth"),
    ],
)
def test_its_one_reason_is_told_apart_by_the_text(said: str, step: str) -> None:
    assert step in the_finding(_pko_1("Reconciling", "RetryingAfterFailure", said), "first", "shop", "V-3").next_step


def test_the_permalink_leads_to_more() -> None:
    link = "https://app.pulumi.com/acme/infra/dev/updates/3"
    found = the_finding(_pko_1("Reconciling", "RetryingAfterFailure", ERROR, permalink=link), "first", "shop", "V-3")
    assert link in [each.text for each in found.evidence]


def test_before_1_9_there_are_no_conditions() -> None:
    found = the_finding(_pko_1(), "first", "shop", "V-3")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert "log" in found.next_step


def test_what_succeeded_or_belongs_to_pko_2_isnt_a_failure_of_pko_1() -> None:
    assert "V-3" not in _ids(_pko_1(state="succeeded"))
    assert "V-3" not in _ids(_pko_1("Reconciling", "RetryingAfterFailure", ERROR, generation=1))
    scene = _pko_1("Reconciling", "RetryingAfterFailure", ERROR)
    set_version(scene, "v2.9.0")
    assert "V-3" not in _ids(scene)


def test_without_the_message_it_is_less_sure() -> None:
    assert the_finding(_pko_1("Reconciling", "RetryingAfterFailure"), "first", "shop", "V-3").certainty == LIKELY


CONFLICT = "conflict with concurrent update, retryOnUpdateConflict not set"


def test_another_update_holds_the_stack() -> None:
    scene = _pko_1("Stalled", "UpdateConflict", CONFLICT)
    found = the_finding(scene, "first", "shop", "V-1")
    assert (found.severity, found.certainty, found.actions) == (PROBLEM, CERTAIN, ("reconcile",))
    assert _ids(scene) == ["V-1"]


def _event(scene: Scene, ago: float) -> dict[str, Any]:
    stack = scene.object("Stack", "shop")["metadata"]
    about = {"kind": "Stack", "namespace": "first", "name": "shop", "uid": stack["uid"]}
    return {
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "shop.conflict", "namespace": "first", "uid": "e"},
        "involvedObject": about, "reason": "StackUpdateConflictDetected", "type": "Warning",
        "message": "Conflict with another concurrent update.", "lastTimestamp": rfc3339(scene.now - ago),
    }  # fmt: skip


def test_with_retries_it_waits_for_the_other_update() -> None:
    scene = _pko_1("Reconciling", "RetryingAfterFailure", "[409] Conflict")
    scene.object("Stack", "shop")["spec"]["retryOnUpdateConflict"] = True
    scene.objects.append(_event(scene, 10))
    found = the_finding(scene, "first", "shop", "V-1")
    assert (found.severity, found.certainty, found.actions) == (WAITING, CERTAIN, ())
    assert _ids(scene) == ["V-1"]


def test_an_event_of_before_is_history() -> None:
    scene = _pko_1("Reconciling", "RetryingAfterFailure", ERROR)
    scene.objects.append(_event(scene, 600))
    assert _ids(scene) == ["V-3"]


def test_pko_2_never_says_so() -> None:
    scene = _pko_1("Stalled", "UpdateConflict", CONFLICT)
    set_version(scene, "v2.9.0")
    assert "V-1" not in _ids(scene)


@pytest.mark.parametrize(("version", "seen"), [("v1.16.0", True), ("v2.0.0", True), ("v2.1.0", False)])
def test_a_reference_to_another_namespace(version: str, seen: bool) -> None:
    scene = _pko_1("Stalled", "CrossNamespaceRefForbidden", "cross-namespace refs are not allowed: other/secret")
    set_version(scene, version)
    assert ("V-2" in _ids(scene)) == seen
    if seen:
        found = the_finding(scene, "first", "shop", "V-2")
        assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
        assert "namespace first" in found.next_step
