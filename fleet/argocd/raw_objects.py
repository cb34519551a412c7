"""Objects just as the API server sends them, for where a change is going to be made, or another's script asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from dataclasses import field as has
from functools import partial
from typing import Any

import msgspec

from cluster.concurrency import gather_all
from cluster.decoding.decoder import UnreadableObject, unreadable_object
from cluster.decoding.json_pieces import UNREADABLE, members, pieces, readable
from cluster.errors import Forbidden, Garbled, NotFound
from cluster.http.connection import Connection
from cluster.list_bounds import ListBounds
from cluster.lists import NoteUnreadable, with_retries
from cluster.resources import Resource
from stacks.fields import Obj, field

_PAGE = 500
_GROWTH = 10
"""the first page tells whether the list is long; of what follows each page costs a server its search for the place"""
_NAMESPACE, _NAME = ("metadata", "namespace"), ("metadata", "name")
TOO_DEEP = "it is nested too deeply"
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
    """Objects of one kind, and those that could not be read."""

    resource: Resource
    objects: list[Obj] = has(default_factory=list)
    refused: dict[str, str] = has(default_factory=dict)
    """namespace (empty: all of them) -> why"""
    too_deep: list[UnreadableObject] = has(default_factory=list)

    @property
    def hidden(self) -> list[Unreadable]:
        """What couldn't be read, in words. Where all namespaces are refused, those tried instead don't count."""
        kind = self.resource.kind
        each = [
            Unreadable(f"{kind} {'/'.join(filter(None, one.key)) or 'without a name'}", TOO_DEEP)
            for one in self.too_deep
        ]
        if "" in self.refused:
            return [Unreadable(f"{kind}s", self.refused[""]), *each]
        return [*(Unreadable(f"{kind}s in {namespace}", why) for namespace, why in self.refused.items()), *each]


async def fetch_raw(connection: Connection, resource: Resource, namespace: str, name: str) -> Obj:
    """One object. Raises ClusterError."""
    return _object(await connection.get(resource.path(namespace, name)), resource)


async def pages_raw(
    connection: Connection, resource: Resource, namespace: str | None, note_too_deep: NoteUnreadable, **selection: str
) -> AsyncGenerator[list[Obj], None]:
    """All objects of one namespace or of all, page by page. `selection`: `fieldSelector`, `labelSelector`."""
    params = {**selection, "limit": str(_PAGE)}
    bounds = ListBounds(resource)
    while True:
        read = partial(connection.get, resource.path(namespace), params)
        page = _page(await (read() if "continue" in params else with_retries(read)), resource, note_too_deep)
        items = page.get("items")
        objects: list[Obj] = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        token = field(page, "metadata", "continue")
        yield objects
        if not token:
            return
        bounds.note(str(token), [(str(field(each, *_NAMESPACE)), str(field(each, *_NAME))) for each in objects])
        params = {**selection, "limit": str(_PAGE * _GROWTH), "continue": str(token)}


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

    await visit_each(connection, listed, namespaces, fallback, keep, **selection)
    return listed


async def visit_each(
    connection: Connection,
    listed: ListedObjects,
    namespaces: Iterable[str] | None,
    fallback: Iterable[str],
    visit: Callable[[list[Obj]], Awaitable[None]],
    **selection: str,
) -> None:
    """Call `visit` with each page of what `list_each` would list. `listed` gets just what can't be read."""

    async def one(namespace: str | None) -> bool:
        try:
            async with aclosing(_pages(connection, listed, namespace, selection)) as pages:
                async for page in pages:
                    await visit(page)
        except NotFound:
            return True
        except Forbidden as error:
            listed.refused[namespace or ""] = str(error)
            return False
        return True

    if namespaces is None and (await one(None)):
        return
    await gather_all(one(namespace) for namespace in dict.fromkeys(fallback if namespaces is None else namespaces))


async def _pages(
    connection: Connection, listed: ListedObjects, namespace: str | None, selection: Mapping[str, str]
) -> AsyncGenerator[list[Obj], None]:
    """The pages of a list. A role may allow one object, by its name, and no list: then that object is selected."""
    resource, note = listed.resource, listed.too_deep.append
    try:
        async with aclosing(pages_raw(connection, resource, namespace, note, **selection)) as pages:
            async for page in pages:
                yield page
    except Forbidden:
        word, _, name = selection.get("fieldSelector", "").partition("=")
        if word != "metadata.name" or namespace is None:
            raise
        yield [await fetch_raw(connection, resource, namespace, name)]


def _page(raw: bytes, resource: Resource, note_too_deep: NoteUnreadable) -> dict[str, Any]:
    """A list, or a part of one, without the objects that are nested too deep for a decoder."""
    try:
        return _object(raw, resource)
    except Garbled as error:
        if not isinstance(error.__cause__, RecursionError):
            raise
    items: list[Any] = []
    try:
        parts = members(readable(raw))
        for piece in pieces(parts.get(b'"items"', b"")):
            try:
                items.append(_decode(piece))
            except UNREADABLE:
                note_too_deep(unreadable_object(piece))
    except UNREADABLE:
        raise _garbled(resource) from None
    return {"metadata": _object(parts.get(b'"metadata"', b""), resource), "items": items}


def _object(raw: bytes, resource: Resource) -> dict[str, Any]:
    try:
        found = _decode(readable(raw))
    except UNREADABLE as error:
        raise _garbled(resource) from error
    if not isinstance(found, dict):
        raise _garbled(resource)
    return found


def _garbled(resource: Resource) -> Garbled:
    return Garbled(f"the answer about {resource} isn't what an API server sends; is the address right?")
