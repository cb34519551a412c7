"""Applications as far as a change of a check concerns them: what of Pulumi they hold, in which waves, their sync."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from cluster.resources import ResourceKind
from fleet.board.rows import Key
from fleet.resource_kinds import APPLICATIONS
from health.check_kinds import KINDS
from stacks.records.application import (
    Application,
    ApplicationSpec,
    ApplicationStatus,
    HealthStatus,
    OperationState,
    ResourceStatus,
    SyncStatus,
    tidy_application,
)
from stacks.records.base import ObjectMetadata, Struct

Held = tuple[str, str, str]
"""kind (``pulumi.com/Stack``), namespace, name"""


class _Resource(ResourceStatus, frozen=True):
    sync_wave: int = 0
    hook: bool = False


class _Synced(Struct, frozen=True):
    group: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    hook_phase: str = ""


class _Result(Struct, frozen=True):
    resources: list[_Synced] | None = None


class _Operation(OperationState, frozen=True):
    sync_result: _Result | None = None


class _Status(Struct, frozen=True):
    sync: SyncStatus = SyncStatus()
    health: HealthStatus = HealthStatus()
    resources: list[_Resource] | None = None
    operation_state: _Operation | None = None
    controller_namespace: str = ""


class _Requested(Struct, frozen=True):
    pass


class LiveApplication(Struct, frozen=True):
    """An Application as it is listed."""

    metadata: ObjectMetadata
    spec: ApplicationSpec = ApplicationSpec()
    status: _Status | None = None
    operation: _Requested | None = None


LIVE = ResourceKind(APPLICATIONS.resource, LiveApplication, lambda app: app)


@dataclass(frozen=True)
class DeliveredApplication:
    """An Application that holds something of Pulumi's.

    `waves` are those of what it holds. Of a sync that is on, `passed` is what it need not wait for any more.
    """

    key: Key
    controller: str
    """the namespace of the Argo CD that looks after it"""
    health: str
    waves: dict[Held, int]
    last_wave: int
    hooks: bool
    sync: str
    """``running``, ``retrying`` (it waits for its next attempt), ``requested``, or nothing"""
    message: str
    passed: frozenset[Held]
    records: dict[str, Application]
    """by kind, the Application as if it held nothing else: what joins are made of"""

    @property
    def waited_for(self) -> dict[Held, int]:
        """What a sync waits for: not the last wave, unless there are hooks, which may come after it."""
        return {held: wave for held, wave in self.waves.items() if self.hooks or wave < self.last_wave}


def delivered(context: str, app: LiveApplication) -> DeliveredApplication:
    """The Application, with plain texts."""
    status = app.status or _Status()
    key = Key(context, app.metadata.namespace, app.metadata.name)
    resources = status.resources or []
    waves = {_held(one): one.sync_wave for one in resources if f"{one.group}/{one.kind}" in KINDS}
    state = status.operation_state
    clean = tidy_application(
        Application(app.metadata, app.spec, ApplicationStatus(status.sync, status.health, operation_state=state))
    )
    said = clean.status or ApplicationStatus()
    return DeliveredApplication(
        key,
        status.controller_namespace or app.metadata.namespace,
        said.health.status,
        waves,
        max((one.sync_wave for one in resources), default=0),
        any(one.hook for one in resources),
        _sync(app),
        said.operation_state.message if said.operation_state else "",
        _passed(state),
        {kind: _holding(clean, said, resources, kind) for kind in KINDS[:2]},
    )


def _holding(app: Application, status: ApplicationStatus, resources: Iterable[_Resource], kind: str) -> Application:
    held = [one for one in resources if f"{one.group}/{one.kind}" == kind]
    return replace(app, status=replace(status, resources=list(held)))


def _sync(app: LiveApplication) -> str:
    state = app.status.operation_state if app.status else None
    if state is not None and state.phase in ("Running", "Terminating"):
        return "retrying" if state.finished_at else "running"
    return "requested" if app.operation is not None else ""


def _passed(state: _Operation | None) -> frozenset[Held]:
    if state is None or state.sync_result is None or state.finished_at:
        return frozenset()
    return frozenset(_held(one) for one in state.sync_result.resources or () if one.hook_phase == "Succeeded")


def _held(one: _Resource | _Synced) -> Held:
    return f"{one.group}/{one.kind}", one.namespace, one.name
