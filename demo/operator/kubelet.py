"""A simulated StatefulSet controller, scheduler and kubelet, as far as workspace pods need them."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable

from demo.operator import agent_output, pod_manifests
from demo.operator.agent_output import Program
from demo.server.object_storage import Key
from demo.server.objects import Obj, dig
from demo.simulated_context import Routine, ScheduledRoutine, SimulatedContext

# From here no image can be pulled; how a typo in an image name looks.
UNREACHABLE = "registry.acme.example/"


class Kubelet:
    """Starts the pods of workspaces, and removes those that were deleted.

    `on_ready` and `on_gone` are called with a workspace's namespace and name when its pod is; `program_of` gives
    the program that runs there.
    """

    def __init__(
        self,
        stage: SimulatedContext,
        program_of: Callable[[Key], Program],
        on_ready: Callable[[Key], None],
        on_gone: Callable[[Key], None],
    ) -> None:
        self._stage = stage
        self._program_of = program_of
        self._on_ready = on_ready
        self._on_gone = on_gone
        self._ips = itertools.count(11)
        self._starting: dict[Key, ScheduledRoutine] = {}
        self._terminating: set[Key] = set()
        self._tokens: dict[Key, str] = {}

    def pod_of(self, key: Key) -> Obj | None:
        return self._stage.store.get("Pod", key[0], f"{key[1]}-workspace-0")

    def token_of(self, key: Key) -> str:
        """The access token that a workspace's container was started with, whatever its Secret says since."""
        return self._tokens.get(key, "")

    def apply(self, workspace: Obj) -> None:
        """Make StatefulSet and pod what the Workspace says; a changed template replaces the pod."""
        stage, key = self._stage, (workspace["metadata"]["namespace"], workspace["metadata"]["name"])
        image = f"pulumi/pulumi-kubernetes-operator:{stage.pko}"
        wanted = pod_manifests.statefulset(workspace, image, stage.now())
        old = stage.store.get("StatefulSet", key[0], f"{key[1]}-workspace")
        if old and old["spec"] == wanted["spec"] and self.pod_of(key):
            return
        if old:
            wanted["metadata"]["creationTimestamp"] = old["metadata"]["creationTimestamp"]
        stage.store.put(wanted)
        if pod := self.pod_of(key):
            self._remove_pod(key, pod)
        elif key not in self._terminating:
            self.start(key)

    def start(self, key: Key) -> None:
        owner = self._stage.store.get("StatefulSet", key[0], f"{key[1]}-workspace")
        if owner is None or self.pod_of(key):
            return
        pod = self._stage.store.put(pod_manifests.pod(owner, self._stage.now()))
        message = f"Create Pod {key[1]}-workspace-0 in StatefulSet {key[1]}-workspace successful"
        self._stage.record(owner, "SuccessfulCreate", message, "statefulset-controller")
        self._starting[key] = self._stage.schedule.start(self._start(key, pod["metadata"]["uid"]))

    def _start(self, key: Key, uid: str) -> Routine:
        stage, began = self._stage, self._stage.now()
        pod = self.pod_of(key)
        if pod is None:
            return
        name, image = pod["metadata"]["name"], pod["spec"]["containers"][0]["image"]
        stage.record(pod, "Scheduled", f"Successfully assigned {key[0]}/{name} to node-1", "default-scheduler")
        yield 0.4
        self._set_phase(key, uid, "initializing", began)
        yield 0.5
        git = next((e["value"] for e in pod["spec"]["initContainers"][1]["env"] if e["name"] == "GIT_URL"), "")
        stage.server.logs.extend(key[0], name, "fetch", agent_output.fetched(stage.now(), git))
        yield 1.1
        if image.startswith(UNREACHABLE):
            self.fail_to_pull(key, began)
            return
        self._set_phase(key, uid, "running", began)
        self._tokens[key] = self._read_token(pod)
        workspace = stage.store.get("Workspace", *key)
        directory = ((workspace or {}).get("spec", {}).get("git") or {}).get("dir", "")
        self.log(key, agent_output.served(stage.now(), stage.pko, key[1], key[0], directory, self._program_of(key)))
        yield 0.3
        ready = {"status": {"readyReplicas": 1, "availableReplicas": 1}}
        stage.store.patch("StatefulSet", key[0], f"{key[1]}-workspace", ready)
        self._on_ready(key)

    def _read_token(self, pod: Obj) -> str:
        """PULUMI_ACCESS_TOKEN as the pod's Secret has it now; empty where there is none."""
        for each in pod["spec"]["containers"][0].get("env") or []:
            wanted = dig(each, "valueFrom", "secretKeyRef") if each["name"] == "PULUMI_ACCESS_TOKEN" else None
            if wanted is not None:
                secret = self._stage.store.get("Secret", pod["metadata"]["namespace"], wanted["name"])
                return base64.b64decode(dig(secret, "data", wanted["key"]) or "").decode(errors="replace").strip()
        return ""

    def _set_phase(self, key: Key, uid: str, phase: str, began: float) -> None:
        pod = self.pod_of(key)
        if pod is None or pod["metadata"]["uid"] != uid:
            return
        ip = f"10.244.0.{next(self._ips) % 250 + 2}" if phase == "running" else ""
        pod["status"] = pod_manifests.pod_status(pod, phase, began, self._stage.now(), ip)
        self._stage.store.put(pod)

    def fail_to_pull(self, key: Key, began: float) -> None:
        pod = self.pod_of(key)
        if pod is None:
            return
        stage, image = self._stage, pod["spec"]["containers"][0]["image"]
        self._set_phase(key, pod["metadata"]["uid"], "pulling", began)
        text = f'Failed to pull image "{image}": {pod_manifests.pull_error(image)}'
        stage.record(pod, "Failed", text, "kubelet", warning=True)
        again = stage.schedule.every(45, lambda: self._back_off(key, pod["metadata"]["uid"], image), after=5)
        self._starting[key] = again

    def _back_off(self, key: Key, uid: str, image: str) -> None:
        pod = self.pod_of(key)
        if pod and pod["metadata"]["uid"] == uid:
            self._stage.record(pod, "BackOff", f'Back-off pulling image "{image}"', "kubelet")

    def deleted(self, pod: Obj) -> None:
        """A pod got its deletionTimestamp: the agent stops, the pod is removed, its StatefulSet makes another."""
        workspace = pod["metadata"].get("labels", {}).get("auto.pulumi.com/workspace-name", "")
        key = (pod["metadata"]["namespace"], workspace)
        self._stage.schedule.call(lambda: self._remove_pod(key, pod), after=2.5)

    def _remove_pod(self, key: Key, pod: Obj) -> None:
        store, name = self._stage.store, pod["metadata"]["name"]
        found = store.get("Pod", key[0], name)
        if found is None or found["metadata"]["uid"] != pod["metadata"]["uid"]:
            return
        if key[1]:
            self._terminating.add(key)
        store.delete("Pod", key[0], name)
        self._stage.server.logs.drop(key[0], name)
        if scheduled := self._starting.pop(key, None):
            scheduled.cancel()
        if key[1]:
            self._on_gone(key)
            self._restart(key)

    def pod_vanished(self, key: Key) -> None:
        """A pod was deleted by force, without a deletionTimestamp before: its StatefulSet makes another at once."""
        if key[1] and self.pod_of(key) is None and key not in self._terminating:
            self._terminating.add(key)
            self._stage.server.logs.drop(key[0], f"{key[1]}-workspace-0")
            if scheduled := self._starting.pop(key, None):
                scheduled.cancel()
            self._on_gone(key)
            self._restart(key)

    def _restart(self, key: Key) -> None:
        def again() -> None:
            self._terminating.discard(key)
            self.start(key)

        self._terminating.add(key)
        self._stage.schedule.call(again, after=0.7)

    def log(self, key: Key, lines: list[str]) -> None:
        """Write lines of the workspace's main container."""
        self._stage.server.logs.extend(key[0], f"{key[1]}-workspace-0", "pulumi", lines)

    def remove(self, key: Key) -> None:
        """The Workspace is gone: remove its StatefulSet and pod."""
        self._stage.store.delete("StatefulSet", key[0], f"{key[1]}-workspace")
        if pod := self.pod_of(key):
            self._remove_pod(key, pod)
