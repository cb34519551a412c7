"""The operator of a context: by what it is recognised, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stacks.fields import Obj, field, mappings, text, whole_number
from stacks.records.kubernetes import Deployment
from stacks.versions import PkoVersion, image_version

LEASE_NAME = "operator.pulumi.com"
USUAL_NAMESPACE = "pulumi-kubernetes-operator"
OPERATOR_IMAGE = "pulumi-kubernetes-operator"
WORKERS_VARIABLE = "MAX_CONCURRENT_RECONCILES"
DEFAULT_WORKERS, DEFAULT_WORKERS_OF_PKO_1 = 25, 10
"""workers where the operator's Deployment doesn't say"""
TAKEN_UP_WITHIN = 15.0
"""seconds in which an operator that has a free worker has long begun an Update"""
_MOST_DIGITS = 6
"""of a number of workers; Python refuses to read one of thousands of digits"""


@dataclass(frozen=True, slots=True)
class OperatorState:
    """What is known of the operator in one context."""

    version: PkoVersion | None = None
    has_leader: bool | None = None
    """whether somebody holds the Lease: None if it can't be read"""


UNKNOWN_OPERATOR = OperatorState()


@dataclass(frozen=True, slots=True)
class OperatorWorkload:
    """How the operator of a context is run. No phase depends on it; None is what isn't known."""

    holder: str = ""
    """the pod that holds the Lease"""
    held_since: float | None = None
    replicas: int | None = None
    """as many as there should be"""
    available: int | None = None
    workers: int | None = None
    """Updates that it can run at once: of its replicas only the one that leads works"""


UNKNOWN_WORKLOAD = OperatorWorkload()


def workload_of(deployments: Iterable[Obj], holder: str = "", held_since: float | None = None) -> OperatorWorkload:
    """How those of these Deployments are run that run the operator; `holder` as its Lease has it, ``POD_UUID``."""
    found = [each for each in deployments if operator_images(each)]
    pod = holder.rpartition("_")[0] or holder
    if not found:
        return OperatorWorkload(pod, held_since)
    wanted = [1 if (number := whole_number(each, "spec", "replicas")) is None else number for each in found]
    available = [whole_number(each, "status", "availableReplicas") or 0 for each in found]
    return OperatorWorkload(pod, held_since, sum(wanted), sum(available), sum(map(workers_of, found)))


def workers_of(deployment: Obj) -> int:
    """How many objects of a kind the operator of this Deployment works on at once."""
    for variable in environment(deployment, WORKERS_VARIABLE):
        value = text(variable, "value")
        if value.isdecimal() and len(value) <= _MOST_DIGITS:
            return int(value)
    versions = [version for image in operator_images(deployment) if (version := image_version(image)) is not None]
    return DEFAULT_WORKERS_OF_PKO_1 if versions and min(versions) < (2, 0, 0) else DEFAULT_WORKERS


def environment(deployment: Obj | None, name: str) -> Iterator[Obj]:
    """The environment variables of this name in a Deployment's containers, as they were sent."""
    for _, container in mappings(deployment, "spec", "template", "spec", "containers"):
        yield from (variable for _, variable in mappings(container, "env") if text(variable, "name") == name)


def operator_images(obj: Obj, *above: str) -> list[str]:
    """The images of an object's main containers that are the operator's; of a workspace pod none is.

    `above`: where the containers are, if that isn't a pod template.
    """
    path = above or ("spec", "template", "spec")
    found = [text(container, "image") for _, container in mappings(field(obj, *path), "containers")]
    return [image for image in found if OPERATOR_IMAGE in image]


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
