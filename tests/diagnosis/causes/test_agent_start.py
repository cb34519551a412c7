"""Containers that don't come up though their image is there, and an agent that died between two runs."""

from __future__ import annotations

import pytest

from diagnosis.finding import CERTAIN, LIKELY, POSSIBLE, PROBLEM, WAITING
from support.finding_checks import the_finding
from support.pod_scenes import PodScene

FOLDER, PROJECT, RUNS = "03f-repodir-wrong", "05m-no-source", "10d-agent-unreachable"
_FILE_EXISTS = "error during container init: mkdir /share/workspace: file exists"


def test_a_folder_that_isnt_in_the_source_is_named() -> None:
    scene = PodScene(FOLDER)
    found = the_finding(scene.scene, "src-git", "bad-dir", "P-8")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.title == "The folder nosuchdir doesn't exist in https://git.acme.example:38443/acme/infra.git"
    assert found.evidence[1].path == "/spec/repoDir"


def test_a_runtime_that_counts_failed_starts_says_the_same() -> None:
    scene = PodScene(FOLDER)
    scene.end("pulumi", 128, reason="StartError")
    scene.container("pulumi")["lastState"]["terminated"]["message"] = f"failed to create task: {_FILE_EXISTS}"
    assert the_finding(scene.scene, "src-git", "bad-dir", "P-8").certainty == CERTAIN


def test_an_agent_that_cant_resolve_its_folder_says_so_in_its_log() -> None:
    scene = PodScene(FOLDER)
    scene.end("pulumi", 1)
    scene.say("pulumi", "unable to resolve the workspace directory: lstat /share/source/x: no such file or directory")
    found = the_finding(scene.scene, "src-git", "bad-dir", "P-8")
    assert found.evidence[0].path.startswith("log:pulumi@")
    assert scene.ids() == ["P-8"]


def test_the_folder_is_likely_where_nobody_knows_how_the_fetch_ended() -> None:
    scene = PodScene(FOLDER)
    scene.wait("fetch", "ContainerCreating")
    assert the_finding(scene.scene, "src-git", "bad-dir", "P-8").certainty == LIKELY
    scene.container("fetch")["state"] = {"terminated": {"exitCode": 1, "reason": "Error"}}
    assert the_finding(scene.scene, "src-git", "bad-dir", "P-8").certainty == LIKELY


def test_the_folder_of_a_flux_source_is_another_field() -> None:
    scene = PodScene(FOLDER)
    spec = scene.stack["spec"]
    del spec["projectRepo"], spec["repoDir"]
    spec["fluxSource"] = {"dir": "gone", "sourceRef": {"kind": "GitRepository", "name": "infra"}}
    found = the_finding(scene.scene, "src-git", "bad-dir", "P-8")
    assert found.subject == "gone in GitRepository src-git/infra"
    assert found.next_step.startswith("Correct spec.fluxSource.dir")


def test_a_container_that_cant_start_for_another_reason_isnt_about_the_folder() -> None:
    scene = PodScene(FOLDER)
    scene.wait("pulumi", "RunContainerError", "failed to create task: exec: no such file")
    assert scene.ids() == []


def test_a_stack_without_a_source_has_no_project() -> None:
    scene = PodScene(PROJECT)
    found = the_finding(scene.scene, "spec-bad", "no-source", "P-9")
    assert (found.severity, found.certainty, found.subject) == (PROBLEM, CERTAIN, "no source")
    assert found.next_step.startswith("Set spec.projectRepo")
    assert scene.ids() == ["P-9"]


def test_without_the_log_a_stack_without_a_source_is_likely_to_have_no_project() -> None:
    scene = PodScene(PROJECT)
    scene.scene.refused["logs"] = "forbidden"
    found = the_finding(scene.scene, "spec-bad", "no-source", "P-9")
    assert found.certainty == LIKELY
    assert found.unknown == ("the log of container pulumi: forbidden",)
    scene.stack["spec"] |= {"projectRepo": "https://git.acme.example/infra.git", "repoDir": "app"}
    assert the_finding(scene.scene, "spec-bad", "no-source", "P-9").certainty == POSSIBLE
    assert scene.ids() == ["P-9"]


def test_a_folder_without_a_project_is_named() -> None:
    scene = PodScene(PROJECT)
    scene.stack["spec"] |= {"projectRepo": "https://git.acme.example/infra.git", "repoDir": "app"}
    found = the_finding(scene.scene, "spec-bad", "no-source", "P-9")
    assert found.title == "There is no Pulumi.yaml in app of https://git.acme.example/infra.git"
    assert found.evidence[1].path == "/spec/repoDir"


def test_an_agent_that_ends_for_another_reason_has_its_project() -> None:
    scene = PodScene(PROJECT)
    scene.say("pulumi", "something else")
    assert scene.ids() == []


def test_an_agent_without_a_token_has_no_kubeconfig() -> None:
    scene = PodScene(PROJECT)
    scene.say("pulumi", "unable to load the kubeconfig: no configuration has been provided")
    found = the_finding(scene.scene, "spec-bad", "no-source", "P-10")
    assert (found.severity, found.certainty, found.subject) == (PROBLEM, CERTAIN, "ServiceAccount spec-bad/default")
    scene.pod["spec"]["automountServiceAccountToken"] = False
    found = the_finding(scene.scene, "spec-bad", "no-source", "P-10")
    assert "podTemplate" in found.next_step
    assert scene.ids() == ["P-10"]


