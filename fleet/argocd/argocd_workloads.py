"""What runs of an Argo CD: which version, told from which object, and whether there is an argocd-server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

import msgspec

from cluster.decoding.json_pieces import UNREADABLE
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from cluster.resources import Resource
from fleet.argocd.raw_objects import Unreadable, list_each
from health.result import ArgoCDVersion, version
from stacks.fields import Obj, field, texts

PART_OF = "app.kubernetes.io/part-of=argocd"
_COMPONENT, _NAME, _VERSION = (f"app.kubernetes.io/{label}" for label in ("component", "name", "version"))
_KINDS = (
    Resource("apps", "v1", "statefulsets", "StatefulSet"),  # the controller is one, or with dynamic distribution
    Resource("apps", "v1", "deployments", "Deployment"),  # of clusters a Deployment
)
_WORTH_WAITING = 5.0
"""seconds for a version that nothing else tells"""
_ARGO_CD = re.compile(r"(?:^|/)argocd(?:-rhel\d+)?(?:[:@]|$)")


@dataclass(frozen=True, slots=True)
class ArgoCDWorkloads:
    """What runs in one namespace. `version` is empty where nothing tells, `version_from` then says why."""

    version: str = ""
    version_from: str = "no controller of Argo CD runs in this namespace"
    controller: str = ""
    """such as ``StatefulSet/argocd-application-controller``"""
    has_server: bool | None = None
    """None where that couldn't be looked at, or where nothing of this Argo CD runs in the cluster"""
    server: str = ""
    """the name of argocd-server's Deployment, which is that of its Service too"""

    @property
    def release(self) -> ArgoCDVersion | None:
        """The version as far as checks know the difference; None where it is unknown."""
        return _release(self.version)


NO_WORKLOADS = ArgoCDWorkloads()
UNSEEN = ArgoCDWorkloads(version_from="the workloads may not be read")


async def find_workloads(
    connection: Connection, namespaces: Iterable[str] | None, fallback: Iterable[str]
) -> tuple[Mapping[str, ArgoCDWorkloads], ArgoCDWorkloads, list[Unreadable]]:
    """What runs, by namespace; what to believe of the others; and what couldn't be read. Raises ClusterError."""
    parts: dict[str, list[tuple[str, Obj]]] = {}
    hidden: list[Unreadable] = []
    for resource in _KINDS:
        listed = await list_each(connection, resource, namespaces, fallback, labelSelector=PART_OF)
        hidden += listed.hidden
        for obj in listed.objects:
            parts.setdefault(str(field(obj, "metadata", "namespace")), []).append((resource.kind, obj))
    known = {namespace: workloads(found, whole=not hidden) for namespace, found in parts.items()}
    controllers = {namespace: found for namespace, found in known.items() if found.controller}
    return controllers, UNSEEN if hidden else NO_WORKLOADS, hidden


def workloads(parts: Iterable[tuple[str, Obj]], *, whole: bool = True) -> ArgoCDWorkloads:
    """What these objects (kind, object) of one namespace say. `whole`: they are all that there are."""
    parts = list(parts)
    controller = next((part for part in parts if _is(part[1], "application-controller")), None)
    if controller is None:
        return NO_WORKLOADS if whole else UNSEEN
    kind, obj = controller
    name = f"{kind}/{field(obj, 'metadata', 'name')}"
    server = next((str(field(part, "metadata", "name")) for _, part in parts if _is(part, "server")), "")
    found, source = _version(obj, name)
    return ArgoCDWorkloads(found, source, name, True if server else False if whole else None, server)


async def asked(connection: Connection, namespace: str, known: ArgoCDWorkloads) -> ArgoCDWorkloads:
    """These, with the version that argocd-server tells without a login to whoever may `get` services/proxy."""
    if known.version or not known.server:
        return known
    for place in (f"https:{known.server}:443", f"http:{known.server}:80"):
        path = f"/api/v1/namespaces/{quote(namespace)}/services/{quote(place, safe=':')}/proxy/api/version"
        try:
            async with asyncio.timeout(_WORTH_WAITING):
                told = msgspec.json.decode(await connection.get(path), type=_Told).version
        except (ClusterError, TimeoutError, *UNREADABLE):
            continue
        if _release(told):
            return replace(known, version=told.partition("+")[0], version_from=f"told by {known.server}")
    return known


class _Told(msgspec.Struct):
    version: str = msgspec.field(name="Version", default="")


def _is(obj: Obj, component: str) -> bool:
    labels = texts(obj, "metadata", "labels")
    return component in (labels.get(_COMPONENT), labels.get(_NAME, "").removeprefix("argocd-"))


def _version(obj: Obj, name: str) -> tuple[str, str]:
    images = list(_images(obj))
    for image in images:
        tag = image.partition("@")[0].rpartition(":")[2]
        if _release(tag):
            return tag, f"image of {name}"
    label = texts(obj, "metadata", "labels").get(_VERSION, "")
    if _release(label):
        return label, f"label {_VERSION} of {name}"
    return "", f"the image of {name} names none" + (f": {images[0]}" if images else "")


def _images(obj: Obj) -> Iterable[str]:
    containers = field(obj, "spec", "template", "spec", "containers")
    named = [
        (str(field(one, "name") or ""), image)
        for one in (containers if isinstance(containers, list) else ())
        if isinstance(image := field(one, "image"), str)
    ]
    ours = [image for name, image in named if "application-controller" in name or _ARGO_CD.search(image)]
    return ours or [image for _, image in named[:1]]


def _release(text: str) -> ArgoCDVersion | None:
    try:
        return version(text)
    except ValueError:
        return None
