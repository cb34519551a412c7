"""The kinds of objects the server serves, each with its names, its rules and its printed columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from demo.server.objects import dig
from demo.server.printer_columns import (
    AGE,
    CONTAINERS,
    IMAGES,
    NAME,
    PrinterColumn,
    by_path,
    crd_versions,
    event_last_seen,
    event_object,
    labels_text,
    pod_ready,
    pod_restarts,
    pod_status,
    replicas,
    since,
)


@dataclass(frozen=True)
class ServedKind:
    """A kind as one version of its group serves it.

    `custom` is what a CRD defines. `generated` kinds count `metadata.generation`; `status` says
    whether a `status` subresource guards the status against ordinary writes.
    """

    group: str
    version: str
    plural: str
    kind: str
    columns: tuple[PrinterColumn, ...] = (AGE,)
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    status: bool = False
    generated: bool = False
    custom: bool = False
    name_first: bool = True

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def root(self) -> str:
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"

    @property
    def all_columns(self) -> tuple[PrinterColumn, ...]:
        return (NAME, *self.columns) if self.name_first else self.columns

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


_crd = partial(ServedKind, generated=True, custom=True)
_pulumi = partial(_crd, status=True, categories=("pulumi",))


def _ready(kind: str, field: str) -> str:
    return f'.status.conditions[?(@.type=="{kind}")].{field}'


STACKS = _pulumi(
    "pulumi.com", "v1", "stacks", "Stack",
    (
        by_path("Stack", ".spec.stack", wide=10),
        by_path("Last Update", ".status.lastUpdate.state"),
        by_path("Age", ".status.lastUpdate.lastResyncTime", "date"),
        by_path("Last Commit", ".status.lastUpdate.lastAttemptedCommit", wide=10),
        by_path("Ready", _ready("Ready", "status")),
        by_path("Reconciling", _ready("Reconciling", "reason")),
        by_path("Stalled", _ready("Stalled", "reason")),
        by_path("Permalink", ".status.lastUpdate.permalink"),
    ),
)  # fmt: skip
PROGRAMS = _pulumi(
    "pulumi.com", "v1", "programs", "Program",
    (
        by_path("Age", ".metadata.creationTimestamp", "date"),
        by_path("URL", ".status.artifact.url"),
    ),
)  # fmt: skip
WORKSPACES = _pulumi(
    "auto.pulumi.com", "v1alpha1", "workspaces", "Workspace",
    (
        by_path("Image", ".spec.image"),
        by_path("Ready", _ready("Ready", "status")),
        by_path("Address", ".status.address"),
    ),
)  # fmt: skip
UPDATES = _pulumi(
    "auto.pulumi.com", "v1alpha1", "updates", "Update",
    (
        by_path("Workspace", ".spec.workspaceName"),
        by_path("Type", ".spec.type", wide=10),
        by_path("Start Time", ".status.startTime", "date", wide=10),
        by_path("End Time", ".status.endTime", "date", wide=10),
        by_path("Progressing", _ready("Progressing", "status")),
        by_path("Failed", _ready("Failed", "status")),
        by_path("Complete", _ready("Complete", "status")),
        by_path("URL", ".status.permalink"),
    ),
)  # fmt: skip
APPLICATIONS = _crd(
    "argoproj.io", "v1alpha1", "applications", "Application",
    (
        by_path("Sync Status", ".status.sync.status"),
        by_path("Health Status", ".status.health.status"),
        by_path("Revision", ".status.sync.revision", wide=10),
        by_path("Project", ".spec.project", wide=10),
    ),
    short_names=("app", "apps"),
)  # fmt: skip
APPPROJECTS = _crd("argoproj.io", "v1alpha1", "appprojects", "AppProject", short_names=("appproj", "appprojs"))
ARGOCDS = _crd("argoproj.io", "v1beta1", "argocds", "ArgoCD", status=True)
"""what argocd-operator reads; served only where a server is told to"""
NAMESPACES = ServedKind(
    "", "v1", "namespaces", "Namespace", (PrinterColumn("Status", lambda o, now: dig(o, "status", "phase")), AGE),
    namespaced=False, short_names=("ns",), status=True,
)  # fmt: skip
PODS = ServedKind(
    "", "v1", "pods", "Pod",
    (
        PrinterColumn("Ready", pod_ready),
        PrinterColumn("Status", pod_status),
        PrinterColumn("Restarts", pod_restarts),
        AGE,
        PrinterColumn("IP", lambda o, now: dig(o, "status", "podIP") or "<none>", wide=1),
        PrinterColumn("Node", lambda o, now: dig(o, "spec", "nodeName") or "<none>", wide=1),
        PrinterColumn("Nominated Node", lambda o, now: dig(o, "status", "nominatedNodeName") or "<none>", wide=1),
        PrinterColumn("Readiness Gates", lambda o, now: "<none>", wide=1),
    ),
    short_names=("po",), categories=("all",), status=True, generated=True,
)  # fmt: skip
EVENTS = ServedKind(
    "", "v1", "events", "Event",
    (
        PrinterColumn("Last Seen", event_last_seen),
        PrinterColumn("Type", lambda o, now: o.get("type", "")),
        PrinterColumn("Reason", lambda o, now: o.get("reason", "")),
        PrinterColumn("Object", event_object),
        PrinterColumn("Subobject", lambda o, now: dig(o, "involvedObject", "fieldPath") or "", wide=1),
        PrinterColumn("Source", lambda o, now: dig(o, "source", "component") or o.get("reportingComponent", ""), wide=1),  # noqa: E501
        PrinterColumn("Message", lambda o, now: str(o.get("message", "")).strip()),
        PrinterColumn("First Seen", lambda o, now: since(o.get("firstTimestamp") or o.get("eventTime"), now), wide=1),
        PrinterColumn("Count", lambda o, now: str(o.get("count") or 1), wide=1),
        PrinterColumn("Name", lambda o, now: o["metadata"]["name"], wide=1),
    ),
    short_names=("ev",), name_first=False,
)  # fmt: skip
SECRETS = ServedKind(
    "", "v1", "secrets", "Secret",
    (
        PrinterColumn("Type", lambda o, now: o.get("type", "Opaque")),
        PrinterColumn("Data", lambda o, now: len(o.get("data") or {}), "integer"),
        AGE,
    ),
)  # fmt: skip
CONFIGMAPS = ServedKind(
    "", "v1", "configmaps", "ConfigMap",
    (PrinterColumn("Data", lambda o, now: len(o.get("data") or {}) + len(o.get("binaryData") or {}), "integer"), AGE),
    short_names=("cm",),
)  # fmt: skip
SERVICES = ServedKind(
    "", "v1", "services", "Service",
    (
        PrinterColumn("Type", lambda o, now: dig(o, "spec", "type") or "ClusterIP"),
        PrinterColumn("Cluster-IP", lambda o, now: dig(o, "spec", "clusterIP") or "None"),
        PrinterColumn("External-IP", lambda o, now: "<none>"),
        PrinterColumn("Port(s)", lambda o, now: ",".join(f"{p['port']}/TCP" for p in dig(o, "spec", "ports") or [])),
        AGE,
        PrinterColumn("Selector", lambda o, now: labels_text(dig(o, "spec", "selector")), wide=1),
    ),
    short_names=("svc",), categories=("all",), status=True,
)  # fmt: skip
STATEFULSETS = ServedKind(
    "apps", "v1", "statefulsets", "StatefulSet", (PrinterColumn("Ready", replicas), AGE, CONTAINERS, IMAGES),
    short_names=("sts",), categories=("all",), status=True, generated=True,
)  # fmt: skip
DEPLOYMENTS = ServedKind(
    "apps", "v1", "deployments", "Deployment",
    (
        PrinterColumn("Ready", replicas),
        PrinterColumn("Up-to-date", lambda o, now: dig(o, "status", "updatedReplicas") or 0, "integer"),
        PrinterColumn("Available", lambda o, now: dig(o, "status", "availableReplicas") or 0, "integer"),
        AGE,
        CONTAINERS,
        IMAGES,
        PrinterColumn("Selector", lambda o, now: labels_text(dig(o, "spec", "selector", "matchLabels")), wide=1),
    ),
    short_names=("deploy",), categories=("all",), status=True, generated=True,
)  # fmt: skip
LEASES = ServedKind(
    "coordination.k8s.io", "v1", "leases", "Lease",
    (PrinterColumn("Holder", lambda o, now: dig(o, "spec", "holderIdentity")), AGE),
)  # fmt: skip
CRDS = ServedKind(
    "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition",
    (
        PrinterColumn("Scope", lambda o, now: dig(o, "spec", "scope")),
        PrinterColumn("Versions", crd_versions),
        PrinterColumn("Created At", lambda o, now: o["metadata"].get("creationTimestamp"), "date"),
        PrinterColumn("Group", lambda o, now: dig(o, "spec", "group"), wide=1),
        PrinterColumn("Kind", lambda o, now: dig(o, "spec", "names", "kind"), wide=1),
        PrinterColumn("ShortNames", lambda o, now: ",".join(dig(o, "spec", "names", "shortNames") or []), wide=1),
        PrinterColumn("Established", lambda o, now: True, "boolean", wide=1),
    ),
    namespaced=False, short_names=("crd", "crds"), categories=("api-extensions",), status=True, generated=True,
)  # fmt: skip

KINDS: tuple[ServedKind, ...] = (
    NAMESPACES, PODS, EVENTS, SECRETS, CONFIGMAPS, SERVICES, STATEFULSETS, DEPLOYMENTS, LEASES, CRDS,
    STACKS, PROGRAMS, WORKSPACES, UPDATES, APPLICATIONS, APPPROJECTS,
)  # fmt: skip
