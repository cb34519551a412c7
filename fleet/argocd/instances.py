"""Which Argo CDs a cluster has: one for each namespace with an argocd-cm, or with a controller that misses its own.

Read are the ConfigMap, the workloads, and the object that the ConfigMap is written from (an ArgoCD resource, an
Application, something of Flux's): a check that is to stay belongs into that or its source. Secrets aren't read:
whether there is an argocd-server tells as much as its key. What may not be read is named, and is no error.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cluster.concurrency import gather_all
from cluster.errors import ClusterError, NotFound
from cluster.http.connection import Connection
from cluster.resources import Resource
from fleet.argocd.argocd_workloads import NO_WORKLOADS, ArgoCDWorkloads, asked, find_workloads
from fleet.argocd.raw_objects import TOO_DEEP, ListedObjects, Unreadable, fetch_raw, list_each
from fleet.resource_kinds import APPLICATIONS
from health.argocd_cm.check_in_force import CheckInForce, check_in_force
from health.argocd_cm.config_map_owner import ConfigMapOwner, labelled, owner
from health.argocd_cm.settings import ArgoCDSettings, read_settings
from health.check_kinds import CHANGED, KINDS, OTHER
from health.judge import Similarity, built_in, ours, similarity
from health.result import LATEST, ArgoCDVersion
from stacks.fields import Obj, field, texts
from stacks.redaction import without_userinfo

ARGOCDS = Resource("argoproj.io", "v1beta1", "argocds", "ArgoCD")
KUSTOMIZATIONS = Resource("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization")
HELM_RELEASES = Resource("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease")


@dataclass(frozen=True)
class ConfigOwner:
    """The object that somebody writes argocd-cm from, as the server sent it."""

    resource: Resource
    namespace: str
    name: str
    obj: Obj
    source: str = ""
    """in words, which repository, chart or path it takes argocd-cm from; empty where it doesn't tell"""

    def __str__(self) -> str:
        return f"{self.resource.kind} {self.namespace}/{self.name}"


async def find_config_owner(
    connection: Connection, config_map: Obj, owner: ConfigMapOwner
) -> tuple[ConfigOwner | None, list[Unreadable]]:
    """The object that this owner writes the ConfigMap from (None where there is none), and why it couldn't be read."""
    for resource, namespace, name in _candidates(config_map, owner):
        try:
            obj = await fetch_raw(connection, resource, namespace, name)
        except NotFound:
            continue
        except ClusterError as error:
            return None, [Unreadable(f"{resource.kind} {namespace}/{name}, which keeps argocd-cm", str(error))]
        return ConfigOwner(resource, namespace, name, obj, _source(obj)), []
    return None, []


def _candidates(config_map: Obj, owner: ConfigMapOwner) -> Iterator[tuple[Resource, str, str]]:
    namespace = str(field(config_map, "metadata", "namespace") or "")
    labels = texts(config_map, "metadata", "labels")
    match owner.who:
        case "argocd-operator" if owner.name:
            yield ARGOCDS, namespace, owner.name
        case "argo-cd" if owner.name:
            yield APPLICATIONS.resource, namespace, owner.name
            elsewhere, divider, name = owner.name.partition("_")  # an Application outside of Argo CD's namespace
            if divider:
                yield APPLICATIONS.resource, elsewhere, name
        case "flux":
            for resource, prefix in (
                (HELM_RELEASES, "helm.toolkit.fluxcd.io"),
                (KUSTOMIZATIONS, "kustomize.toolkit.fluxcd.io"),
            ):
                if labels.get(f"{prefix}/name") == owner.name:
                    yield resource, labels.get(f"{prefix}/namespace", namespace), owner.name


