"""Objects as PKO, Kubernetes and Argo CD write them: names, labels, owners, conditions, texts.

Pure functions from facts to dicts. What they look like was taken from objects that a real operator
left in a real API server.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from demo.server.objects import Obj, stamp, without_empty
from demo.server.served_kinds import DEPLOYMENTS, EVENTS, LEASES, STACKS, UPDATES, WORKSPACES, ServedKind

FINALIZER = "finalizer.stack.pulumi.com"
REQUEST = "pulumi.com/reconciliation-request"
INITIALIZED = "auto.pulumi.com/initialized"
LINK = "link.argocd.argoproj.io/pulumi"
TRACKING = "argocd.argoproj.io/tracking-id"
GIT = "https://git.acme.example/platform/infra.git"
AGENT_IMAGE = "pulumi/pulumi:latest-nonroot"

READY, RECONCILING, STALLED = "Ready", "Reconciling", "Stalled"


def manifest(kind: ServedKind, namespace: str, name: str, created: float | None = None, **metadata: object) -> Obj:
    """What an object begins with: its apiVersion, kind and metadata, with the time of its creation if that is given."""
    times = {} if created is None else {"creationTimestamp": stamp(created)}
    place = {"name": name, "namespace": namespace}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": place | times | metadata}


def condition(kind: str, status: str, reason: str, message: str, since: float) -> Obj:
    found = {"type": kind, "status": status, "reason": reason, "message": message}
    return found | {"lastTransitionTime": stamp(since)}


def conditions(state: str, reason: str, message: str, old: list[Obj], now: float) -> list[Obj]:
    """The conditions of a Stack in `state`. A transition time moves only when a status flips."""

    def since(kind: str, status: str) -> float | str:
        found = next((c for c in old if c["type"] == kind and c["status"] == status), None)
        return found["lastTransitionTime"] if found else stamp(now)

    if state == READY:
        wanted = [(READY, "True", reason, message)]
    else:
        why = {
            RECONCILING: ("NotReadyInProgress", "reconciliation is in progress"),
            STALLED: ("NotReadyStalled", "reconciliation is stalled"),
        }[state]
        wanted = [(READY, "False", *why), (state, "True", reason, message)]
    return [
        {"lastTransitionTime": since(kind, status), "message": text, "reason": word, "status": status, "type": kind}
        for kind, status, word, text in wanted
    ]


def stack(namespace: str, name: str, spec: Obj, created: float, annotations: dict[str, str]) -> Obj:
    given = without_empty({"annotations": dict(annotations)})
    return manifest(STACKS, namespace, name, created, generation=1, **given) | {"spec": spec}


def stack_spec(backend_stack: str, directory: str, **more: object) -> Obj:
    spec: Obj = {
        "branch": "main",
        "envRefs": {
            "PULUMI_ACCESS_TOKEN": {"secret": {"key": "accessToken", "name": "pulumi-api"}, "type": "Secret"},
        },
        "projectRepo": GIT,
        "repoDir": directory,
        "stack": backend_stack,
        "workspaceTemplate": {"spec": {"resources": {"limits": {"memory": "1Gi"}}}},
    }
    return spec | more


def owner_reference(owner: Obj, controller: bool = True) -> Obj:
    found: Obj = {
        "apiVersion": owner["apiVersion"],
        "blockOwnerDeletion": True,
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
    }
    return found | ({"controller": True} if controller else {})


def _stack_labels(name: str) -> Obj:
    return {"pulumi.com/component": "stack", "pulumi.com/stack-name": name}


def workspace(of: Obj, commit: str, created: float) -> Obj:
    name, namespace, spec = of["metadata"]["name"], of["metadata"]["namespace"], of["spec"]
    token = {"key": "accessToken", "name": spec.get("accessTokenSecret") or "pulumi-api"}
    body: Obj = {
        "env": [{"name": "PULUMI_ACCESS_TOKEN", "valueFrom": {"secretKeyRef": token}}],
        "podTemplate": {"metadata": {}, "spec": {"containers": [{"name": "pulumi", "resources": {}}]}},
        "resources": {},
        "securityProfile": "restricted",
        "serviceAccountName": spec.get("serviceAccountName", "default"),
        "stacks": [{"create": True, "name": spec["stack"]}],
    }
    if "programRef" in spec:
        body["flux"] = {
            "digest": "sha256:" + hashlib.sha256(commit.encode()).hexdigest(),
            "url": f"http://pulumi-kubernetes-operator.pulumi-kubernetes-operator/programs/{namespace}/"
            f"{spec['programRef']['name']}/{commit}",
        }
    else:
        body["git"] = {"dir": spec.get("repoDir", ""), "ref": commit, "url": spec.get("projectRepo", "")}
    body |= (spec.get("workspaceTemplate") or {}).get("spec") or {}
    owners = [owner_reference(of)]
    made = manifest(WORKSPACES, namespace, name, created, labels=_stack_labels(name), ownerReferences=owners)
    return made | {"spec": body}


def workspace_status(metadata: Obj, ready: bool, reason: str, message: str, since: float, stalled: bool) -> Obj:
    """The status of the Workspace with this metadata. It has an address from when its pod runs."""
    generation = metadata["generation"]
    up = ready or reason in ("Installing", "Initializing", "InstallationFailed", "InitializationFailed")
    kinds = [(READY, "True" if ready else "False"), *([(STALLED, "True")] if stalled else [])]
    return {
        "address": f"{metadata['name']}-workspace.{metadata['namespace']}:50051" if up else "",
        "conditions": [
            condition(kind, status, reason, message, since) | {"observedGeneration": generation}
            for kind, status in kinds
        ],
        "observedGeneration": generation,
        "pulumiVersion": "3.259.0" if up else "",
    }


def update(of: Obj, workspace: Obj | None, name: str, operation: str, message: str, created: float) -> Obj:
    made = manifest(
        UPDATES,
        of["metadata"]["namespace"],
        name,
        created,
        finalizers=[FINALIZER],
        generation=1,
        labels=_stack_labels(of["metadata"]["name"]),
        ownerReferences=[*([owner_reference(workspace)] if workspace else []), owner_reference(of, controller=False)],
    )
    return made | {
        "spec": {
            "message": message,
            "refresh": bool(of["spec"].get("refresh", False)),
            "stackName": of["spec"]["stack"],
            "targetDependents": False,
            "ttlAfterCompleted": "24h0m0s",
            "type": operation,
            "workspaceName": of["metadata"]["name"],
        }
    }


def update_status(
    state: str, began: float, ended: float = 0.0, message: str = "", permalink: str = "", outputs: str = ""
) -> Obj:
    """`state` is running, succeeded, or failed (the program's or the cloud's error)."""
    progressing, failed, complete, word = {
        "running": ("Progressing", "Progressing", "Progressing", ("True", "False", "False")),
        "succeeded": ("Complete", "UpdateSucceeded", "Updated", ("False", "False", "True")),
        "failed": ("Complete", "Unknown", "Updated", ("False", "True", "True")),
    }[state]
    at = ended or began
    moved = (at, at if state == "failed" else began, at)
    found: Obj = {
        "conditions": [
            condition(kind, status, reason, "", when) | {"observedGeneration": 1}
            for kind, status, reason, when in zip(
                ("Progressing", "Failed", "Complete"), word, (progressing, failed, complete), moved, strict=True
            )
        ],
        "message": message,
        "observedGeneration": 1,
        "outputs": outputs,
        "permalink": permalink if state != "running" else "",
    }
    if state == "succeeded":
        found |= {"startTime": stamp(began + 1), "endTime": stamp(ended)}
    return found


def event(
    about: Obj, reason: str, message: str, component: str, *, last: float, name: str, kind: str = "Normal",
    first: float | None = None, count: int = 1,
) -> Obj:  # fmt: skip
    metadata = about["metadata"]
    first = last if first is None else first
    return manifest(EVENTS, metadata["namespace"], name, first) | {
        "involvedObject": {
            "kind": about["kind"],
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata.get("uid", ""),
            "apiVersion": about["apiVersion"],
            "resourceVersion": metadata.get("resourceVersion", ""),
        },
        "reason": reason,
        "message": message,
        "source": {"component": component},
        "firstTimestamp": stamp(first),
        "lastTimestamp": stamp(last),
        "count": count,
        "type": kind,
        "eventTime": None,
        "reportingComponent": component,
        "reportingInstance": "",
    }


def lease(holder: str, namespace: str, acquired: str) -> Obj:
    return manifest(LEASES, namespace, "operator.pulumi.com") | {
        "spec": {
            "holderIdentity": holder,
            "leaseDurationSeconds": 60,
            "acquireTime": acquired,
            "renewTime": acquired,
            "leaseTransitions": 3,
        },
    }


def deployment(
    namespace: str,
    name: str,
    container: str,
    image: str,
    labels: dict[str, str],
    created: float,
    kind: str = "Deployment",
) -> Obj:
    """A Deployment (or StatefulSet) of one replica that is well."""
    well = condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", created)
    return manifest(replace(DEPLOYMENTS, kind=kind), namespace, name, created, labels=dict(labels), generation=1) | {
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app.kubernetes.io/name": labels["app.kubernetes.io/name"]}},
            "template": {
                "metadata": {"labels": dict(labels)},
                "spec": {"containers": [{"name": container, "image": image}]},
            },
        },
        "status": {
            "observedGeneration": 1,
            "replicas": 1,
            "updatedReplicas": 1,
            "readyReplicas": 1,
            "availableReplicas": 1,
            "conditions": [well],
        },
    }
