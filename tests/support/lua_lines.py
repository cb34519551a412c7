"""Which lines of a health script the objects at hand never reach, by Lua's own line hook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lupa import lua51

_WATCH = """function(text, lines_of, reached)
    local script = assert(loadstring(text, "=script"))
    debug.sethook(function(event, line)
        local place = debug.getinfo(2, "SL")
        if place.source ~= "=script" then return end
        if event == "line" then
            reached(line)
        else
            for active in pairs(place.activelines) do lines_of(place.linedefined, active) end
        end
    end, "cl")
    return script
end"""


def lines_not_reached(lua: str, objects: Iterable[Mapping[str, Any]]) -> list[int]:
    """The lines with something to run that weren't, and where a function begins that was never called."""
    runtime = lua51.LuaRuntime(register_eval=False, register_builtins=False)
    text = lua.splitlines()
    active: dict[int, set[int]] = {}
    reached: set[int] = set()
    script = runtime.eval(_WATCH)(lua, lambda start, line: active.setdefault(start, set()).add(line), reached.add)
    for obj in objects:
        runtime.globals().obj = runtime.table_from(obj, recursive=True)
        script()
    uncalled = {number for number, line in enumerate(text, 1) if "function" in line.partition("--")[0]} - set(active)
    never = {number for found in active.values() for number in found} - reached
    # A function that always returns never gets to its end, and neither does a branch that jumps over the rest.
    ends = {number for number in never if text[number - 1].strip() in ("end", "end)", "else")}
    return sorted(never - ends | uncalled)
