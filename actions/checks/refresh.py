"""Let Argo CD look again at the Applications that hold Stacks, at a bounded rate, and see that it did.

Left alone, an Application shows what a new check says after two to five minutes. An annotation makes it
look at once, and Argo CD takes the annotation away in the same write in which it says what it found.
Where its Stacks can't be read, nobody can tell whether it shows what they say, and that is said.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TypeAlias

import msgspec

from actions.checks.best_health import Place, StackVerdict, at_best, better, verdicts
from actions.kubectl_line import kubectl
from actions.plan import MANAGER, NothingToDo, Plan, Precondition, Risk
from cluster.apply import merge_patch
from cluster.errors import ClusterError, Forbidden
from cluster.http.connection import Connection
from cluster.lists import list_all
from cluster.resources import ResourceKind
from fleet.argocd.instances import ArgoCDInstance
from fleet.board.holders import DestinationMap
from fleet.resource_kinds import APPLICATIONS
from health.judge import Judge
from stacks.records.application import ApplicationSpec, ApplicationStatus
from stacks.text import cleaner

_Key: TypeAlias = tuple[str, str]
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


class RefreshedApplication(msgspec.Struct, frozen=True):
    """An Application, with what tells whether it was looked at."""

    metadata: _Metadata
    spec: ApplicationSpec = ApplicationSpec()
    status: _Status | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Its namespace and name."""
        return self.metadata.namespace, self.metadata.name

    @property
    def stacks(self) -> tuple[Place, ...]:
        """Namespace and name of each Stack that it holds."""
        held = (self.status.resources if self.status else None) or ()
        return tuple((one.namespace, one.name) for one in held if (one.group, one.kind) == ("pulumi.com", "Stack"))

    @property
    def health(self) -> str:
        """Its health word; nothing where Argo CD has never looked."""
        return self.status.health.status if self.status else ""

    @property
    def reconciled_at(self) -> str:
        """When Argo CD last looked at it, in its words."""
        return self.status.reconciled_at if self.status else ""

    @property
    def waiting(self) -> bool:
        """Whether Argo CD has been asked to look, and hasn't yet."""
        return bool(self.metadata.annotations and self.metadata.annotations.refresh is not None)

    @property
    def skipped(self) -> bool:
        """Whether Argo CD was told to leave it alone."""
        return bool(self.metadata.annotations and self.metadata.annotations.skip.lower() in ("true", "1", "t"))


KIND = ResourceKind(APPLICATIONS.resource, RefreshedApplication, cleaner(RefreshedApplication))


@dataclass(frozen=True, slots=True)
class LateApplication:
    """An Application that isn't as it should be when time is up, and why."""

    namespace: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}: {self.why}"


@dataclass(frozen=True, slots=True)
class UncheckedApplication(LateApplication):
    """An Application that Argo CD has looked at, and of which can't be told whether it shows what its Stacks say."""


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """How the wait has ended. Whoever is in neither shows what its Stacks say."""

    late: tuple[LateApplication, ...] = ()
    unchecked: tuple[UncheckedApplication, ...] = ()


async def holders(connection: Connection, instance: ArgoCDInstance) -> list[RefreshedApplication]:
    """The Applications of this Argo CD that hold Stacks. Raises ClusterError."""
    try:
        found = await list_all(connection, KIND)
    except Forbidden:
        found = await list_all(connection, KIND, [instance.namespace])
    return [app for app in found if app.stacks and _is_of(app, instance)]


def _is_of(app: RefreshedApplication, instance: ArgoCDInstance) -> bool:
    controller = app.status.controller_namespace if app.status else ""
    return (controller or app.metadata.namespace) == instance.namespace


