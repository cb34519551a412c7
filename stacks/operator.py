"""The operator of a context: by what it is recognised, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stacks.records.kubernetes import Deployment
from stacks.versions import PkoVersion, image_version

LEASE_NAME = "operator.pulumi.com"
USUAL_NAMESPACE = "pulumi-kubernetes-operator"
OPERATOR_IMAGE = "pulumi-kubernetes-operator"


@dataclass(frozen=True, slots=True)
class OperatorState:
    """What is known of the operator in one context."""

    version: PkoVersion | None = None
    has_leader: bool | None = None
    """whether somebody holds the Lease: None if it can't be read"""


UNKNOWN_OPERATOR = OperatorState()


def operator_version(deployments: Iterable[Deployment]) -> PkoVersion | None:
    """The version of the operator among these Deployments, the lowest if several run.

    Only Deployments count: the init containers of workspace pods carry the operator's image too.
    """
    versions = [
        version
        for deployment in deployments
        for container in deployment.spec.template.spec.containers or ()
        if OPERATOR_IMAGE in container.image and (version := image_version(container.image))
    ]
    return min(versions, default=None)


def is_operator(deployment: Deployment) -> bool:
    return any(OPERATOR_IMAGE in c.image for c in deployment.spec.template.spec.containers or ())
