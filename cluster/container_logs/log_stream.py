"""The log of one container, as one stream that outlives the connections it comes through.

A kubelet's log has no resource versions and no bookmarks: it ends when the container does, when a
server hangs up, when a token expires, and it doesn't say which. So before every request the pod is asked,
unless it was seen just now, and the log is read on from its last second (`cluster.container_logs.resume`).
The reader gets every line once; where that can't be promised a `LogGap` stands where lines may be missing.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TypeAlias

from cluster.backoff import Backoff, Sleep, pause
from cluster.container_logs.container_status import PODS, ContainerInstance, get_container
from cluster.container_logs.resume import ResumeFilter, ResumePoint, first_time
from cluster.decoding.line_splitter import LineSplitter
from cluster.errors import (
    ApiError,
    ClusterError,
    CredentialError,
    Forbidden,
    Garbled,
    KubeconfigError,
    NotFound,
    ServerError,
    Silent,
    TooManyRequests,
    Unacceptable,
    Unauthorized,
    Unreachable,
)
from cluster.http.connection import Connection

SILENCE = 120.0
"""seconds after which a quiet log is opened anew: nobody can tell quiet from dead"""
ATTEMPTS = 5
"""how often a log that isn't followed is taken up again after its connection broke"""
_TRANSIENT = (Unreachable, ServerError, TooManyRequests)
# Some attempts cost somebody something: a credential plugin may open a browser.
_MIN_WAIT: dict[type[ClusterError], float] = {Unauthorized: 5.0, CredentialError: 15.0}
_PERMANENT = re.compile(r"is not valid for pod|must be specified|previous terminated container|invalid|Forbidden: ")
_KUBELET_ERROR = re.compile(
    rb"failed to (?:try resolving symlinks|open log file|create fsnotify watcher|watch directory|read log file)"
    rb"|unable to retrieve container logs for "
)


@dataclass(frozen=True, slots=True)
class LogRef:
    """Which log. With a `uid` another pod of the same name isn't meant."""

    namespace: str
    pod: str
    container: str
    uid: str = ""


@dataclass(frozen=True, slots=True)
class LogWindow:
    """Which part of it, as the API takes it. `since_time` is RFC 3339."""

    follow: bool = False
    previous: bool = False
    since_seconds: int | None = None
    since_time: str = ""
    tail_lines: int | None = None
    limit_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class LogChunk:
    """Whole lines in the order in which they were written, each begun by its time and a blank."""

    block: bytes


@dataclass(frozen=True, slots=True)
class LogWaiting:
    """No lines come at present. `lost` says that it is the cluster that can't be reached."""

    reason: str
    lost: bool = False


@dataclass(frozen=True, slots=True)
class LogResumed:
    """The cluster is reached again, and the log goes on where it was."""


@dataclass(frozen=True, slots=True)
class ContainerRestarted:
    """What follows was written after the container was started again; nothing from before is missing."""

    reason: str


@dataclass(frozen=True, slots=True)
class LogGap:
    """Lines may be missing here. Times are those of the lines around it, `count` is None if nobody knows."""

    why: str
    since: str = ""
    until: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class LogEnded:
    """This is all, and there won't be more. `gone`: the pod itself isn't there any more."""

    reason: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class LogRefused:
    """The cluster won't give it, or can't. `code` is the HTTP status, 0 if there was no answer."""

    reason: str
    code: int = 0


LogUpdate: TypeAlias = LogChunk | LogWaiting | LogResumed | ContainerRestarted | LogGap | LogEnded | LogRefused
"""Everything that `read_log` yields. `LogEnded` and `LogRefused` come last."""


async def read_log(
    connection: Connection,
    log: LogRef,
    window: LogWindow | None = None,
    *,
    sleep: Sleep = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
    rng: Callable[[], float] = random.random,
    retry_now: asyncio.Event | None = None,
    silence: float = SILENCE,
    known: ContainerInstance | None = None,
) -> AsyncGenerator[LogUpdate, None]:
    """The log, until it is over. Setting `retry_now` ends the pause before the next attempt.

    `known` is the container as the caller has seen it just now: the pod isn't asked once more before the first line.
    """
    reader = _LogReader(connection, log, window or LogWindow(), silence, clock, known)
    lost, idle = Backoff(1.0, 10.0, rng), Backoff(0.5, 3.0, rng)
    while True:
        before = reader.progress
        try:
            async with aclosing(reader.read_once()) as updates:
                async for update in updates:
                    yield update
        except ClusterError as error:
            for update in reader.handle_error(error, lost.tries):
                yield update
        if reader.over:
            return
        if reader.progress != before:
            lost.reset()
            idle.reset()
        backoff = lost if reader.lost else idle
        wait = max(backoff.next(), reader.min_wait)
        # The first time at once, as most ends are a server's polite good-bye.
        await pause(wait if reader.waits or backoff.tries > 1 else 0.0, sleep, retry_now)


