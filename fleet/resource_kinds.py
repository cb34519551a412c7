"""The kinds of objects that are watched or listed, each with the record that it is decoded into.

Which of them are looked at around a Stack, `fleet.stack_objects.watched_kinds` says.
"""

from __future__ import annotations

from cluster.resources import Resource, ResourceKind
from stacks.records.application import Application, tidy_application
from stacks.records.kubernetes import (
    Deployment,
    Event,
    Lease,
    Pod,
    StatefulSet,
    WorkspacePod,
    tidy_deployment,
    tidy_event,
    tidy_lease,
    tidy_pod,
    tidy_statefulset,
    tidy_workspace_pod,
)
from stacks.records.stack import Stack, tidy_stack
from stacks.records.workspace import Update, Workspace, tidy_update, tidy_workspace

STACKS = ResourceKind(Resource("pulumi.com", "v1", "stacks", "Stack"), Stack, tidy_stack)
APPLICATIONS = ResourceKind(
    Resource("argoproj.io", "v1alpha1", "applications", "Application"), Application, tidy_application
)
WORKSPACES = ResourceKind(Resource("auto.pulumi.com", "v1alpha1", "workspaces", "Workspace"), Workspace, tidy_workspace)
UPDATES = ResourceKind(Resource("auto.pulumi.com", "v1alpha1", "updates", "Update"), Update, tidy_update)
PODS = ResourceKind(Resource("", "v1", "pods", "Pod"), Pod, tidy_pod)
LEASES = ResourceKind(Resource("coordination.k8s.io", "v1", "leases", "Lease"), Lease, tidy_lease)
DEPLOYMENTS = ResourceKind(Resource("apps", "v1", "deployments", "Deployment"), Deployment, tidy_deployment)
WORKSPACE_PODS = ResourceKind(PODS.resource, WorkspacePod, tidy_workspace_pod)
STATEFULSETS = ResourceKind(Resource("apps", "v1", "statefulsets", "StatefulSet"), StatefulSet, tidy_statefulset)
EVENTS = ResourceKind(Resource("", "v1", "events", "Event"), Event, tidy_event)

_FLUX = {
    "GitRepository": "gitrepositories",
    "OCIRepository": "ocirepositories",
    "Bucket": "buckets",
    "HelmChart": "helmcharts",
    "ExternalArtifact": "externalartifacts",
}
"""kinds of Flux's sources and their plurals"""


def flux_source(api_version: str, kind: str) -> Resource | None:
    """Where a source of Flux's is served that a Stack names with its version; None for what isn't one."""
    group, slash, version = api_version.partition("/")
    if not slash or not group.endswith(".toolkit.fluxcd.io") or kind not in _FLUX:
        return None
    return Resource(group, version, _FLUX[kind], kind)
