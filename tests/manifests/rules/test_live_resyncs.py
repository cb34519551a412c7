"""Resyncs beside what runs take: of one Stack, and of all beside the operator's workers."""

from __future__ import annotations

from typing import Any

import pytest

from manifests.live_linting import lint_clusters
from manifests.problem import Problem, Severity
from support.lint_objects import cluster_of


def stack(name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"stack": f"acme/{name}/dev", "projectRepo": "https://github.com/acme/web.git", "branch": "main"}
        | spec,
    }


def run(name: str, minute: int, seconds: int) -> dict[str, Any]:
    """A run of a Stack that began at this minute of an hour."""
    ended = minute * 60 + seconds
    return {
        "apiVersion": "auto.pulumi.com/v1alpha1",
        "kind": "Update",
        "metadata": {"name": f"{name}-{minute}", "namespace": "shop", "labels": {"pulumi.com/stack-name": name}},
        "status": {
            "startTime": f"2026-11-30T10:{minute:02}:00Z",
            "endTime": f"2026-11-30T10:{ended // 60:02}:{ended % 60:02}Z",
        },
    }


def operator(workers: int) -> dict[str, Any]:
    container = {
        "image": "pulumi/pulumi-kubernetes-operator:v2.9.1",
        "env": [{"name": "MAX_CONCURRENT_RECONCILES", "value": str(workers)}],
    }
    return {
        "kind": "Deployment",
        "metadata": {"name": "o"},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }


def found(*objects: dict[str, Any]) -> list[Problem]:
    return [each for each in lint_clusters([cluster_of(objects)]) if each.rule.startswith("live/")]


RESYNCS = {"continueResyncOnCommitMatch": True, "resyncFrequencySeconds": 120}


def test_the_median_of_the_last_runs_counts() -> None:
    runs = [run("web", minute, 200) for minute in (10, 20, 30)] + [run("web", 40, 5)]
    (problem,) = found(stack("web", **RESYNCS), *runs)
    assert (problem.rule, problem.severity) == ("live/resync-too-short", Severity.WARNING)
    assert "its last 4 runs took 3m20s (the median), and a resync is due 2m after each" in problem.message
    assert "it runs 62% of the time" in problem.message
    assert problem.fix == "Write `resyncFrequencySeconds: 2400` or more."
    assert problem.position is None


def test_only_the_last_five_runs_count() -> None:
    runs = [run("web", minute, 10) for minute in range(30, 35)] + [run("web", minute, 60 * 20) for minute in range(9)]
    assert found(stack("web", **RESYNCS), *runs) == []


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"resyncFrequencySeconds": 120},
        RESYNCS | {"resyncFrequencySeconds": 600},
        RESYNCS | {"resyncFrequencySeconds": 300},
    ],
)
def test_nothing_is_said_where_there_are_no_resyncs_or_they_are_far_apart(spec: dict[str, Any]) -> None:
    assert found(stack("web", **spec), run("web", 10, 300)) == []


def test_the_operator_makes_them_a_minute_apart_whatever_is_asked_for() -> None:
    (problem,) = found(stack("web", continueResyncOnCommitMatch=True), run("web", 10, 61))
    assert "its last run took 1m1s, and a resync is due 1m after each" in problem.message


def test_runs_of_another_stack_or_without_an_end_say_nothing() -> None:
    unfinished = run("web", 10, 300)
    del unfinished["status"]["endTime"]
    assert found(stack("web", **RESYNCS), unfinished, run("cart", 10, 300)) == []


def test_the_stack_that_takes_most_of_the_workers_is_named() -> None:
    many = [stack(f"s{number}", **RESYNCS) for number in range(4)]
    runs = [run(f"s{number}", 10, 40 + number) for number in range(4)]
    (problem,) = found(*many, *runs, operator(2))
    assert (problem.rule, problem.object) == ("live/worker-share", "Stack shop/s3")
    assert "this Stack and 3 more hold 1.0 of the operator's 2 workers (51%)" in problem.message
    assert found(*many, *runs, operator(25)) == []


def test_where_the_workers_are_not_known_nothing_is_said_of_them() -> None:
    many = [stack(f"s{number}", **RESYNCS) for number in range(60)]
    runs = [run(f"s{number}", 10, 100) for number in range(60)]
    assert found(*many, *runs) == []
