"""Run a health script as Argo CD's Lua VM would, without Argo CD."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from health.lua.sandbox import Sandbox, decoded
from health.result import LATEST, ArgoCDVersion, Health, ScriptError, health

if TYPE_CHECKING:
    from health.lua.worker_process import LuaWorker


class Script:
    """A health script, to be asked about many objects.

    As in Argo CD nothing survives from one object to the next: each finds a runtime as new, in a process of its own
    (`worker_process`). A script of ours keeps nothing and ends: those share a runtime in this process, are compiled
    once, and are handed only the fields that they `read`, by the part of the object they stand in. Raises ScriptError
    if the text isn't Lua.
    """

    def __init__(self, lua: str, *, open_libs: bool = False, read: Mapping[str, Collection[str]] | None = None) -> None:
        self.lua = lua
        self.open_libs = open_libs
        self._read = read
        if read is None:
            self.engine = _worker().engine(lua, open_libs=open_libs)
        else:
            self.engine = "lua51"
            self._sandbox = _shared_sandbox(open_libs)
            self._compiled = self._sandbox.compile(lua)

    def judge(self, obj: Mapping[str, Any], release: ArgoCDVersion = LATEST) -> Health:
        """The health of this object (JSON as Python values). Raises ScriptError where Argo CD would show one, and
        ScriptStoppedError where it would show none.
        """
        if self._read is None:
            answer = _worker().run(self.lua, obj, open_libs=self.open_libs)
        else:
            answer = self._sandbox.run(self._compiled, decoded(_part(obj, self._read)))
        return health(*answer, release=release)

    def judge_each(
        self, objs: Iterable[Mapping[str, Any]], release: ArgoCDVersion = LATEST
    ) -> Iterator[Health | ScriptError]:
        """What `judge` says of each of these objects, in their order, or would raise: as far as they are taken, and
        many at once where the script is another's.
        """
        if self._read is None:
            for answer in _worker().run_each(self.lua, objs, open_libs=self.open_libs):
                try:
                    yield answer if isinstance(answer, ScriptError) else health(*answer, release=release)
                except ScriptError as error:
                    yield error
            return
        for obj in objs:
            try:
                yield self.judge(obj, release)
            except ScriptError as error:
                yield error


def _worker() -> LuaWorker:
    from health.lua.worker_process import lua_worker  # the board starts without it

    return lua_worker()


def _part(obj: Mapping[str, Any], read: Mapping[str, Collection[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, fields in read.items():
        value = obj.get(name)
        found[name] = {key: value[key] for key in fields if key in value} if type(value) is dict else value
    return found


@cache
def _shared_sandbox(open_libs: bool) -> Sandbox:
    return Sandbox(open_libs=open_libs, foreign=False)
