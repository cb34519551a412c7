"""The kinds that the picture is made of, and how their bytes become our records."""

from __future__ import annotations

from cluster.resources import Kind, Resource
from stacks.records import (
    Application,
    Deployment,
    Lease,
    Pod,
    Stack,
    Update,
    Workspace,
    tidy_application,
    tidy_deployment,
    tidy_lease,
    tidy_pod,
    tidy_stack,
    tidy_update,
    tidy_workspace,
)

STACKS = Kind(Resource("pulumi.com", "v1", "stacks", "Stack"), Stack, tidy_stack)
APPLICATIONS = Kind(Resource("argoproj.io", "v1alpha1", "applications", "Application"), Application, tidy_application)
WORKSPACES = Kind(Resource("auto.pulumi.com", "v1alpha1", "workspaces", "Workspace"), Workspace, tidy_workspace)
UPDATES = Kind(Resource("auto.pulumi.com", "v1alpha1", "updates", "Update"), Update, tidy_update)
PODS = Kind(Resource("", "v1", "pods", "Pod"), Pod, tidy_pod)
LEASES = Kind(Resource("coordination.k8s.io", "v1", "leases", "Lease"), Lease, tidy_lease)
DEPLOYMENTS = Kind(Resource("apps", "v1", "deployments", "Deployment"), Deployment, tidy_deployment)
