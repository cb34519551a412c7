"""Run a health script as Argo CD's Lua VM would, without Argo CD."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Any

from health.lua.sandbox import Sandbox, decoded
from health.result import LATEST, ArgoCDVersion, Health, ScriptError, health


class Script:
    """A health script, to be asked about many objects.

    As in Argo CD nothing survives from one object to the next: each gets a runtime of its own. A script of ours
    keeps nothing: those share one, are compiled once, and are handed only the fields that they `read`, by the
    part of the object they stand in. Raises ScriptError if the text isn't Lua.
    """

    def __init__(
        self,
        lua: str,
        *,
        open_libs: bool = False,
        read: Mapping[str, Collection[str]] | None = None,
        print: Callable[[str], object] | None = None,  # noqa: A002 - it is what the script calls it
    ) -> None:
        self.lua = lua
        self.open_libs = open_libs
        self._print = print
        self.engine = self._engine()
        self._read = read
        self._shared = self._prepared(_shared_sandbox(open_libs)) if read is not None else None

    def _engine(self) -> str:
        """The first engine that the script compiles on. Where all refuse it, the last one says why: it knows goto."""
        refused = ScriptError("there is no Lua to run it")
        for engine in _engines(self.lua):
            try:
                Sandbox(open_libs=self.open_libs, foreign=True, engine=engine).compile(self.lua)
            except ScriptError as error:
                refused = error
            else:
                return engine
        raise refused

    def _prepared(self, sandbox: Sandbox) -> tuple[Sandbox, Any]:
        return sandbox, sandbox.compile(self.lua)

    def judge(self, obj: Mapping[str, Any], release: ArgoCDVersion = LATEST) -> Health:
        """The health of this object (JSON as Python values). Raises ScriptError where Argo CD would show one."""
        sandbox, script = self._shared or self._prepared(
            Sandbox(open_libs=self.open_libs, foreign=True, engine=self.engine, print=self._print)
        )
        part = obj if self._read is None else _part(obj, self._read)
        return health(*sandbox.run(script, decoded(part)), release=release)


def _part(obj: Mapping[str, Any], read: Mapping[str, Collection[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, fields in read.items():
        value = obj.get(name)
        found[name] = {key: value[key] for key in fields if key in value} if type(value) is dict else value
    return found


def _engines(lua: str) -> Iterator[str]:
    yield "lua51"
    if "::" in lua and _has_luajit():
        yield "luajit21"


@cache
def _has_luajit() -> bool:
    from importlib.util import find_spec

    return find_spec("lupa.luajit21") is not None


@cache
def _shared_sandbox(open_libs: bool) -> Sandbox:
    return Sandbox(open_libs=open_libs, foreign=False)
