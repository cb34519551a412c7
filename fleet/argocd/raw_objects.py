"""Objects just as the API server sends them, for where a change is going to be made, or another's script asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from dataclasses import field as has
from typing import Any, TypeAlias

import msgspec

from cluster.concurrency import gather_all
from cluster.decoding.json_pieces import UNREADABLE, readable
from cluster.errors import Forbidden, Garbled, NotFound
from cluster.http.connection import Connection
from cluster.list_bounds import ListBounds
from cluster.resources import Resource

Obj: TypeAlias = Mapping[str, Any]
_PAGE = 500
_NAMESPACE, _NAME = ("metadata", "namespace"), ("metadata", "name")
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that couldn't be read, and why."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True)
class ListedObjects:
    """Objects of one kind, and where some could not be read: namespace (empty: all of them) -> why."""

    resource: Resource
    objects: list[Obj] = has(default_factory=list)
    refused: dict[str, str] = has(default_factory=dict)

    @property
    def hidden(self) -> list[Unreadable]:
        """What couldn't be read, in words. Where all namespaces are refused, those tried instead don't count."""
        what = f"{self.resource.kind}s"
        if "" in self.refused:
            return [Unreadable(what, self.refused[""])]
        return [Unreadable(f"{what} in {namespace}", why) for namespace, why in self.refused.items()]


async def fetch_raw(connection: Connection, resource: Resource, namespace: str, name: str) -> Obj:
    """One object. Raises ClusterError."""
    return _object(await connection.get(resource.path(namespace, name)), resource)


async def pages_raw(
    connection: Connection, resource: Resource, namespace: str | None, **selection: str
) -> AsyncGenerator[list[Obj], None]:
    """All objects of one namespace or of all, page by page. `selection`: `fieldSelector`, `labelSelector`."""
    params = {**selection, "limit": str(_PAGE)}
    bounds = ListBounds(resource)
    while True:
        page = _object(await connection.get(resource.path(namespace), params), resource)
        items = page.get("items")
        objects: list[Obj] = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        token = field(page, "metadata", "continue")
        yield objects
        if not token:
            return
        bounds.note(str(token), [(str(field(each, *_NAMESPACE)), str(field(each, *_NAME))) for each in objects])
        params = {**params, "continue": str(token)}


async def list_each(
    connection: Connection,
    resource: Resource,
    namespaces: Iterable[str] | None,
    fallback: Iterable[str] = (),
    **selection: str,
) -> ListedObjects:
    """All objects of these namespaces, or (None) of all; where those are refused, of the `fallback` ones.

    A kind that the cluster doesn't have has no objects. Raises ClusterError for anything but a refusal.
    """
    listed = ListedObjects(resource)

    async def keep(page: list[Obj]) -> None:
        listed.objects.extend(page)

    await visit_each(connection, resource, namespaces, fallback, keep, listed.refused, **selection)
    return listed


async def visit_each(
    connection: Connection,
    resource: Resource,
    namespaces: Iterable[str] | None,
    fallback: Iterable[str],
    visit: Callable[[list[Obj]], Awaitable[None]],
    refused: dict[str, str],
    **selection: str,
) -> None:
    """Call `visit` with each page of what `list_each` would list; `refused` gets namespace -> why for each refusal."""

    async def one(namespace: str | None) -> bool:
        try:
            async with aclosing(_pages(connection, resource, namespace, selection)) as pages:
                async for page in pages:
                    await visit(page)
        except NotFound:
            return True
        except Forbidden as error:
            refused[namespace or ""] = str(error)
            return False
        return True

    if namespaces is None and (await one(None)):
        return
    await gather_all(one(namespace) for namespace in dict.fromkeys(fallback if namespaces is None else namespaces))


async def _pages(
    connection: Connection, resource: Resource, namespace: str | None, selection: Mapping[str, str]
) -> AsyncGenerator[list[Obj], None]:
    """The pages of a list. A role may allow one object, by its name, and no list: then that object is selected."""
    try:
        async with aclosing(pages_raw(connection, resource, namespace, **selection)) as pages:
            async for page in pages:
                yield page
    except Forbidden:
        word, _, name = selection.get("fieldSelector", "").partition("=")
        if word != "metadata.name" or namespace is None:
            raise
        yield [await fetch_raw(connection, resource, namespace, name)]


def field(obj: object, *path: str) -> Any:
    """The value of the field at this path; None where there is none, or where something on the way is no object."""
    for step in path:
        if not isinstance(obj, Mapping):
            return None
        obj = obj.get(step)
    return obj


def texts(obj: object, *path: str) -> dict[str, str]:
    """The map of texts at this path, such as labels, without the values that are no text."""
    found = field(obj, *path)
    if not isinstance(found, Mapping):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _object(raw: bytes, resource: Resource) -> dict[str, Any]:
    try:
        found = _decode(readable(raw))
    except UNREADABLE:
        found = None
    if not isinstance(found, dict):
        raise Garbled(f"the answer about {resource} isn't what an API server sends; is the address right?")
    return found
