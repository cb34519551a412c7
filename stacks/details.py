"""What a page tells of a Stack or an Application beyond what the board keeps of thousands of them.

Secret-bearing fields aren't decoded here either. Values of outputs are kept apart from everything that is
printed by itself, such as a traceback: they are shown where a reader asks for them, and secret ones nowhere.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from stacks.messages import without_outputs
from stacks.records import Container, HealthStatus, Metadata, Source, Struct
from stacks.secret_names import names_a_secret, without_secrets
from stacks.text import cleaner, plain

SECRET = "[secret]"  # noqa: S105  (what the operator writes in the place of a secret output)


class Resources(Struct, frozen=True):
    """What a container asks for, and what it may take."""

    requests: dict[str, str | int] | None = None
    limits: dict[str, str | int] | None = None


class TemplatePodSpec(Struct, frozen=True):
    """What the Stack says of its workspace pod beyond what PKO has fields for."""

    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    node_selector: dict[str, str] | None = None
    service_account_name: str = ""


class TemplatePod(Struct, frozen=True):
    """The pod of a workspace, as its template has it."""

    spec: TemplatePodSpec | None = None


class TemplateSpec(Struct, frozen=True):
    """How a workspace is to be made: its image, account and resources."""

    image: str = ""
    image_pull_policy: str = ""
    service_account_name: str = ""
    security_profile: str = ""
    pulumi_log_level: int = 0
    resources: Resources | None = None
    pod_template: TemplatePod | None = None


class Template(Struct, frozen=True):
    """`spec.workspaceTemplate` of a Stack."""

    spec: TemplateSpec = TemplateSpec()


class UpdateTemplateSpec(Struct, frozen=True):
    """How its Updates are to be made."""

    type: str = ""
    ttl_after_completed: str = ""


class UpdateTemplate(Struct, frozen=True):
    """`spec.updateTemplate` of a Stack."""

    spec: UpdateTemplateSpec = UpdateTemplateSpec()


class StackDetailSpec(Struct, frozen=True):
    """The fields of a Stack's spec that only its page tells of."""

    environment: list[str] | None = None
    secrets_provider: str = ""
    service_account_name: str = ""
    shallow: bool = False
    run_program: bool = False
    targets: list[str] | None = None
    target_dependents: bool = False
    use_local_stack_only: bool = False
    workspace_template: Template | None = None
    update_template: UpdateTemplate | None = None


class StackDetailStatus(Struct, frozen=True):
    """The outputs: as they were sent, and from `tidy_stack_detail` on each as an `Output`."""

    outputs: Any = None


class Output(msgspec.Struct, frozen=True, gc=False):
    """One output. `text` is its value as JSON, without what is secret in it; empty for a secret one."""

    kind: str
    text: str = ""
    hidden: bool = False
    """its name says that it is secret, though Pulumi doesn't"""

    def __repr__(self) -> str:
        return f"Output({self.kind!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("kind", self.kind)]

    @property
    def secret(self) -> bool:
        return self.kind == "secret"


class StackDetail(Struct, frozen=True):
    """A Stack's spec where the page has words for it, and its outputs."""

    metadata: Metadata
    spec: StackDetailSpec = StackDetailSpec()
    status: StackDetailStatus | None = None

    @property
    def outputs(self) -> dict[str, Output]:
        """The outputs by name, as `tidy_stack_detail` has left them."""
        found = self.status.outputs if self.status else None
        return found if isinstance(found, dict) else {}


_plain_stack_detail = cleaner(StackDetailSpec)
_KINDS = {str: "text", bool: "yes or no", int: "number", float: "number", list: "list", dict: "object"}


def tidy_stack_detail(detail: StackDetail) -> StackDetail:
    """The details with plain text, and their outputs put away."""
    detail = replace(detail, spec=_plain_stack_detail(detail.spec))
    found = detail.status.outputs if detail.status else None
    if not isinstance(found, dict):
        return replace(detail, status=None)
    outputs = {plain(str(name)): _output(str(name), found[name]) for name in sorted(found)}
    return replace(detail, status=StackDetailStatus(outputs))