def _source(obj: Obj) -> str:
    """The repository and path of an Application, the source and path of something of Flux's; no login in a URL."""
    sources = field(obj, "spec", "sources")
    one = sources[0] if isinstance(sources, list) and sources else field(obj, "spec", "source")
    if isinstance(one, dict):
        words = [without_userinfo(str(one[key])) for key in ("repoURL", "chart", "path") if one.get(key)]
        return " ".join(words) + (f" at {one['targetRevision']}" if one.get("targetRevision") else "")
    ref = field(obj, "spec", "sourceRef") or field(obj, "spec", "chart", "spec", "sourceRef")
    if isinstance(ref, dict):
        path = field(obj, "spec", "path") or field(obj, "spec", "chart", "spec", "chart") or ""
        return f"{ref.get('kind', '')} {ref.get('name', '')} {path}".strip()
    return ""


CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")
CONFIG_MAP = "argocd-cm"
USUAL_NAMESPACES = ("argocd", "openshift-gitops")
"""where to look if not all namespaces may be listed"""


@dataclass(frozen=True)
class ArgoCDInstance:
    """An Argo CD in a namespace of a context, and what this release makes of argocd-cm."""

    context: str
    namespace: str
    config_map: Obj | None
    """as the server sent it in a list, without apiVersion and kind; None if there is none or, with `unread`, hidden"""
    settings: ArgoCDSettings
    owner: ConfigMapOwner
    workloads: ArgoCDWorkloads = NO_WORKLOADS
    config_owner: ConfigOwner | None = None
    unread: str = ""

    @property
    def labelled(self) -> bool:
        """Whether Argo CD sees its ConfigMap."""
        return labelled(_metadata(self.config_map))

    @property
    def data(self) -> dict[str, str]:
        """The data of argocd-cm; empty where there is no such ConfigMap."""
        return texts(self.config_map, "data")

    @property
    def uid(self) -> str:
        """The uid of argocd-cm, empty where there is none."""
        return str(field(self.config_map, "metadata", "uid") or "")

    @property
    def resource_version(self) -> str:
        """The resourceVersion of argocd-cm when it was read."""
        return str(field(self.config_map, "metadata", "resourceVersion") or "")

    @property
    def version(self) -> str:
        """Such as ``v3.6.1``; ``unknown`` where nothing tells."""
        return self.workloads.version or "unknown"

    @property
    def version_from(self) -> str:
        """How the version is known, or why it isn't, in words."""
        return self.workloads.version_from

    @property
    def release(self) -> ArgoCDVersion:
        """The version as far as checks know the difference; the newest where it is unknown."""
        return self.workloads.release or LATEST

    @property
    def core(self) -> bool | None:
        """Whether it has no argocd-server, and so no `server.secretkey`; None if that can't be told."""
        return None if self.workloads.has_server is None else not self.workloads.has_server

    def __str__(self) -> str:
        return f"{self.context}/{self.namespace}"


@dataclass(frozen=True)
class FoundInstances:
    """The Argo CDs of one context, and what couldn't be read there."""

    instances: tuple[ArgoCDInstance, ...] = ()
    hidden: tuple[Unreadable, ...] = ()


async def find_instances(
    connection: Connection, namespaces: Sequence[str] | None = None, fallback: Sequence[str] = ()
) -> FoundInstances:
    """The Argo CDs in these namespaces, or (None) in all.

    Where all of them may not be listed, those of `fallback`, the context's own and the usual ones are tried.
    Raises ClusterError where the cluster doesn't answer.
    """
    places = tuple(dict.fromkeys((*fallback, connection.target.namespace, *USUAL_NAMESPACES)))
    running = asyncio.ensure_future(find_workloads(connection, namespaces, places))
    try:
        maps = await _config_maps(connection, namespaces, places)
        workloads, elsewhere, unseen = await running
    finally:
        running.cancel()
    if "" in maps.refused and (left := workloads.keys() - set(places)):
        more = await _config_maps(connection, tuple(left), ())
        maps.objects.extend(more.objects)
        maps.refused.update(more.refused)
        maps.too_deep.extend(more.too_deep)
    found = {str(field(obj, "metadata", "namespace")): obj for obj in maps.objects}
    unread = maps.refused | {one.namespace: TOO_DEEP for one in maps.too_deep}

    async def one(namespace: str) -> tuple[ArgoCDInstance, list[Unreadable]]:
        parts = workloads.get(namespace, elsewhere)
        return await _instance(connection, namespace, found.get(namespace), parts, unread.get(namespace, ""))

    made = await gather_all(
        one(namespace) for namespace in sorted({*found, *workloads, *(one.namespace for one in maps.too_deep)})
    )
    hidden = [*maps.hidden, *unseen, *(hidden for _, kept in made for hidden in kept)]
    return FoundInstances(tuple(instance for instance, _ in made), tuple(hidden))


