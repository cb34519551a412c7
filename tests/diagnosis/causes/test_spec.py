"""Specs that can't be used, namespaces that go, and Stacks that share a state, with what only looks like it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from diagnosis.finding import CERTAIN, LIKELY, NOTE, PROBLEM, Finding
from fleet.board.rows import Key
from support.finding_checks import the_finding
from support.scene_edits import condition, scene_of, set_condition, set_version
from support.scenes import CONTEXT, Scene, diagnosis_of_all, ids_of


def _invalid(message: str, **spec: Any) -> Finding:
    """What is found of a Stack whose spec the operator calls invalid with this message."""
    scene = scene_of("05g-git-secret")
    stack = scene.object("Stack", "git-secret")
    stack["spec"] |= spec
    condition(stack, "Stalled")["message"] = message
    return the_finding(scene, "spec-bad", "git-secret", "B-3")


@pytest.mark.parametrize(
    ("record", "name", "title"),
    [
        ("05a-both-refs", "both-refs", "The spec names a commit and a branch"),
        ("05b-no-ref", "no-ref", "The spec names neither a branch nor a commit"),
        ("05d-env-ref", "env-ref", "envRefs.FOO is of type Env, which PKO 2 doesn't take"),
        ("05e-fs-ref", "fs-ref", "envRefs.FOO is of type FS, which PKO 2 doesn't take"),
        ("05g-git-secret", "git-secret", "The Secret spec-bad/git-token doesn't exist"),
        (
            "05i-git-literal",
            "git-literal",
            "gitAuth has a reference of type Literal, and PKO 2 takes only a Secret there",
        ),
    ],
)
def test_an_invalid_spec_is_named(record: str, name: str, title: str) -> None:
    found = the_finding(scene_of(record), "spec-bad", name, "B-3")
    assert (found.severity, found.certainty, found.title) == (PROBLEM, CERTAIN, title)
    assert found.next is not None and found.next.at is None


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ('missing "projectRepo"', "The spec has no projectRepo"),
        ("resolving x: cross-namespace refs are not allowed", "A reference leads to another namespace"),
        (
            "gitAuth config must specify exactly one of 'personalAccessToken', 'sshPrivateKey', or 'basicAuth'",
            "gitAuth names none or more than one way to log in",
        ),
        ('parsing "git.acme": invalid URL scheme: ', "projectRepo is no URL of a git repository"),
        ("cannot process source reference: no kind", "The reference to the Flux source can't be used"),
        ("getting GitHub App installation token: 404", "The GitHub App can't log in"),
        ("something that nobody has seen yet", "The spec is invalid: something that nobody has seen yet"),
        ("resolving gitAuth SSH key: unable to get secret a/b: forbidden", "The operator can't read the Secret a/b"),
    ],
)
def test_every_message_of_the_operator_becomes_plain(message: str, title: str) -> None:
    found = _invalid(message)
    assert found.title.startswith(title)
    assert found.next_step


def test_a_key_that_a_secret_lacks() -> None:
    found = _invalid('resolving gitAuth personal access token: no key "token" found in secret spec-bad/git-token')
    assert found.title == "The Secret spec-bad/git-token has no key token"
    assert found.subject == "Secret spec-bad/git-token key token"
    assert found.actions == ("reconcile",)


def test_a_spec_needs_no_reconcile_once_it_is_corrected() -> None:
    assert _invalid('missing "commit" or "branch"').actions == ()


def test_what_nearly_has_that_name() -> None:
    scene = scene_of("05g-git-secret")
    scene.names["Secret spec-bad"] = ["git-tokens", "pulumi-env"]
    assert "There is git-tokens" in the_finding(scene, "spec-bad", "git-secret", "B-3").next_step


def test_a_secret_that_was_made_since_needs_a_reconcile_only() -> None:
    scene = scene_of("05g-git-secret")
    scene.names["Secret spec-bad"] = ["git-token"]
    found = the_finding(scene, "spec-bad", "git-secret", "B-3")
    assert found.next_step.startswith("Reconcile")
    assert found.actions == ("reconcile",)


def test_a_spec_that_was_changed_since_isnt_judged_by_the_old_condition() -> None:
    scene = scene_of("05a-both-refs")
    stack = scene.object("Stack", "both-refs")
    stack["metadata"]["generation"] = 2
    stack["status"]["observedGeneration"] = 1
    assert "B-3" not in ids_of(scene, "spec-bad", "both-refs")


def test_a_spec_that_was_changed_before_the_operator_first_saw_it_is_judged() -> None:
    scene = scene_of("05a-both-refs")
    scene.object("Stack", "both-refs")["metadata"]["generation"] = 2
    assert ids_of(scene, "spec-bad", "both-refs") == ["B-3"]


def test_without_a_message_it_is_less_sure() -> None:
    assert _invalid("").certainty == LIKELY


def test_a_namespace_that_goes() -> None:
    scene = scene_of("13g-namespace-terminating")
    found = the_finding(scene, "doomed", "payments", "B-12")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.actions == ("release",)
    assert "organization/infra/doomed-payments" in found.next_step
    assert found.since is not None


def _while_it_looks(version: str) -> Scene:
    """The operator has just looked again; before 2.8 it says nothing else."""
    scene = scene_of("13g-namespace-terminating")
    set_version(scene, version)
    stack = scene.object("Stack", "payments")
    message = "waiting for workspace readiness"
    set_condition(stack, "Reconciling", "StackProcessing", message, "2026-11-23T18:33:20Z")
    return scene


def test_while_the_operator_looks_again_it_stays_likely() -> None:
    assert the_finding(_while_it_looks("v2.9.0"), "doomed", "payments", "B-12").certainty == LIKELY


def test_before_2_8_the_log_tells() -> None:
    scene = _while_it_looks("v2.7.0")
    assert the_finding(scene, "doomed", "payments", "B-12").certainty == CERTAIN
    scene.refused["operator log"] = "logs may not be read"
    found = the_finding(scene, "doomed", "payments", "B-12")
    assert (found.certainty, found.unknown) == (LIKELY, ("the operator's log: logs may not be read",))


@pytest.mark.parametrize("spec", [{"destroyOnFinalize": False}, {"preview": True}])
def test_without_a_destroy_nothing_stands_in_the_way(spec: dict[str, Any]) -> None:
    scene = _while_it_looks("v2.7.0")
    scene.object("Stack", "payments")["spec"] |= spec
    assert "B-12" not in ids_of(scene, "doomed", "payments")


def test_a_namespace_that_stays_is_no_obstacle() -> None:
    scene = _while_it_looks("v2.7.0")
    scene.object("Namespace", "doomed")["status"]["phase"] = "Active"
    assert "B-12" not in ids_of(scene, "doomed", "payments")


LOCK = (
    "up failed: failed to run update: exit status 255\ncode: 255\nstdout: \nstderr: error: the stack is currently "
    "locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n"
    "  file:///backend/.pulumi/locks/organization/infra/first-shop/1.json: created by pulumi@other (pid 7) at 2026\n"
)


def _twins(**spec: Any) -> Scene:
    """Two Stacks with the same state; `spec` of both."""
    scene = scene_of("01h-succeeded")
    twin = copy.deepcopy(scene.object("Stack", "shop"))
    twin["metadata"] |= {"name": "twin", "uid": "twin"}
    scene.objects.append(twin)
    for name in ("shop", "twin"):
        scene.object("Stack", name)["spec"] |= spec
    return scene


def test_two_stacks_with_one_state_get_a_note_while_both_work() -> None:
    found = the_finding(_twins(), "first", "shop", "S-1")
    assert (found.severity, found.certainty) == (NOTE, CERTAIN)
    assert found.title == "The Stacks first/shop and first/twin share one state in the backend: organization/infra/shop"


def test_the_other_stacks_lock_makes_it_a_problem_and_no_lock_to_cancel() -> None:
    scene = _twins()
    stack = scene.object("Stack", "shop")
    set_condition(stack, "Reconciling", "RetryingAfterFailure", "1 update failure(s)", "2026-11-23T18:16:00Z")
    stack["status"]["lastUpdate"] |= {"state": "failed", "message": LOCK, "failures": 1}
    found = the_finding(scene, "first", "shop", "S-1")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert ids_of(scene, "first", "shop")[0] == "S-1"
    assert not {"U-2", "U-3"} & set(ids_of(scene, "first", "shop"))
    assert "cancel" in [each.action for each in found.not_helpful]
    assert found.actions == ()


def test_a_lock_of_before_is_history() -> None:
    scene = _twins()
    scene.object("Stack", "shop")["status"]["lastUpdate"] |= {"message": LOCK}
    assert the_finding(scene, "first", "shop", "S-1").severity == NOTE


@pytest.mark.parametrize("twin", [{"preview": True}, {"backend": "s3://other"}, {"stack": "organization/infra/other"}])
def test_what_keeps_two_stacks_apart(twin: dict[str, Any]) -> None:
    scene = _twins()
    scene.object("Stack", "twin")["spec"] |= twin
    assert "S-1" not in ids_of(scene, "first", "shop")


def test_a_stack_that_is_being_deleted_has_no_state_to_share() -> None:
    scene = _twins()
    scene.object("Stack", "twin")["metadata"]["deletionTimestamp"] = "2026-11-23T18:16:00Z"
    assert "S-1" not in ids_of(scene, "first", "shop")


def test_a_backend_that_variables_may_set_is_less_sure() -> None:
    scene = _twins(backend="")
    assert the_finding(scene, "first", "shop", "S-1").certainty == CERTAIN
    scene.object("Stack", "twin")["spec"]["envSecrets"] = ["pulumi-env"]
    assert the_finding(scene, "first", "shop", "S-1").certainty == LIKELY


def test_a_name_without_project_belongs_to_the_program() -> None:
    scene = _twins(stack="dev")
    assert the_finding(scene, "first", "shop", "S-1").certainty == LIKELY
    scene.object("Stack", "twin")["spec"]["repoDir"] = "elsewhere"
    assert "S-1" not in ids_of(scene, "first", "shop")


@pytest.mark.parametrize(("backend", "shared"), [("file:///backend", False), ("s3://state", True), ("", True)])
def test_over_two_clusters_only_a_backend_that_both_reach_is_shared(backend: str, shared: bool) -> None:
    one, other = scene_of("01h-succeeded"), scene_of("01h-succeeded")
    for scene in (one, other):
        scene.object("Stack", "shop")["spec"]["backend"] = backend
    found = diagnosis_of_all({CONTEXT: one, "other": other}).findings(Key(CONTEXT, "first", "shop"))
    assert ([finding.id for finding in found] == ["S-1"]) == shared
    if shared:
        assert "other first/shop" in found[0].title
