"""Small changes of recorded scenes, as the operator or a person would have made them."""

from __future__ import annotations

import copy
import datetime
from typing import Any

from support.scenes import Scene

LONG_AGO = "2026-11-23T10:00:00Z"


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


def condition(scene: Scene, kind: str, name: str, of_type: str) -> dict[str, Any]:
    """A condition of an object, to be changed."""
    found = next(each for each in status_of(scene, kind, name)["conditions"] if each["type"] == of_type)
    assert isinstance(found, dict)
    return found


def later(scene: Scene, seconds: float) -> Scene:
    """The same after a while, in which the operator went on renewing its Lease and nothing else happened."""
    changed = scene.copy()
    changed.now += seconds
    for each in changed.objects:
        if each["kind"] == "Lease":
            each["spec"]["renewTime"] = as_time(changed.now - 5.0)
    return changed


def as_time(instant: float) -> str:
    """An instant as Kubernetes writes it."""
    return datetime.datetime.fromtimestamp(instant, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def lease(scene: Scene) -> dict[str, Any]:
    """The operator's Lease, to be changed."""
    found = next(each for each in scene.objects if each["kind"] == "Lease")["spec"]
    assert isinstance(found, dict)
    return found


def with_version(scene: Scene, version: str) -> Scene:
    """The same with another version of the operator."""
    changed = scene.copy()
    for each in changed.objects:
        if each["kind"] == "Deployment":
            for container in each["spec"]["template"]["spec"]["containers"]:
                container["image"] = f"pulumi/pulumi-kubernetes-operator:v{version}"
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
        "name": name, "uid": f"uid-{name}", "creationTimestamp": as_time(now - 5.0),
        "finalizers": ["finalizer.stack.pulumi.com"],
    }  # fmt: skip
    made["status"] = {
        "observedGeneration": 1,
        "conditions": [
            {
                "type": kind, "status": status, "reason": "Progressing", "message": "", "observedGeneration": 1,
                "lastTransitionTime": as_time(now - 5.0),
            }
            for kind, status in (("Progressing", "True"), ("Failed", "False"), ("Complete", "False"))
        ],
    }  # fmt: skip
    return made
