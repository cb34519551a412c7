"""What Applications hold of Pulumi, which Argo CD judges that, and what its health makes of them and their syncs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from cluster.resources import ResourceKind
from fleet.argocd.instances import ArgoCDInstance
from fleet.board.relations import DestinationMap, HolderIndex
from fleet.board.rows import Key
from fleet.resource_kinds import APPLICATIONS
from health.check_kinds import DELIVERED, KINDS
from health.judge import FAILED, ShownHealth
from health.result import STATUSES
from stacks.fields import Obj, field, texts
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
from stacks.records.base import ObjectMetadata, StackAnnotations, Struct
from stacks.records.cleaner import cleaner
from stacks.records.stack import Stack
from stacks.records.workspace import STACK_NAME

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
    metadata: ObjectMetadata
    spec: ApplicationSpec = ApplicationSpec()
    status: _Status | None = None
    operation: _Requested | None = None


LIVE = ResourceKind(APPLICATIONS.resource, LiveApplication, cleaner(LiveApplication))


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
        {kind: _holding(clean, said, resources, kind) for kind in DELIVERED},
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


STACK, PROGRAM, WORKSPACE, UPDATE = KINDS
_TRACKING = "argocd.argoproj.io/tracking-id"


class InstanceLookup:
    """Finds the Application of an object and the Argo CD of an Application, among those that were listed."""

    def __init__(
        self, apps: Iterable[DeliveredApplication], instances: Iterable[ArgoCDInstance], destinations: DestinationMap
    ) -> None:
        self.apps = {app.key: app for app in apps}
        self._instances = {(one.context, one.namespace): one for one in instances}
        self._only: dict[str, ArgoCDInstance | None] = {}
        for one in self._instances.values():
            self._only[one.context] = None if one.context in self._only else one
        self._holders = {STACK: HolderIndex(destinations), PROGRAM: HolderIndex(destinations)}
        for key, app in self.apps.items():
            for kind, record in app.records.items():
                self._holders[kind].put(key, record)

    def application(self, kind: str, context: str, obj: Obj) -> Key | None:
        """The Application that holds this object, or the Stack that it belongs to; None where there is none."""
        namespace = str(field(obj, "metadata", "namespace") or "")
        name = str(field(obj, "metadata", "name") or "")
        labels, tracking = texts(obj, "metadata", "labels"), texts(obj, "metadata", "annotations").get(_TRACKING, "")
        if kind in (WORKSPACE, UPDATE):
            # Argo CD shows it below its Stack, which is looked up by name; labels of its own say nothing.
            kind, name, labels, tracking = STACK, _stack_of(obj, labels), {}, ""
        annotations = StackAnnotations(tracking_id=tracking) if tracking else None
        record = Stack(ObjectMetadata(name, namespace, labels=labels or None, annotations=annotations))
        holder = self._holders[kind].holder(Key(context, namespace, name), record)
        return holder.key if holder else None

    def instance(self, application: Key) -> ArgoCDInstance | None:
        """The Argo CD that looks after this Application; None where it wasn't seen."""
        app = self.apps[application]
        return self._instances.get((application.context, app.controller)) or self._only.get(application.context)

    def only_one(self, context: str) -> ArgoCDInstance | None:
        """The one Argo CD of this context, for where Applications may not be read."""
        return self._only.get(context)


def _stack_of(obj: Obj, labels: Mapping[str, str]) -> str:
    owners = field(obj, "metadata", "ownerReferences")
    for owner in owners if isinstance(owners, list) else ():
        if field(owner, "kind") == "Stack":
            return str(field(owner, "name") or "")
    return labels.get(STACK_NAME, "")


GOES_ON, WAITS, FAILS, ERRORS = "goes on", "waits", "fails", "ends in an error"
_PASSES = ("Healthy", "none")


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What a sync does (`GOES_ON`, `WAITS`, `FAILS`, `ERRORS`), and because of which object; None where it goes on."""

    word: str = GOES_ON
    because: Held | None = None


def sync_outcome(app: DeliveredApplication, shown: Mapping[Held, ShownHealth]) -> SyncOutcome:
    """What the sync of this Application does if its objects are shown like this.

    A check that raises ends every sync. Otherwise the first wave counts that isn't healthy: what is Degraded in it
    fails the sync, anything else lets it wait, for ever if it stays so. The last wave is not waited for.
    """
    raising = next((held for held, one in shown.items() if one.word == FAILED), None)
    if raising is not None:
        return SyncOutcome(ERRORS, raising)
    waited = app.waited_for
    left = sorted((wave, held) for held, wave in waited.items() if held in shown and held not in app.passed)
    for wave in dict.fromkeys(wave for wave, _ in left):
        stopping = [held for at, held in left if at == wave and shown[held].word not in _PASSES]
        failing = [held for held in stopping if shown[held].word == "Degraded"]
        if stopping:
            return SyncOutcome(FAILS if failing else WAITS, (failing or stopping)[0])
    return SyncOutcome()


def summed(shown: Iterable[ShownHealth]) -> str:
    """The health of an Application that holds just these: the worst of them. An error makes it Unknown."""
    return max((one.counts_as for one in shown if one.counts_as), key=STATUSES.index, default="Healthy")


def health_after(reported: str, before: str, after: str) -> tuple[str, bool]:
    """The health that was `reported`, once the sum of what it holds of Pulumi is another, and whether that is sure."""
    if reported not in STATUSES or before not in STATUSES:
        return after, False
    worse = STATUSES.index(after) >= STATUSES.index(reported)
    others = STATUSES.index(reported) > STATUSES.index(before)
    # Not sure where the worst gets better: what else it holds may be as bad as the worst was.
    return (after, True) if worse else (reported, True) if others else (after, False)
