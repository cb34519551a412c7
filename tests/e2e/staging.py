"""A recorded situation on a real server: its objects are made anew, its logs are what a kubelet serves.

The server gives uids and creation times of its own, so owners and what Events are about are named by those.
No controller runs: what a status says stays as it was recorded until a test writes it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import yaml

from e2e.control_plane import CRDS, ControlPlane
from e2e.kwok import NODE, Kwok, LogFile
from support.podlogs import agent_logs, stamped

Obj = dict[str, Any]

RECORDED = CRDS.parent / "recorded"
PULUMI, AUTO = "/apis/pulumi.com/v1/namespaces/{}", "/apis/auto.pulumi.com/v1alpha1/namespaces/{}"
PATHS = {
    "Stack": f"{PULUMI}/stacks",
    "Workspace": f"{AUTO}/workspaces",
    "Update": f"{AUTO}/updates",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "Pod": "/api/v1/namespaces/{}/pods",
    "Event": "/api/v1/namespaces/{}/events",
}
_TOLD = ("phase", "conditions", "initContainerStatuses", "containerStatuses")
"""what a kubelet says of a pod; the rest of its status is the server's own"""


@dataclass
class Staged:
    """A situation in a namespace of its own. `uids`: what the server made of the recorded ones."""

    plane: ControlPlane
    kwok: Kwok
    namespace: str
    uids: dict[str, str] = field(default_factory=dict)
    pod: Obj = field(default_factory=dict)

    def log(self, container: str = "pulumi") -> LogFile:
        """What a container of the workspace pod writes."""
        return self.kwok.log(self.namespace, self.pod["metadata"]["name"], container)

    def path(self, kind: str) -> str:
        """Where the objects of this kind are."""
        return PATHS[kind].format(self.namespace)

    def put(self, obj: Obj) -> Obj:
        """Make this object anew, with its status."""
        made: Obj = self.plane.request("POST", self.path(obj["kind"]), self._anew(obj))
        self.uids[obj["metadata"].get("uid", "")] = made["metadata"]["uid"]
        if "status" in obj:
            self.set_status(obj["kind"], made["metadata"]["name"], obj["status"])
        return made

    def set_status(self, kind: str, name: str, status: Obj) -> None:
        """What the controller would write."""
        path = f"{self.path(kind)}/{name}"
        present = self.plane.request("GET", path)
        self.plane.request("PUT", f"{path}/status", {**present, "status": status})

    def make_pod(self, obj: Obj | None = None) -> None:
        """The workspace's pod, or another one in its place."""
        self.pod = obj or self.pod
        self.kwok.run_pod(self.namespace, _bare(self._anew(self.pod)))
        told = {name: self.pod["status"][name] for name in _TOLD if name in self.pod.get("status", ())}
        self.kwok.set_status(self.namespace, self.pod["metadata"]["name"], told)

    def _anew(self, obj: Obj) -> Obj:
        """The object as it is written, not as it was read."""
        metadata = obj["metadata"]
        kept = {name: metadata[name] for name in ("name", "labels", "annotations") if name in metadata}
        owners = [
            {**owner, "uid": self.uids.get(owner["uid"], owner["uid"])} for owner in metadata.get("ownerReferences", ())
        ]
        made = {name: value for name, value in obj.items() if name != "status"}
        made["metadata"] = {**kept, "namespace": self.namespace, "ownerReferences": owners}
        if about := obj.get("involvedObject"):
            uid = self.uids.get(about.get("uid", ""), about.get("uid", ""))
            made["involvedObject"] = {**about, "namespace": self.namespace, "uid": uid}
        return made


def _bare(pod: Obj) -> Obj:
    """Containers with names: there is nothing on the node that could be mounted."""
    spec = {
        which: [{"name": each["name"], "image": each["image"]} for each in pod["spec"].get(which, ())]
        for which in ("initContainers", "containers")
    }
    return {**pod, "spec": {**spec, "nodeName": NODE}}


def _is_of(recorded: str, pod: Obj) -> bool:
    """Logs are named by pod and the beginning of its uid, as a pod's name comes again."""
    metadata = pod.get("metadata", {"name": "", "uid": ""})
    return recorded == f"{metadata['name']}-{metadata['uid'][:8]}"


def stage(plane: ControlPlane, kwok: Kwok, situation: str, namespace: str = "") -> Staged:
    """Put a recorded situation on the server, and what its agent wrote into its pod's log."""
    namespace = namespace or f"tui-{secrets.token_hex(4)}"
    plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    staged = Staged(plane, kwok, namespace)
    objects = yaml.load((RECORDED / situation / "objects.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)["items"]
    for obj in objects:
        if obj["kind"] == "Pod":
            staged.make_pod(obj)
            made = plane.request("GET", f"{staged.path('Pod')}/{obj['metadata']['name']}")
            staged.uids[obj["metadata"]["uid"]] = made["metadata"]["uid"]
        elif obj["kind"] in PATHS:
            staged.put(obj)
    for log in agent_logs():
        if log.situation == situation and _is_of(log.pod, staged.pod):
            for at, text in stamped(log.lines):
                staged.log(log.container).append(text, at=at)
    return staged
