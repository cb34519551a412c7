"""Lists of objects without their contents: of Secrets nothing else is ever asked for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import msgspec

from cluster.concurrency import gather_all
from cluster.decoding.json_pieces import UNREADABLE
from cluster.errors import Forbidden, Garbled, NotFound
from cluster.http.connection import Connection
from cluster.list_bounds import ListBounds
from cluster.lists import with_retries
from cluster.resources import Resource
from fleet.argocd.raw_objects import ListedObjects

_NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_PAGE = "5000"


class _Annotations(msgspec.Struct):
    """When Argo CD applies it. Others aren't decoded: what kubectl applied last may stand in one, a secret's values
    with it."""

    wave: Any = msgspec.field(name="argocd.argoproj.io/sync-wave", default=None)
    hook: Any = msgspec.field(name="argocd.argoproj.io/hook", default=None)
    tracking: Any = msgspec.field(name="argocd.argoproj.io/tracking-id", default=None)


class _Metadata(msgspec.Struct):
    name: str = ""
    namespace: str = ""
    annotations: _Annotations | None = None


class _Item(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


class _ListMetadata(msgspec.Struct):
    token: str = msgspec.field(name="continue", default="")


class _Page(msgspec.Struct):
    metadata: _ListMetadata = msgspec.field(default_factory=_ListMetadata)
    items: list[_Item] | None = None


_decode = msgspec.json.Decoder(_Page).decode


async def list_names(
    connection: Connection, resource: Resource, namespaces: Iterable[str] | None, fallback: Iterable[str]
) -> ListedObjects:
    """Objects that are nothing but names, of these namespaces or (None) of all; as `list_each` in all else."""
    listed = ListedObjects(resource)

    async def one(namespace: str | None) -> bool:
        try:
            listed.objects.extend(await _names(connection, resource, namespace))
        except NotFound:
            return True
        except Forbidden as error:
            listed.refused[namespace or ""] = str(error)
            return False
        return True

    if namespaces is None and await one(None):
        return listed
    await gather_all(one(namespace) for namespace in dict.fromkeys(fallback if namespaces is None else namespaces))
    return listed


async def _names(connection: Connection, resource: Resource, namespace: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    bounds = ListBounds(resource)
    params = {"limit": _PAGE}
    while True:
        raw = await with_retries(partial(connection.get, resource.path(namespace), params, accept=_NAMES_ONLY))
        try:
            page = _decode(raw)
        except UNREADABLE as error:
            raise Garbled(f"the answer about {resource} isn't what an API server sends") from error
        items = page.items or []
        found += [{"metadata": _as_object(item.metadata)} for item in items]
        if not page.metadata.token:
            return found
        bounds.note(page.metadata.token, [(item.metadata.namespace, item.metadata.name) for item in items])
        params = {"limit": _PAGE, "continue": page.metadata.token}


def _as_object(metadata: _Metadata) -> dict[str, Any]:
    annotations = metadata.annotations or _Annotations()
    by_name = {
        "argocd.argoproj.io/sync-wave": annotations.wave,
        "argocd.argoproj.io/hook": annotations.hook,
        "argocd.argoproj.io/tracking-id": annotations.tracking,
    }
    known = {name: value for name, value in by_name.items() if value is not None}
    return {"name": metadata.name, "namespace": metadata.namespace} | ({"annotations": known} if known else {})
