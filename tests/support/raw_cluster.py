"""A server whose answers about one kind are bytes that no API server would send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from support.waiting import LIMIT


def page(*items: bytes, more: str = "") -> bytes:
    """A list of these objects, with a `continue` token if there is `more`."""
    return (
        b'{"metadata":{"resourceVersion":"9","continue":"' + more.encode() + b'"},"items":[' + b",".join(items) + b"]}"
    )


@asynccontextmanager
async def raw_cluster(listed: bytes, lines: bytes = b"", plural: str = "stacks") -> AsyncIterator[str]:
    """The URL of a server that answers a list of this kind with `listed`, and a watch of it with `lines`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        watch = request.query.get("watch")
        if watch and "sendInitialEvents" in request.query:
            return web.json_response({"kind": "Status", "code": 400}, status=400)
        if watch:
            response = web.StreamResponse()
            await response.prepare(request)
            await response.write(lines if request.path.endswith(f"/{plural}") else b"")
            await asyncio.sleep(LIMIT)
            return response
        return web.Response(body=listed if request.path.endswith(f"/{plural}") else page())

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def kubeconfig(name: str, server: str, **user: Any) -> dict[str, Any]:
    """A kubeconfig with one context of this name."""
    return {
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
