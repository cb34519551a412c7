"""The object that argocd-cm is written from (an ArgoCD resource, an Application, something of Flux's), if there is one.

Where there is one, a check that is to stay belongs into it or into its source, not into the ConfigMap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cluster.errors import ClusterError, NotFound
from cluster.http.connection import Connection
from cluster.resources import Resource
from fleet.argocd.raw_objects import Obj, Unreadable, fetch_raw, field, texts
from fleet.resource_kinds import APPLICATIONS
from health.argocd_cm.config_map_owner import ConfigMapOwner
from stacks.text import without_userinfo

ARGOCDS = Resource("argoproj.io", "v1beta1", "argocds", "ArgoCD")
KUSTOMIZATIONS = Resource("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization")
HELM_RELEASES = Resource("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease")


@dataclass(frozen=True)
class ConfigOwner:
    """The object that somebody writes argocd-cm from.

    `obj` is as the server sent it; `source` says in words which repository, chart or path it takes argocd-cm from,
    empty where it doesn't tell.
    """

    resource: Resource
    namespace: str
    name: str
    obj: Obj
    source: str = ""

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
