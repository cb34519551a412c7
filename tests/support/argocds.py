"""Argo CDs to change: an argocd-cm as each of its owners leaves it."""

from __future__ import annotations

from typing import Any

from demo.manifests import deployment
from demo.server.api_server import ApiServer
from demo.server.field_ownership import note_update
from fleet.argocd.argocd_workloads import ArgoCDWorkloads
from fleet.argocd.instances import ARGOCDS, ArgoCDInstance, ConfigOwner, instance
from health.checks import source

Obj = dict[str, Any]
STACK = "resource.customizations.health.pulumi.com_Stack"
PROGRAM = "resource.customizations.health.pulumi.com_Program"
OURS = source("pulumi.com", "Stack")
OURS_OF_PROGRAM = source("pulumi.com", "Program")
THEIRS = 'return {status = "Healthy"}\n'
LABELS = {"app.kubernetes.io/name": "argocd-cm", "app.kubernetes.io/part-of": "argocd"}
UID, VERSION = "11111111-2222-4333-8444-555555555555", "42"
RELEASE = {"meta.helm.sh/release-name": "argo", "meta.helm.sh/release-namespace": "argocd"}
TRACKED = {"argocd.argoproj.io/tracking-id": "argo-cd:/ConfigMap:argocd/argocd-cm"}
APPLIED = {"kubectl.kubernetes.io/last-applied-configuration": "{}\n"}
OPERATED: Obj = {
    "ownerReferences": [{"apiVersion": "argoproj.io/v1beta1", "kind": "ArgoCD", "name": "main", "uid": "x"}]
}


def config_map(data: dict[str, str] | None = None, manager: str = "kubectl-create", **metadata: Any) -> Obj:
    """argocd-cm whose keys all belong to one manager."""
    meta = {"name": "argocd-cm", "namespace": "argocd", "uid": UID, "resourceVersion": VERSION, "labels": LABELS}
    obj: Obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**meta, **metadata}}
    if data is not None:
        obj["data"] = data
    note_update(None, obj, manager, "", 1_800_000_000.0)
    return obj


def argo_cd(found: Obj | None, *, version: str = "v3.6.1", config_owner: ConfigOwner | None = None) -> ArgoCDInstance:
    """The Argo CD of the context lab with this argocd-cm."""
    return instance("lab", "argocd", found, ArgoCDWorkloads(version, "image", "StatefulSet/x", True), config_owner)


def argocd_resource(*checks: Obj, **spec: Any) -> ConfigOwner:
    """What argocd-operator reads."""
    whole = {**spec, **({"resourceHealthChecks": list(checks)} if checks else {})}
    meta = {"name": "main", "namespace": "argocd", "uid": UID, "resourceVersion": VERSION}
    obj = {"apiVersion": "argoproj.io/v1beta1", "kind": "ArgoCD", "metadata": meta, "spec": whole}
    return ConfigOwner(ARGOCDS, "argocd", "main", obj)


def put_argo_cd(server: ApiServer, found: Obj, *, version: str = "v3.6.1") -> Obj:
    """The ConfigMap and a controller of this version on a server of the demo."""
    namespace = found["metadata"]["namespace"]
    labels = {"app.kubernetes.io/part-of": "argocd"}
    for name, part, kind in (
        ("argocd-application-controller", "application-controller", "StatefulSet"),
        ("argocd-server", "server", "Deployment"),
    ):
        more = labels | {"app.kubernetes.io/name": name, "app.kubernetes.io/component": part}
        image = f"quay.io/argoproj/argocd:{version}"
        server.store.put(deployment(namespace, name, part, image, more, 1_800_000_000.0, kind))
    metadata = {key: value for key, value in found["metadata"].items() if key not in ("uid", "resourceVersion")}
    return server.store.put({**found, "metadata": metadata})


def same_but_for_managers(one: Obj, other: Obj) -> bool:
    """Whether data, labels and annotations of two ConfigMaps are the same, byte by byte."""
    return all(
        (one.get("data") or {}, one["metadata"].get(part) or {})
        == (other.get("data") or {}, other["metadata"].get(part) or {})
        for part in ("labels", "annotations")
    )