async def _config_maps(
    connection: Connection, namespaces: Sequence[str] | None, fallback: Sequence[str]
) -> ListedObjects:
    return await list_each(connection, CONFIG_MAPS, namespaces, fallback, fieldSelector=f"metadata.name={CONFIG_MAP}")


def instance(
    context: str,
    namespace: str,
    config_map: Obj | None,
    workloads: ArgoCDWorkloads = NO_WORKLOADS,
    config_owner: ConfigOwner | None = None,
    unread: str = "",
) -> ArgoCDInstance:
    """The Argo CD that this ConfigMap and these workloads are of."""
    settings = read_settings(texts(config_map, "data"), workloads.release or LATEST)
    return ArgoCDInstance(
        context, namespace, config_map, settings, owner(_metadata(config_map)), workloads, config_owner, unread
    )


async def _instance(
    connection: Connection, namespace: str, config_map: Obj | None, workloads: ArgoCDWorkloads, unread: str
) -> tuple[ArgoCDInstance, list[Unreadable]]:
    config_owner: ConfigOwner | None = None
    hidden: list[Unreadable] = []
    if config_map is not None:
        config_owner, hidden = await find_config_owner(connection, config_map, owner(_metadata(config_map)))
    workloads = await asked(connection, namespace, workloads)
    return instance(connection.target.context, namespace, config_map, workloads, config_owner, unread), hidden


def _metadata(config_map: Obj | None) -> Obj:
    found = field(config_map, "metadata")
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class CheckComparison:
    """What a check says of the objects of our own tests, compared with ours and with the one that Argo CD brings."""

    with_ours: Similarity
    with_built_in: Similarity | None
    """None where there is no such one that it hides"""


@dataclass(frozen=True)
class InstanceChecks:
    """An Argo CD, what judges each kind there (nothing where argocd-cm may not be read), and how that compares."""

    instance: ArgoCDInstance
    checks: tuple[CheckInForce, ...]
    comparisons: Mapping[str, CheckComparison] = dataclasses.field(default_factory=dict)
    """of the kinds that another's check judges"""
    servers: tuple[str, ...] = ()
    """addresses of clusters that it may deliver to"""

    def check(self, kind: str) -> CheckInForce | None:
        """What judges this kind; None where argocd-cm may not be read."""
        return next((found for found in self.checks if found.kind == kind), None)


def examine(instance: ArgoCDInstance, servers: Sequence[str] = ()) -> InstanceChecks:
    """Work out what judges each kind. That may ask another's script many times, which takes up to some seconds."""
    found = checks_in_force(instance)
    comparisons = {one.kind: _compared(instance, one) for one in found if one.origin in (OTHER, CHANGED)}
    return InstanceChecks(instance, found, comparisons, tuple(servers))


def checks_in_force(instance: ArgoCDInstance, kinds: Iterable[str] = KINDS) -> tuple[CheckInForce, ...]:
    """What judges each kind there; nothing can be said of an argocd-cm that may not be read."""
    return () if instance.unread else tuple(check_in_force(instance.settings, kind, instance.release) for kind in kinds)


def _compared(instance: ArgoCDInstance, found: CheckInForce) -> CheckComparison:
    with_built_in = similarity(found, built_in(found.kind), instance.release) if found.shadows else None
    return CheckComparison(similarity(found, ours(found.kind), instance.release), with_built_in)
