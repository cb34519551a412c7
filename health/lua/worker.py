"""The process in which scripts of others run, as a program of its own.

It reads requests from its standard input, which is a socket, and writes an answer to each of them there;
`worker_process` is the other end. What a limit inside a runtime can't hold (a C function that never ends, a stack that
overflows) ends this process and nothing else, and the system's own limits see to it that it does.
"""

from __future__ import annotations

import contextlib
import gc
import json
import marshal
import math
import resource
import socket
import struct
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from health.lua.sandbox import MEMORY, SECONDS, Sandbox, ScriptAnswer
from health.result import ScriptError

LENGTH = struct.Struct("!I")
"""Before each request and answer: how many bytes follow."""
_PIECE = 2**16
_READY = 8
TOO_MUCH_MEMORY = "too much memory"
"""The kind of an answer for which this process had no room; it is of no more use then."""
_ROOM = 4 * MEMORY
"""bytes that the process may grow by: a script's own limit, and what its object and its answer take beside it"""
_LONG = 0.05
"""Seconds after which a question about many objects is answered with what there is."""


def main(*, limits_memory: bool) -> None:
    """Answer until the other end is closed. Returns then; whatever else happens ends the process."""
    channel = socket.socket(fileno=0)
    for engine in engines():
        import_module(f"lupa.{engine}")
    _limit_process(limits_memory=limits_memory)
    gc.disable()  # runtimes are closed, and nothing else is made that would need it
    while (request := received(channel)) is not None:
        text = json.dumps(_answers(*marshal.loads(request))).encode()  # noqa: S302 - from the program that started this
        with contextlib.suppress(BrokenPipeError):
            channel.sendall(LENGTH.pack(len(text)) + text)


def received(channel: socket.socket) -> bytes | None:
    """One message; None where the other end has closed. Raises TimeoutError as the socket does."""
    data = channel.recv(_PIECE)
    while data and len(data) < LENGTH.size:
        data += channel.recv(_PIECE)
    if not data:
        return None
    length = LENGTH.size + LENGTH.unpack_from(data)[0]
    if len(data) < length:
        whole = bytearray(data)
        while len(whole) < length:
            piece = channel.recv(_PIECE)
            if not piece:
                return None
            whole += piece
        data = bytes(whole)
    return data[LENGTH.size :]


_ready: OrderedDict[tuple[str, bool], tuple[Sandbox, Any, str]] = OrderedDict()
"""By script and whether it has open libraries: a runtime, the script compiled in it, and the runtime's engine."""


def _answers(lua: str, open_libs: bool, objs: Sequence[bytes]) -> list[ScriptAnswer]:
    """The script's answers for the first of these objects: for one of them at least, and all if there is time."""
    answers: list[ScriptAnswer] = []
    ends = time.monotonic() + _LONG
    for obj in objs:
        _limit_cpu()
        answers.append(_answer(lua, open_libs, obj))
        if answers[-1].kind == TOO_MUCH_MEMORY or time.monotonic() > ends:
            break
    return answers


def _answer(lua: str, open_libs: bool, data: bytes) -> ScriptAnswer:
    """The script's answer for an object. For None: the engine it compiles on as `status`, of the kind ``engine``."""
    try:
        obj: Mapping[str, Any] | None = marshal.loads(data)  # noqa: S302 - see above
        key = lua, open_libs
        sandbox, script, engine = _ready.pop(key) if key in _ready else _compiled(lua, open_libs)
        answer = ScriptAnswer("engine", engine, "", "") if obj is None else sandbox.run(script, obj)
    except ScriptError as error:
        return ScriptAnswer("error", "", str(error), "")
    except MemoryError:
        return ScriptAnswer(TOO_MUCH_MEMORY, "", "", "")
    if answer.kind == "error":
        sandbox.close()
    else:
        _ready[key] = sandbox, script, engine
        if len(_ready) > _READY:
            _ready.popitem(last=False)[1][0].close()
    return answer


def _compiled(lua: str, open_libs: bool) -> tuple[Sandbox, Any, str]:
    """On the first engine that takes the script. Where all refuse it, the last one says why: it knows goto."""
    refused = ScriptError("there is no Lua to run it")
    for engine in engines():
        if engine == "lua51" or "::" in lua:
            sandbox = Sandbox(open_libs=open_libs, foreign=True, engine=engine)
            try:
                return sandbox, sandbox.compile(lua), engine
            except ScriptError as error:
                refused = error
                sandbox.close()
    raise refused


def engines() -> list[str]:
    """PUC Lua 5.1; and LuaJIT for scripts that jump, where lupa was built with it."""
    return [engine for engine in ("lua51", "luajit21") if find_spec(f"lupa.{engine}") is not None]


def _limit_process(*, limits_memory: bool) -> None:
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0}
    if limits_memory:
        limits[resource.RLIMIT_AS] = (
            int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + _ROOM
        )
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))


_cpu_limit = 0
"""The one that holds: whole seconds of CPU time, as the system counts."""


def _limit_cpu() -> None:
    """Let the process compute for a second more, at least."""
    global _cpu_limit
    ends = time.process_time() + SECONDS
    if ends > _cpu_limit:
        _cpu_limit = math.ceil(ends)
        resource.setrlimit(resource.RLIMIT_CPU, (_cpu_limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
