"""The log of one container, as one stream that outlives the connections it comes through.

A kubelet's log has no resource versions and no bookmarks: it ends when the container does, when a
server hangs up, when a token expires, and it doesn't say which. So before every request but the first
the pod is asked, and the log is read on from its last second (`cluster.container_logs.resume`). The reader
gets every line once; where that can't be promised a `LogGap` says so, in the place where lines may be missing.
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
from cluster.container_logs.container_status import PODS, ContainerInstance, look
from cluster.container_logs.resume import ResumeFilter, ResumePoint, first_stamp
from cluster.decoding.line_splitter import LineSplitter as Assembly
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
_PASSING = (Unreachable, ServerError, TooManyRequests)
# Some attempts cost somebody something: a credential plugin may open a browser.
_AT_LEAST: dict[type[ClusterError], float] = {Unauthorized: 5.0, CredentialError: 15.0}
_NEVER = re.compile(r"is not valid for pod|must be specified|previous terminated container|invalid|Forbidden: ")
_KUBELETS_WORDS = re.compile(
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
    """Nothing comes at present. `lost` says that it is the cluster that can't be reached."""

    reason: str
    lost: bool = False


@dataclass(frozen=True, slots=True)
class LogResumed:
    """What was lost is found again, and goes on where it was."""


@dataclass(frozen=True, slots=True)
class ContainerRestarted:
    """From here on it is another life of the container; nothing of the last one is missing."""

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


Said: TypeAlias = LogChunk | LogWaiting | LogResumed | ContainerRestarted | LogGap | LogEnded | LogRefused
"""All that a reader of a log is told. `Ended` and `Refused` come last."""


async def read(
    connection: Connection,
    log: LogRef,
    window: LogWindow | None = None,
    *,
    sleep: Sleep = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
    rng: Callable[[], float] = random.random,
    hurry: asyncio.Event | None = None,
    silence: float = SILENCE,
) -> AsyncGenerator[Said, None]:
    """The log, until it is over. Setting `hurry` ends the pause before the next attempt."""
    reading = _LogReader(connection, log, window or LogWindow(), silence, clock)
    lost, idle = Backoff(1.0, 10.0, rng), Backoff(0.5, 3.0, rng)
    while True:
        before = reading.progress
        try:
            async with aclosing(reading.round()) as said:
                async for each in said:
                    yield each
        except ClusterError as error:
            for each in reading.judged(error, lost.tries):
                yield each
        if reading.over:
            return
        if reading.progress != before:
            lost.reset()
            idle.reset()
        backoff = lost if reading.lost else idle
        wait = max(backoff.next(), reading.patience)
        # The first time at once, as most ends are a server's polite good-bye.
        await pause(wait if reading.waits or backoff.tries > 1 else 0.0, sleep, hurry)