def refresh(instance: ArgoCDInstance, apps: Sequence[RefreshedApplication]) -> Plan | NothingToDo:
    """The plan that annotates each of them."""
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
    """How the Applications of one Argo CD are followed until they show what their Stacks say."""

    instance: ArgoCDInstance
    connections: Mapping[str, Connection]
    places: DestinationMap
    judge: Judge

    async def follow(
        self,
        asked: Sequence[RefreshedApplication],
        timeout: float,
        said: Callable[[int, int], None] = lambda done, of: None,
    ) -> RefreshResult:
        """Wait until each was looked at again and is no better than its worst Stack, as far as that can be told."""
        ends = monotonic() + timeout
        left = {app.key: app for app in asked}
        unchecked: dict[_Key, UncheckedApplication] = {}
        while True:
            began = monotonic()
            seen = await self._round(left)
            unchecked |= {(one.namespace, one.name): one for one in seen.unchecked}
            left = {(one.namespace, one.name): left[one.namespace, one.name] for one in seen.late}
            said(len(asked) - len(left), len(asked))
            now = monotonic()
            if not left or now >= ends:
                return RefreshResult(seen.late, tuple(unchecked.values()))
            await asyncio.sleep(min(max(ROUND, 3 * (now - began)), ends - now))

    async def _round(self, left: Mapping[_Key, RefreshedApplication]) -> RefreshResult:
        """One look at all that are left."""
        namespaces = sorted({namespace for namespace, _ in left})
        try:
            listed = await list_all(self.connections[self.instance.context], KIND, namespaces)
        except ClusterError as error:
            return RefreshResult(tuple(LateApplication(*key, str(error)) for key in left))
        late: list[LateApplication] = []
        unchecked: list[UncheckedApplication] = []
        looked_at: list[RefreshedApplication] = []
        for now in listed:
            if now.key not in left:
                continue
            if why := _not_looked_at(left[now.key], now):
                late.append(LateApplication(*now.key, why))
            else:
                looked_at.append(now)
        verdicts_in = await self._verdicts(looked_at)
        for now in looked_at:
            best = at_best(now.stacks, verdicts_in[self._reading(now)])
            if best.word and better(now.health, best.word):
                why = f"it is {now.health or 'without health'}, and its Stack {best.whose} is {best.word}"
                late.append(LateApplication(*now.key, why))
            elif best.unseen:
                unchecked.append(UncheckedApplication(*now.key, best.unseen))
        return RefreshResult(tuple(late), tuple(unchecked))

    async def _verdicts(self, apps: Sequence[RefreshedApplication]) -> dict[str, dict[Place, StackVerdict]]:
        """What the Stacks of these Applications say, by the context in which they are."""
        stacks: dict[str, set[Place]] = defaultdict(set)
        for app in apps:
            stacks[self._reading(app)].update(app.stacks)
        return {
            context: await verdicts(self.judge, self.connections.get(context), places)
            for context, places in stacks.items()
        }

    def _reading(self, app: RefreshedApplication) -> str:
        """The context in which its Stacks are; empty if that is none that was asked for."""
        contexts = self.places.contexts(self.instance.context, app.spec.destination) or ()
        return next((name for name in sorted(contexts) if name in self.connections), "")


def _not_looked_at(before: RefreshedApplication, now: RefreshedApplication) -> str:
    """Why what the Application shows is worth nothing yet; empty if Argo CD has looked at it."""
    if now.skipped:
        return "Argo CD was told to leave it alone (annotation argocd.argoproj.io/skip-reconcile)"
    if now.waiting:
        return f"Argo CD hasn't looked at it since; it last did at {now.reconciled_at or 'no time'}"
    if now.reconciled_at < before.reconciled_at:
        return "what Argo CD last found is older than the write"
    if now.health == "Unknown":
        return next(iter(_complaints(now)), "its health is Unknown: Argo CD couldn't compare it")
    return ""


def _complaints(app: RefreshedApplication) -> Iterator[str]:
    for condition in (app.status.conditions if app.status else None) or ():
        if condition.type.endswith("Error"):
            yield f"{condition.type}: {' '.join(condition.message.split())[:200]}"
