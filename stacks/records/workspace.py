"""The objects of PKO, Argo CD and Kubernetes, with just the fields we read.

Field names are those of the CRDs, in snake case. Nothing is required but a name: an object that
lacks a field, or that an older operator wrote, is an object all the same. Secret-bearing fields
(`envRefs`, `secrets`, `config`, the workspace template, `last-applied-configuration`) aren't
decoded at all, so they can't be shown by mistake.
"""

from __future__ import annotations

from stacks.records.base import Condition, OwnedMetadata, Struct
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
