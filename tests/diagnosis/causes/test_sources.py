"""Sources that the operator doesn't get: repositories, branches, Flux sources and Programs."""

from __future__ import annotations

from typing import Any

import pytest

from diagnosis.finding import CERTAIN, LIKELY, PROBLEM, WAITING
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.scene_edits import condition, renew, scene_of, set_version, wrote
from support.scenes import Scene, ids_of


def _later(scene: Scene, seconds: float) -> Scene:
    """The scene at another time, with an operator that still works."""
    scene.now += seconds
    renew(scene, 5)
    return scene


def test_a_repository_that_isnt_there() -> None:
    found = the_finding(scene_of("03b-repo-missing"), "src-git", "repo-missing", "B-4")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.subject == "repository acme/nosuch"
    assert found.actions == ()
    assert found.next is not None and "30s" in found.next.what


@pytest.mark.parametrize(
    ("message", "title", "step"),
    [
        ("listing: authentication required: ", "it asks for a login", "spec.gitAuth"),
        ("listing: repository not found: ", "there is none of that name, or it is private", "spec.projectRepo"),
        (
            'listing: Get "https://git": dial tcp: lookup git.acme.example on 10.96.0.10:53: no such host',
            "the name of its host can't be resolved",
            "DNS",
        ),
        ("listing: invalid auth method", "gitAuth doesn't fit", "fit the URL"),
        ("getting auth method: no key", "gitAuth doesn't fit", "fit the URL"),
        ("listing: ssh: handshake failed: knownhosts: key is unknown", "the SSH host key isn't known", "known_hosts"),
        ("listing: ssh: handshake failed: ssh: unable to authenticate", "it asks for a login", "spec.gitAuth"),
        ('listing: Get "https://git": x509: certificate signed by unknown authority', "TLS fails", "certificate"),
        ('listing: Get "https://git": context deadline exceeded', "context deadline exceeded", "the operator's way"),
    ],
)
def test_why_it_cant_be_listed(message: str, title: str, step: str) -> None:
    scene = scene_of("03c-auth-required")
    condition(scene.object("Stack", "auth-required"), "Stalled")["message"] = message
    found = the_finding(scene, "src-git", "auth-required", "B-4")
    assert title in found.title
    assert step in found.next_step


def test_a_name_that_cant_be_resolved_keeps_its_title_while_the_port_changes() -> None:
    titles = set()
    for port in (40001, 40002):
        scene = scene_of("03c-auth-required")
        said = f"listing: dial tcp: lookup git on 10.96.0.10:53: read udp 10.0.0.1:{port}->10.96.0.10:53: timeout"
        condition(scene.object("Stack", "auth-required"), "Stalled")["message"] = said
        titles.add(the_finding(scene, "src-git", "auth-required", "B-4").title)
    assert len(titles) == 1


def test_a_login_in_the_url_isnt_shown() -> None:
    scene = scene_of("03c-auth-required")
    scene.object("Stack", "auth-required")["spec"]["projectRepo"] = "https://me:hunter2@git.acme.example/private/infra"
    found = the_finding(scene, "src-git", "auth-required", "B-4")
    assert "hunter2" not in str(found)
    assert "private/infra" in found.title


@pytest.mark.parametrize(("version", "actions"), [("v2.5.1", ("reconcile",)), ("v2.6.0", ())])
def test_before_2_6_nobody_looks_again(version: str, actions: tuple[str, ...]) -> None:
    for record, name, wanted in (
        ("03b-repo-missing", "repo-missing", "B-4"),
        ("03a-branch-missing", "branch-missing", "B-5"),
    ):
        scene = scene_of(record)
        set_version(scene, version)
        found = the_finding(scene, "src-git", name, wanted)
        assert found.actions == actions
        assert not {each.action for each in found.not_helpful} & set(actions)
        assert found.next is not None and ("30s" in found.next.what) == (not actions)


def test_a_branch_that_isnt_there() -> None:
    found = the_finding(scene_of("03a-branch-missing"), "src-git", "branch-missing", "B-5")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.title == "The branch feature/gone isn't in acme/infra"
    assert found.subject == "branch feature/gone of acme/infra"


def test_a_destroy_can_do_without_the_branch_once_a_run_of_2_8_has_named_the_project() -> None:
    scene = scene_of("13e-delete-source-gone")
    assert "runProgram" in the_finding(scene, "del", "source-gone", "B-5").next_step
    del scene.object("Stack", "source-gone")["status"]["projectInfo"]
    assert "runProgram" not in the_finding(scene, "del", "source-gone", "B-5").next_step


def test_a_new_spec_isnt_judged_by_the_old_condition() -> None:
    scene = scene_of("03a-branch-missing")
    scene.object("Stack", "branch-missing")["metadata"]["generation"] = 2
    assert "B-5" not in ids_of(scene, "src-git", "branch-missing")


FLUX, PROGRAM = (
    ("03j-flux-source-missing", "flux", "nosuch-source", "B-7"),
    ("18a-program-missing", "prog", "prog-run", "B-8"),
)