def test_without_the_log_a_pod_without_a_token_is_likely_to_lack_it() -> None:
    scene = PodScene(PROJECT)
    scene.stack["spec"]["projectRepo"] = "https://git.acme.example/infra.git"
    scene.pod["spec"]["automountServiceAccountToken"] = False
    scene.scene.refused["logs"] = "forbidden"
    assert the_finding(scene.scene, "spec-bad", "no-source", "P-10").certainty == LIKELY
    scene.pod["spec"]["automountServiceAccountToken"] = True
    assert scene.ids() == ["P-9"]


def _own_init() -> PodScene:
    scene = PodScene("01b-workspace-pending")
    scene.pod["status"]["initContainerStatuses"].append(
        {"name": "certs", "restartCount": 0, "state": {}, "lastState": {}}
    )
    return scene


def test_an_init_container_of_the_user_is_named_with_what_it_said_last() -> None:
    scene = _own_init()
    scene.end("certs", 3)
    scene.say("certs", "getting certificates", "no such host ca.acme.example")
    found = the_finding(scene.scene, "first", "shop", "P-11")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.title == "The init container certs fails with exit code 3"
    assert "no such host ca.acme.example" in found.evidence[1].text


def test_an_init_container_of_the_user_that_cant_start_fails_too() -> None:
    scene = _own_init()
    scene.wait("certs", "CreateContainerError", "no command specified")
    scene.scene.refused["logs"] = "forbidden"
    found = the_finding(scene.scene, "first", "shop", "P-11")
    assert found.unknown == ("the log of container certs: forbidden",)


def test_an_init_container_that_runs_waits_its_turn_or_went_well_says_nothing() -> None:
    scene = _own_init()
    scene.run("certs", since=300.0)
    assert scene.ids() == []
    scene.wait("certs", "PodInitializing")
    assert scene.ids() == []
    scene.container("certs")["state"] = {"terminated": {"exitCode": 0}}
    assert scene.ids() == []


def _died(
    *, ago: float = 90.0, made: float = 20.0, code: int = 137, reason: str = "OOMKilled", restarts: int = 2
) -> PodScene:
    scene = PodScene(RUNS)
    scene.ready("Succeeded", "", status="True")
    scene.has_worked()
    scene.end("pulumi", code, ago=ago, reason=reason, restarts=restarts)
    scene.update_waits(ago=made)
    return scene


def test_an_agent_that_ran_out_of_memory_between_two_runs_is_named() -> None:
    scene = _died()
    found = the_finding(scene.scene, "pods", "agent-mute", "P-12")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert found.title == "The agent of pods/agent-mute-workspace-0 ran out of memory and isn't back"
    assert "more memory" in found.next_step
    assert {"OOMKilled", "137", "CrashLoopBackOff"} <= {each.text for each in found.evidence}
    assert found.actions == ("restart-workspace",)
    assert "C-4" not in scene.ids()


@pytest.mark.parametrize(("ago", "restarts", "severity"), [(59.0, 1, WAITING), (61.0, 1, PROBLEM), (30.0, 2, PROBLEM)])
def test_a_first_restart_is_waited_for(ago: float, restarts: int, severity: str) -> None:
    scene = _died(ago=ago, restarts=restarts)
    assert the_finding(scene.scene, "pods", "agent-mute", "P-12").severity == severity


def test_a_first_restart_that_cant_be_is_not_waited_for() -> None:
    scene = _died(ago=30.0, restarts=1)
    scene.wait("pulumi", "RunContainerError", "no such device")
    assert the_finding(scene.scene, "pods", "agent-mute", "P-12").severity == PROBLEM


def test_more_memory_is_for_an_agent_that_had_too_little() -> None:
    found = the_finding(_died(code=1, reason="Error").scene, "pods", "agent-mute", "P-12")
    assert "exit code 1" in found.title
    assert "memory" not in found.next_step
    assert "memory" in the_finding(_died(reason="Error").scene, "pods", "agent-mute", "P-12").next_step


def test_an_agent_that_died_in_a_run_is_another_cause() -> None:
    assert "P-12" not in _died(ago=20.0, made=90.0).ids()


def test_an_agent_that_is_back_or_that_never_worked_or_that_nothing_needs_says_nothing() -> None:
    back = _died()
    back.run("pulumi", since=10.0)
    assert "P-12" not in back.ids()
    never = _died()
    never.pod["metadata"]["annotations"].clear()
    assert "P-12" not in never.ids()
    over = _died()
    complete = {"type": "Complete", "status": "True", "reason": "Updated"}
    next(each for each in over.scene.objects if each["kind"] == "Update")["status"]["conditions"].append(complete)
    assert "P-12" not in over.ids()


def test_a_source_that_is_gone_from_the_pod_keeps_the_agent_from_coming_back() -> None:
    scene = _died(code=1, reason="Error")
    scene.wait("pulumi", "RunContainerError", _FILE_EXISTS)
    found = the_finding(scene.scene, "pods", "agent-mute", "P-12")
    assert found.next is not None
    assert found.next.what.startswith("never by itself")
    assert "Restart the workspace" in found.next_step
    assert "P-8" not in scene.ids()


@pytest.mark.parametrize(("reason", "message"), [
    ("CreateContainerConfigError", 'secret "aws" not found'), ("ImagePullBackOff", "Back-off pulling image"),
])  # fmt: skip
def test_what_keeps_an_agent_that_has_worked_from_coming_back_is_said_of_its_end(reason: str, message: str) -> None:
    scene = _died(code=1, reason="Error")
    scene.wait("pulumi", reason, message)
    found = the_finding(scene.scene, "pods", "agent-mute", "P-12")
    assert found.title.endswith(f"isn't back: {message}")
    assert not {"P-3", "P-4"} & set(scene.ids())
