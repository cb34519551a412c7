"""A Lua runtime that looks like Argo CD's: `sandbox.lua` furnishes it, this module sets its limits.

Argo CD embeds gopher-lua, a Lua 5.1 with `goto`. We have PUC Lua 5.1 through lupa, and LuaJIT for the
scripts that jump.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from health.lua.error_texts import error_text, syntax_error_text
from health.lua.json_values import legible
from health.result import ScriptError

SECONDS = 1.0
"""Argo CD's limit for one evaluation"""

INSTRUCTIONS = 30_000_000
"""What gopher-lua gets through in that second on a slow machine; PUC Lua needs a tenth of it."""

MEMORY = 64 * 2**20
"""bytes a script may take. Argo CD has no such limit: a script that needs it ends the controller instead."""

CALLS = 256
"""gopher-lua's nesting of calls"""

_LOOK_EVERY = 10_000  # instructions between looks at the clock: a look costs less than 1 % of them
_LOOK_AT_STRANGERS = 1_000  # each of these may copy many megabytes
_COMPILE = """function(text)
    local code = string.dump(assert(loadstring(text, '=sandbox')))
    return (code:gsub('.', function(letter) return ('%02x'):format(letter:byte()) end))
end"""
_LOOK_ALWAYS = 10  # where the allocator can't be limited: a string that doubles has a gigabyte after 100


class ScriptAnswer(NamedTuple):
    """What a script returned: see `health.result.health`."""

    kind: str
    status: str
    message: str
    deletion_message: str


class Sandbox:
    """A furnished runtime. Where the script isn't `foreign` but ours, its calls aren't counted, and it may be
    asked again and again.

    `print` is given what the script prints.
    """

    def __init__(
        self,
        *,
        open_libs: bool,
        foreign: bool,
        engine: str = "lua51",
        print: Callable[[str], object] | None = None,  # noqa: A002 - it is what the script calls it
    ) -> None:
        lua = import_module(f"lupa.{engine}")
        self._limited = engine == "lua51"
        self._runtime = lua.LuaRuntime(
            unpack_returned_tuples=True,
            register_eval=False,
            register_builtins=False,
            attribute_filter=_no_attributes,
            **({"max_memory": 0} if self._limited else {}),
        )
        self._memory_error: type[Exception] = lua.LuaMemoryError
        limits = {
            "seconds": SECONDS,
            "instructions": INSTRUCTIONS,
            "calls": CALLS,
            "levels": 2 * CALLS,
            "look_every": _LOOK_ALWAYS if not self._limited else _LOOK_AT_STRANGERS if foreign else _LOOK_EVERY,
        }
        if not self._limited:
            limits["kilobytes"] = MEMORY // 1024  # looked at in between
        python = {
            "now": time.monotonic,
            "print": print or _swallow,
            "tighten": self._tighten if foreign and self._limited else _nothing,
            "relax": self._relax if foreign and self._limited else _nothing,
        }
        furnish = self._runtime.eval("function(code) return assert(loadstring(code)) end")(_furnishing(engine))
        table = self._runtime.table_from
        self._prepare, self._run, self._in_hex = furnish(open_libs, foreign, table(limits), table(python))

    def compile(self, lua: str) -> Any:
        """The script, to be given to `run`. Raises ScriptError, with the line, if it isn't Lua."""
        try:
            script = self._prepare(lua)
        except UnicodeEncodeError:
            script = self._prepare(legible(lua))
        if script is None:
            raise ScriptError(syntax_error_text(self._last_answer().message))
        return script

    def run(self, script: Any, obj: Any) -> ScriptAnswer:
        """The script's answer for an object (nulls already dropped). The last value that it returns counts."""
        try:
            table = self._runtime.table_from(obj, recursive=True)
        except UnicodeEncodeError:
            table = self._runtime.table_from(legible(obj), recursive=True)
        try:
            answer = ScriptAnswer(*self._run(script, table))
        except UnicodeDecodeError:
            answer = self._last_answer()
        except self._memory_error:
            answer = ScriptAnswer("error", "", "not enough memory", "")
        return answer if answer.kind != "error" else answer._replace(message=error_text(answer.message))

    def _last_answer(self) -> ScriptAnswer:
        """Read again where a text isn't UTF-8, as Go reads it."""
        return ScriptAnswer(*(_as_go_reads(bytes.fromhex(text)) for text in self._in_hex()))

    def _tighten(self) -> None:
        # Only while the script runs: outside of a protected call, Lua ends the process when memory ends.
        self._runtime.set_max_memory(self._runtime.get_memory_used() + MEMORY)

    def _relax(self) -> None:
        self._runtime.set_max_memory(0)


@cache
def _furnishing(engine: str) -> bytes:
    """What furnishes a runtime, compiled: each object that another's script judges gets a runtime of its own."""
    text = (Path(__file__).parent / "sandbox.lua").read_text(encoding="utf-8")
    runtime = import_module(f"lupa.{engine}").LuaRuntime(register_eval=False, register_builtins=False)
    return bytes.fromhex(runtime.eval(_COMPILE)(text))


def _as_go_reads(text: bytes) -> str:
    """UTF-8 with each byte that isn't replaced by U+FFFD."""
    return "".join("\ufffd" if "\udc80" <= c <= "\udcff" else c for c in text.decode("utf-8", "surrogateescape"))


def _no_attributes(obj: object, name: object, setting: bool) -> str:
    raise AttributeError("a health script has no business with Python objects")


def _swallow(text: object) -> None:
    pass


def _nothing() -> None:
    pass
