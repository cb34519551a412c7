"""One pool of connections to one cluster.

Everything a context does goes through here, so that a login is renewed once, and a refusal has one form. Streams are
not limited, other requests run a few at a time. Nothing is imported, resolved or opened before the first request.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from cluster.addresses import is_address
from cluster.auth.credentials import Credentials, RequestAuth
from cluster.errors import ApiError, KubeconfigError, Silent, TooLarge, Unauthorized, Unreachable
from cluster.http.request_errors import address, error_of_answer, network_error
from cluster.http.transport import CONNECT, abort, is_loopback, proxy_for, tls_context
from cluster.http.web_socket import SocketFrames, open_socket
from cluster.target import Target

if TYPE_CHECKING:
    import aiohttp

STALLED = 60.0  # seconds without a byte after which an answer isn't waited for any longer
READ_SIZE = 1 << 18
LONGEST_REFUSAL = 1 << 16
LARGEST_ANSWER = 256 << 20
"""bytes, unpacked; a longer list is asked for in pages"""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    params: Mapping[str, str] | None = None
    body: bytes | None = None
    content_type: str = "application/json"
    silence: float | None = None
    """For a stream: how long nothing may come. Its whole length has no limit."""
    late: bool = False
    """The answer may begin as late as its first byte: a kubelet answers when there is something to say."""
    accept: str = ""
    """The form of the answer; empty: JSON, as everywhere"""


class Connection:
    """Requests and streams to the API server of `target`."""

    def __init__(
        self,
        target: Target,
        *,
        version: str = "0",
        request_timeout: float | None = 30.0,
        credentials: Credentials | None = None,
        limit: int = 16,
        compress: bool | None = None,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.target = target
        self.credentials = credentials or Credentials(target)
        self.lists_by_watch: bool | None = None
        """Whether this server sends a list as a watch; None until somebody has tried."""
        self._has_address = target.server.isascii() and is_address(target.server)
        host = (urlsplit(target.server).hostname or "") if self._has_address else ""
        self._secure = target.server.lower().startswith("https:")
        # As with kubectl, credentials aren't sent in clear text; within this machine they may be.
        self._sends_credentials = self._secure or is_loopback(host)
        # Measured over TLS, even within one machine: half the CPU time for us, a tenth of the bytes, no slower.
        self.compress = (self._secure or not is_loopback(host)) if compress is None else compress
        self.request_timeout = request_timeout
        """seconds for one request, streams apart; None for ever"""
        self._request_slots = asyncio.Semaphore(limit)
        self._environ = os.environ if environ is None else environ
        self._headers = [
            ("Accept", "application/json"),
            ("Accept-Encoding", "gzip" if self.compress else "identity"),
            ("User-Agent", f"kubectl-pko-argo/{version}"),
            *_impersonation(target),
        ]
        self._session: aiohttp.ClientSession | None = None
        self._closed = False
        self._proxy: str | None = None
        self._tls: tuple[RequestAuth, ssl.SSLContext] | None = None
        self._clock = clock
        self._answered: tuple[str, float] | None = None

    def __repr__(self) -> str:
        return f"Connection({self.target!r})"

    async def get(self, path: str, params: Mapping[str, str] | None = None, *, accept: str = "") -> bytes:
        """The body of the answer to a GET; `accept` is the form that is asked for, where that isn't JSON as it is."""
        return await self.request("GET", path, params=params, accept=accept)

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which the server's clock is ahead of ours, to a second; None before the first answer."""
        if self._answered is None:
            return None
        from email.utils import parsedate_to_datetime  # here, as it takes 18 ms of the start

        date, at = self._answered
        try:
            return parsedate_to_datetime(date).timestamp() - int(at)
        except (TypeError, ValueError, OverflowError):
            return None

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "application/json",
        params: Mapping[str, str] | None = None,
        accept: str = "",
    ) -> bytes:
        """The body of the answer. After a 401 the login is renewed, and only a GET is sent again, once."""
        async with self._request_slots:
            response = await self._send(_Request(method, path, params, body, content_type, accept=accept))
            try:
                return await self._body(response)
            finally:
                if not response.content.at_eof():
                    abort(response)

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        """The whole of an answer. Raises TooLarge in the middle of one that is, or unpacks to be."""
        read: list[bytes] = []
        length = 0
        with self._explain_errors():
            while piece := await response.content.readany():
                read.append(piece)
                length += len(piece)
                if length > LARGEST_ANSWER:
                    raise TooLarge(f"{address(self.target.server)} answers with more than {LARGEST_ANSWER >> 20} MiB")
        return b"".join(read)

    @asynccontextmanager
    async def stream(
        self, path: str, params: Mapping[str, str] | None = None, silence: float = 90.0, *, late: bool = False
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The answer piece by piece; `Silent` when nothing comes for `silence` seconds, with `late` from the start."""
        response = await self._send(_Request("GET", path, params, silence=silence, late=late))
        try:
            yield _Pieces(self, response, silence)
        finally:
            abort(response)

    @asynccontextmanager
    async def upgrade(
        self, path: str, params: Sequence[tuple[str, str]], protocols: Sequence[str]
    ) -> AsyncIterator[SocketFrames]:
        """A WebSocket for one of these protocols. It is asked for once, since that alone may change something.

        Raises ApiError where the server refuses it; after a 401 the login is renewed for the next request.
        """
        auth = await self.credentials.auth() if self._sends_credentials else RequestAuth()
        async with AsyncExitStack() as stack:
            opening = open_socket(
                await self._open_session(),
                f"{self.target.server}{path}?{urlencode(params, errors='surrogateescape')}",
                protocols,
                explain_errors=self._explain_errors,
                error_of=self._error_of,
                timeout=self.request_timeout,
                # What we accept of an API server, a kubelet may not have, and it is asked by the same request.
                headers=[header for header in self._headers_for(auth) if not header[0].startswith("Accept")],
                proxy=self._proxy,
                ssl=self._tls_context(auth) if self._secure else True,
                server_hostname=self.target.tls_server_name or None,
            )
            try:
                frames = await stack.enter_async_context(opening)
            except Unauthorized:
                if self._sends_credentials:
                    await self.credentials.renew(auth)
                raise
            yield frames

    async def close(self) -> None:
        """Close it for good: requests after this, and those that are waiting, raise Unreachable."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _send(self, request: _Request) -> aiohttp.ClientResponse:
        """The answer to a request, not yet read; the caller has to read or abort it. Raises ApiError for a refusal."""
        auth = await self.credentials.auth() if self._sends_credentials else RequestAuth()
        response = await self._send_once(request, auth)
        if response.status < 300:
            return response
        refusal = await self._error_of(response)
        if isinstance(refusal, Unauthorized) and self._sends_credentials and await self.credentials.renew(auth):
            if request.method != "GET":
                raise refusal
            response = await self._send_once(request, await self.credentials.auth())
            if response.status < 300:
                return response
            refusal = await self._error_of(response)
        raise refusal

    async def _send_once(self, request: _Request, auth: RequestAuth) -> aiohttp.ClientResponse:
        session = await self._open_session()
        import aiohttp
        from yarl import URL

        headers = self._headers_for(auth)
        if request.accept:
            headers = [header for header in headers if header[0] != "Accept"] + [("Accept", request.accept)]
        if request.body is not None:
            headers.append(("Content-Type", request.content_type))
        stream = request.silence is not None
        timeout = aiohttp.ClientTimeout(
            total=None if stream else self.request_timeout,
            sock_connect=CONNECT,
            # Also where no limit was asked for, an answer has to keep coming.
            sock_read=request.silence if stream else self.request_timeout or STALLED,
        )
        with self._explain_errors(request.silence if request.late else None):
            async with asyncio.timeout(None if request.late else self.request_timeout):
                response = await session.request(
                    request.method,
                    URL(self.target.server + request.path, encoded=True),
                    params=request.params,
                    data=request.body,
                    headers=headers,
                    allow_redirects=False,  # an API server doesn't redirect; a login page would get our token
                    proxy=self._proxy,
                    ssl=self._tls_context(auth) if self._secure else True,
                    server_hostname=self.target.tls_server_name or None,
                    timeout=timeout,
                    middlewares=() if request.method == "GET" else (self._ask_once,),
                )
        self._answered = response.headers.get("Date", ""), self._clock()
        return response

    async def _ask_once(self, request: aiohttp.ClientRequest, ask: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        """Without it aiohttp sends a DELETE or a PUT again, too, whose connection breaks before the answer."""
        with self._explain_errors():
            return await ask(request)

    def _headers_for(self, auth: RequestAuth) -> list[tuple[str, str]]:
        return [*self._headers, ("Authorization", auth.authorization)] if auth.authorization else [*self._headers]

    async def _open_session(self) -> aiohttp.ClientSession:
        if not self._has_address:
            raise KubeconfigError("the server's address in the kubeconfig isn't an http:// or https:// URL")
        if "aiohttp" not in sys.modules:
            # 200 ms of imports; in a thread they don't stop the screen from being painted.
            await asyncio.to_thread(importlib.import_module, "aiohttp")
        if self._closed:
            raise Unreachable(f"the connection to {address(self.target.server)} was closed")
        if self._session is None:
            import aiohttp

            self._proxy = proxy_for(self.target, self._environ)
            self._session = aiohttp.ClientSession(
                # Without a limit: a watch keeps its connection for hours, and nobody should wait behind one.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60.0),
                cookie_jar=aiohttp.DummyCookieJar(),
                read_bufsize=READ_SIZE,
            )
        return self._session

    def _tls_context(self, auth: RequestAuth) -> ssl.SSLContext:
        """The same object as long as the certificate is the same: connections are pooled by it."""
        if self._tls is None or self._tls[0].certificate != auth.certificate or self._tls[0].key != auth.key:
            self._tls = auth, tls_context(self.target, auth)
        return self._tls[1]

    async def _error_of(self, response: aiohttp.ClientResponse) -> ApiError:
        status, where = response.status, address(self.target.server)
        body = b""
        try:
            with self._explain_errors():
                async with asyncio.timeout(self.request_timeout):
                    while len(body) < LONGEST_REFUSAL and (piece := await response.content.readany()):
                        body += piece
        finally:
            abort(response)
        if 300 <= status < 400:
            return ApiError(status, "", f"{where} points to another address ({status}), perhaps a login page")
        after = response.headers.get("Retry-After", "")
        return error_of_answer(status, response.reason or "", float(after) if after.isdecimal() else None, body)

    @contextmanager
    def _explain_errors(self, silence: float | None = None) -> Iterator[None]:
        import aiohttp

        try:
            yield
        except aiohttp.SocketTimeoutError as error:
            if silence is not None:
                raise Silent(f"nothing has come from {address(self.target.server)} for {silence:g} s") from None
            raise network_error(error, self.target.server, self._proxy) from None
        except (aiohttp.ClientError, TimeoutError, OSError, UnicodeError) as error:
            # Not chained: these carry the whole request, with what it proved.
            raise network_error(error, self.target.server, self._proxy) from None


class _Pieces:
    """The body of a stream. An iterator rather than a generator: there is nothing in it to clean up."""

    def __init__(self, connection: Connection, response: aiohttp.ClientResponse, silence: float) -> None:
        self._connection = connection
        self._content = response.content
        self._silence = silence

    def __aiter__(self) -> _Pieces:
        return self

    async def __anext__(self) -> bytes:
        with self._connection._explain_errors(self._silence):
            piece = await self._content.readany()
        if not piece:
            raise StopAsyncIteration
        return piece


def _impersonation(target: Target) -> list[tuple[str, str]]:
    whom = target.impersonation
    if whom is None:
        return []
    headers = [("Impersonate-User", whom.user), *(("Impersonate-Group", group) for group in whom.groups)]
    if whom.uid:
        headers.append(("Impersonate-Uid", whom.uid))
    for key, values in whom.extra:
        headers.extend((f"Impersonate-Extra-{quote(key, safe='').lower()}", value) for value in values)
    return headers
