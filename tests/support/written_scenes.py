"""A recorded scene on a server that keeps its own uids, generations and times: written as its controllers would.

Namespaces get names of the test's own, and the operator's Lease and Deployment one beside them. Where something runs
pods, those with a log are run there, the operator's too; all others are on no node, so that nobody touches them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from contract.api import MERGE, Api
from demo.server.objects import moment
from support.scenes import Scene, shifted

Obj = dict[str, Any]

_ROOTS = {
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "Lease": "/apis/coordination.k8s.io/v1/namespaces/{}/leases",
    "Program": "/apis/pulumi.com/v1/namespaces/{}/programs",
    "Stack": "/apis/pulumi.com/v1/namespaces/{}/stacks",
    "Workspace": "/apis/auto.pulumi.com/v1alpha1/namespaces/{}/workspaces",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "Pod": "/api/v1/namespaces/{}/pods",
    "Update": "/apis/auto.pulumi.com/v1alpha1/namespaces/{}/updates",
    "Event": "/api/v1/namespaces/{}/events",
}
"""by kind, owners first"""
_OTHER_SPEC: dict[str, Obj] = {
    "Stack": {"resyncFrequencySeconds": 86_400},
    "Workspace": {"serviceAccountName": "before"},
    "StatefulSet": {"replicas": 0},
}
"""what the first of two generations has in its spec"""
_HELD = "example.com/held"
"""the finalizer of what is to be seen while it is deleted"""
_SERVERS_OWN = (
    "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
    "generateName",
)  # fmt: skip


@dataclass
class WrittenScene:
    """`namespaces` are the server's by the recorded ones of the last scene; `paths` what was made."""

    api: Api
    namespaces: dict[str, str] = field(default_factory=dict)
    all_namespaces: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    _uids: dict[str, str] = field(default_factory=dict)

    async def write(self, scene: Scene) -> None:
        self.namespaces = {}
        for recorded in dict.fromkeys(each["metadata"].get("namespace", "") for each in scene.objects):
            if recorded:
                await self._make_namespace(recorded)
        logs: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for log in scene.logs:
            lines = logs.setdefault((log.namespace, log.pod), [])
            lines += [(log.container, line) for line in log.lines]
        for kind in _ROOTS:
            for each in scene.objects:
                if each["kind"] == kind:
                    place = each["metadata"]["namespace"], each["metadata"]["name"]
                    await self._make(self._renamed(each), logs.get(place, []))
        if self.api.kubelet is not None and scene.operator_log:
            await self._make(*self._operator_pod(scene))
        for each in scene.objects:
            if each["metadata"].get("deletionTimestamp"):
                await self._delete(each)

    async def _make_namespace(self, recorded: str) -> None:
        number = len(self.all_namespaces)
        name = f"{self.api.namespace}-{number}" if number else self.api.namespace
        if number:
            await self.api.make("/api/v1/namespaces", {"metadata": {"name": name}})
        self.all_namespaces.append(name)
        self.namespaces[recorded] = name

    def _renamed(self, obj: Obj) -> Obj:
        """The object with the namespaces and the owners' uids that there are on this server."""
        text = json.dumps(obj)
        for recorded, given in self._uids.items():
            text = text.replace(recorded, given)
        renamed: Obj = json.loads(self._with_namespaces(text))
        return renamed

    def _with_namespaces(self, text: str) -> str:
        return re.sub(
            r'(?<="namespace": ")[^"]+|(?<="namespace":")[^"]+', lambda at: self.namespaces.get(at[0], at[0]), text
        )

    async def _make(self, obj: Obj, lines: list[tuple[str, str]]) -> None:
        kind, metadata = obj["kind"], obj["metadata"]
        given = {name: value for name, value in metadata.items() if name not in _SERVERS_OWN}
        if metadata.get("deletionTimestamp"):
            given.setdefault("finalizers", [_HELD])
        body = {**obj, "metadata": given}
        status = body.pop("status", None)
        root = _ROOTS[kind].format(metadata["namespace"])
        path = f"{root}/{metadata['name']}"
        if kind == "Pod":
            body["spec"] = {name: value for name, value in obj["spec"].items() if name != "nodeName"}
        if kind == "Pod" and lines and self.api.kubelet is not None:
            made = await self._run(path, body, lines)
        elif metadata.get("generation") == 2 and not metadata.get("deletionTimestamp"):
            made = await self.api.make(root, {**body, "spec": obj["spec"] | _OTHER_SPEC[kind]})
            code, made = await self.api.put(path, made | {"spec": obj["spec"]})
            assert (code, made["metadata"]["generation"]) == (200, 2), made
        else:
            made = await self.api.make(root, body)
        self.paths.append(path)
        self._uids[metadata.get("uid", "")] = made["metadata"]["uid"]
        if status is not None:
            code, made = await self.api.patch(f"{path}/status", {"status": status}, MERGE)
            assert code == 200, made

    async def _run(self, path: str, pod: Obj, lines: list[tuple[str, str]]) -> Obj:
        """A pod that has a log, where something keeps logs."""
        assert self.api.kubelet is not None
        namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
        self.api.kubelet.run(namespace, {**pod, "metadata": {"name": name}})
        code, made = await self.api.patch(path, {"metadata": pod["metadata"]}, MERGE)
        assert code == 200, made
        for container, line in lines:
            self.api.kubelet.write(namespace, name, container, self._with_namespaces(line), _time(line))
        return made

    def _operator_pod(self, scene: Scene) -> tuple[Obj, list[tuple[str, str]]]:
        """The pod that holds the Lease and wrote the operator's log."""
        lease = next(each for each in scene.objects if each["kind"] == "Lease")
        deployment = next(each for each in scene.objects if each["kind"] == "Deployment")
        metadata = {
            "name": lease["spec"]["holderIdentity"] or "operator",
            "namespace": self.namespaces[lease["metadata"]["namespace"]],
        }
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": deployment["spec"]["template"]["spec"]}
        return pod, [("manager", line) for line in scene.operator_log]

    async def _delete(self, recorded: Obj) -> None:
        """What somebody has deleted, and is held by a finalizer."""
        kind, metadata = recorded["kind"], recorded["metadata"]
        if kind == "Namespace":
            path = f"/api/v1/namespaces/{self.namespaces[metadata['name']]}"
        else:
            path = f"{_ROOTS[kind].format(self.namespaces[metadata['namespace']])}/{metadata['name']}"
        code, _ = await self.api.delete(path, {"gracePeriodSeconds": 0} if kind == "Pod" else None)
        assert code == 200
        _, left = await self.api.get(path)
        assert left["metadata"]["deletionTimestamp"], kind

    async def clean_up(self) -> None:
        """Delete everything that was made: other tests look at all namespaces."""
        for path in reversed(self.paths):
            await self.api.patch(path, {"metadata": {"finalizers": None}}, MERGE)
            await self.api.delete(path, {"gracePeriodSeconds": 0})
            code, _ = await self.api.get(path)
            assert code == 404, path


def _time(line: str) -> float:
    """When a line was written, by what it begins with."""
    found = re.match(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", line)
    return moment(found[0]) if found else 0.0


@asynccontextmanager
async def written(api: Api, *recorded: Scene) -> AsyncIterator[WrittenScene]:
    """These scenes on the server, as of now; the operator is the first one's."""
    there = WrittenScene(api)
    try:
        for number, scene in enumerate(recorded):
            now = shifted(scene, time.time())
            if number:
                now.objects = [each for each in now.objects if each["kind"] not in ("Lease", "Deployment")]
                now.operator_log = []
            await there.write(now)
        yield there
    finally:
        await there.clean_up()
