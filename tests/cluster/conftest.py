"""Servers, connections and readers for the tests of `cluster`."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from cluster.http.connection import Connection
from cluster.resources import Resource, ResourceKind
from cluster.target import Target
from cluster.watch.reflector import follow
from cluster.watch.store import Store
from cluster.watch.watch_events import Alive, Lost, Restricted, Synced
from demo.server.api_server import ApiServer
from stacks.records.stack import Stack, tidy_stack
from support.objects import stack_object
from support.waiting import LIMIT, eventually

STACKS = ResourceKind(Resource("pulumi.com", "v1", "stacks", "Stack"), Stack, tidy_stack)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Pauses:
    """Stands in for `asyncio.sleep`: nobody waits, and every wish is written down."""

    def __init__(self) -> None:
        self.wished: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.wished.append(seconds)
        await asyncio.sleep(0)


class Reader:
    """Applies the events that it reads, as the board does; `held` is what is known then."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.store: Store[Stack] = Store()
        self.lost: Lost | None = None
        self.restricted: Restricted | None = None
        self._task: asyncio.Task[None] | None = None

    def listen(self, told: AsyncGenerator[Any, None]) -> Reader:
        self._task = asyncio.ensure_future(self._read(told))
        return self

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            if not self._task.cancelled():
                self._task.result()

    async def _read(self, told: AsyncGenerator[Any, None]) -> None:
        async with aclosing(told) as events:
            async for event in events:
                self.apply(event)

    def apply(self, event: Any) -> None:
        self.events.append(event)
        self.store.apply(event)
        match event:
            case Synced() | Alive():
                self.lost = None
            case Lost():
                self.lost = event
            case Restricted():
                self.restricted = event if event.reason else None

    @property
    def held(self) -> dict[tuple[str, str], Stack]:
        return self.store.objects

    def said(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def names(self) -> set[str]:
        return {name for _, name in self.held}

    async def knows(self, *names: str) -> None:
        await eventually(lambda: self.names == set(names))


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as running:
        yield running


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Connection]]:
    """Connections that end with the test. A bare URL is a target, too."""
    opened: list[Connection] = []

    def connection(target: Target | str, **options: Any) -> Connection:
        if isinstance(target, str):
            target = Target("test", target)
        opened.append(Connection(target, environ={}, **options))
        return opened[-1]

    yield connection
    for each in opened:
        await each.close()


@pytest.fixture
async def reading(connect: Callable[..., Connection]) -> AsyncIterator[Callable[..., Reader]]:
    """Readers of a server's Stacks, who don't wait between attempts."""
    readers: list[Reader] = []

    def start(source: ApiServer | Connection | str, told: Any = follow, *arguments: Any, **options: Any) -> Reader:
        where = source.url if isinstance(source, ApiServer) else source
        connection = where if isinstance(where, Connection) else connect(where)
        options.setdefault("sleep", Pauses())
        readers.append(Reader().listen(told(connection, STACKS, *arguments, **options)))
        return readers[-1]

    yield start
    for each in readers:
        await each.stop()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """One handler behind a real socket; the answer is its URL."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler, tls: ssl.SSLContext | None = None) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        host, port = runner.addresses[0][:2]
        return f"{'https' if tls else 'http'}://{host}:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def stack() -> Callable[..., dict[str, Any]]:
    return stack_object


@dataclass(frozen=True)
class Certificates:
    """What a certificate authority has made, and one that nobody knows."""

    folder: Path

    def serving(self, name: str, wants_client: bool = False) -> ssl.SSLContext:
        """A server's side, with the certificate of this name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        if wants_client:
            context.load_verify_locations(self.ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    @property
    def ca(self) -> Path:
        return self.folder / "ca.crt"

    def data(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    _issue(folder)
    return Certificates(folder)


_CA_CONFIG = """
[ca]
default_ca = it
[it]
dir = .
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


def _issue(folder: Path) -> None:
    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=LIMIT)

    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for name, text in {"ca.cnf": _CA_CONFIG, "index.txt": "", "serial": "01\n"}.items():
        (folder / name).write_text(text)
    for authority in ("ca", "stranger"):
        files = ("-keyout", f"{authority}.key", "-out", f"{authority}.crt")
        openssl("req", "-x509", *new_key, *files, "-subj", f"/CN={authority}", "-days", "2")
    for name, address, start, end in (
        ("good", "IP:127.0.0.1", "20240101000000Z", "20900101000000Z"),
        ("expired", "IP:127.0.0.1", "20240101000000Z", "20240102000000Z"),
        ("elsewhere", "DNS:elsewhere.example", "20240101000000Z", "20900101000000Z"),
        ("client", "DNS:client", "20240101000000Z", "20900101000000Z"),
    ):
        (folder / f"{name}.ext").write_text(f"subjectAltName={address}\n")
        openssl("req", *new_key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signing = ("-cert", "ca.crt", "-keyfile", "ca.key", "-startdate", start, "-enddate", end)
        files = ("-extfile", f"{name}.ext", "-in", f"{name}.csr", "-out", f"{name}.crt", "-notext")
        openssl("ca", "-batch", "-config", "ca.cnf", *signing, *files)
