"""A WebSocket to an API server: how it is asked for, its messages, and what its failures are called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from cluster.errors import ClusterError, Garbled, Silent, TooLarge, Unreachable
from cluster.http.request_errors import address
from cluster.http.transport import CONNECT, abort

if TYPE_CHECKING:
    import aiohttp

PING_EVERY = 30.0
"""seconds of silence, before something on the way to the server takes it for idle"""
LARGEST_FRAME = 4 << 20
"""bytes of one message; servers send 32 KiB at a time"""


@asynccontextmanager
async def open_socket(
    pool: aiohttp.ClientSession,
    url: str,
    protocols: Sequence[str],
    *,
    explain_errors: Callable[[], AbstractContextManager[None]],
    error_of: Callable[[aiohttp.ClientResponse], Awaitable[ClusterError]],
    timeout: float | None,
    **options: Any,
) -> AsyncIterator[SocketFrames]:
    """A WebSocket over the connector of `pool`, asked for once and never again; its end is abrupt.

    `error_of` makes an error of an answer that refuses it, and `options` are those of aiohttp's `ws_connect`.
    Raises that error, or what `explain_errors` raises; `timeout` is in seconds, until it is open.
    """
    import aiohttp
    from yarl import URL

    answers: list[aiohttp.ClientResponse] = []

    async def ask_once(request: aiohttp.ClientRequest, ask: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        # By itself aiohttp sends a GET again when its connection breaks, follows redirects, and drops refusals unread.
        with explain_errors():
            answer = await ask(request)
        if answer.status >= 300:
            raise await error_of(answer)
        answers.append(answer)
        if answer.status != 101:
            raise Garbled(f"{address(url)} answers {answer.status} in place of a WebSocket")
        return answer

    async with aiohttp.ClientSession(
        connector=pool.connector,
        connector_owner=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept-Encoding",),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT),
        middlewares=(ask_once,),
    ) as session:
        try:
            with explain_errors():
                async with asyncio.timeout(timeout):
                    socket = await session.ws_connect(
                        URL(url, encoded=True),
                        protocols=protocols,
                        heartbeat=PING_EVERY,
                        autoclose=False,
                        max_msg_size=LARGEST_FRAME,
                        **options,
                    )
            yield SocketFrames(socket, url)
        finally:
            for answer in answers:
                abort(answer)


class SocketFrames:
    """Iterates over the messages as bytes, whether they came as text or not, until the server closes the WebSocket.

    Raises Unreachable when the connection breaks off instead, Silent when a ping isn't answered, and Garbled or
    TooLarge for what isn't a WebSocket, or is too much at once. `protocol` is the server's choice, empty for none.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, url: str) -> None:
        self._socket = socket
        self._host = address(url)
        self.protocol = socket.protocol or ""

    def __aiter__(self) -> SocketFrames:
        return self

    async def __anext__(self) -> bytes:
        from aiohttp import WSMsgType

        message = await self._socket.receive()
        match message.type:
            case WSMsgType.BINARY:
                return bytes(message.data)
            case WSMsgType.TEXT:
                return str(message.data).encode()
            case WSMsgType.CLOSE:
                raise StopAsyncIteration
        raise self._error(message.data)

    def _error(self, error: object) -> ClusterError:
        from aiohttp import WebSocketError, WSCloseCode

        if isinstance(error, TimeoutError):
            return Silent(f"nothing has come from {self._host}, not even the answer to a ping")
        if not isinstance(error, WebSocketError):
            return Unreachable(f"{self._host} broke off the connection")
        if error.code == WSCloseCode.MESSAGE_TOO_BIG:
            return TooLarge(f"{self._host} sends a message of more than {LARGEST_FRAME >> 20} MiB")
        return Garbled(f"{self._host} sends what doesn't belong into a WebSocket")
