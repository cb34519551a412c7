"""Recorded scenes changed by hand, where no record holds what a test is about: pods, containers, Updates, events."""

from __future__ import annotations

from typing import Any

from diagnosis.explain import OUR_ERROR
from stacks.times import rfc3339
from support.scenes import ContainerLog, Scene, findings_of, scenes

INITIALIZED = "auto.pulumi.com/initialized"


class PodScene:
    """A copy of a recorded scene with one Stack, to be changed."""

    def __init__(self, recorded: str) -> None:
        self.scene: Scene = scenes()[recorded].copy()
        judged = self.scene.expected[0]
        self.namespace, self.name = judged["namespace"], judged["name"]
        self.now = self.scene.now

    def ids(self) -> list[str]:
        """What is found with the Stack, where no cause fails."""
        found = [finding.id for finding in findings_of(self.scene, self.namespace, self.name)]
        assert OUR_ERROR not in found
        return found

    @property
    def stack(self) -> dict[str, Any]:
        return self.scene.object("Stack", self.name)

    @property
    def workspace(self) -> dict[str, Any]:
        return self.scene.object("Workspace", self.name)

    @property
    def pod(self) -> dict[str, Any]:
        return self.scene.object("Pod", f"{self.name}-workspace-0")

    @property
    def statefulset(self) -> dict[str, Any]:
        return self.scene.object("StatefulSet", f"{self.name}-workspace")

    def container(self, name: str) -> dict[str, Any]:
        """The status of a container."""
        status = self.pod["status"]
        both = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
        return next(each for each in both if each["name"] == name)

    def wait(self, name: str, reason: str, message: str = "") -> None:
        """A container waits."""
        self.container(name)["state"] = {"waiting": {"reason": reason, "message": message}}

    def end(self, name: str, code: int, *, ago: float = 30.0, reason: str = "Error", restarts: int = 2) -> None:
        """A container ended, and kubelet waits before it starts it again."""
        self.wait(name, "CrashLoopBackOff", f"back-off 20s restarting failed container={name}")
        ended = {"exitCode": code, "reason": reason, "finishedAt": rfc3339(self.now - ago)}
        self.container(name).update({"lastState": {"terminated": ended}, "restartCount": restarts, "started": False})

    def run(self, name: str, *, since: float) -> None:
        """A container runs for this many seconds."""
        self.container(name)["state"] = {"running": {"startedAt": rfc3339(self.now - since)}}

    def say(self, name: str, *lines: str) -> None:
        """The log of a container, which is all that it has."""
        pod = f"{self.name}-workspace-0"
        self.scene.logs = [log for log in self.scene.logs if (log.pod, log.container) != (pod, name)]
        text = [f"2026-11-23T18:59:0{place}.000Z\tERROR\tcmd.init\t{line}" for place, line in enumerate(lines)]
        self.scene.logs.append(ContainerLog(self.namespace, pod, name, text))

    def ready(self, reason: str, message: str, *, status: str = "False") -> None:
        """What the Workspace says of itself, and nothing else."""
        found = {"type": "Ready", "status": status, "reason": reason, "message": message}
        found["lastTransitionTime"] = rfc3339(self.now - 900.0)
        self.workspace["status"]["conditions"] = [found]

    def stalled(self, reason: str, message: str) -> None:
        """What the Stack says of itself, and nothing else."""
        found = {"type": "Stalled", "status": "True", "reason": reason, "message": message}
        found["lastTransitionTime"] = rfc3339(self.now - 60.0)
        self.stack["status"]["conditions"] = [found]

    def event(self, about: dict[str, Any], reason: str, message: str, *, ago: float = 5.0) -> dict[str, Any]:
        """An event about an object."""
        metadata = about["metadata"]
        namespace, place = metadata["namespace"], len(self.scene.objects)
        found = {
            "apiVersion": "v1", "kind": "Event", "reason": reason, "message": message, "type": "Warning",
            "metadata": {"name": f"{metadata['name']}.{place}", "namespace": namespace, "uid": f"e-{place}"},
            "involvedObject": {
                "kind": about["kind"], "namespace": namespace, "name": metadata["name"], "uid": metadata["uid"],
            },
            "lastTimestamp": rfc3339(self.now - ago),
        }  # fmt: skip
        self.scene.objects.append(found)
        return found

    def update_waits(self, reason: str = "WorkspaceNotReady", *, ago: float = 20.0, progressing: str = "False") -> None:
        """The Stack has an Update that isn't over, made so many seconds ago."""
        name = f"{self.name}-{int((self.now - ago) * 1000):x}"
        condition = {"type": "Progressing", "status": progressing, "reason": reason, "message": ""}
        condition["lastTransitionTime"] = rfc3339(self.now - 1.0)
        metadata = {"name": name, "namespace": self.namespace, "uid": "u-1", "generation": 1}
        metadata["creationTimestamp"] = rfc3339(self.now - ago)
        self.scene.objects.append(
            {
                "apiVersion": "auto.pulumi.com/v1alpha1", "kind": "Update", "metadata": metadata,
                "status": {"observedGeneration": 1, "conditions": [condition]},
            }
        )  # fmt: skip
        status = self.stack["status"]
        status["currentUpdate"] = {"name": name, "generation": 1, "commit": ""}
        status["observedGeneration"] = 1
        leading = next(each for each in status["conditions"] if each["type"] == "Reconciling")
        leading |= {"reason": "StackProcessing", "message": "stack is being processed"}

    def has_worked(self) -> None:
        """The agent of this pod has been initialised once."""
        self.pod["metadata"].setdefault("annotations", {})[INITIALIZED] = "true"

    def waits_for_workspace(self) -> None:
        """The Stack says that it waits for its workspace."""
        found = {"type": "Reconciling", "status": "True", "reason": "StackProcessing"}
        found |= {"message": "waiting for workspace readiness", "lastTransitionTime": rfc3339(self.now - 60.0)}
        self.stack["status"]["conditions"] = [found]
