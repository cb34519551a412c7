"""PKO's Workspace, where a Stack's runs happen, and the names and labels of what belongs to it."""

from __future__ import annotations

from stacks.records.base import Condition, OwnedMetadata, Struct
from stacks.records.stack import Stack
from stacks.text import cleaner

# auto.pulumi.com/v1alpha1


class WorkspaceSpec(Struct, frozen=True):
    image: str = ""
    service_account_name: str = ""


class WorkspaceStatus(Struct, frozen=True):
    observed_generation: int = 0
    address: str = ""
    pulumi_version: str = ""
    conditions: list[Condition] | None = None


class Workspace(Struct, frozen=True):
    metadata: OwnedMetadata
    spec: WorkspaceSpec = WorkspaceSpec()
    status: WorkspaceStatus | None = None


tidy_workspace = cleaner(Workspace)


WORKSPACE_NAME = "auto.pulumi.com/workspace-name"


WORKSPACE_POD = "auto.pulumi.com/component=workspace"


STACK_NAME = "pulumi.com/stack-name"


def workspace_of(stack: Stack) -> str:
    """The name of a Stack's Workspace: the Stack's own, unless its template says otherwise."""
    template = stack.spec.workspace_template
    return (template.metadata.name if template else "") or stack.metadata.name


def workspace_pod_of(workspace: str) -> str:
    """The name of the pod that a Workspace's StatefulSet makes."""
    return f"{workspace}-workspace-0"
