"""The objects of PKO, Argo CD and Kubernetes, with just the fields we read.

Field names are those of the CRDs, in snake case. Nothing is required but a name: an object that
lacks a field, or that an older operator wrote, is an object all the same. Secret-bearing fields
(`envRefs`, `secrets`, `config`, the workspace template, `last-applied-configuration`) aren't
decoded at all, so they can't be shown by mistake.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from stacks.messages import without_outputs
from stacks.text import cleaner


class Struct(msgspec.Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """The common form: immutable, and outside the garbage collector's rounds (records hold no cycles)."""


class Annotations(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The annotations that mean something to us."""

    reconciliation_request: str | None = msgspec.field(name="pulumi.com/reconciliation-request", default=None)
    tracking_id: str = msgspec.field(name="argocd.argoproj.io/tracking-id", default="")
    installation_id: str = msgspec.field(name="argocd.argoproj.io/installation-id", default="")
    workspace_initialized: str = msgspec.field(name="auto.pulumi.com/initialized", default="")


class OwnerReference(Struct, frozen=True):
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class Metadata(Struct, frozen=True):
    name: str
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str = ""
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: Annotations | None = None
    finalizers: list[str] | None = None


class OwnedMetadata(Metadata, frozen=True):
    """Metadata with owners, for the kinds where they are asked for."""

    owner_references: list[OwnerReference] | None = None


class Condition(Struct, frozen=True):
    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: str = ""


# pulumi.com/v1 Stack


class Reference(Struct, frozen=True):
    api_version: str = ""
    kind: str = ""
    name: str = ""


class FluxSource(Struct, frozen=True):
    source_ref: Reference = Reference()
    dir: str = ""


class Requirement(Struct, frozen=True):
    succeeded_within_duration: str = ""


class Prerequisite(Struct, frozen=True):
    name: str = ""
    requirement: Requirement | None = None


class TemplateMetadata(Struct, frozen=True):
    name: str = ""


class WorkspaceTemplate(Struct, frozen=True):
    metadata: TemplateMetadata = TemplateMetadata()


class StackSpec(Struct, frozen=True):
    stack: str = ""
    backend: str = ""
    project_repo: str = ""
    repo_dir: str = ""
    branch: str = ""
    commit: str = ""
    flux_source: FluxSource | None = None
    program_ref: Reference | None = None
    prerequisites: list[Prerequisite] | None = None
    preview: bool = False
    refresh: bool = False
    destroy_on_finalize: bool = False
    continue_resync_on_commit_match: bool = False
    resync_frequency_seconds: int = 0
    retry_max_backoff_duration_seconds: int = 0
    max_update_failures: int = 0
    workspace_reclaim_policy: str = ""
    workspace_template: WorkspaceTemplate | None = None


class CurrentUpdate(Struct, frozen=True):
    name: str = ""
    generation: int = 0
    reconcile_request: str = ""
    commit: str = ""


class LastUpdate(Struct, frozen=True):
    name: str = ""
    generation: int | None = None
    reconcile_request: str = ""
    type: str = ""
    state: str = ""
    message: str = ""
    last_attempted_commit: str = ""
    last_successful_commit: str = ""
    permalink: str = ""
    last_resync_time: str = ""
    failures: int = 0


class StackStatus(Struct, frozen=True):
    observed_generation: int = 0
    observed_reconcile_request: str = ""
    conditions: list[Condition] | None = None
    current_update: CurrentUpdate | None = None
    last_update: LastUpdate | None = None


class Stack(Struct, frozen=True):
    metadata: Metadata
    spec: StackSpec = StackSpec()
    status: StackStatus | None = None


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


class UpdateSpec(Struct, frozen=True):
    workspace_name: str = ""
    stack_name: str = ""
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


# Kubernetes' own


class Waiting(Struct, frozen=True):
    reason: str = ""
    message: str = ""


class Terminated(Struct, frozen=True):
    reason: str = ""
    message: str = ""
    exit_code: int = 0


class ContainerState(Struct, frozen=True):
    waiting: Waiting | None = None
    terminated: Terminated | None = None


class ContainerStatus(Struct, frozen=True):
    name: str = ""
    ready: bool = False
    restart_count: int = 0
    state: ContainerState = ContainerState()


class PodStatus(Struct, frozen=True):
    phase: str = ""
    reason: str = ""
    conditions: list[Condition] | None = None
    init_container_statuses: list[ContainerStatus] | None = None
    container_statuses: list[ContainerStatus] | None = None


class Pod(Struct, frozen=True):
    metadata: OwnedMetadata
    status: PodStatus | None = None


class LeaseSpec(Struct, frozen=True):
    holder_identity: str = ""
    lease_duration_seconds: int = 0
    renew_time: str = ""


class Lease(Struct, frozen=True):
    metadata: Metadata
    spec: LeaseSpec = LeaseSpec()


class Container(Struct, frozen=True):
    name: str = ""
    image: str = ""


class PodSpec(Struct, frozen=True):
    containers: list[Container] | None = None


class PodTemplate(Struct, frozen=True):
    spec: PodSpec = PodSpec()


class DeploymentSpec(Struct, frozen=True):
    template: PodTemplate = PodTemplate()


class DeploymentStatus(Struct, frozen=True):
    ready_replicas: int = 0


class Deployment(Struct, frozen=True):
    metadata: Metadata
    spec: DeploymentSpec = DeploymentSpec()
    status: DeploymentStatus | None = None


# argoproj.io/v1alpha1 Application


class Destination(Struct, frozen=True):
    server: str = ""
    name: str = ""
    namespace: str = ""


class Source(Struct, frozen=True):
    repo_url: str = msgspec.field(name="repoURL", default="")
    path: str = ""
    chart: str = ""
    target_revision: str = ""


class ApplicationSpec(Struct, frozen=True):
    project: str = ""
    destination: Destination = Destination()
    source: Source | None = None
    sources: list[Source] | None = None


class SyncStatus(Struct, frozen=True):
    status: str = ""
    revision: str = ""


class HealthStatus(Struct, frozen=True):
    status: str = ""
    message: str = ""
    last_transition_time: str = ""


class OperationState(Struct, frozen=True):
    phase: str = ""
    message: str = ""
    started_at: str = ""
    finished_at: str = ""
    retry_count: int = 0


class ResourceStatus(Struct, frozen=True):
    group: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    status: str = ""


class ApplicationStatus(Struct, frozen=True):
    sync: SyncStatus = SyncStatus()
    health: HealthStatus = HealthStatus()
    operation_state: OperationState | None = None
    conditions: list[Condition] | None = None
    resources: list[ResourceStatus] | None = None
    reconciled_at: str = ""


class Application(Struct, frozen=True):
    metadata: Metadata
    spec: ApplicationSpec = ApplicationSpec()
    status: ApplicationStatus | None = None


_plain_stack = cleaner(Stack)
_plain_update = cleaner(Update)
_plain_application = cleaner(Application)

tidy_workspace = cleaner(Workspace)
tidy_pod = cleaner(Pod)
tidy_lease = cleaner(Lease)
tidy_deployment = cleaner(Deployment)


def tidy_stack(stack: Stack) -> Stack:
    """The Stack with plain text, and without outputs in its messages."""
    stack = _plain_stack(stack)
    status = stack.status
    if status is None:
        return stack
    last = status.last_update
    if last is not None and last.message and (said := without_outputs(last.message)) != last.message:
        status = replace(status, last_update=replace(last, message=said))
    if any("\n" in c.message for c in status.conditions or ()):
        status = replace(status, conditions=[_without_outputs(c) for c in status.conditions or ()])
    return stack if status is stack.status else replace(stack, status=status)


def tidy_update(update: Update) -> Update:
    """The Update with plain text, and without outputs in its message."""
    update = _plain_update(update)
    if update.status is None or "\n" not in update.status.message:
        return update
    return replace(update, status=replace(update.status, message=without_outputs(update.status.message)))


def _without_outputs(condition: Condition) -> Condition:
    """PKO 1 puts the whole output of a failed run into a condition's message."""
    return replace(condition, message=without_outputs(condition.message))


def tidy_application(app: Application) -> Application:
    """The Application with plain text, keeping of its resources just the Stacks.

    An Application may list thousands of resources, and two thousand Applications are nothing rare.
    """
    app = _plain_application(app)
    if app.status is None or not app.status.resources:
        return app
    held = [r for r in app.status.resources if r.kind == "Stack" and r.group == "pulumi.com"]
    if len(held) == len(app.status.resources):
        return app
    return replace(app, status=replace(app.status, resources=held))
