"""Workspaces that were killed for lack of memory, and the limit that they hit."""

from __future__ import annotations

from typing import Any

import pytest

from manifests.live_linting import lint_clusters
from manifests.problem import Problem
from support.lint_objects import cluster_of


def pod(status: dict[str, Any], *, limit: str = "512Mi", workspace: str = "web", **more: Any) -> dict[str, Any]:
    resources = {"limits": {"memory": limit}} if limit else {}
    return {
        "kind": "Pod",
        "metadata": {
            "name": f"{workspace}-workspace-0",
            "namespace": "shop",
            "labels": {"auto.pulumi.com/workspace-name": workspace},
        },
        "spec": {"containers": [{"name": "pulumi", "resources": resources}]},
        "status": {"containerStatuses": [{"name": "pulumi", **status}]} | more,
    }


def killed(reason: str = "OOMKilled") -> dict[str, Any]:
    return {"terminated": {"reason": reason, "exitCode": 137, "finishedAt": "2026-11-30T11:48:00Z"}}


def found(the_pod: dict[str, Any], **spec: Any) -> list[Problem]:
    stack = {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"stack": "acme/web/dev", "projectRepo": "https://github.com/acme/web.git", "branch": "main"} | spec,
    }
    return [each for each in lint_clusters([cluster_of([stack, the_pod])]) if each.rule == "live/out-of-memory"]


def test_the_limit_that_it_hit_is_named_and_twice_of_it_proposed() -> None:
    (problem,) = found(pod({"restartCount": 1, "lastState": killed()}))
    assert problem.object == "Stack shop/web"
    assert "the container pulumi of its workspace web-workspace-0 was killed 12m ago" in problem.message
    assert "(OOMKilled; its limit is 512Mi)" in problem.message
    assert "memory: 1024Mi" in problem.fix


def test_one_that_lies_there_killed_counts_and_restarts_are_told() -> None:
    (problem,) = found(pod({"restartCount": 7, "state": killed()}))
    assert "and has restarted 7 times" in problem.message


def test_without_a_limit_the_node_had_no_more() -> None:
    (problem,) = found(pod({"lastState": killed()}, limit=""))
    assert "it has no limit of its own, so that its node had no more" in problem.message


def test_a_stack_that_asks_for_more_by_now_is_told_so() -> None:
    template = {"spec": {"resources": {"limits": {"memory": "2Gi"}}}}
    (problem,) = found(pod({"lastState": killed()}), workspaceTemplate=template)
    assert "its limit is 512Mi; the Stack asks for 2Gi by now" in problem.message


def test_a_workspace_of_another_name_is_that_of_its_template() -> None:
    template = {"metadata": {"name": "big"}}
    assert found(pod({"lastState": killed()}), workspaceTemplate=template) == []
    assert len(found(pod({"lastState": killed()}, workspace="big"), workspaceTemplate=template)) == 1


@pytest.mark.parametrize("status", [{}, {"lastState": killed("Error")}, {"state": {"running": {}}}])
def test_other_ends_are_no_lack_of_memory(status: dict[str, Any]) -> None:
    assert found(pod(status)) == []


def test_an_init_container_counts_too() -> None:
    fetch = {"initContainerStatuses": [{"name": "fetch", "lastState": killed()}]}
    (problem,) = found(pod({}, **fetch))
    assert "the container fetch of its workspace" in problem.message
