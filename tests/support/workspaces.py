"""A Stack's workspace as PKO makes it: Workspace, StatefulSet, pod, each owned by the one before."""

from __future__ import annotations

from typing import Any

from demo.server.api_server import ApiServer
from support.objects import stack_object

Obj = dict[str, Any]
RUNNING = {"running": {"startedAt": "2026-11-23T18:24:00Z"}}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed"}}


def owned(name: str, owner: Obj, labels: dict[str, str], namespace: str = "prod") -> Obj:
    """Metadata of an object that another one controls."""
    about = {"kind": owner["kind"], "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
    return {
        "name": name,
        "namespace": namespace,
        "labels": labels,
        "ownerReferences": [{"apiVersion": owner["apiVersion"], "controller": True, **about}],
    }


def put_workspace(server: ApiServer, stack: str = "shop", namespace: str = "prod", **made: Any) -> Obj:
    """The Stack, unless it is there, with its whole workspace; the pod, with a log that can be written."""
    found = server.store.get("Stack", namespace, stack)
    top = found or server.store.put(stack_object(stack, namespace, metadata={"uid": ""}))
    labels = {"pulumi.com/stack-name": stack, "pulumi.com/component": "stack"}
    space = server.store.put(
        {
            "apiVersion": "auto.pulumi.com/v1alpha1",
            "kind": "Workspace",
            "metadata": owned(stack, top, labels, namespace),
            "spec": {"image": "pulumi/pulumi"},
            "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "Succeeded"}]},
        }
    )
    labels = workspace_labels(stack)
    owner = server.store.put(
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": owned(f"{stack}-workspace", space, labels, namespace),
            "spec": {"replicas": 1},
            "status": {"readyReplicas": 1, "replicas": 1},
        }
    )
    return put_pod(server, owner, **made)


def workspace_labels(name: str) -> dict[str, str]:
    return {"auto.pulumi.com/workspace-name": name, "auto.pulumi.com/component": "workspace"}


def put_pod(
    server: ApiServer,
    owner: Obj,
    *,
    name: str = "",
    fetch: Obj | None = None,
    pulumi: Obj | None = None,
    sidecars: tuple[str, ...] = (),
    node: str = "node-1",
) -> Obj:
    """The pod of a StatefulSet."""
    metadata = owner["metadata"]
    workspace = metadata["labels"]["auto.pulumi.com/workspace-name"]
    mains = ("pulumi", *sidecars)
    return server.store.put(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": owned(name or f"{workspace}-workspace-0", owner, metadata["labels"], metadata["namespace"]),
            "spec": {
                "nodeName": node,
                "initContainers": [{"name": "bootstrap"}, {"name": "fetch"}],
                "containers": [{"name": container, "image": "pulumi/pulumi"} for container in mains],
            },
            "status": {
                "phase": "Running",
                "initContainerStatuses": [life("bootstrap", DONE), life("fetch", fetch or DONE)],
                "containerStatuses": [life("pulumi", pulumi or RUNNING), *(life(each, RUNNING) for each in sidecars)],
            },
        }
    )


def life(name: str, state: Obj, restarts: int = 0) -> Obj:
    """A container's status."""
    return {"name": name, "state": state, "restartCount": restarts, "lastState": {}}
