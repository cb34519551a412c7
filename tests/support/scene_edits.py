"""Small changes to recorded scenes, so that they become what no record shows."""

from __future__ import annotations

from typing import Any

from stacks.times import rfc3339
from support.scenes import Scene, scenes

OPERATOR = "pulumi-kubernetes-operator"


def scene_of(name: str) -> Scene:
    """A recorded scene, to be changed."""
    return scenes()[name].copy()


def set_version(scene: Scene, version: str) -> None:
    """Another version of the operator."""
    deployment = scene.object("Deployment", "controller-manager")
    deployment["spec"]["template"]["spec"]["containers"][0]["image"] = f"pulumi/{OPERATOR}:{version}"


def lease(scene: Scene) -> dict[str, Any]:
    """The spec of the operator's Lease."""
    spec: dict[str, Any] = scene.object("Lease", "operator.pulumi.com")["spec"]
    return spec


def renew(scene: Scene, ago: float) -> None:
    """Let the Lease be renewed this many seconds ago."""
    lease(scene)["renewTime"] = rfc3339(scene.now - ago)


def condition(stack: dict[str, Any], kind: str) -> dict[str, Any]:
    """The condition of this type of a Stack, to be changed."""
    found: dict[str, Any] = next(each for each in stack["status"]["conditions"] if each["type"] == kind)
    return found


def set_condition(stack: dict[str, Any], kind: str, reason: str, message: str, time: str) -> None:
    """Make this the only condition of a Stack besides Ready=False."""
    stack["status"]["conditions"] = [
        {"type": "Ready", "status": "False", "reason": "NotReady", "message": "", "lastTransitionTime": time},
        {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": time},
    ]


def wrote(stack: dict[str, Any], manager: str, time: str) -> None:
    """Let somebody have written the Stack at this time, last of all."""
    entry = {"manager": manager, "operation": "Update", "apiVersion": "pulumi.com/v1", "time": time}
    stack["metadata"].setdefault("managedFields", []).append(entry)
