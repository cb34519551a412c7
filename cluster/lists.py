"""Lists: all objects of one kind as they are now, and single ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Generic, TypeAlias, TypeVar

import msgspec

from cluster.concurrency import gather_all
from cluster.decoding.decoder import Decoder, ListPage, UnreadableObject
from cluster.errors import ClusterError, Gone, ServerError, TooLarge, TooManyRequests, Unreachable
from cluster.http.connection import Connection
from cluster.list_bounds import ListBounds
from cluster.resources import HasMetadata, R, Resource, ResourceKind

T = TypeVar("T")
NoteUnreadable: TypeAlias = Callable[[UnreadableObject], None]
"""Gets each object of a list that is there and can't be read; one may come twice."""

ATTEMPTS = 3
LONGEST_RETRY_AFTER = 5.0  # seconds that somebody at a prompt would wait
GROWTH = 5  # the first page is there to show something soon, the others are larger, to save round trips
FIRST_PAGE = 500
"""objects of the page that shows whether the list is long"""
LONG_LIST = 2_000
"""objects after the first page from which on a list is long"""
PER_NAMESPACE = 20
"""objects of a namespace, on average, below which a request for each would cost more than it saves"""
NAMESPACES_AT_ONCE = 8


class _Named(msgspec.Struct, frozen=True):
    name: str
    namespace: str = ""
    resource_version: str = ""


class _Namespace(msgspec.Struct, frozen=True):
    metadata: _Named


NAMESPACES = ResourceKind(
    Resource("", "v1", "namespaces", "Namespace", namespaced=False), _Namespace, lambda namespace: namespace
)
"""Namespaces, of which nothing but the name is read."""


class ListPages(Generic[R]):
    """A list in pages of `size` objects at first; while the reader looks at one, the next is on its way.

    To be read with `async for`, and closed when that is over: `async with aclosing(ListPages(…)) as pages`.
    An iterator rather than a generator, so that a watch's events pass through fewer of them.
    """

    def __init__(
        self, connection: Connection, decoder: Decoder[R], path: str, params: Mapping[str, str], size: int
    ) -> None:
        self._connection = connection
        self._decoder = decoder
        self._path = path
        self._params = params
        self._size = size
        self._bounds = ListBounds(decoder.resource)
        self._next: asyncio.Future[bytes] | None = None
        """The request of the next page, once it has been sent."""
        self._ended = False

    def __aiter__(self) -> ListPages[R]:
        return self

    async def __anext__(self) -> ListPage[R]:
        if self._ended:
            raise StopAsyncIteration
        self._ended = True  # unless there is a page after this one
        page = self._decoder.page(await (self._next or self._get({"limit": str(self._size)})))
        self._bounds.note(page.continue_token, map(_key, page.objects))
        if page.continue_token:
            more = {"limit": str(self._size * GROWTH), "continue": page.continue_token}
            self._next = asyncio.ensure_future(self._get(more))
            self._ended = False
        return page

    @property
    def keys(self) -> set[tuple[str, str]]:
        """(namespace, name) of every object that has come so far and can be read."""
        return self._bounds.keys

    async def aclose(self) -> None:
        """Give up the request of a page that nobody is going to read."""
        self._ended = True
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)

    async def _get(self, params: Mapping[str, str]) -> bytes:
        return await self._connection.get(self._path, {**self._params, **params})


def _nobody_notes(found: UnreadableObject) -> None:
    """Where a few objects more or less make no difference."""


async def list_all(
    connection: Connection,
    kind: ResourceKind[R],
    namespaces: Sequence[str] | None = None,
    label_selector: str = "",
    note_unreadable: NoteUnreadable = _nobody_notes,
) -> list[R]:
    """All objects, of all namespaces or of those given."""
    if namespaces is None or not kind.resource.namespaced:
        async with aclosing(list_in_parts(connection, kind, None, label_selector, note_unreadable)) as parts:
            return [record async for part in parts for record in part]
    reader = _ListReader(connection, kind, _selecting(label_selector), note_unreadable)
    answers = await gather_all(reader.whole(namespace) for namespace in dict.fromkeys(namespaces))
    return [record for answer in answers for record in answer]


