"""Make Argo CD refresh the Applications that hold Stacks, at a bounded rate, and wait until it has.

Left alone, an Application shows what a new check says after two to five minutes. The refresh annotation makes
Argo CD compare it at once, and Argo CD removes the annotation in the same write in which it says what it found.
Where its Stacks can't be read, it can't be told whether an Application shows what they say: it is `unchecked`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

import msgspec

from actions.checks.best_health import StackName, StackVerdict, best_health, is_better, judge_stacks
from actions.plan import MANAGER, NothingToDo, Plan, Precondition, Risk, kubectl
from cluster.apply import merge_patch
from cluster.errors import ClusterError, Forbidden
from cluster.http.connection import Connection
from cluster.lists import list_all
from cluster.resources import ResourceKind
from fleet.argocd.instances import ArgoCDInstance
from fleet.board.relations import DestinationMap
from fleet.resource_kinds import APPLICATIONS
from health.judge import Judge
from stacks.records.application import ApplicationSpec, ApplicationStatus
from stacks.records.cleaner import cleaner

REFRESH = "argocd.argoproj.io/refresh"
PER_SECOND = 10.0
"""Applications that are annotated in a second"""
POLL_INTERVAL = 1.0
"""seconds between two readings of the Applications, at least"""


class _RefreshAnnotations(msgspec.Struct, frozen=True):
    refresh: str | None = msgspec.field(name=REFRESH, default=None)
    skip: str = msgspec.field(name="argocd.argoproj.io/skip-reconcile", default="")


class _RefreshMetadata(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    annotations: _RefreshAnnotations | None = None


class _RefreshStatus(ApplicationStatus, frozen=True):
    controller_namespace: str = ""


class RefreshedApplication(msgspec.Struct, frozen=True):
    """An Application, as far as it tells whether Argo CD has refreshed it."""

    metadata: _RefreshMetadata
    spec: ApplicationSpec = ApplicationSpec()
    status: _RefreshStatus | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.metadata.namespace, self.metadata.name

    @property
    def stacks(self) -> tuple[StackName, ...]:
        held = (self.status.resources if self.status else None) or ()
        return tuple((one.namespace, one.name) for one in held if (one.group, one.kind) == ("pulumi.com", "Stack"))

    @property
    def controller_namespace(self) -> str:
        return (self.status.controller_namespace if self.status else "") or self.metadata.namespace

    @property
    def health(self) -> str:
        """Its health word; empty where Argo CD has never compared it."""
        return self.status.health.status if self.status else ""

    @property
    def reconciled_at(self) -> str:
        """When Argo CD last compared it, as RFC 3339."""
        return self.status.reconciled_at if self.status else ""

    @property
    def refresh_pending(self) -> bool:
        return bool(self.metadata.annotations and self.metadata.annotations.refresh is not None)

    @property
    def skipped(self) -> bool:
        """Whether Argo CD was told not to reconcile it (the skip-reconcile annotation)."""
        return bool(self.metadata.annotations and self.metadata.annotations.skip.lower() in ("true", "1", "t"))


KIND = ResourceKind(APPLICATIONS.resource, RefreshedApplication, cleaner(RefreshedApplication))


@dataclass(frozen=True, slots=True)
class LateApplication:
    """An Application that doesn't show what its Stacks say, and why."""

    namespace: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}: {self.why}"


@dataclass(frozen=True, slots=True)
class UncheckedApplication(LateApplication):
    """An Application that was refreshed, and why it can't be told whether it shows what its Stacks say."""


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """The Applications after a reading. One that is neither late nor unchecked shows what its Stacks say."""

    late: tuple[LateApplication, ...] = ()
    unchecked: tuple[UncheckedApplication, ...] = ()


async def applications_with_stacks(connection: Connection, instance: ArgoCDInstance) -> list[RefreshedApplication]:
    """The Applications of this Argo CD that hold Stacks. Raises ClusterError."""
    try:
        found = await list_all(connection, KIND)
    except Forbidden:
        found = await list_all(connection, KIND, [instance.namespace])
    return [app for app in found if app.stacks and app.controller_namespace == instance.namespace]


