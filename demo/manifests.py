"""Objects as PKO, Kubernetes and Argo CD write them: names, labels, owners, conditions, texts.

Pure functions from facts to dicts. What they look like was taken from objects that a real operator
left in a real API server.
"""

from __future__ import annotations

import hashlib

from demo.server.objects import Obj, stamp

FINALIZER = "finalizer.stack.pulumi.com"
REQUEST = "pulumi.com/reconciliation-request"
INITIALIZED = "auto.pulumi.com/initialized"
TRACKING = "argocd.argoproj.io/tracking-id"
GIT = "https://git.acme.example/platform/infra.git"
AGENT_IMAGE = "pulumi/pulumi:latest-nonroot"

READY, RECONCILING, STALLED = "Ready", "Reconciling", "Stalled"


def condition(kind: str, status: str, reason: str, message: str, since: float) -> Obj:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": stamp(since),
    }


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


def stack(
    namespace: str, name: str, spec: Obj, *, created: float, annotations: dict[str, str] | None = None, uid: str = ""
) -> Obj:
    metadata: Obj = {"name": name, "namespace": namespace, "creationTimestamp": stamp(created), "generation": 1}
    if annotations:
        metadata["annotations"] = dict(annotations)
    if uid:
        metadata["uid"] = uid
    return {"apiVersion": "pulumi.com/v1", "kind": "Stack", "metadata": metadata, "spec": spec}


def stack_spec(backend_stack: str, directory: str, **more: object) -> Obj:
    spec: Obj = {
        "branch": "main",
        "envRefs": {
            "PULUMI_ACCESS_TOKEN": {"secret": {"key": "accessToken", "name": "pulumi-api"}, "type": "Secret"},
        },
        "projectRepo": GIT,
        "repoDir": directory,
        "stack": backend_stack,
    }
    return spec | more


def _owner(owner: Obj, controller: bool = True) -> Obj:
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
    body: Obj = {
        "env": [
            {
                "name": "PULUMI_ACCESS_TOKEN",
                "valueFrom": {"secretKeyRef": {"key": "accessToken", "name": "pulumi-api"}},
            }
        ],
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
    return {
        "apiVersion": "auto.pulumi.com/v1alpha1",
        "kind": "Workspace",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "creationTimestamp": stamp(created),
            "labels": _stack_labels(name),
            "ownerReferences": [_owner(of)],
        },
        "spec": body,
    }


def workspace_status(
    name: str,
    namespace: str,
    ready: bool,
    reason: str,
    message: str,
    since: float,
    *,
    stalled: bool = False,
    generation: int = 1,
) -> Obj:
    up = ready or reason in ("Installing", "Initializing", "InstallationFailed", "InitializationFailed")
    first = condition(READY, "True" if ready else "False", reason, message, since) | {"observedGeneration": generation}
    found = [first]
    if stalled:
        found.append(condition(STALLED, "True", reason, message, since) | {"observedGeneration": generation})
    return {
        "address": f"{name}-workspace.{namespace}:50051" if up else "",
        "conditions": found,
        "observedGeneration": generation,
        "pulumiVersion": "3.259.0" if up else "",
    }


def update_name(of: str, at: float) -> str:
    return f"{of}-{int(at * 1000):x}"


def update(of: Obj, space: Obj | None, name: str, operation: str, message: str, created: float) -> Obj:
    owners = [_owner(space)] if space else []
    return {
        "apiVersion": "auto.pulumi.com/v1alpha1",
        "kind": "Update",
        "metadata": {
            "name": name,
            "namespace": of["metadata"]["namespace"],
            "creationTimestamp": stamp(created),
            "finalizers": [FINALIZER],
            "generation": 1,
            "labels": _stack_labels(of["metadata"]["name"]),
            "ownerReferences": [*owners, _owner(of, controller=False)],
        },
        "spec": {
            "message": message,
            "refresh": bool(of["spec"].get("refresh", False)),
            "stackName": of["spec"]["stack"],
            "targetDependents": False,
            "ttlAfterCompleted": "24h0m0s",
            "type": operation,
            "workspaceName": of["metadata"]["name"],
        },
        "status": update_status("running", created),
    }


def update_status(
    state: str, began: float, ended: float = 0.0, *, message: str = "", permalink: str = "", outputs: str = ""
) -> Obj:
    """`state` is running, succeeded, failed (the program's or the cloud's error) or aborted."""
    progressing, failed, complete, word = {
        "running": ("Progressing", "Progressing", "Progressing", ("True", "False", "False")),
        "succeeded": ("Complete", "UpdateSucceeded", "Updated", ("False", "False", "True")),
        "failed": ("Complete", "Unknown", "Updated", ("False", "True", "True")),
        "aborted": ("Failed", "Aborted", "Failed", ("False", "True", "True")),
    }[state]
    at = ended or began
    moved = (at, at if state in ("failed", "aborted") else began, at)
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
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": metadata["namespace"], "creationTimestamp": stamp(first)},
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


def lease(holder: str, namespace: str, acquired: str, renewed: str) -> Obj:
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "operator.pulumi.com", "namespace": namespace},
        "spec": {
            "holderIdentity": holder,
            "leaseDurationSeconds": 60,
            "acquireTime": acquired,
            "renewTime": renewed,
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
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "creationTimestamp": stamp(created),
            "labels": dict(labels),
            "generation": 1,
        },
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


def plain_pod(namespace: str, name: str, container: str, image: str, labels: dict[str, str], started: float) -> Obj:
    """A pod of one container that runs."""
    yes = [
        {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": stamp(started)}
        for kind in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": stamp(started), "labels": dict(labels)},
        "spec": {"containers": [{"name": container, "image": image}], "nodeName": "node-1", "restartPolicy": "Always"},
        "status": {
            "phase": "Running",
            "conditions": yes,
            "podIP": "10.244.0.10",
            "startTime": stamp(started),
            "containerStatuses": [
                {
                    "name": container,
                    "state": {"running": {"startedAt": stamp(started)}},
                    "lastState": {},
                    "ready": True,
                    "restartCount": 0,
                    "image": image,
                    "imageID": "",
                    "started": True,
                }
            ],
        },
    }
