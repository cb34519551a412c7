"""Records of the operator's inner objects: a Stack's Workspace, and the Updates that run in it."""

from __future__ import annotations

from stacks.records.base import Condition, OwnedMetadata, Struct
from stacks.records.cleaner import cleaner
from stacks.records.stack import Stack

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


def workspace_set_of(workspace: str) -> str:
    """The name of its StatefulSet."""
    return f"{workspace}-workspace"


def workspace_pod_of(workspace: str) -> str:
    return f"{workspace_set_of(workspace)}-0"


class UpdateSpec(Struct, frozen=True):
    workspace_name: str = ""
    type: str = ""
    message: str = ""


class UpdateStatus(Struct, frozen=True):
    observed_generation: int = 0
    start_time: str = ""
    end_time: str = ""
    permalink: str = ""
    message: str = ""
    conditions: list[Condition] | None = None


class Update(Struct, frozen=True):
    metadata: OwnedMetadata
    spec: UpdateSpec = UpdateSpec()
    status: UpdateStatus | None = None


tidy_update = cleaner(Update)