@pytest.mark.parametrize(("record", "namespace", "name", "wanted"), [FLUX, PROGRAM])
def test_a_source_may_come_within_two_minutes(record: str, namespace: str, name: str, wanted: str) -> None:
    scene = scene_of(record)
    found = the_finding(scene, namespace, name, wanted)
    assert (found.severity, found.certainty) == (WAITING, CERTAIN)
    assert the_finding(_later(scene, 120), namespace, name, wanted).severity == PROBLEM


@pytest.mark.parametrize(("record", "namespace", "name", "wanted"), [FLUX, PROGRAM])
def test_a_changed_spec_has_two_minutes_again(record: str, namespace: str, name: str, wanted: str) -> None:
    scene = _later(scene_of(record), 600)
    stack = scene.object("Stack", name)
    stack["metadata"] |= {"generation": 2, "managedFields": []}
    stack["status"]["observedGeneration"] = 2
    wrote(stack, "kubectl-edit", rfc3339(scene.now - 60))
    assert the_finding(scene, namespace, name, wanted).severity == WAITING
    stack["metadata"]["managedFields"][0]["manager"] = "pulumi-kubernetes-operator"
    assert the_finding(scene, namespace, name, wanted).severity == PROBLEM


@pytest.mark.parametrize(("record", "namespace", "name", "wanted"), [FLUX, PROGRAM])
def test_while_it_is_being_deleted_a_missing_source_is_a_problem_at_once(
    record: str, namespace: str, name: str, wanted: str
) -> None:
    scene = scene_of(record)
    scene.object("Stack", name)["metadata"]["deletionTimestamp"] = rfc3339(scene.now - 5)
    assert the_finding(scene, namespace, name, wanted).severity == PROBLEM


def test_a_program_that_nearly_has_the_name() -> None:
    scene = scene_of("03i-program-missing")
    program = {
        "apiVersion": "pulumi.com/v1",
        "kind": "Program",
        "metadata": {"name": "nosuchs", "namespace": "src-prog"},
    }
    scene.objects.append(program)
    found = the_finding(scene, "src-prog", "prog-missing", "B-8")
    assert found.severity == PROBLEM
    assert "There is nosuchs" in found.next_step


def test_a_program_that_is_there_by_now_is_about_to_be_found() -> None:
    scene = scene_of("03i-program-missing")
    scene.objects.append(
        {"apiVersion": "pulumi.com/v1", "kind": "Program", "metadata": {"name": "nosuch", "namespace": "src-prog"}}
    )
    found = the_finding(scene, "src-prog", "prog-missing", "B-8")
    assert (found.certainty, found.next_step) == (LIKELY, "Wait for the operator's next look.")


def test_a_source_that_may_not_be_read() -> None:
    scene = scene_of("03j-flux-source-missing")
    said = 'could not resolve sourceRef: gitrepositories.source.toolkit.fluxcd.io "nosuch" is forbidden'
    condition(scene.object("Stack", "nosuch-source"), "Stalled")["message"] = said
    assert "can't read the GitRepository" in the_finding(scene, "flux", "nosuch-source", "B-7").title


def _without_artifact(**status: Any) -> Scene:
    """The Stack's source is `infra`, which has made nothing yet."""
    scene = scene_of("03j-flux-source-missing")
    stack = scene.object("Stack", "nosuch-source")
    stack["spec"]["fluxSource"]["sourceRef"]["name"] = "infra"
    condition(stack, "Stalled")["message"] = "Flux source has no artifact"
    scene.object("GitRepository", "infra")["status"] = status
    return scene


def test_a_source_without_an_artifact_has_five_minutes() -> None:
    scene = _without_artifact()
    assert the_finding(scene, "flux", "nosuch-source", "B-7").severity == WAITING
    assert the_finding(_later(scene, 240), "flux", "nosuch-source", "B-7").severity == WAITING
    assert the_finding(_later(scene, 60), "flux", "nosuch-source", "B-7").severity == PROBLEM


def test_the_source_says_why_it_has_no_artifact() -> None:
    ready = {"type": "Ready", "status": "False", "reason": "GitOperationFailed", "message": "unable to clone"}
    found = the_finding(_without_artifact(conditions=[ready]), "flux", "nosuch-source", "B-7")
    assert found.title == "The GitRepository flux/infra has no artifact yet: unable to clone"
    assert "unable to clone" in [each.text for each in found.evidence]


def test_a_source_that_has_its_artifact_by_now() -> None:
    scene = _without_artifact(artifact={"revision": "main"})
    assert the_finding(scene, "flux", "nosuch-source", "B-7").certainty == LIKELY


def test_a_source_that_cant_be_read_is_named() -> None:
    scene = _without_artifact()
    scene.refused["GitRepository"] = "may not be listed"
    found = the_finding(scene, "flux", "nosuch-source", "B-7")
    assert found.unknown == ("the GitRepository flux/infra: may not be listed",)


def test_a_program_without_an_artifact() -> None:
    scene = scene_of("18a-program-missing")
    condition(scene.object("Stack", "prog-run"), "Stalled")["message"] = "Program has no artifact"
    found = the_finding(scene, "prog", "prog-run", "B-8")
    assert (found.severity, found.title) == (WAITING, "The Program prog/settings has no artifact yet")
    assert the_finding(_later(scene, 300), "prog", "prog-run", "B-8").severity == PROBLEM
