"""Everything of one kind, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

from cluster.connection import Connection
from cluster.decode import Decoder, Page
from cluster.errors import Gone, ServerError, TooManyRequests
from cluster.resources import Kind, R
from cluster.together import together

ATTEMPTS = 3
WORTH_WAITING = 5.0  # seconds of a Retry-After that somebody at a prompt would wait
GROWTH = 5  # the first page is for impatient eyes, the others for few round trips


async def pages(
    connection: Connection, decoder: Decoder[R], path: str, params: Mapping[str, str], size: int
) -> AsyncGenerator[Page[R], None]:
    """A list in pieces; while the reader looks at one, the next is on its way."""
    page = decoder.page(await connection.get(path, {**params, "limit": str(size)}))
    while page.continue_token:
        more = {**params, "limit": str(size * GROWTH), "continue": page.continue_token}
        following = asyncio.ensure_future(connection.get(path, more))
        try:
            yield page
            raw = await following
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        page = decoder.page(raw)
    yield page


async def list_all(
    connection: Connection, kind: Kind[R], namespaces: Sequence[str] | None = None, label_selector: str = ""
) -> list[R]:
    """All objects, of all namespaces or of those given.

    One request for each, without a limit: on a real API server pages take up to a third longer, and
    are for readers who want to see the first rows early.
    """
    decoder = Decoder(kind)
    params = {"labelSelector": label_selector} if label_selector else {}

    async def listed(namespace: str | None) -> list[R]:
        return await _whole_list(connection, decoder, kind.resource.path(namespace), params)

    if namespaces is None or not kind.resource.namespaced:
        return await listed(None)
    parts = await together(listed(namespace) for namespace in dict.fromkeys(namespaces))
    return [record for part in parts for record in part]


async def _whole_list(connection: Connection, decoder: Decoder[R], path: str, params: Mapping[str, str]) -> list[R]:
    """A server may still answer in pages; one that forgets its pages in between is asked again.

    So is one that says when: a kube-apiserver that has just learnt of a CRD answers 429 for a second.
    """
    for attempt in range(ATTEMPTS):
        try:
            page = decoder.page(await connection.get(path, params))
            objects = page.objects
            while page.continue_token:
                page = decoder.page(await connection.get(path, {**params, "continue": page.continue_token}))
                objects += page.objects
        except Gone:
            if attempt + 1 == ATTEMPTS:
                raise
        except (TooManyRequests, ServerError) as error:
            if attempt + 1 == ATTEMPTS or error.retry_after is None or error.retry_after > WORTH_WAITING:
                raise
            await asyncio.sleep(error.retry_after)
        else:
            return objects
    raise AssertionError("the loop returns or raises")


async def fetch(connection: Connection, kind: Kind[R], namespace: str | None, name: str) -> R:
    """One object as it is now."""
    return Decoder(kind).one(await connection.get(kind.resource.path(namespace, name)))
