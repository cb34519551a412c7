"""A runtime that others' scripts share, one after the other, is each time the one that Argo CD would have made anew."""

from __future__ import annotations

import pytest

from health.lua.sandbox import Sandbox

PROBE = """
local seen, found = {}, {}
local function walk(path, value)
  found[#found + 1] = path .. ':' .. type(value)
  if type(value) == 'function' then
    found[#found + 1] = path .. ' in ' .. (getfenv(value) == _G and 'its place' or 'another')
  elseif type(value) == 'table' and not seen[value] then
    seen[value] = true
    walk(path .. '<>', getmetatable(value))
    for name, item in next, value do walk(path .. '.' .. tostring(name), item) end
  end
end
walk('_G', _G)
walk('0', getfenv(0))
walk('1', getfenv(1))
walk('text', getmetatable(''))
walk('os', require('os'))
walk('preload', package.preload)
walk('loaded', package.loaded)
table.sort(found)
return {status = 'Healthy', message = table.concat(found, '\\n')}
"""
"""Tells everything that a script can reach."""


def told(sandbox: Sandbox, lua: str) -> str:
    return sandbox.run(sandbox.compile(lua), {}).message


@pytest.mark.parametrize("open_libs", [False, True])
@pytest.mark.parametrize("engine", ["lua51", "luajit21"])
@pytest.mark.parametrize(
    "lua",
    [
        "left = 1 _G.also = {} rawset(_G, 'too', 1)",
        "tostring, pcall, next, error = nil",
        "obj.x = 1 obj = nil actionParams.y = 2",
        "table.insert = nil table.left = 1 table = nil",
        "string.format = nil string.left = 1",
        "getmetatable('').__index = function() return 1 end",
        "setmetatable(_G, {__index = function() return 1 end, __newindex = function() end})",
        "setmetatable(table, {__metatable = 'locked'}) setmetatable(package, {__index = _G})",
        "setfenv(0, {})",
        "setfenv(1, {}) left = 1",
        "setfenv(tostring, {}) getfenv(print).left = 1",
        "package.loaded.left = 1 package.loaded.os = 2 require = nil",
        "package.preload.left = function() end package.loaders[2] = print package.path = 'x'",
        "package.loaders = {} package.loaded = {} package.left = 1",
        "module('left') x = 1",
        "require('os').time = nil require('os').left = 1",
        "coroutine.wrap(function() setfenv(0, {}) left = 1 end)()",
        "co = coroutine.create(function() coroutine.yield() end) coroutine.resume(co) coroutine.create = nil",
        "math.huge = 1 math.left = 1 os.time = nil",
        "for name in pairs(_G) do _G[name] = nil end",
        "local t = {} for name in pairs(_G) do t[#t + 1] = name end for _, name in ipairs(t) do _G[name] = t end",
        "loadstring('left = 1')() loadstring('setfenv(0, {})')()",
        "getmetatable(newproxy(true)).left = 1",
    ],
)
def test_nothing_that_a_script_did_is_there_for_the_next(engine: str, open_libs: bool, lua: str) -> None:
    sandbox = Sandbox(open_libs=open_libs, foreign=True, engine=engine)
    before = told(sandbox, PROBE)
    assert before.count("\n") > 100
    for _ in range(2):
        told(sandbox, lua)
        assert told(sandbox, PROBE) == before


def test_a_script_that_is_asked_again_starts_in_its_own_environment_again() -> None:
    sandbox = Sandbox(open_libs=False, foreign=True)
    script = sandbox.compile(
        "if left then return {status = 'Degraded'} end setfenv(1, {left = 1}) return {status = 'Healthy'}"
    )
    assert [sandbox.run(script, {}).status for _ in range(3)] == ["Healthy"] * 3
