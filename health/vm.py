"""Run a health script as Argo CD's Lua VM would, without Argo CD.

Argo CD embeds gopher-lua, a Lua 5.1. We have PUC Lua 5.1 through lupa, and take away what Argo CD
takes away: without `useOpenLibs` there is no string, math, io, os, debug or coroutine, and strings
have no methods. Values are converted as Argo CD converts JSON: no nulls, not even in lists.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STATUSES = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")
"""Argo CD's health words, from best to worst, in the order in which it aggregates them."""

SECONDS = 1.0
"""Argo CD's limit for one evaluation"""

_HOOK_EVERY = 10_000  # instructions between looks at the clock: a look costs less than 1 % of them

_SANDBOX = """
local open_libs, instructions, seconds, now = ...
local set_hook = debug.sethook
local libraries = { "io", "os", "debug", "coroutine", "python" }
if not open_libs then
  getmetatable("").__index = nil
  table.insert(libraries, "string")
  table.insert(libraries, "math")
end
local time, date = os.time, os.date
for _, name in ipairs(libraries) do _G[name] = nil end
package.preload, package.loaded, package.loaders, package.loadlib = {}, {}, {}, nil
function require(name)
  if name == "os" then return { time = time, date = date } end
  error("module " .. tostring(name) .. " not found", 2)
end
dofile, loadfile = nil, nil
function print() end

local function last(...)
  local count = select("#", ...)
  if count == 0 then return nil end
  return (select(count, ...))
end

return function(script, object)
  obj, actionParams = object, {}
  local stop = now() + seconds
  set_hook(function()
    if now() > stop then error("context deadline exceeded", 0) end
  end, "", instructions)
  local ok, answer = pcall(function() return last(script()) end)
  set_hook()
  return ok, answer
end
"""


class ScriptError(Exception):
    """A script that Argo CD would refuse, or whose answer it would refuse. The text is Argo CD's, near enough."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a check says of an object. `status` is empty where the check has no opinion."""

    status: str
    message: str = ""
    deletion_message: str = ""


class Script:
    """A health script, compiled once in a sandbox of its own, to be asked about many objects.

    Raises ScriptError if the text doesn't compile.
    """

    def __init__(self, lua: str, *, open_libs: bool = False) -> None:
        from lupa import lua51

        self._error = lua51.LuaError
        self._runtime = lua51.LuaRuntime(
            unpack_returned_tuples=True, register_eval=False, register_builtins=False, attribute_filter=_no_attributes
        )
        compiled = self._runtime.eval("function(text) return loadstring(text, '<string>') end")(lua)
        self._script = compiled[0] if isinstance(compiled, tuple) else compiled
        if self._script is None:
            raise ScriptError(str(compiled[1]).replace('[string "<string>"]', "<string>"))
        prepare = self._runtime.execute("return function(...) " + _SANDBOX + " end")
        self._run = prepare(open_libs, _HOOK_EVERY, SECONDS, time.monotonic)

    def judge(self, obj: Mapping[str, Any]) -> Health:
        """The health of this object (JSON as Python values). Raises ScriptError where Argo CD would show one."""
        table = self._runtime.table_from(_without_nulls(obj), recursive=True)
        began = time.monotonic()
        ok, value = self._run(self._script, table)
        if time.monotonic() - began > SECONDS:  # the script's own pcall may have eaten the hook's error
            raise ScriptError("context deadline exceeded")
        if not ok:
            raise ScriptError(str(value).replace('[string "<string>"]', "<string>"))
        return _read(value)


def _no_attributes(obj: object, name: object, setting: bool) -> str:
    raise AttributeError("a health script has no business with Python objects")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value


def _read(value: Any) -> Health:
    """The answer as Argo CD reads it: through JSON, so that a message which is no string loses the status."""
    from lupa import lua51

    if value is None:
        return Health("")
    if lua51.lua_type(value) != "table":
        kind = {"int": "number", "float": "number", "str": "string", "bool": "boolean"}.get(type(value).__name__)
        raise ScriptError(f"expect table output from Lua script, not {kind or lua51.lua_type(value)}")
    fields = {key.lower(): item for key, item in value.items() if isinstance(key, str)}
    texts = [fields.get(name) for name in ("status", "message", "deletionmessage")]
    if not fields or any(text is not None and not isinstance(text, str) for text in texts):
        return Health("")
    status, message, deletion_message = (text or "" for text in texts)
    if status not in STATUSES:
        return Health("Unknown", "Lua returned an invalid health status")
    return Health(status, message, deletion_message)
