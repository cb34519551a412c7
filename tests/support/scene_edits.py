"""Changes of recorded scenes as the operator or a person would have made them, where no record shows it."""

from __future__ import annotations

import copy
from typing import Any

from stacks.times import rfc3339
from support.scenes import Scene, scenes

OPERATOR = "pulumi-kubernetes-operator"
LONG_AGO = "2026-11-23T10:00:00Z"


def scene_of(name: str) -> Scene:
    """A recorded scene, to be changed."""
    return scenes()[name].copy()


def status_of(scene: Scene, kind: str, name: str) -> dict[str, Any]:
    """The status of an object of a scene, to be changed."""
    found = scene.object(kind, name).setdefault("status", {})
    assert isinstance(found, dict)
    return found


def last_update_of(scene: Scene, name: str) -> dict[str, Any]:
    """`status.lastUpdate` of a Stack, to be changed."""
    found = status_of(scene, "Stack", name)["lastUpdate"]
    assert isinstance(found, dict)
    return found


def condition(obj: dict[str, Any], kind: str) -> dict[str, Any]:
    """The condition of this type of an object, to be changed."""
    found: dict[str, Any] = next(each for each in obj["status"]["conditions"] if each["type"] == kind)
    return found


def set_condition(stack: dict[str, Any], kind: str, reason: str, message: str, time: str) -> None:
    """Make this the only condition of a Stack besides Ready=False."""
    stack["status"]["conditions"] = [
        {"type": "Ready", "status": "False", "reason": "NotReady", "message": "", "lastTransitionTime": time},
        {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": time},
    ]


def lease(scene: Scene) -> dict[str, Any]:
    """The spec of the operator's Lease."""
    spec: dict[str, Any] = scene.object("Lease", "operator.pulumi.com")["spec"]
    return spec


def renew(scene: Scene, ago: float) -> None:
    """Let the Lease be renewed this many seconds ago."""
    lease(scene)["renewTime"] = rfc3339(scene.now - ago)


def wrote(stack: dict[str, Any], manager: str, time: str) -> None:
    """Let somebody have written the Stack at this time, last of all."""
    entry = {"manager": manager, "operation": "Update", "apiVersion": "pulumi.com/v1", "time": time}
    stack["metadata"].setdefault("managedFields", []).append(entry)


def set_version(scene: Scene, version: str) -> None:
    """Another version of the operator."""
    for each in scene.objects:
        if each["kind"] == "Deployment":
            for container in each["spec"]["template"]["spec"]["containers"]:
                container["image"] = f"pulumi/{OPERATOR}:{version}"


def with_version(scene: Scene, version: str) -> Scene:
    """The same with another version of the operator."""
    changed = scene.copy()
    set_version(changed, f"v{version}")
    return changed


def later(scene: Scene, seconds: float) -> Scene:
    """The same after a while, in which the operator went on renewing its Lease and nothing else happened."""
    changed = scene.copy()
    changed.now += seconds
    renew(changed, 5.0)
    return changed


def stalled_after_failures(scene: Scene, name: str) -> Scene:
    """The same Stack when the operator has given it up."""
    changed = scene.copy()
    status = status_of(changed, "Stack", name)
    status["conditions"] = [each for each in status["conditions"] if each["type"] == "Ready"]
    ended = status["lastUpdate"]["lastResyncTime"]
    status["conditions"].append(
        {
            "type": "Stalled", "status": "True", "reason": "UpdateFailed", "lastTransitionTime": ended,
            "message": "up failed 3 times; not retrying until the spec or source changes",
        }
    )  # fmt: skip
    status["lastUpdate"]["failures"] = 3
    return changed


def retried(scene: Scene, name: str, *, update: str) -> Scene:
    """The same Stack while the failed run is done again: the operator has written down this Update, and made it."""
    changed = scene.copy()
    status = status_of(changed, "Stack", name)
    last = status["lastUpdate"]
    status["currentUpdate"] = {
        "generation": last["generation"], "name": update, "commit": last["lastAttemptedCommit"],
    } | ({"reconcileRequest": last["reconcileRequest"]} if "reconcileRequest" in last else {})  # fmt: skip
    status["conditions"] = [each for each in status["conditions"] if each["type"] == "Ready"]
    status["conditions"].append(
        {
            "type": "Reconciling", "status": "True", "reason": "StackProcessing",
            "lastTransitionTime": last["lastResyncTime"], "message": "stack is being processed",
        }
    )  # fmt: skip
    changed.objects.append(running_like(scene.object("Update", last["name"]), update, changed.now))
    return changed


def running_like(update: dict[str, Any], name: str, now: float) -> dict[str, Any]:
    """An Update that runs, otherwise as another one."""
    made = copy.deepcopy(update)
    made["metadata"] |= {
        "name": name, "uid": f"uid-{name}", "creationTimestamp": rfc3339(now - 5.0),
        "finalizers": ["finalizer.stack.pulumi.com"],
    }  # fmt: skip
    made["status"] = {
        "observedGeneration": 1,
        "conditions": [
            {
                "type": kind, "status": status, "reason": "Progressing", "message": "", "observedGeneration": 1,
                "lastTransitionTime": rfc3339(now - 5.0),
            }
            for kind, status in (("Progressing", "True"), ("Failed", "False"), ("Complete", "False"))
        ],
    }  # fmt: skip
    return made


def with_update_over(scene: Scene, name: str) -> Scene:
    """The same wedge with the Update that the Stack waits for: over, deleted, and kept by two finalizers."""
    changed = scene.copy()
    stack = changed.object("Stack", name)
    ended = "2026-11-23T18:00:00Z"
    changed.objects.append(
        {
            "apiVersion": "auto.pulumi.com/v1alpha1",
            "kind": "Update",
            "metadata": {
                "name": stack["status"]["currentUpdate"]["name"],
                "namespace": stack["metadata"]["namespace"],
                "uid": "6f2d5a7e-0000-4000-8000-000000000001",
                "generation": 2,
                "creationTimestamp": ended,
                "deletionTimestamp": ended,
                "finalizers": ["example.com/first", "finalizer.stack.pulumi.com"],
                "labels": {"pulumi.com/stack-name": name},
                "ownerReferences": [
                    {
                        "apiVersion": "pulumi.com/v1", "kind": "Stack", "name": name, "controller": True,
                        "uid": stack["metadata"]["uid"],
                    }
                ],
            },
            "spec": {"type": "up"},
            "status": {
                "observedGeneration": 1,
                "conditions": [
                    {
                        "type": "Complete", "status": "True", "reason": "Ended", "message": "",
                        "lastTransitionTime": ended,
                    }
                ],
            },
        }
    )  # fmt: skip
    return changed
