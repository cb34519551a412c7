"""A command that runs in a container, over the WebSocket protocols of Kubernetes for remote commands.

Every message begins with the number of its channel: 1 for stdout, 2 for stderr, 3 for the Status that tells how the
command ended. The request for the WebSocket begins the command, so it is sent once: a refusal of it, an ApiError below
500, means that nothing ran, and after any other error nobody knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from cluster.errors import ClusterError, Garbled, ServerError, Silent
from cluster.http.connection import Connection
from cluster.http.request_errors import address
from cluster.http.web_socket import SocketFrames
from cluster.resources import Resource

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
"""what is offered; servers before 1.30 know only the second"""
LARGEST_OUTPUT = 1 << 18
_LARGEST_STATUS = 1 << 16
_PODS = Resource("", "v1", "pods", "Pod")
_STDOUT, _STDERR, _STATUS = 1, 2, 3
_UNKNOWN = "whether the command ran isn't known: look into the pod before it is run again"


@dataclass(frozen=True, slots=True)
class ExecResult:
    """How a command ended. `exit_code` is None where the server didn't tell it.

    `cut`: stdout or stderr was longer than was asked for, and ends where the limit was.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    cut: bool = False


async def run_in_container(
    connection: Connection,
    namespace: str,
    pod: str,
    container: str,
    command: Sequence[str],
    *,
    timeout: float,
    largest: int = LARGEST_OUTPUT,
    protocols: Sequence[str] = PROTOCOLS,
) -> ExecResult:
    """Run `command`, a program and its arguments, without stdin and without a terminal; its end and its output.

    `timeout` is in seconds, for everything from the login to the command's end; `largest` in bytes, for stdout and
    stderr each. Raises ClusterError: an ApiError below 500 where nothing was run, Silent where the time was up.
    """
    words = [("container", container), *(("command", word) for word in command), ("stdout", "true"), ("stderr", "true")]
    output = _CommandOutput(largest)
    try:
        async with asyncio.timeout(timeout):
            async with connection.upgrade(_PODS.path(namespace, pod, "exec"), words, protocols) as frames:
                return await _read(frames, output)
    except TimeoutError:
        where = address(connection.target.server)
        if output.begun:
            raise Silent(f"the command hasn't ended within {timeout:g} s, and may still run in {pod}") from None
        raise Silent(f"{where} hasn't said within {timeout:g} s whether it runs the command; {_UNKNOWN}") from None


async def _read(frames: SocketFrames, output: _CommandOutput) -> ExecResult:
    output.begun = True
    try:
        if frames.protocol not in PROTOCOLS:
            raise Garbled("the server speaks none of the protocols for commands")
        async for frame in frames:
            if (status := output.take(frame)) is not None:
                return output.result(_exit_code(status))
    except ServerError:
        raise
    except ClusterError as error:
        raise type(error)(f"{error}; {_UNKNOWN}") from None
    return output.result(None)


class _Cause(msgspec.Struct):
    reason: str = ""
    message: str = ""


class _Details(msgspec.Struct):
    causes: list[_Cause] = []


class _CommandStatus(msgspec.Struct):
    status: str
    reason: str = ""
    message: str = ""
    code: int = 0
    details: _Details | None = None


_decode = msgspec.json.Decoder(_CommandStatus).decode


class _CommandOutput:
    """What has come of a command so far. `begun`: the server has agreed to run it."""

    def __init__(self, largest: int) -> None:
        self.begun = False
        self._largest = largest
        self._cut = False
        self._kept = {_STDOUT: bytearray(), _STDERR: bytearray(), _STATUS: bytearray()}

    def take(self, frame: bytes) -> _CommandStatus | None:
        """Keep what a message brings, within the limits; the Status when it is complete, which is the end."""
        channel, content = (frame[0], frame[1:]) if frame else (0, b"")
        if not content or channel not in self._kept:
            return None  # that a channel is open or closed, or what a later protocol may have to say
        kept = self._kept[channel]
        room = (_LARGEST_STATUS if channel == _STATUS else self._largest) - len(kept)
        kept += content[: max(0, room)]
        if channel == _STATUS:
            return _status(bytes(kept))
        self._cut = self._cut or len(content) > room
        return None

    def result(self, exit_code: int | None) -> ExecResult:
        stdout, stderr = (self._kept[channel].decode(errors="replace") for channel in (_STDOUT, _STDERR))
        return ExecResult(exit_code, stdout, stderr, self._cut)


def _status(text: bytes) -> _CommandStatus | None:
    """None for half a Status, and for anything else."""
    try:
        status = _decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return status if status.status in ("Success", "Failure") else None


def _exit_code(status: _CommandStatus) -> int | None:
    """The exit code that a Status tells, None if there is none in it. Raises ServerError if running itself failed."""
    if status.status == "Success":
        return 0
    if status.reason != "NonZeroExitCode":
        # Below 500 it would say that nothing ran, and by now nobody can promise that.
        raise ServerError(max(500, status.code), status.reason, status.message)
    codes = [cause.message for cause in (status.details.causes if status.details else ()) if cause.reason == "ExitCode"]
    return int(codes[0]) if codes and codes[0].isdecimal() and len(codes[0]) < 10 else None
