"""What rules look at in one context: the lists of it, which of them are whole, and what only a cluster tells."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from cluster.concurrency import gather_all
from cluster.errors import ClusterError, Forbidden, NotFound
from cluster.http.connection import Connection
from cluster.lists import list_all
from cluster.resources import R, Resource, ResourceKind
from fleet.argocd.argocd_survey import PROGRAMS
from fleet.argocd.instances import CONFIG_MAP, CONFIG_MAPS, USUAL_NAMESPACES
from fleet.argocd.raw_objects import ListedObjects, list_each
from fleet.board.context_state import ContextFacts
from fleet.clock import Clock
from fleet.feeds.context_survey import ContextSurvey
from fleet.live_lint.name_lists import list_names
from fleet.resource_kinds import APPLICATIONS, STACKS, UPDATES, flux_source
from fleet.scope import WatchScope
from manifests.document import Document
from manifests.live_facts import LiveFacts, ObjectKind, PodMemory, RunTimes, memory_kills, run_lengths
from manifests.live_linting import LiveCluster
from manifests.product_versions import NEWEST, ProductVersion, ProductVersions, parse_version
from stacks.fields import Obj, mappings, text
from stacks.fields import field as field_of
from stacks.records.workspace import WORKSPACE_POD

_RBAC = "rbac.authorization.k8s.io"
_IN_NAMESPACES = (
    PROGRAMS,
    Resource(_RBAC, "v1", "rolebindings", "RoleBinding"),
    Resource(_RBAC, "v1", "roles", "Role"),
    Resource("", "v1", "limitranges", "LimitRange"),
)
_OF_CLUSTERS = (
    Resource(_RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    Resource(_RBAC, "v1", "clusterroles", "ClusterRole", namespaced=False),
)
_BY_NAME_ALONE = (Resource("", "v1", "serviceaccounts", "ServiceAccount"), Resource("", "v1", "secrets", "Secret"))
_APPLICATION_SETS = Resource("argoproj.io", "v1alpha1", "applicationsets", "ApplicationSet")
_PODS = ResourceKind(Resource("", "v1", "pods", "Pod"), PodMemory, lambda found: found)
_UPDATES = ResourceKind(UPDATES.resource, RunTimes, lambda found: found)
"""Of these nothing is shown but what a problem says, which is made harmless."""
_NEVER_NONE = ("ServiceAccount", "ClusterRole", "ClusterRoleBinding")
"""kinds of which every cluster has some: where none is found, they weren't served"""
_CLOCKS_AGREE = 2.0
"""seconds by which two clocks may differ and count as one: a server tells whole seconds"""


def resource_of(kind: str) -> Resource | None:
    """Where the objects of a kind are that something may be found of; None for others."""
    known = (STACKS.resource, APPLICATIONS.resource, CONFIG_MAPS, _APPLICATION_SETS, *_IN_NAMESPACES, *_OF_CLUSTERS)
    return next((each for each in known if each.kind == kind), None)


@dataclass(frozen=True)
class KnownVersions:
    """The versions that are checked for, whatever runs; None: those that a context tells of."""

    pko: ProductVersion | None = None
    argocd: ProductVersion | None = None


@dataclass
class ReadCluster:
    """A context as rules look at it, and the kinds that couldn't be read there, with the reason."""

    cluster: LiveCluster
    unread: dict[str, str] = field(default_factory=dict)
    argocd: ProductVersion | None = None
    """that of its Argo CD; None where it has none, or doesn't tell"""


async def read_cluster(
    connection: Connection,
    context: str,
    scope: WatchScope,
    clock: Clock,
    known: KnownVersions,
    applications: Collection[tuple[str, str]] | None = None,
) -> ReadCluster:
    """Read what rules look at; of Applications just these (namespace, name), or (None) all. Raises ClusterError where
    Stacks can't be listed."""
    reading = _Reading(connection, scope, applications)
    survey = ContextSurvey(connection, None)
    facts, _ = await asyncio.gather(survey.facts(clock()), reading.read_lists())
    await reading.read_around()
    skew = connection.clock_skew or 0.0
    return reading.result(context, facts, clock() + (skew if abs(skew) > _CLOCKS_AGREE else 0.0), known)


