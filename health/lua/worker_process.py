"""Ask scripts of others, each in a process that may be lost.

No limit inside a process holds every Lua script, so those that aren't ours run in one of their own (`worker`): started
with the first question, used again for all others, killed where no answer comes in time, and started anew after that.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import marshal
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from health.lua import WORKER_ARGUMENT
from health.lua.sandbox import MEMORY, ScriptAnswer, decoded
from health.lua.worker import LENGTH, TOO_MUCH_MEMORY, received
from health.result import ScriptError, ScriptStop, ScriptStoppedError

SECONDS = 5.0
"""How long an answer may take by the clock on the wall. A script may compute for one second, as in Argo CD; the rest is
for a machine that has other things to do."""
RESIDENT = 6 * MEMORY
"""bytes of memory the process may hold where the system doesn't enforce a limit, and is asked instead"""
_LOOK_EVERY = 0.1
_GIVE_UP_AFTER = 3
_REMEMBERED = 60.0
"""seconds for which a script that had to be stopped isn't asked again: ten thousand objects would take hours"""
_LATE = "context deadline exceeded"
_TOGETHER = 2**17
"""bytes of objects that are asked about with one question, unless one alone is larger"""
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""Environment variables that the process needs in order to start. No other one is handed on: logins stand there."""


_Script: TypeAlias = tuple[str, bool]
"""The Lua of it, and whether it has open libraries."""


class _LostError(Exception):
    """The process was killed by somebody else: by hand, or by a system that has no memory left."""


class LuaWorker:
    """The process, whether or not it runs at the moment. For many threads: one question at a time.

    Without `limits_memory` the system isn't asked to limit it, and its size is looked at meanwhile.
    """

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        command: Sequence[str] | None = None,
        limits_memory: bool = sys.platform == "linux",
    ) -> None:
        self._seconds = seconds
        self._limits_memory = limits_memory
        self._command = command if command is not None else worker_command(limits_memory=limits_memory)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._failures: dict[_Script, _Failure] = {}

    def engine(self, lua: str, *, open_libs: bool) -> str:
        """On which engine the script compiles. Raises ScriptError where it is no Lua."""
        (answer,) = self._ask((lua, open_libs), [marshal.dumps(None)])
        return _given(answer).status

    def run(self, lua: str, obj: Mapping[str, Any], *, open_libs: bool) -> ScriptAnswer:
        """The script's answer for an object.

        Raises ScriptStoppedError where it had to be stopped, or had to be within the last minute: it isn't tried then.
        """
        (answer,) = self.run_each(lua, [obj], open_libs=open_libs)
        return _given(answer)

    def run_each(
        self, lua: str, objs: Iterable[Mapping[str, Any]], *, open_libs: bool
    ) -> Iterator[ScriptAnswer | ScriptError]:
        """The script's answers for objects in their order, or what `run` raises. It is run as far as they are taken.

        A round trip takes longer than most scripts, so a question is about many objects. Where it ends the process,
        each is asked about alone: so each has the whole of its time, and it is known which one ended it.
        """
        for objects in _parcels(objs):
            if isinstance(objects, ScriptError):
                yield objects
                continue
            at, number = 0, len(objects)
            while at < len(objects):
                answers = self._ask((lua, open_libs), objects[at : at + number])
                yield from answers
                at += len(answers)
                number = number if answers else 1

    def stop(self) -> None:
        """Kill the process, without waiting for who asks it at the moment. The next question starts another."""
        if self._lock.acquire(blocking=False):
            try:
                self._discard()
            finally:
                self._lock.release()
        elif process := self._process:
            process.kill()

    def _ask(self, script: _Script, objs: list[bytes]) -> Sequence[ScriptAnswer | ScriptError]:
        """The answers for the first of these objects; none where the process was lost over several of them."""
        with self._lock:
            failure = self._failures.get(script)
            if failure is not None and failure.holds():
                return [failure.error] * len(objs)
            try:
                answers = self._exchanged(marshal.dumps((*script, objs)))
            except ScriptStoppedError as error:
                if len(objs) > 1:
                    return []
                self._failures[script] = _Failure(error, _GIVE_UP_AFTER, time.monotonic())
                return [error]
            return [answer if answer.kind != "error" else self._refused(script, answer) for answer in answers]

    def _refused(self, script: _Script, answer: ScriptAnswer) -> ScriptError:
        error = ScriptError(answer.message)
        if _LATE in answer.message:
            times = self._failures[script].times + 1 if script in self._failures else 1
            self._failures[script] = _Failure(error, times, time.monotonic())
        return error

    def _exchanged(self, request: bytes) -> list[ScriptAnswer]:
        """Raises ScriptStoppedError; the process is gone then."""
        try:
            return self._sent(request)
        except _LostError:  # not by the script's doing, as far as one can see: it may have died after its last answer
            try:
                return self._sent(request)
            except _LostError:
                raise ScriptStoppedError(ScriptStop.TOO_MUCH_MEMORY) from None

    def _sent(self, request: bytes) -> list[ScriptAnswer]:
        """Raises _LostError where somebody else killed the process."""
        process, channel = self._started()
        try:
            channel.sendall(LENGTH.pack(len(request)) + request)
        except ConnectionError:
            self._discard()
            raise _LostError from None
        except TimeoutError:
            self._discard()
            raise ScriptStoppedError(ScriptStop.TIMED_OUT) from None
        return self._answered(process, channel)

    def _started(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        if self._process is None or self._channel is None:
            ours, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                    self._command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={name: os.environ[name] for name in _KEPT if name in os.environ},
                    cwd="/",
                    start_new_session=True,  # keys of the terminal are ours alone
                )
            ours.settimeout(self._seconds)
            self._channel = ours
        return self._process, self._channel

    def _answered(self, process: subprocess.Popen[bytes], channel: socket.socket) -> list[ScriptAnswer]:
        """The answers to what was asked."""
        stop = self._wait(process, channel)
        try:
            data = None if stop else received(channel)
        except (TimeoutError, ConnectionError):
            data = None
        if data is not None:
            answers = [ScriptAnswer(*answer) for answer in json.loads(data)]
            if answers[-1].kind != TOO_MUCH_MEMORY:
                return answers
            stop = ScriptStop.TOO_MUCH_MEMORY
        code = self._discard(0.0 if stop else _LOOK_EVERY)
        if stop is None and code == -signal.SIGKILL:
            raise _LostError
        raise ScriptStoppedError(stop or (ScriptStop.TIMED_OUT if code == -signal.SIGXCPU else ScriptStop.CRASHED))

    def _wait(self, process: subprocess.Popen[bytes], channel: socket.socket) -> ScriptStop | None:
        """Until an answer begins, or the process ends. Returns why it must be killed, if it must."""
        late = time.monotonic() + self._seconds
        poll = select.poll()
        poll.register(channel, select.POLLIN)
        while not poll.poll(_LOOK_EVERY * 1000):
            if time.monotonic() > late:
                return ScriptStop.TIMED_OUT
            if not self._limits_memory and _resident(process.pid) > RESIDENT:
                return ScriptStop.TOO_MUCH_MEMORY
        return None

    def _discard(self, patience: float = 0.0) -> int:
        """Have the process end, by itself within so many seconds or killed. Returns its code, negative for a signal."""
        process, channel = self._process, self._channel
        self._process = self._channel = None
        if process is None or channel is None:
            return 0
        channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(patience)
        process.kill()
        return process.wait()


class _Failure(NamedTuple):
    """That a script took too long, how often, and since when the last time is over."""

    error: ScriptError
    times: int
    at: float

    def holds(self) -> bool:
        return self.times >= _GIVE_UP_AFTER and time.monotonic() < self.at + _REMEMBERED


def _given(answer: ScriptAnswer | ScriptError) -> ScriptAnswer:
    if isinstance(answer, ScriptError):
        raise answer.with_traceback(None)
    return answer


def _parcels(objs: Iterable[Mapping[str, Any]]) -> Iterator[list[bytes] | ScriptError]:
    """The objects in their order, as they are sent; instead of one that can't be, why."""
    parcel: list[bytes] = []
    size = 0
    for obj in objs:
        try:
            data = marshal.dumps(decoded(obj))
        except (ScriptError, ValueError):
            if parcel:
                yield parcel
            yield ScriptError("the object is nested too deeply")
            parcel, size = [], 0
            continue
        if parcel and size + len(data) > _TOGETHER:
            yield parcel
            parcel, size = [], 0
        parcel.append(data)
        size += len(data)
    if parcel:
        yield parcel


def _resident(pid: int) -> int:
    """Bytes of memory that a process holds now; 0 where nobody says."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        command = ["ps", "-o", "rss=", "-p", str(pid)]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        return int(asked.stdout.strip() or 0) * 1024


_START = """import sys
limits_memory, *sys.path = sys.argv[1:]
from health.lua.worker import main
main(limits_memory=limits_memory == '1')"""


def worker_command(*, limits_memory: bool) -> list[str]:
    """What starts the process. A program that was packed into one file takes `WORKER_ARGUMENT` as its first word."""
    limits = str(int(limits_memory))
    if getattr(sys, "frozen", False):
        return [sys.executable, WORKER_ARGUMENT, limits]
    paths = [str(Path(__file__).parents[2]), *(path for path in sys.path if path)]
    return [sys.executable, "-I", "-S", "-c", _START, limits, *paths]


@cache
def lua_worker() -> LuaWorker:
    """The one that this program uses. It is killed when the program ends, and ends by itself where that can't be."""
    worker = LuaWorker()
    atexit.register(worker.stop)
    return worker
