"""A gateway before an API server: it counts what is written, and can keep a request back or an answer to itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from support.waiting import LIMIT

_PASSED_ON = ("Authorization", "Content-Type", "Accept", "User-Agent")


@dataclass
class Gateway:
    """`writes` are the requests that change something, as `METHOD path`, in the order in which they came.

    Each of the other fields is asked with that text, for writes alone: whether the connection is closed in place of
    the request or of its answer, whether the request is kept and nothing said, and what happens before it goes on.
    """

    url: str = ""
    writes: list[str] = field(default_factory=list)
    drops_request: Callable[[str], bool] = lambda said: False
    drops_answer: Callable[[str], bool] = lambda said: False
    keeps_request: Callable[[str], bool] = lambda said: False
    before: Callable[[str], Awaitable[None]] | None = None


@asynccontextmanager
async def gateway(session: aiohttp.ClientSession, url: str) -> AsyncIterator[Gateway]:
    """A gateway to the server at this URL, which it asks by this session and for whoever asks itself."""
    gate = Gateway()

    async def answer(request: web.Request) -> web.StreamResponse:
        said = f"{request.method} {request.path}"
        writes = request.method not in ("GET", "HEAD") and not request.path.endswith("reviews")
        body = await request.read()
        if writes:
            gate.writes.append(said)
            if gate.keeps_request(said):
                await asyncio.sleep(LIMIT)
            if gate.before is not None:
                await gate.before(said)
            if gate.drops_request(said):
                _hang_up(request)
                return web.Response()
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        async with session.request(request.method, url + request.raw_path, data=body, headers=headers) as there:
            if writes and gate.drops_answer(said):
                await there.read()
                _hang_up(request)
                return web.Response()
            return await _passed_back(request, there)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    gate.url = f"http://{host}:{port}"
    try:
        yield gate
    finally:
        await runner.cleanup()


async def _passed_back(request: web.Request, there: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=there.status, headers={"Content-Type": there.headers["Content-Type"]})
    await response.prepare(request)
    async for piece in there.content.iter_any():
        await response.write(piece)
    await response.write_eof()
    return response


def _hang_up(request: web.Request) -> None:
    transport: Any = request.transport
    if transport is not None:
        transport.abort()
