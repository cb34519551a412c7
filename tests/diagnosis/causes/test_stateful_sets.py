"""A Workspace that the operator can't turn into a StatefulSet: proven by the operator's log, likely by two sources."""

from __future__ import annotations

import pytest

from diagnosis.finding import CERTAIN, LIKELY, POSSIBLE, PROBLEM
from stacks.times import rfc3339
from support.finding_checks import the_finding
from support.pod_scenes import PodScene
from support.scene_edits import set_version

_REFUSED = (
    '2026-11-23T18:59:00.000Z\tERROR\tReconciler error\t{"controller": "workspace-controller", "Workspace": '
    '{"name":"agent-mute","namespace":"pods"}, "namespace": "pods", "name": "agent-mute", "error": "failed to patch '
    'StatefulSet: StatefulSet.apps \\"agent-mute-workspace\\" is invalid: spec.template.spec.initContainers[2].name: '
    'Duplicate value: \\"fetch\\""}'
)


def _behind(*sources: str, ago: float = 300.0) -> PodScene:
    scene = PodScene("10d-agent-unreachable")
    scene.waits_for_workspace()
    scene.ready("Succeeded", "", status="True")
    workspace = scene.workspace
    workspace["metadata"]["generation"] = 2
    manager = {"manager": "pulumi-kubernetes-operator", "operation": "Apply", "time": rfc3339(scene.now - ago)}
    workspace["metadata"]["managedFields"] = [manager]
    old = {"manager": "pulumi-kubernetes-operator", "operation": "Apply", "time": rfc3339(scene.now - 9000.0)}
    scene.statefulset["metadata"]["managedFields"] = [old]
    workspace["spec"] |= {source: {"name": "x"} for source in sources}
    return scene


def test_the_operators_log_proves_it() -> None:
    scene = _behind("projectInfo")
    scene.scene.operator_log += [_REFUSED, _REFUSED.replace("18:59", "19:05")]
    found = the_finding(scene.scene, "pods", "agent-mute", "P-13")
    assert (found.severity, found.certainty) == (PROBLEM, CERTAIN)
    assert "git and projectInfo" in found.title
    assert scene.ids()[0] == "P-13"


@pytest.mark.parametrize(("sources", "version", "certainty"), [
    (("projectInfo",), "v2.9.0", LIKELY), (("projectInfo",), "v2.8.0", LIKELY), (("projectInfo",), "v2.9.1", POSSIBLE),
    (("projectInfo",), "v2.7.0", POSSIBLE), ((), "v2.9.0", POSSIBLE),
])  # fmt: skip
def test_without_the_log_it_depends_on_sources_and_version(
    sources: tuple[str, ...], version: str, certainty: str
) -> None:
    scene = _behind(*sources)
    set_version(scene.scene, version)
    scene.scene.refused["operator log"] = "forbidden"
    found = the_finding(scene.scene, "pods", "agent-mute", "P-13")
    assert found.certainty == certainty
    assert found.unknown == ("the operator's log: forbidden",)


def test_a_deletion_says_how_to_destroy_with_the_program() -> None:
    scene = _behind("projectInfo")
    scene.stack["metadata"]["deletionTimestamp"] = rfc3339(scene.now - 300.0)
    assert "spec.runProgram" in the_finding(scene.scene, "pods", "agent-mute", "P-13").next_step


def test_a_change_that_is_fresh_applied_or_seen_says_nothing() -> None:
    assert "P-13" not in _behind("projectInfo", ago=59.0).ids()
    applied = _behind("projectInfo")
    applied.statefulset["metadata"]["managedFields"][0]["time"] = rfc3339(applied.now - 299.0)
    assert "P-13" not in applied.ids()
    seen = _behind("projectInfo")
    seen.workspace["status"]["observedGeneration"] = 2
    assert "P-13" not in seen.ids()


def test_a_change_of_which_nobody_knows_the_time_needs_the_log() -> None:
    scene = _behind("projectInfo")
    del scene.workspace["metadata"]["managedFields"]
    assert "P-13" not in scene.ids()
    scene.scene.operator_log.append(_REFUSED)
    assert "P-13" in scene.ids()


def test_an_operator_that_doesnt_work_can_apply_nothing() -> None:
    scene = _behind("projectInfo")
    for each in scene.scene.objects:
        if each["kind"] == "Lease":
            each["spec"]["renewTime"] = rfc3339(scene.now - 600.0)
    assert "P-13" not in scene.ids()


def test_the_refusal_of_another_controller_or_stack_proves_nothing() -> None:
    scene = _behind("projectInfo")
    scene.scene.operator_log += [
        _REFUSED.replace("workspace-controller", "stack-controller"),
        _REFUSED.replace('"name": "agent-mute"', '"name": "other"').replace('"name":"agent-mute"', '"name":"other"'),
    ]
    assert the_finding(scene.scene, "pods", "agent-mute", "P-13").certainty == LIKELY


def test_what_a_workspace_says_of_an_older_spec_counts_for_nothing() -> None:
    scene = _behind(ago=30.0)
    scene.ready("ConnectionFailed", "context deadline exceeded")
    assert scene.ids() == []


def test_several_sources_are_to_become_one() -> None:
    assert "Leave just one" in the_finding(_behind("projectInfo").scene, "pods", "agent-mute", "P-13").next_step
    scene = _behind("local")
    scene.stack["metadata"]["deletionTimestamp"] = rfc3339(scene.now - 300.0)
    assert "Leave just one" in the_finding(scene.scene, "pods", "agent-mute", "P-13").next_step
