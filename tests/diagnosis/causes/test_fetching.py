"""A source that the pod can't fetch: a commit that isn't there, a server out of reach, and logs that hide which."""

from __future__ import annotations

import pytest

from diagnosis.finding import CERTAIN, LIKELY, POSSIBLE, PROBLEM
from support.finding_checks import the_finding
from support.pod_scenes import PodScene

COMMIT, AUTHENTICATION, ARTIFACT = "03e-bad-commit", "05l-git-two-methods", "03l-flux-artifact-404"
_GIT = "unable to fetch git source: failed to create workspace, unable to enlist in git repo: "
_MASKED = f"{_GIT}unable to clone repo: destination path already exists and is not empty /share/source"
_NO_ACCESS = f'{_GIT}unable to clone repo: Get "https://git.acme.example/info/refs": dial tcp: lookup git.acme.example'


def test_a_commit_that_isnt_in_the_repository_is_named() -> None:
    scene = PodScene(COMMIT)
    found = the_finding(scene.scene, "src-git", "bad-commit", "B-6")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.title == f"The commit {'1' * 40} isn't in https://git.acme.example:38443/acme/infra.git"
    assert found.evidence[0].path.startswith("log:fetch@")
    assert scene.ids() == ["B-6"]


def test_a_log_that_hides_the_first_failure_makes_the_commit_likely() -> None:
    scene = PodScene(COMMIT)
    scene.say("fetch", _MASKED, _MASKED)
    found = the_finding(scene.scene, "src-git", "bad-commit", "B-6")
    assert found.certainty == LIKELY
    assert found.actions == ("restart-workspace",)


@pytest.mark.parametrize("line", [
    _NO_ACCESS, f"{_GIT}authentication required: ", f"{_GIT}repository not found: ", f"{_GIT}x509: unknown authority",
    f"{_GIT}unexpected status code: 403", f"{_GIT}context deadline exceeded",
])  # fmt: skip
def test_words_of_credentials_or_the_network_arent_about_the_commit(line: str) -> None:
    scene = PodScene(COMMIT)
    scene.say("fetch", line, _MASKED)
    assert scene.ids() == ["P-6"]
    assert the_finding(scene.scene, "src-git", "bad-commit", "P-6").certainty == CERTAIN


def test_a_commit_whose_letters_look_like_an_answer_of_a_server_is_still_a_commit() -> None:
    scene = PodScene(COMMIT)
    scene.say("fetch", f"{_GIT}fetching commit: upload-pack: not our ref 401403")
    assert the_finding(scene.scene, "src-git", "bad-commit", "B-6").certainty == CERTAIN


def test_two_ways_to_authenticate_are_said() -> None:
    scene = PodScene(AUTHENTICATION)
    found = the_finding(scene.scene, "spec-bad", "git-two", "P-6")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.subject == "https://git.acme.example:38443/acme/infra.git"
    assert "just one of" in found.next_step


def test_the_token_of_a_github_app_is_fetched_there_too() -> None:
    scene = PodScene(AUTHENTICATION)
    scene.say("fetch", "getting GitHub App installation token: 404 Not Found")
    found = the_finding(scene.scene, "spec-bad", "git-two", "P-6")
    assert found.certainty == CERTAIN
    assert found.title.endswith("404 Not Found")


def test_without_a_commit_a_log_that_hides_the_cause_makes_the_source_likely() -> None:
    scene = PodScene(AUTHENTICATION)
    scene.say("fetch", _MASKED)
    assert the_finding(scene.scene, "spec-bad", "git-two", "P-6").certainty == LIKELY
    assert scene.ids() == ["P-6"]


@pytest.mark.parametrize(("recorded", "wanted"), [(COMMIT, "B-6"), (AUTHENTICATION, "P-6"), (ARTIFACT, "P-7")])
def test_without_the_log_it_is_only_possible_and_says_why(recorded: str, wanted: str) -> None:
    scene = PodScene(recorded)
    scene.scene.refused["logs"] = "pods/log is forbidden"
    found = the_finding(scene.scene, scene.namespace, scene.name, wanted)
    assert found.certainty == POSSIBLE
    assert found.unknown == ("the log of container fetch: pods/log is forbidden",)
    assert scene.ids() == [wanted]


@pytest.mark.parametrize(("line", "words"), [
    ("unable to fetch flux artifact: file not found", "file not found"),
    ("unable to fetch flux artifact: artifact is bigger than max archive size of 104857600 bytes", "bigger than max"),
])  # fmt: skip
def test_an_artifact_is_named_by_its_source(line: str, words: str) -> None:
    scene = PodScene(ARTIFACT)
    scene.say("fetch", line)
    found = the_finding(scene.scene, "flux", "bad-artifact", "P-7")
    assert (found.severity, found.certainty, found.subject) == (PROBLEM, CERTAIN, "GitRepository flux/gone")
    assert words in found.title
    assert ("FLUX_MAX_UNTAR_SIZE_BYTES" in found.next_step) == ("bigger" in words)
    assert scene.ids() == ["P-7"]


def test_the_artifact_of_a_program_comes_from_the_operator() -> None:
    scene = PodScene(ARTIFACT)
    del scene.stack["spec"]["fluxSource"]
    scene.stack["spec"]["programRef"] = {"name": "shop"}
    found = the_finding(scene.scene, "flux", "bad-artifact", "P-7")
    assert found.subject == "Program flux/shop"
    assert "the operator's Service" in found.next_step


@pytest.mark.parametrize("recorded", [COMMIT, AUTHENTICATION, ARTIFACT])
def test_a_fetch_that_runs_or_went_well_says_nothing(recorded: str) -> None:
    running = PodScene(recorded)
    running.run("fetch", since=200.0)
    assert running.ids() == []
    done = PodScene(recorded)
    done.container("fetch").update({"state": {"terminated": {"exitCode": 0}}, "lastState": {}})
    assert done.ids() == []