class _LogReader:
    """Reads one log, request by request, and keeps what is known between two of them."""

    def __init__(
        self,
        connection: Connection,
        log: LogRef,
        window: LogWindow,
        silence: float,
        clock: Callable[[], float],
        known: ContainerInstance | None,
    ) -> None:
        self._connection = connection
        self._log = log
        # What is over has no more to come.
        self._window = replace(window, follow=False) if window.previous else window
        self._silence = silence
        self._clock = clock
        self._known = known
        self._began = clock()
        self._resume_point = ResumePoint()
        self._restarts: int | None = None
        self._reported: LogWaiting | None = None
        self._rest = b""
        self._bytes = 0
        self._broken = False
        self._ending = False
        self._drained = False
        self.min_wait = 0.0
        self.progress = 0
        self.over = False

    @property
    def waits(self) -> bool:
        """Whether the last update said that nothing comes."""
        return self._reported is not None

    @property
    def lost(self) -> bool:
        return self._reported is not None and self._reported.lost

    async def read_once(self) -> AsyncGenerator[LogUpdate, None]:
        """Ask the pod, then read until the stream ends. Raises what the connection raises."""
        if self._window.follow:
            now, self._known = self._known or await self._container_now(), None
            if now is not None:
                async with aclosing(self._read_previous_end(now)) as updates:
                    async for update in updates:
                        yield update
                for update in self._check_container(now):
                    yield update
            if self.over or (self.waits and not self.lost):
                return
        async with aclosing(self._stream(self._parameters(), self._resume_point.filter())) as updates:
            async for update in updates:
                yield update
        self._drained = self._ending
        if not self._window.follow:
            empty = not (self.progress or self._rest or self._window.previous)
            for update in self._end(await self._container_now() if empty else None):
                yield update

    async def _container_now(self) -> ContainerInstance | None:
        """None where pods may not be read, though their logs may."""
        try:
            return await get_container(self._connection, self._log.namespace, self._log.pod, self._log.container)
        except Forbidden:
            return None

    def _is_another(self, now: ContainerInstance) -> bool:
        return now.gone or bool(self._log.uid and now.uid != self._log.uid)

    def _check_container(self, now: ContainerInstance) -> Iterator[LogUpdate]:
        """What the pod's status means for the next request."""
        if self._is_another(now):
            yield from self._finish("the pod is gone" if now.gone else "the pod was replaced by another one", True)
            return
        self._restarts = now.restarts
        self._ending = not now.running and bool(now.ended or now.waiting)
        if not self._ending:
            self._drained = False
            self._reported = self._reported if self.lost else None
        elif not now.ended:
            yield from self._report_waiting(f"{self._log.container} is waiting to start: {now.waiting}")
        elif self._drained and now.final:
            yield from self._finish(f"the container has ended ({now.ended})")
        elif self._drained:
            why = f"{now.waiting}; " if now.waiting else ""
            yield from self._report_waiting(
                f"{self._log.container} has ended and will be started again ({why}{now.ended})"
            )

    async def _read_previous_end(self, now: ContainerInstance) -> AsyncGenerator[LogUpdate, None]:
        """After a restart, the last lines from before it; by now the API calls that log the previous one."""
        if self._restarts is None or now.restarts <= self._restarts or self._is_another(now):
            return
        params = {key: value for key, value in self._parameters().items() if key != "follow"}
        try:
            async with aclosing(self._stream({**params, "previous": "true"}, self._resume_point.filter())) as updates:
                async for update in updates:
                    yield update
        except Unacceptable:
            yield LogGap("the end of the container's last life isn't kept any more", self._resume_point.time)
        if self._rest:
            yield self._last_line()
        yield ContainerRestarted("the container was started again" + (f" ({now.ended})" if now.ended else ""))
        self._resume_point, self._drained = ResumePoint(), False

    def _end(self, now: ContainerInstance | None) -> Iterator[LogUpdate]:
        """The end of a log that isn't followed; of an empty one the container may tell the reason."""
        if now is not None and now.waiting and not now.ended:
            yield from self._report_waiting(f"{self._log.container} is waiting to start: {now.waiting}")
        yield from self._finish("")

    async def _stream(self, params: dict[str, str], resume: ResumeFilter) -> AsyncGenerator[LogUpdate, None]:
        path = PODS.path(self._log.namespace, self._log.pod, "log")
        lines, self._rest = LineSplitter(), b""
        async with self._connection.stream(path, params, self._silence, late=True) as pieces:
            self._broken = True
            if self.lost:
                yield LogResumed()
            self._reported, self.min_wait = None, 0.0
            async for piece in pieces:
                self._bytes += len(piece)
                for block in lines.feed(piece):
                    for update in self._without_repeats(bytes(block), resume):
                        yield update
        self._rest, self._broken = lines.rest, False
        if not resume.done and (self._ending or "follow" not in params):
            resume.finish()  # else the server hung up before it came to what is new, and is asked again
            yield self._gap("")
        if _KUBELET_ERROR.match(self._rest):
            said, self._rest = self._rest, b""
            raise ServerError(500, "", said.decode(errors="replace"))
        if self._window.limit_bytes is not None and self._bytes >= self._window.limit_bytes:
            for update in self._finish("as much was read as was asked for"):
                yield update

    def _without_repeats(self, block: bytes, resume: ResumeFilter) -> Iterator[LogUpdate]:
        if not resume.done:
            block = resume.new_lines(block)
            if resume.missed:
                yield self._gap(first_time(block))
        if block:
            self._resume_point.advance(block)
            self.progress += 1
            yield LogChunk(block)

    def handle_error(self, error: ClusterError, tries: int) -> Iterator[LogUpdate]:
        """The updates that a refusal or a broken connection means."""
        follow = self._window.follow
        self.min_wait = _MIN_WAIT.get(type(error), 0.0)
        if isinstance(error, ApiError) and error.retry_after:
            self.min_wait = error.retry_after
        if isinstance(error, Silent) and follow:
            return  # nobody needs to know that a quiet log is opened anew
        if isinstance(error, NotFound):
            yield from self._finish("the pod is gone", gone=True)
        elif isinstance(error, Unacceptable) and not _PERMANENT.search(error.message):
            yield from (
                self._report_waiting(error.message)
                if follow or "waiting to start" in error.message
                else self._refuse(error)
            )
        elif isinstance(error, Forbidden | KubeconfigError | Unacceptable | Garbled):
            yield from self._refuse(error)
        elif follow or (isinstance(error, _TRANSIENT) and tries < ATTEMPTS):
            yield from self._report_waiting(str(error), lost=True)
        else:
            yield from self._refuse(error)

    def _refuse(self, error: ClusterError) -> Iterator[LogUpdate]:
        self.over = True
        yield LogRefused(str(error), error.status if isinstance(error, ApiError) else 0)

    def _report_waiting(self, reason: str, lost: bool = False) -> Iterator[LogUpdate]:
        waiting = LogWaiting(reason, lost)
        reported, self._reported = self._reported, waiting
        self.over = not (self._window.follow or lost)
        if reported != waiting:
            yield waiting

    def _finish(self, reason: str, gone: bool = False) -> Iterator[LogUpdate]:
        if self.over:
            return
        self.over = True
        if self._rest:
            yield self._last_line()
        if gone and self._broken and self._resume_point:
            yield LogGap("the connection broke, and the pod was gone when it was back", self._resume_point.time)
        yield LogEnded(reason, gone)

    def _gap(self, until: str) -> LogGap:
        return LogGap("the lines that were read last aren't there any more", self._resume_point.time, until)

    def _last_line(self) -> LogChunk:
        """The last line of a program that didn't end it."""
        line, self._rest = self._rest + b"\n", b""
        self._resume_point.advance(line)
        self.progress += 1
        return LogChunk(line)

    def _parameters(self) -> dict[str, str]:
        window = self._window
        params = {"container": self._log.container, "timestamps": "true"}
        if window.follow and not self._ending:
            params["follow"] = "true"
        if window.previous:
            params["previous"] = "true"
        if window.limit_bytes is not None:
            params["limitBytes"] = str(max(1, window.limit_bytes - self._bytes))
        if self._resume_point:
            return {**params, "sinceTime": self._resume_point.since}
        if window.tail_lines is not None:
            params["tailLines"] = str(window.tail_lines)
        if window.since_time:
            params["sinceTime"] = window.since_time
        elif window.since_seconds is not None:
            params["sinceSeconds"] = str(window.since_seconds + math.ceil(self._clock() - self._began))
        return params