class _Reading:
    """The lists of one context, as they come in."""

    def __init__(
        self, connection: Connection, scope: WatchScope, applications: Collection[tuple[str, str]] | None
    ) -> None:
        own = connection.target.namespace
        self._applications = applications
        self._connection = connection
        self._within = scope.within(own)
        self._fallback = tuple(dict.fromkeys((*scope.fallback, own)))
        self._objects: list[Obj] = []
        self._stacks: list[Obj] = []
        self._complete: dict[ObjectKind, frozenset[str] | None] = {}
        self._unread: dict[str, str] = {}
        self._updates: list[RunTimes] = []
        self._pods: list[PodMemory] = []

    async def read_lists(self) -> None:
        """All lists that are the same for every context."""
        within, fallback = self._within, self._fallback
        argocd = tuple(dict.fromkeys((*fallback, *USUAL_NAMESPACES)))
        await gather_all((
            self._read_stacks(),
            *(self._note(each, partial(list_each, namespaces=within, fallback=fallback)) for each in _IN_NAMESPACES),
            *(self._note(each, partial(list_each, namespaces=None)) for each in _OF_CLUSTERS),
            *(self._note(each, partial(list_names, namespaces=within, fallback=fallback)) for each in _BY_NAME_ALONE),
            self._read_applications(argocd),
            self._note(CONFIG_MAPS, partial(_list_settings, fallback=argocd)),
        ))  # fmt: skip
        kind = ObjectKind(CONFIG_MAPS.group, CONFIG_MAPS.kind)
        if self._complete.get(kind) and any(text(each, "kind") == CONFIG_MAPS.kind for each in self._objects):
            self._complete[kind] = None  # an Argo CD outside of its usual namespaces is hardly a second one
            self._unread.pop(CONFIG_MAPS.kind, None)

    async def _read_applications(self, fallback: Collection[str]) -> None:
        if self._applications is None:
            for resource in (APPLICATIONS.resource, _APPLICATION_SETS):
                await self._note(resource, partial(list_each, namespaces=None, fallback=fallback))
            return
        for namespace, name in self._applications:
            one = partial(list_each, namespaces=(namespace,), fieldSelector=f"metadata.name={name}")
            await self._note(APPLICATIONS.resource, one)
        self._complete.pop(ObjectKind(APPLICATIONS.resource.group, APPLICATIONS.resource.kind), None)

    async def _read_stacks(self) -> None:
        listed = await list_each(self._connection, STACKS.resource, self._within, self._fallback)
        if listed.refused and not listed.objects:
            raise Forbidden(403, "Forbidden", next(iter(listed.refused.values())))
        self._stacks = listed.objects
        self._keep(listed, STACKS.resource)

    async def read_around(self) -> None:
        """What Stacks name, and how they run: their Flux sources, their last runs, their pods."""
        named = (field_of(each, "spec", "fluxSource", "sourceRef") for each in self._stacks)
        sources = {flux_source(text(each, "apiVersion"), text(each, "kind")) for each in named} - {None}
        resyncs = any(field_of(each, "spec", "continueResyncOnCommitMatch") is True for each in self._stacks)
        within, fallback = self._within, self._fallback
        await gather_all((
            self._records(_PODS, WORKSPACE_POD, self._pods, wanted=bool(self._stacks)),
            self._records(_UPDATES, "", self._updates, wanted=resyncs),
            *(
                self._note(each, partial(list_each, namespaces=within, fallback=fallback))
                for each in sources
                if each is not None
            ),
        ))  # fmt: skip

    async def _records(self, kind: ResourceKind[R], selector: str, found: list[R], *, wanted: bool) -> None:
        """Objects of which no rule sees more than numbers."""
        for namespaces in (self._within, self._fallback) if wanted else ():
            try:
                found += await list_all(self._connection, kind, namespaces, selector)
            except NotFound:
                return
            except ClusterError as error:
                self._unread[kind.resource.kind] = str(error)
                if not isinstance(error, Forbidden) or self._within is not None:
                    return
            else:
                return

    async def _note(self, resource: Resource, list_objects: Callable[..., Awaitable[ListedObjects]]) -> None:
        """Keep what a list holds, or why it can't be read."""
        try:
            listed = await list_objects(self._connection, resource)
        except ClusterError as error:
            self._unread[resource.kind] = str(error)
            return
        self._keep(listed, resource)

    def _keep(self, listed: ListedObjects, resource: Resource) -> None:
        version = f"{resource.group}/{resource.version}".lstrip("/")
        for each in cast("list[dict[str, Any]]", listed.objects):  # what is in a list doesn't say which kind it is
            each["apiVersion"], each["kind"] = version, resource.kind
        self._objects += listed.objects
        wanted = self._within if self._within is not None and resource.namespaced else None
        if resource.kind in _NEVER_NONE and not listed.objects and not listed.refused:
            return
        if listed.too_deep:
            self._unread[resource.kind] = listed.hidden[0].why
        elif not listed.refused:
            self._complete[ObjectKind(resource.group, resource.kind)] = None if wanted is None else frozenset(wanted)
        else:
            self._unread[resource.kind] = next(iter(listed.refused.values()))
            tried = frozenset(self._fallback if wanted is None else wanted)
            if resource.namespaced:
                self._complete[ObjectKind(resource.group, resource.kind)] = tried - listed.refused.keys()

    def result(self, context: str, facts: ContextFacts, now: float, known: KnownVersions) -> ReadCluster:
        argocd = _version(facts.argocd_version)
        pko = known.pko or facts.operator.version or NEWEST.pko
        versions = ProductVersions(pko, known.argocd or argocd or NEWEST.argocd)
        live = LiveFacts(
            now, facts.workload.workers, run_lengths(self._updates), memory_kills(self._pods), self._complete
        )
        kept = (each for each in self._objects if self._within is None or _is_about(each, self._within))
        documents = [Document(context, place, each) for place, each in enumerate(kept)]
        return ReadCluster(LiveCluster(context, documents, live, versions), self._unread, argocd)


async def _list_settings(connection: Connection, resource: Resource, fallback: Collection[str]) -> ListedObjects:
    return await list_each(connection, resource, None, fallback, fieldSelector=f"metadata.name={CONFIG_MAP}")


def _is_about(obj: Obj, namespaces: Collection[str]) -> bool:
    """Whether an object says anything of these namespaces: Argo CD's own lie in one of theirs."""
    kind = text(obj, "kind")
    if kind not in ("Application", "ApplicationSet") or text(obj, "metadata", "namespace") in namespaces:
        return True
    return any(text(each, "namespace") in namespaces for _, each in mappings(obj, "status", "resources"))


def _version(words: str) -> ProductVersion | None:
    try:
        return parse_version(words)
    except ValueError:
        return None