def _output(name: str, value: Any) -> Output:
    if value == SECRET:
        return Output("secret")
    if isinstance(value, dict | list) and SECRET in msgspec.json.encode(value).decode():
        return Output("secret")
    kind = _KINDS.get(type(value), "nothing")
    if names_a_secret(name):
        return Output(kind, hidden=True)
    shown = without_secrets(value)
    text = shown if isinstance(shown, str) else msgspec.json.encode(shown).decode()
    return Output(kind, plain(text))


# Application


class Automated(Struct, frozen=True):
    """Whether Argo CD syncs by itself, and how far that goes."""

    prune: bool = False
    self_heal: bool = False
    enabled: bool = True


class Backoff(Struct, frozen=True):
    """How long it waits between two tries; Go durations, or seconds."""

    duration: str | int = ""
    factor: int | None = None
    max_duration: str | int = ""


class Retry(Struct, frozen=True):
    """How often a failed sync is tried again."""

    limit: int = 0
    backoff: Backoff | None = None
    refresh: bool = False


class SyncPolicy(Struct, frozen=True):
    """When an Application is synced, and with which options."""

    automated: Automated | None = None
    retry: Retry | None = None
    sync_options: list[str] | None = None


class AppDetailSpec(Struct, frozen=True):
    """The fields of an Application's spec that only its page tells of."""

    sync_policy: SyncPolicy | None = None


class Initiator(Struct, frozen=True):
    """Who started a sync: a user, or Argo CD itself."""

    username: str = ""
    automated: bool = False


class Deployed(Struct, frozen=True):
    """One entry of an Application's history."""

    id: int = 0
    revision: str = ""
    revisions: list[str] | None = None
    deployed_at: str = ""
    deploy_started_at: str = ""
    initiated_by: Initiator | None = None
    source: Source | None = None


class ResourceResult(Struct, frozen=True):
    """What the last sync did to one resource."""

    group: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    status: str = ""
    message: str = ""
    hook_type: str = ""
    hook_phase: str = ""


class SyncResult(Struct, frozen=True):
    """What the last sync did, resource by resource."""

    revision: str = ""
    resources: list[ResourceResult] | None = None


class Requested(Struct, frozen=True):
    """The sync that was asked for, and by whom."""

    initiated_by: Initiator | None = None


class OperationDetail(Struct, frozen=True):
    """How the last sync goes, or went."""

    phase: str = ""
    message: str = ""
    finished_at: str = ""
    retry_count: int = 0
    operation: Requested | None = None
    sync_result: SyncResult | None = None


class HeldResource(Struct, frozen=True):
    """A resource that the Application holds, and how it stands."""

    group: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    status: str = ""
    health: HealthStatus | None = None
    hook: bool = False
    requires_pruning: bool = False
    sync_wave: int = 0


class AppDetailStatus(Struct, frozen=True):
    """The last sync, the syncs before it, and what the Application holds."""

    operation_state: OperationDetail | None = None
    history: list[Deployed] | None = None
    resources: list[HeldResource] | None = None


class AppDetail(Struct, frozen=True):
    """An Application's sync policy, results and history."""

    metadata: Metadata
    spec: AppDetailSpec = AppDetailSpec()
    status: AppDetailStatus | None = None


_plain_app_detail = cleaner(AppDetail)


def tidy_app_detail(detail: AppDetail) -> AppDetail:
    """The details with plain text, and without outputs in messages."""
    detail = _plain_app_detail(detail)
    status = detail.status
    if status is None:
        return detail
    operation = status.operation_state
    if operation is not None and operation.sync_result is not None:
        results = [_said_safely(result) for result in operation.sync_result.resources or ()]
        operation = replace(operation, sync_result=replace(operation.sync_result, resources=results))
    return replace(detail, status=replace(status, operation_state=operation))


def _said_safely(result: ResourceResult) -> ResourceResult:
    """A Stack's health message stands here, and that may be what Pulumi printed."""
    return replace(result, message=without_outputs(result.message))
