"""The StatefulSet and the pod behind a Workspace, in each stage of starting."""

from __future__ import annotations

import hashlib

from demo.manifests import AGENT_IMAGE, INITIALIZED, manifest, owner_reference
from demo.server.objects import Obj, stamp
from demo.server.served_kinds import PODS, STATEFULSETS

_HARDENED: Obj = {
    "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
    "allowPrivilegeEscalation": False,
}
_MOUNT = [{"name": "share", "mountPath": "/share"}]
_UNREADY = ("ContainersNotReady", "containers with unready status: [pulumi]")
_ENV = {"name": "PULUMI_ENV", "value": "/share/.env"}


def _container(name: str, image: str, **more: object) -> Obj:
    return {
        "name": name,
        "image": image,
        **more,
        "volumeMounts": _MOUNT,
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": _HARDENED,
    }


def _fetch(source: str, directory: str) -> str:
    agent = f"\n/share/agent init -t /share/source {source} &&\n"
    return f'{agent}ln -s "/share/source/${directory}" /share/workspace\n\t\t'


def _fetching(spec: Obj) -> tuple[str, list[Obj]]:
    """The script of the fetch container, and the variables it reads."""
    git, flux = spec.get("git") or {}, spec.get("flux") or {}
    if flux:
        found = [{"name": "FLUX_URL", "value": flux["url"]}, {"name": "FLUX_DIGEST", "value": flux["digest"]}]
        return _fetch('--flux-url "$FLUX_URL" --flux-digest "$FLUX_DIGEST"', "FLUX_DIR"), found
    found = [
        {"name": "GIT_URL", "value": git.get("url", "")},
        {"name": "GIT_REVISION", "value": git.get("ref", "")},
        {"name": "GIT_DIR", "value": git.get("dir", "")},
    ]
    return _fetch('--git-url "$GIT_URL" --git-revision "$GIT_REVISION"', "GIT_DIR"), found


def pod_spec(workspace: Obj, operator_image: str) -> Obj:
    name, namespace, spec = workspace["metadata"]["name"], workspace["metadata"]["namespace"], workspace["spec"]
    script, source = _fetching(spec)
    serve = ["/share/tini", "/share/agent", "--", "serve", "--workspace", "/share/workspace", "--skip-install"]
    serve += ["--env-file", "/share/.env", "--auth-mode", "kube", "--kube-audience", f"{name}.{namespace}"]
    serve += ["--kube-workspace-namespace", namespace, "--kube-workspace-name", name]
    return {
        "volumes": [{"name": "share", "emptyDir": {}}],
        "initContainers": [
            _container(
                "bootstrap", operator_image, args=["cp", "/agent", "/tini", "/share/"], env=[_ENV], resources={}
            ),
            _container("fetch", operator_image, args=["sh", "-c", script], env=[*source, _ENV], resources={}),
        ],
        "containers": [
            _container(
                "pulumi",
                spec.get("image", AGENT_IMAGE),
                command=serve,
                workingDir="/share/workspace",
                ports=[{"name": "grpc", "containerPort": 50051, "protocol": "TCP"}],
                env=[*spec.get("env", []), _ENV],
                resources={"requests": {"cpu": "100m", "memory": "64Mi"}},
            )
        ],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 600,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": spec.get("serviceAccountName", "default"),
        "securityContext": {
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "schedulerName": "default-scheduler",
    }


def _labels(workspace: str) -> Obj:
    return {"auto.pulumi.com/component": "workspace", "auto.pulumi.com/workspace-name": workspace}


def statefulset(workspace: Obj, operator_image: str, created: float) -> Obj:
    name, namespace = workspace["metadata"]["name"], workspace["metadata"]["namespace"]
    spec = pod_spec(workspace, operator_image)
    revision = hashlib.md5(repr(sorted(spec.items())).encode(), usedforsecurity=False).hexdigest()
    owners = [owner_reference(workspace)]
    made = manifest(STATEFULSETS, namespace, f"{name}-workspace", created, labels=_labels(name), ownerReferences=owners)
    return made | {
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": _labels(name)},
            "template": {
                "metadata": {"labels": _labels(name), "annotations": {"auto.pulumi.com/revision-hash": revision}},
                "spec": spec,
            },
            "serviceName": f"{name}-workspace",
            "podManagementPolicy": "Parallel",
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        },
        "status": {
            "observedGeneration": 1,
            "replicas": 1,
            "readyReplicas": 0,
            "currentReplicas": 1,
            "updatedReplicas": 1,
            "currentRevision": f"{name}-workspace-{revision[:10]}",
            "updateRevision": f"{name}-workspace-{revision[:10]}",
            "collisionCount": 0,
            "availableReplicas": 0,
        },
    }


