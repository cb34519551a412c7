"""Which Argo CDs a cluster has: one for each namespace with an argocd-cm, or with a controller that misses its own.

Read are the ConfigMap, the workloads, and the object that keeps the ConfigMap where one is named. Secrets aren't:
whether there is an argocd-server tells as much as its key. What may not be read is named, and is no error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from cluster.concurrency import gather_all
from cluster.http.connection import Connection
from cluster.resources import Resource
from fleet.argocd.argocd_workloads import NO_WORKLOADS, ArgoCDWorkloads, asked, find_workloads
from fleet.argocd.config_owners import ConfigOwner, find_config_owner
from fleet.argocd.raw_objects import ListedObjects, Obj, Unreadable, field, list_each, texts
from health.argocd_cm.config_map_owner import ConfigMapOwner, labelled, owner
from health.argocd_cm.settings import ArgoCDSettings, read_settings
from health.result import LATEST, ArgoCDVersion

CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")
CONFIG_MAP = "argocd-cm"
USUAL_NAMESPACES = ("argocd", "openshift-gitops")
"""where to look if not all namespaces may be listed"""


@dataclass(frozen=True)
class ArgoCDInstance:
    """An Argo CD in a namespace of a context.

    `config_map` is argocd-cm just as the server sent it in a list, which is without apiVersion and kind; None if there
    is none or, with `unread`, if it may not be read. `settings` is what this release makes of its data, `owner` who
    writes it, `config_owner` the object that they write it from, where one is known.
    """

    context: str
    namespace: str
    config_map: Obj | None
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
    found = {str(field(obj, "metadata", "namespace")): obj for obj in maps.objects}

    async def one(namespace: str) -> tuple[ArgoCDInstance, list[Unreadable]]:
        parts = workloads.get(namespace, elsewhere)
        return await _instance(connection, namespace, found.get(namespace), parts, maps.refused.get(namespace, ""))

    made = await gather_all(one(namespace) for namespace in sorted({*found, *workloads}))
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
