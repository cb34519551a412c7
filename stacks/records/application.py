"""Argo CD's Application, as the board keeps thousands of them."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from stacks.records.base import Condition, ObjectMetadata, Struct
from stacks.records.cleaner import cleaner

# argoproj.io/v1alpha1 Application


class Destination(Struct, frozen=True):
    server: str = ""
    name: str = ""
    namespace: str = ""


class ApplicationSource(Struct, frozen=True):
    repo_url: str = msgspec.field(name="repoURL", default="")
    path: str = ""
    chart: str = ""
    target_revision: str = ""


class ApplicationSpec(Struct, frozen=True):
    project: str = ""
    destination: Destination = Destination()
    source: ApplicationSource | None = None
    sources: list[ApplicationSource] | None = None


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
    metadata: ObjectMetadata
    spec: ApplicationSpec = ApplicationSpec()
    status: ApplicationStatus | None = None


_plain_application = cleaner(Application)


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
