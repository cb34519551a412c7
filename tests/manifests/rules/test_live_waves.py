"""Syncs that hang: which Stack, in which wave, since when."""

from __future__ import annotations

from typing import Any

import pytest

from manifests.live_linting import lint_clusters
from manifests.problem import Problem, Severity
from support.lint_objects import cluster_of

WAITS = "waiting for healthy state of pulumi.com/Stack/web and 2 more resources"


def application(began: str, message: str = WAITS, phase: str = "Running", **more: Any) -> dict[str, Any]:
    listed = {"group": "pulumi.com", "kind": "Stack", "namespace": "shop", "name": "web", "syncWave": 3}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"destination": {"server": "https://kubernetes.default.svc"}},
        "status": {
            "operationState": {"phase": phase, "message": message, "startedAt": began},
            "resources": [listed],
        }
        | more,
    }


def stack(stalled: bool) -> dict[str, Any]:
    return {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "annotations": {"argocd.argoproj.io/sync-wave": "3"},
        },
        "spec": {"stack": "acme/web/dev", "projectRepo": "https://github.com/acme/web.git", "branch": "main"},
        "status": {"conditions": [{"type": "Stalled", "status": str(stalled), "reason": "SpecInvalid"}]},
    }


def found(*objects: dict[str, Any]) -> list[Problem]:
    return [each for each in lint_clusters([cluster_of(objects)]) if each.rule == "live/wave-hangs"]


def test_a_stalled_stack_never_lets_it_go_on() -> None:
    (problem,) = found(stack(True), application("2026-11-30T11:55:00Z"))
    assert (problem.object, problem.severity) == ("Application argocd/shop", Severity.ERROR)
    assert problem.message.startswith(
        "its sync has waited for 5m in wave 3 for Stack shop/web and 2 more to be Healthy, which is Stalled (SpecInvali"
    )


def test_one_that_still_works_is_a_warning_after_half_an_hour() -> None:
    assert found(stack(False), application("2026-11-30T11:31:00Z")) == []
    (problem,) = found(stack(False), application("2026-11-30T10:00:00Z"))
    assert problem.severity is Severity.WARNING
    assert "has waited for 120m in wave 3" in problem.message


def test_a_stack_that_can_not_be_seen_is_named_as_the_application_names_it() -> None:
    (problem,) = found(application("2026-11-30T10:00:00Z"))
    assert "in wave 3 for Stack web and 2 more to be Healthy" in problem.message


@pytest.mark.parametrize(
    "fields",
    [
        {"phase": "Succeeded"},
        {"message": "waiting for completion of hook batch/Job/migrate"},
        {"message": "waiting for healthy state of apps/Deployment/web"},
    ],
)
def test_other_syncs_are_left_alone(fields: dict[str, Any]) -> None:
    assert found(stack(True), application("2026-11-30T10:00:00Z", **fields)) == []
