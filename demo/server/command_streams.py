"""A command's output over a WebSocket, in the channels of the protocols for remote commands."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import msgspec
from aiohttp import web

from demo.server.faults import Faults, RecordedRequest
from demo.server.objects import Obj
from demo.server.served_commands import CommandResult
from demo.server.streams import StreamEndedError

V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"
_STDOUT, _STDERR, _STATUS = 1, 2, 3
_FRAME = 32 << 10  # bytes of output in one message
RunCommand: TypeAlias = Callable[[], Coroutine[Any, Any, CommandResult]]
_encode = msgspec.json.Encoder().encode


class CommandStream:
    """One command that is run for a client. Every message goes through `_send`, which applies the faults in force."""

    def __init__(self, request: web.Request, asked: RecordedRequest, faults: Faults) -> None:
        self._request = request
        self._asked = asked
        self._faults = faults
        self._sent = 0
        self._ended = asyncio.Event()
        self.response = web.WebSocketResponse(protocols=(V5, V4), compress=False)

    @property
    def protocol(self) -> str:
        """The protocol that this client and the server share; empty if there is none, or no WebSocket is wanted."""
        return self.response.can_prepare(self._request).protocol or ""

    async def run(self, command: RunCommand) -> None:
        """Run it, and tell what it writes and how it ends. Raises StreamEndedError when the client has gone."""
        await self.response.prepare(self._request)
        await self._send(_STDOUT, b"")
        result = await self._or_end(command)
        for channel, output in ((_STDOUT, result.stdout), (_STDERR, result.stderr)):
            written = output.encode("utf-8", "surrogateescape") if isinstance(output, str) else output
            for start in range(0, len(written), _FRAME):
                await self._send(channel, written[start : start + _FRAME])
        await self._finish(exit_status(result.exit_code))

    async def refuse(self, status: Obj) -> None:
        """Nothing is run, which by the newer protocol is told when the WebSocket is already open."""
        await self.response.prepare(self._request)
        await self._finish(status)

    async def _finish(self, status: Obj) -> None:
        await self._send(_STATUS, _encode(status))
        await self.response.close()

    async def _or_end(self, command: RunCommand) -> CommandResult:
        """What the command does; meanwhile the client is listened to, as it may ping, or go."""
        running = asyncio.create_task(command())
        listening = asyncio.create_task(self._listen())
        try:
            await asyncio.wait((running, listening), return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                raise StreamEndedError
            return running.result()
        finally:
            for task in (running, listening):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task

    async def _listen(self) -> None:
        while not self.response.closed:
            message = await self.response.receive()
            if message.type in (web.WSMsgType.CLOSE, web.WSMsgType.CLOSING, web.WSMsgType.CLOSED, web.WSMsgType.ERROR):
                return

    async def _send(self, channel: int, content: bytes) -> None:
        await self._apply_faults()
        try:
            await self.response.send_bytes(bytes([channel]) + content)
        except ConnectionError:
            raise StreamEndedError from None
        self._sent += 1

    async def _apply_faults(self) -> None:
        while fault := self._faults.in_stream(self._asked, self._sent):
            if fault.effect == "silence":
                await self._changed_faults()
                continue
            fault.spend()
            self.end()
            raise StreamEndedError

    async def _changed_faults(self) -> None:
        self._faults.waiting.add(self._ended)
        try:
            await self._ended.wait()
        finally:
            self._faults.waiting.discard(self._ended)
        self._ended.clear()
        if self._request.transport is None or self._request.transport.is_closing():
            raise StreamEndedError

    def end(self) -> None:
        """Break it off, whatever it is waiting for."""
        if self._request.transport is not None:
            self._request.transport.close()
        self._ended.set()


def exit_status(code: int) -> Obj:
    """The Status that tells a command's exit code."""
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: command terminated with exit code {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }
