"""Let Argo CD look again at the Applications that hold Stacks, at a bounded rate, and see that it did.

Left alone, an Application shows what a new check says after two to five minutes. An annotation makes it
look at once, and Argo CD takes the annotation away in the same write in which it says what it found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

import msgspec

from actions.plans import MANAGER, Nothing, Plan, Precondition, Risk
from actions.verdicts import at_best, better
from cluster.apply import merge_patch
from cluster.connection import Connection
from cluster.errors import ClusterError, Forbidden
from cluster.lists import list_all
from cluster.resources import Kind
from fleet.argocd.instances import Instance
from fleet.joins import Places
from fleet.kinds import APPLICATIONS
from health.judges import Judge
from stacks.records import ApplicationSpec, ApplicationStatus
from stacks.text import cleaner

REFRESH = "argocd.argoproj.io/refresh"
PER_SECOND = 10.0
ROUND = 1.0
"""seconds between two looks, at least"""


class _Annotations(msgspec.Struct, frozen=True):
    refresh: str | None = msgspec.field(name=REFRESH, default=None)
    skip: str = msgspec.field(name="argocd.argoproj.io/skip-reconcile", default="")


class _Metadata(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    annotations: _Annotations | None = None


class _Status(ApplicationStatus, frozen=True):
    controller_namespace: str = ""


class Application(msgspec.Struct, frozen=True):
    """An Application, with what tells whether it was looked at."""

    metadata: _Metadata
    spec: ApplicationSpec = ApplicationSpec()
    status: _Status | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.metadata.namespace, self.metadata.name

    @property
    def stacks(self) -> tuple[tuple[str, str], ...]:
        """Namespace and name of each Stack that it holds."""
        held = (self.status.resources if self.status else None) or ()
        return tuple((one.namespace, one.name) for one in held if (one.group, one.kind) == ("pulumi.com", "Stack"))

    @property
    def health(self) -> str:
        return self.status.health.status if self.status else ""

    @property
    def reconciled_at(self) -> str:
        return self.status.reconciled_at if self.status else ""

    @property
    def waiting(self) -> bool:
        """Whether Argo CD has been asked to look, and hasn't yet."""
        return bool(self.metadata.annotations and self.metadata.annotations.refresh is not None)

    @property
    def skipped(self) -> bool:
        """Whether Argo CD was told to leave it alone."""
        return bool(self.metadata.annotations and self.metadata.annotations.skip.lower() in ("true", "1", "t"))


KIND = Kind(APPLICATIONS.resource, Application, cleaner(Application))


@dataclass(frozen=True, slots=True)
class Late:
    """An Application that isn't as it should be when time is up, and why."""

    namespace: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}: {self.why}"


async def holders(connection: Connection, instance: Instance) -> list[Application]:
    """The Applications of this Argo CD that hold Stacks. Raises ClusterError."""
    try:
        found = await list_all(connection, KIND)
    except Forbidden:
        found = await list_all(connection, KIND, [instance.namespace])
    return [app for app in found if app.stacks and _is_of(app, instance)]


def _is_of(app: Application, instance: Instance) -> bool:
    controller = app.status.controller_namespace if app.status else ""
    return (controller or app.metadata.namespace) == instance.namespace


def refresh(instance: Instance, apps: Sequence[Application]) -> Plan | Nothing:
    """The plan that annotates each of them."""
    apps = [app for app in apps if not app.skipped]
    if not apps:
        return Nothing(f"{instance}: no Application holds a Stack")
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
            f"kubectl --context {instance.context} -n {namespace} annotate application {name} {REFRESH}=normal"
            for namespace, name in (app.key for app in apps)
        ),
        pace=1 / PER_SECOND,
    )


@dataclass(frozen=True)
class Watch:
    """How the Applications of one Argo CD are followed until they show what their Stacks say."""

    instance: Instance
    connections: Mapping[str, Connection]
    places: Places
    judge: Judge

    async def until_shown(
        self,
        asked: Sequence[Application],
        timeout: float,
        said: Callable[[int, int], None] = lambda done, of: None,
    ) -> tuple[Late, ...]:
        """Wait until each was looked at again and is no better than its worst Stack; those that aren't in time."""
        ends = monotonic() + timeout
        left = {app.key: app for app in asked}
        while True:
            began = monotonic()
            late = await self._round(left)
            left = {key: left[key] for key in left if any((one.namespace, one.name) == key for one in late)}
            said(len(asked) - len(left), len(asked))
            now = monotonic()
            if not left or now >= ends:
                return tuple(late)
            await asyncio.sleep(min(max(ROUND, 3 * (now - began)), ends - now))

    async def _round(self, left: Mapping[tuple[str, str], Application]) -> list[Late]:
        connection = self.connections[self.instance.context]
        namespaces = sorted({namespace for namespace, _ in left})
        try:
            found = {app.key: app for app in await list_all(connection, KIND, namespaces)}
        except ClusterError as error:
            return [Late(*key, str(error)) for key in left]
        late = []
        for key, before in left.items():
            if (now := found.get(key)) is not None and (why := await self._why_late(before, now)):
                late.append(Late(*key, why))
        return late

    async def _why_late(self, before: Application, now: Application) -> str:
        if now.skipped:
            return "Argo CD was told to leave it alone (annotation argocd.argoproj.io/skip-reconcile)"
        if now.waiting:
            return f"Argo CD hasn't looked at it since; it last did at {now.reconciled_at or 'no time'}"
        if now.reconciled_at < before.reconciled_at:
            return "what Argo CD last found is older than the write"
        if now.health == "Unknown":
            return next(iter(_complaints(now)), "its health is Unknown: Argo CD couldn't compare it")
        worst, whose = await at_best(self.judge, self._reading(now), now.stacks)
        if worst and better(now.health, worst):
            return f"it is {now.health or 'without health'}, and its Stack {whose} is {worst}"
        return ""

    def _reading(self, app: Application) -> Connection | None:
        """The connection to where its Stacks are; None if that is no context that was asked for."""
        contexts = self.places.contexts(self.instance.context, app.spec.destination) or ()
        return next((self.connections[name] for name in sorted(contexts) if name in self.connections), None)


def _complaints(app: Application) -> Iterator[str]:
    for condition in (app.status.conditions if app.status else None) or ():
        if condition.type.endswith("Error"):
            yield f"{condition.type}: {' '.join(condition.message.split())[:200]}"
