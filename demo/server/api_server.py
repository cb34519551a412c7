"""A Kubernetes API server in this process, on loopback.

As faithful as our own client and a curious kubectl look, and no further: one contract suite runs
against it and against the real one. Tests and the demo talk to it over a real socket:

    async with ApiServer() as server:
        server.store.put({"apiVersion": "pulumi.com/v1", "kind": "Stack", ...})
        server.faults.hang_up("watch=", times=1)
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from aiohttp import web

from demo.server import discovery
from demo.server.answers import Cluster, answer, json_response
from demo.server.faults import Fault, RecordedRequest
from demo.server.object_storage import ObjectStorage
from demo.server.objects import Obj
from demo.server.refusals import NoSuchPathError, Refusal
from demo.server.served_kinds import CRDS, KINDS, ServedKind
from demo.server.served_logs import PodLogs


class HungUpError(Exception):
    """A fault closed the connection instead of answering."""


class ApiServer:
    """`store`, `logs`, `commands`, `access` and `faults` are the handles; `requests` is what was asked of late."""

    def __init__(
        self,
        kinds: Iterable[ServedKind] = KINDS,
        *,
        clock: Callable[[], float] = time.time,
        seed: int = 0,
        history: int = 10_000,
        bookmark_every: float = 60.0,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        kinds = tuple(kinds)
        self.store = ObjectStorage(kinds, clock=clock, seed=seed, history=history)
        self.logs = PodLogs(clock)
        self._cluster = Cluster(kinds, self.store, self.logs, bookmark_every)
        self.access = self._cluster.access
        self.commands = self._cluster.commands
        self.faults = self._cluster.faults
        self.requests: deque[RecordedRequest] = deque(maxlen=10_000)
        self.url = ""
        self._port = port
        self._tls = tls
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        for kind in kinds:
            if kind.custom and CRDS in kinds:
                self.store.put(discovery.crd(kind))

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=16 * 2**20)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hang_up()
        self.faults.clear()
        if self._runner:
            await self._runner.cleanup()

    async def listen(self) -> None:
        """Take connections (again), on the same port as before."""
        if self._site is not None or self._runner is None:
            return
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls, reuse_address=True)
        await self._site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    async def refuse_connections(self) -> None:
        """Close all connections and take no more, as a server that is down; `listen()` ends it."""
        if self._site is None or self._runner is None:
            return
        site, self._site = self._site, None
        self.hang_up()
        await site.stop()
        if self._runner.server:
            for connection in self._runner.server.connections:
                if connection.transport is not None:
                    connection.transport.abort()

    def hang_up(self) -> None:
        """Close every open watch, log and command now."""
        for stream in list(self._cluster.streams):
            stream.end()

    def forget_history(self) -> None:
        """Compaction: watches that resume from before, and old `continue` tokens, get 410."""
        self._cluster.pages.forget()
        for collection in self.store.collections.values():
            collection.forget(self.store.version)

    @property
    def open_streams(self) -> int:
        return len(self._cluster.streams)

    def kubeconfig(
        self, context: str, *, namespace: str = "", token: str = "", user: Obj | None = None, ca_file: str = ""
    ) -> Obj:
        """A kubeconfig, as a dict, with this one server in it."""
        cluster: Obj = {"server": self.url}
        if ca_file:
            cluster["certificate-authority"] = ca_file
        elif self._tls:
            cluster["insecure-skip-tls-verify"] = True
        place: Obj = {"cluster": context, "user": context} | ({"namespace": namespace} if namespace else {})
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": context, "cluster": cluster}],
            "users": [{"name": context, "user": user or ({"token": token} if token else {})}],
            "contexts": [{"name": context, "context": place}],
            "current-context": context,
        }

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        asked = RecordedRequest(request.method, request.path, dict(request.query))
        self.requests.append(asked)
        try:
            await self._apply_faults(asked)
            return await answer(self._cluster, request, asked)
        except Refusal as refusal:
            return json_response(refusal.code, refusal.status(), refusal.headers)
        except NoSuchPathError:
            return web.Response(status=404, text="404 page not found\n")
        except HungUpError:
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=500)

    async def _apply_faults(self, asked: RecordedRequest) -> None:
        for fault in self.faults.before_answer(asked):
            match fault.effect:
                case "latency":
                    await asyncio.sleep(fault.seconds)
                case "refusal" if fault.refusal is not None:
                    raise fault.refusal
                case "absent":
                    raise NoSuchPathError
                case "hang_up" | "half_line":
                    raise HungUpError
                case "silence":
                    await self._wait_for_end(fault)

    async def _wait_for_end(self, fault: Fault) -> None:
        """Answer nothing until the fault is removed (or the client gives up)."""
        wake = asyncio.Event()
        self.faults.waiting.add(wake)
        try:
            while self.faults.active(fault):
                await wake.wait()
                wake.clear()
        finally:
            self.faults.waiting.discard(wake)