def pod(owner: Obj, created: float) -> Obj:
    """The pod of a StatefulSet, just created: nothing has started."""
    name, namespace = owner["metadata"]["name"], owner["metadata"]["namespace"]
    template = owner["spec"]["template"]
    labels = template["metadata"]["labels"] | {
        "apps.kubernetes.io/pod-index": "0",
        "controller-revision-hash": owner["status"]["updateRevision"],
        "statefulset.kubernetes.io/pod-name": f"{name}-0",
    }
    made = manifest(
        PODS,
        namespace,
        f"{name}-0",
        created,
        generateName=f"{name}-",
        labels=labels,
        annotations=dict(template["metadata"]["annotations"]),
        ownerReferences=[owner_reference(owner)],
    )
    return made | {
        "spec": template["spec"] | {"nodeName": "node-1", "hostname": f"{name}-0", "subdomain": name},
        "status": {"phase": "Pending", "qosClass": "Burstable"},
    }


def plain_pod(namespace: str, name: str, container: str, image: str, labels: dict[str, str], started: float) -> Obj:
    """A pod of one container that runs."""
    main = {"name": container, "image": image}
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    return manifest(PODS, namespace, name, started, labels=dict(labels)) | {
        "spec": {"containers": [main], "nodeName": "node-1", "restartPolicy": "Always"},
        "status": {
            "phase": "Running",
            "conditions": [_condition(kind, True, started) for kind in kinds],
            "podIP": "10.244.0.10",
            "startTime": stamp(started),
            "containerStatuses": [_status(main, {"running": {"startedAt": stamp(started)}}, True)],
        },
    }


def initialized(found: Obj) -> Obj:
    """The pod with the mark that the workspace in it was installed and its stack selected."""
    metadata = found["metadata"]
    return {**found, "metadata": {**metadata, "annotations": {**metadata["annotations"], INITIALIZED: "true"}}}


def pod_status(found: Obj, stage: str, began: float, now: float, ip: str) -> Obj:
    """`stage` is initializing, pulling, running."""
    inits, (main,) = found["spec"]["initContainers"], found["spec"]["containers"]
    done, ready = stage != "initializing", stage == "running"
    since = now if ready else began
    status: Obj = {
        "phase": "Running" if ready else "Pending",
        "conditions": [
            _condition("PodReadyToStartContainers", True, began),
            _condition(
                "Initialized", done, began, "ContainersNotInitialized", "containers with incomplete status: [fetch]"
            ),
            _condition("Ready", ready, since, *_UNREADY),
            _condition("ContainersReady", ready, since, *_UNREADY),
            _condition("PodScheduled", True, began),
        ],
        "hostIP": "10.0.0.4",
        "hostIPs": [{"ip": "10.0.0.4"}],
        "startTime": stamp(began),
        "initContainerStatuses": [_init_status(c, done or c["name"] == "bootstrap", began, now) for c in inits],
        "containerStatuses": [_status(main, _main_state(stage, main["image"], now), ready)],
        "qosClass": "Burstable",
    }
    if ready:
        status |= {"podIP": ip, "podIPs": [{"ip": ip}]}
    return status


def _condition(kind: str, true: bool, since: float, reason: str = "", message: str = "") -> Obj:
    found: Obj = {"type": kind, "status": "True" if true else "False", "lastProbeTime": None}
    found["lastTransitionTime"] = stamp(since)
    return found if true else found | {"reason": reason, "message": message}


def _status(container: Obj, state: Obj, ready: bool) -> Obj:
    return {
        "name": container["name"],
        "state": state,
        "lastState": {},
        "ready": ready,
        "restartCount": 0,
        "image": container["image"],
        "imageID": "",
        "started": "running" in state,
    }


def _init_status(container: Obj, done: bool, began: float, now: float) -> Obj:
    if not done:
        return _status(container, {"running": {"startedAt": stamp(began)}}, False)
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": stamp(began), "finishedAt": stamp(now)}
    return _status(container, {"terminated": ended}, True)


def pull_error(image: str) -> str:
    return (
        f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": '
        "pull access denied, repository does not exist or may require authorization"
    )


def _main_state(stage: str, image: str, now: float) -> Obj:
    if stage == "running":
        return {"running": {"startedAt": stamp(now)}}
    if stage == "pulling":
        message = f'Back-off pulling image "{image}": ErrImagePull: {pull_error(image)}'
        return {"waiting": {"reason": "ImagePullBackOff", "message": message}}
    return {"waiting": {"reason": "PodInitializing"}}
