"""An Application with what only its page shows: sync policy, results and history of syncs."""

from __future__ import annotations

from stacks.records.application import ApplicationSource, HealthStatus, OperationState, ResourceStatus
from stacks.records.base import ObjectMetadata, Struct
from stacks.records.cleaner import cleaner


class AutomatedSync(Struct, frozen=True):
    prune: bool = False
    self_heal: bool = False
    enabled: bool = True


class SyncBackoff(Struct, frozen=True):
    """How long it waits between two tries; Go durations, or seconds."""

    duration: str | int = ""
    factor: int | None = None
    max_duration: str | int = ""


class SyncRetry(Struct, frozen=True):
    limit: int = 0
    backoff: SyncBackoff | None = None
    refresh: bool = False


class SyncPolicy(Struct, frozen=True):
    automated: AutomatedSync | None = None
    retry: SyncRetry | None = None
    sync_options: list[str] | None = None


class AppDetailSpec(Struct, frozen=True):
    sync_policy: SyncPolicy | None = None


class SyncInitiator(Struct, frozen=True):
    username: str = ""
    automated: bool = False


class DeployedRevision(Struct, frozen=True):
    id: int = 0
    revision: str = ""
    revisions: list[str] | None = None
    deployed_at: str = ""
    deploy_started_at: str = ""
    initiated_by: SyncInitiator | None = None
    source: ApplicationSource | None = None


class ResourceResult(ResourceStatus, frozen=True):
    message: str = ""
    hook_type: str = ""
    hook_phase: str = ""


class SyncResult(Struct, frozen=True):
    revision: str = ""
    resources: list[ResourceResult] | None = None


class RequestedOperation(Struct, frozen=True):
    initiated_by: SyncInitiator | None = None


class OperationDetail(OperationState, frozen=True):
    operation: RequestedOperation | None = None
    sync_result: SyncResult | None = None


class HeldResource(ResourceStatus, frozen=True):
    health: HealthStatus | None = None
    hook: bool = False
    requires_pruning: bool = False
    sync_wave: int = 0


class AppDetailStatus(Struct, frozen=True):
    operation_state: OperationDetail | None = None
    history: list[DeployedRevision] | None = None
    resources: list[HeldResource] | None = None


class AppDetail(Struct, frozen=True):
    metadata: ObjectMetadata
    spec: AppDetailSpec = AppDetailSpec()
    status: AppDetailStatus | None = None


tidy_app_detail = cleaner(AppDetail)
