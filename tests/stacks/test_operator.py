"""How the operator of a context is run, by its Deployments and the holder of its Lease."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.operator import UNKNOWN_WORKLOAD, OperatorWorkload, workers_of, workload_of


def deployment(
    version: str = "v2.9.0", *, replicas: Any = 1, available: Any = 1, workers: Any = None
) -> dict[str, Any]:
    container: dict[str, Any] = {"name": "manager", "image": f"docker.io/pulumi/pulumi-kubernetes-operator:{version}"}
    if workers is not None:
        container["env"] = [{"name": "OTHER", "value": "3"}, {"name": "MAX_CONCURRENT_RECONCILES", "value": workers}]
    spec = {"replicas": replicas, "template": {"spec": {"containers": [container]}}}
    return {"spec": spec, "status": {"availableReplicas": available}}


@pytest.mark.parametrize(
    ("found", "number"),
    [
        (deployment(), 25),
        (deployment("v1.16.0"), 10),
        (deployment(workers="4"), 4),
        (deployment(workers="many"), 25),
        (deployment(workers=""), 25),
        (deployment(workers=7), 25),
        (deployment(workers="9" * 5000), 25),
    ],
)
def test_the_workers_are_what_the_deployment_says_or_the_default_of_its_version(found, number) -> None:
    assert workers_of(found) == number


def test_a_workload_is_of_the_operators_alone_and_names_the_pod_that_leads() -> None:
    other = {"spec": {"replicas": 7, "template": {"spec": {"containers": [{"image": "nginx:1"}]}}}}
    found = workload_of([other, deployment(replicas=2, available=1)], "manager-7f_0b1c-22", 5.0)
    assert found == OperatorWorkload("manager-7f", 5.0, 2, 1, 25)


def test_replicas_that_are_not_said_are_one_and_none_may_be_there() -> None:
    found = workload_of([deployment(replicas=None, available=None)])
    assert (found.replicas, found.available) == (1, 0)
    assert workload_of([deployment(replicas=0, available=0)]).replicas == 0


def test_without_a_deployment_nothing_is_claimed() -> None:
    assert workload_of([]) == UNKNOWN_WORKLOAD