class _LogReader:
    """What is known between two requests."""

    def __init__(
        self, connection: Connection, log: LogRef, window: LogWindow, silence: float, clock: Callable[[], float]
    ) -> None:
        self._connection = connection
        self._log = log
        # What is over has no more to come.
        self._window = replace(window, follow=False) if window.previous else window
        self._silence = silence
        self._clock = clock
        self._began = clock()
        self._cursor = ResumePoint()
        self._lives: int | None = None
        self._told: LogWaiting | None = None
        self._rest = b""
        self._bytes = 0
        self._broken = False
        self._ending = False
        self._drained = False
        self.patience = 0.0
        self.progress = 0
        self.over = False

    @property
    def waits(self) -> bool:
        """Whether the reader was told that nothing comes."""
        return self._told is not None

    @property
    def lost(self) -> bool:
        return self._told is not None and self._told.lost

    async def round(self) -> AsyncGenerator[Said, None]:
        """Ask the pod, then read until the stream ends. Raises what the connection raises."""
        if self._window.follow:
            now = await self._look()
            async with aclosing(self._before(now)) as said:
                async for each in said:
                    yield each
            if self.over or (self.waits and not self.lost):
                return
        async with aclosing(self._read(self._parameters(), self._cursor.seam())) as said:
            async for each in said:
                yield each
        self._drained = self._ending
        if not self._window.follow:
            async for each in self._after():
                yield each

    async def _look(self) -> ContainerInstance | None:
        """None where pods may not be read, though their logs may."""
        try:
            return await look(self._connection, self._log.namespace, self._log.pod, self._log.container)
        except Forbidden:
            return None

    async def _before(self, now: ContainerInstance | None) -> AsyncGenerator[Said, None]:
        """What the pod's word means for the next request."""
        if now is None:
            return
        if now.gone or (self._log.uid and now.uid != self._log.uid):
            for each in self._finish("the pod is gone" if now.gone else "the pod was replaced by another one", True):
                yield each
            return
        if self._lives is not None and now.restarts > self._lives:
            async with aclosing(self._last_words()) as said:
                async for each in said:
                    yield each
            why = f" ({now.ended})" if now.ended else ""
            yield ContainerRestarted(f"the container was started again{why}")
            self._cursor, self._drained = ResumePoint(), False
        self._lives = now.restarts
        self._ending = not now.running and bool(now.ended or now.waiting)
        if not self._ending:
            self._drained = False
            self._told = self._told if self.lost else None
        elif not now.ended:
            for each in self._wait(f"{self._log.container} is waiting to start: {now.waiting}"):
                yield each
        elif self._drained and now.final:
            for each in self._finish(f"the container has ended ({now.ended})"):
                yield each
        elif self._drained:
            why = f"{now.waiting}; " if now.waiting else ""
            for each in self._wait(f"{self._log.container} has ended and will be started again ({why}{now.ended})"):
                yield each

    async def _last_words(self) -> AsyncGenerator[Said, None]:
        """The end of the life before, which by now is the previous one."""
        params = {key: value for key, value in self._parameters().items() if key != "follow"}
        try:
            async with aclosing(self._read({**params, "previous": "true"}, self._cursor.seam())) as said:
                async for each in said:
                    yield each
        except Unacceptable:
            yield LogGap("the end of the container's last life isn't kept any more", self._cursor.time)
        if self._rest:
            yield self._line()

    async def _after(self) -> AsyncGenerator[Said, None]:
        """The end of a log that isn't followed; an empty one has a reason."""
        if not self.progress and not self._rest and not self._window.previous:
            now = await self._look()
            if now is not None and now.waiting and not now.ended:
                for each in self._wait(f"{self._log.container} is waiting to start: {now.waiting}"):
                    yield each
        for each in self._finish(""):
            yield each

    async def _read(self, params: dict[str, str], seam: ResumeFilter) -> AsyncGenerator[Said, None]:
        path = PODS.path(self._log.namespace, self._log.pod, "log")
        assembly, self._rest = Assembly(), b""
        async with self._connection.stream(path, params, self._silence, late=True) as pieces:
            self._broken = True
            if self.lost:
                yield LogResumed()
            self._told, self.patience = None, 0.0
            async for piece in pieces:
                self._bytes += len(piece)
                for block in assembly.feed(piece):
                    for each in self._sewn(bytes(block), seam):
                        yield each
        self._rest, self._broken = assembly.rest, False
        if not seam.closed and (self._ending or "follow" not in params):
            seam.ended()  # else the server hung up before it came to what is new, and is asked again
            yield self._gap("")
        if _KUBELETS_WORDS.match(self._rest):
            said, self._rest = self._rest, b""
            raise ServerError(500, "", said.decode(errors="replace"))
        if self._window.limit_bytes is not None and self._bytes >= self._window.limit_bytes:
            for each in self._finish("as much was read as was asked for"):
                yield each

    def _sewn(self, block: bytes, seam: ResumeFilter) -> Iterator[Said]:
        if not seam.closed:
            block = seam.skip(block)
            if seam.missed:
                yield self._gap(first_stamp(block))
        if block:
            self._cursor.note(block)
            self.progress += 1
            yield LogChunk(block)

    def judged(self, error: ClusterError, tries: int) -> Iterator[Said]:
        """What a refusal or a broken connection means for the reader."""
        follow = self._window.follow
        self.patience = _AT_LEAST.get(type(error), 0.0)
        if isinstance(error, ApiError) and error.retry_after:
            self.patience = error.retry_after
        if isinstance(error, Silent) and follow:
            return  # nobody needs to know that a quiet log is opened anew
        if isinstance(error, NotFound):
            yield from self._finish("the pod is gone", gone=True)
        elif isinstance(error, Unacceptable) and not _NEVER.search(error.message):
            yield from (
                self._wait(error.message) if follow or "waiting to start" in error.message else self._refuse(error)
            )
        elif isinstance(error, Forbidden | KubeconfigError | Unacceptable | Garbled):
            yield from self._refuse(error)
        elif follow or (isinstance(error, _PASSING) and tries < ATTEMPTS):
            yield from self._wait(str(error), lost=True)
        else:
            yield from self._refuse(error)

    def _refuse(self, error: ClusterError) -> Iterator[Said]:
        self.over = True
        yield LogRefused(str(error), error.status if isinstance(error, ApiError) else 0)

    def _wait(self, reason: str, lost: bool = False) -> Iterator[Said]:
        waiting = LogWaiting(reason, lost)
        told, self._told = self._told, waiting
        self.over = not (self._window.follow or lost)
        if told != waiting:
            yield waiting

    def _finish(self, reason: str, gone: bool = False) -> Iterator[Said]:
        if self.over:
            return
        self.over = True
        if self._rest:
            yield self._line()
        if gone and self._broken and self._cursor:
            yield LogGap("the connection broke, and the pod was gone when it was back", self._cursor.time)
        yield LogEnded(reason, gone)

    def _gap(self, until: str) -> LogGap:
        return LogGap("the lines that were read last aren't there any more", self._cursor.time, until)

    def _line(self) -> LogChunk:
        """The last line of a program that didn't end it."""
        line, self._rest = self._rest + b"\n", b""
        self._cursor.note(line)
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
        if self._cursor:
            return {**params, "sinceTime": self._cursor.since}
        if window.tail_lines is not None:
            params["tailLines"] = str(window.tail_lines)
        if window.since_time:
            params["sinceTime"] = window.since_time
        elif window.since_seconds is not None:
            params["sinceSeconds"] = str(window.since_seconds + math.ceil(self._clock() - self._began))
        return params