def plan_refresh(instance: ArgoCDInstance, apps: Sequence[RefreshedApplication]) -> Plan | NothingToDo:
    """The plan that annotates each of these Applications, but for those that Argo CD was told not to reconcile."""
    apps = [app for app in apps if not app.skipped]
    if not apps:
        return NothingToDo(f"{instance}: no Application holds a Stack")
    return Plan(
        title=f"let {instance} look again at {len(apps)} Application{'s' * (len(apps) > 1)} that hold Stacks",
        context=instance.context,
        target=f"{len(apps)} Applications",
        requests=tuple(
            merge_patch(
                KIND.resource.path(*app.key),
                {"metadata": {"uid": app.metadata.uid, "annotations": {REFRESH: "normal"}}},
                MANAGER,
            )
            for app in apps
        ),
        preconditions=(Precondition("uid", "of each Application"),),
        risk=Risk("low", "Argo CD compares each of them once, as it does every few minutes"),
        kubectl=tuple(
            kubectl(instance.context, namespace, "annotate", "application", name, f"{REFRESH}=normal")
            for namespace, name in (app.key for app in apps)
        ),
        pace=1 / PER_SECOND,
    )


@dataclass(frozen=True)
class RefreshWatch:
    """Reads the refreshed Applications of one Argo CD again and again, until they show what their Stacks say.

    `connections` and `destinations` lead to the Stacks, which `judge` judges as that Argo CD would.
    """

    instance: ArgoCDInstance
    connections: Mapping[str, Connection]
    destinations: DestinationMap
    judge: Judge

    async def follow(
        self, refreshed: Sequence[RefreshedApplication], timeout: float
    ) -> AsyncGenerator[RefreshResult, None]:
        """The result of each reading, until none is late or `timeout` seconds are over.

        An Application is late until Argo CD has compared it and it is no better than its worst Stack.
        """
        deadline = monotonic() + timeout
        late = {app.key: app for app in refreshed}
        unchecked: dict[tuple[str, str], UncheckedApplication] = {}
        while True:
            began = monotonic()
            result = await self._read(late)
            unchecked |= {(one.namespace, one.name): one for one in result.unchecked}
            late = {(one.namespace, one.name): late[one.namespace, one.name] for one in result.late}
            yield RefreshResult(result.late, tuple(unchecked.values()))
            now = monotonic()
            if not late or now >= deadline:
                return
            await asyncio.sleep(min(max(POLL_INTERVAL, 3 * (now - began)), deadline - now))

    async def _read(self, expected: Mapping[tuple[str, str], RefreshedApplication]) -> RefreshResult:
        """Read these Applications, which are given as they were before the refresh, and their Stacks."""
        namespaces = sorted({namespace for namespace, _ in expected})
        try:
            listed = await list_all(self.connections[self.instance.context], KIND, namespaces)
        except ClusterError as error:
            return RefreshResult(tuple(LateApplication(*key, str(error)) for key in expected))
        late: list[LateApplication] = []
        unchecked: list[UncheckedApplication] = []
        compared: list[RefreshedApplication] = []
        for now in listed:
            if now.key not in expected:
                continue
            if why := _not_compared(expected[now.key], now):
                late.append(LateApplication(*now.key, why))
            else:
                compared.append(now)
        verdicts_by_context = await self._judge_stacks(compared)
        for now in compared:
            best = best_health(now.stacks, verdicts_by_context[self._stack_context(now)])
            if best.status and is_better(now.health, best.status):
                why = f"it is {now.health or 'without health'}, and its Stack {best.stack} is {best.status}"
                late.append(LateApplication(*now.key, why))
            elif best.unknown:
                unchecked.append(UncheckedApplication(*now.key, best.unknown))
        return RefreshResult(tuple(late), tuple(unchecked))

    async def _judge_stacks(self, apps: Sequence[RefreshedApplication]) -> dict[str, dict[StackName, StackVerdict]]:
        stacks: dict[str, set[StackName]] = defaultdict(set)
        for app in apps:
            stacks[self._stack_context(app)].update(app.stacks)
        return {
            context: await judge_stacks(self.judge, self.connections.get(context), names)
            for context, names in stacks.items()
        }

    def _stack_context(self, app: RefreshedApplication) -> str:
        """The context in which the Application's Stacks are; empty if there is no connection to it."""
        contexts = self.destinations.contexts(self.instance.context, app.spec.destination) or ()
        return next((name for name in sorted(contexts) if name in self.connections), "")


def _not_compared(before: RefreshedApplication, now: RefreshedApplication) -> str:
    """Why the Application's health is still the old one; empty if Argo CD has compared it since."""
    if now.skipped:
        return "Argo CD was told to leave it alone (annotation argocd.argoproj.io/skip-reconcile)"
    if now.refresh_pending:
        return f"Argo CD hasn't looked at it since; it last did at {now.reconciled_at or 'no time'}"
    if now.reconciled_at < before.reconciled_at:
        return "what Argo CD last found is older than the write"
    if now.health == "Unknown":
        for condition in (now.status.conditions if now.status else None) or ():
            if condition.type.endswith("Error"):
                return f"{condition.type}: {' '.join(condition.message.split())[:200]}"
        return "its health is Unknown: Argo CD couldn't compare it"
    return ""