async def list_in_parts(
    connection: Connection,
    kind: ResourceKind[R],
    namespaces: Sequence[str] | None = None,
    label_selector: str = "",
    note_unreadable: NoteUnreadable = _nobody_notes,
) -> AsyncGenerator[list[R], None]:
    """All objects, of all namespaces or of those given, in parts and in no order: to work on while the rest comes.

    A real API server spends most of the time of a long list on writing it, on one core, and in pages takes up to
    a third longer. So a long list is asked for namespace by namespace, several at once: each answer is as true as the
    whole would be, though of a moment of its own.
    """
    reader = _ListReader(connection, kind, _selecting(label_selector), note_unreadable)
    if namespaces is None or not kind.resource.namespaced:
        objects, namespaces = (None, ()) if label_selector else await _first_look(reader)
        if not namespaces:
            yield await reader.whole(None) if objects is None else objects
            return
    async with aclosing(_side_by_side(reader.whole, namespaces)) as answers:
        async for answer in answers:
            yield answer


class _ListReader(Generic[R]):
    """Reads lists of one kind with these parameters."""

    def __init__(
        self,
        connection: Connection,
        kind: ResourceKind[R],
        params: Mapping[str, str],
        note_unreadable: NoteUnreadable,
    ) -> None:
        self.connection = connection
        self.resource = kind.resource
        self._decoder = Decoder(kind)
        self._params = params
        self._note_unreadable = note_unreadable

    async def whole(self, namespace: str | None) -> list[R]:
        """One request without a limit; a server may still answer in pages."""
        return await with_retries(lambda: self._read(namespace))

    async def page(self, params: Mapping[str, str], namespace: str | None = None) -> ListPage[R]:
        answer = await self.connection.get(self.resource.path(namespace), {**self._params, **params})
        page = self._decoder.page(answer)
        for found in page.unreadable:
            self._note_unreadable(found)
        return page

    async def _read(self, namespace: str | None) -> list[R]:
        limit: dict[str, str] = {}
        try:
            page = await self.page(limit, namespace)
        except TooLarge:
            limit = {"limit": str(FIRST_PAGE)}
            page = await self.page(limit, namespace)
        bounds = ListBounds(self.resource)
        objects = page.objects
        try:
            async with asyncio.timeout(self.connection.request_timeout):
                while page.continue_token:
                    bounds.note(page.continue_token, map(_key, page.objects))
                    page = await self.page({**limit, "continue": page.continue_token}, namespace)
                    objects += page.objects
        except TimeoutError:
            raise Unreachable(f"the list of {self.resource} didn't come to its end in time") from None
        return objects


async def _first_look(reader: _ListReader[R]) -> tuple[list[R] | None, Sequence[str]]:
    """All objects, if one page holds them; else the namespaces to ask one by one, or none if that isn't worth it."""
    page = await with_retries(lambda: reader.page({"limit": str(FIRST_PAGE)}))
    if not page.continue_token:
        return page.objects, ()
    if not reader.resource.namespaced or page.remaining < LONG_LIST:
        return None, ()
    try:
        names = [namespace.metadata.name for namespace in await list_all(reader.connection, NAMESPACES)]
    except ClusterError:
        return None, ()  # not everybody may list them; then it takes a little longer
    return None, names if page.remaining > len(names) * PER_NAMESPACE else ()


async def _side_by_side(
    listed: Callable[[str], Awaitable[list[R]]], namespaces: Iterable[str]
) -> AsyncGenerator[list[R], None]:
    """The list of each of these namespaces, as soon as it is there."""
    limit = asyncio.Semaphore(NAMESPACES_AT_ONCE)

    async def one(namespace: str) -> list[R]:
        async with limit:
            return await listed(namespace)

    tasks = [asyncio.ensure_future(one(namespace)) for namespace in dict.fromkeys(namespaces)]
    try:
        for coming in asyncio.as_completed(tasks):
            yield await coming
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _selecting(label_selector: str) -> dict[str, str]:
    return {"labelSelector": label_selector} if label_selector else {}


def _key(record: HasMetadata) -> tuple[str, str]:
    return record.metadata.namespace, record.metadata.name


async def with_retries(read: Callable[[], Awaitable[T]]) -> T:
    """Try it up to three times, where the server forgets its pages in between or says when to come again.

    A kube-apiserver that has just learnt of a CRD answers 429 for a second.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return await read()
        except Gone:
            pass
        except (TooManyRequests, ServerError) as error:
            if error.retry_after is None or error.retry_after > LONGEST_RETRY_AFTER:
                raise
            await asyncio.sleep(error.retry_after)
    return await read()


async def fetch(connection: Connection, kind: ResourceKind[R], namespace: str | None, name: str) -> R:
    """One object as it is now. Raises NotFound, or another ClusterError."""
    return Decoder(kind).one(await connection.get(kind.resource.path(namespace, name)))
