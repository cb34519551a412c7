"""Where a script leaves what the two Luas share, and which of its lines nothing reached."""

from __future__ import annotations

import pytest

from health.bytecode import lines
from health.coverage import Covered
from health.lua.portability import findings
from health.result import ScriptError


@pytest.mark.parametrize(
    ("lua", "what"),
    [
        ("for i = 1, 2 do goto done ::done:: end", "goto"),
        ("return table.unpack({})", "table.unpack"),
        ("local os = require('os') return os.date()", "os.date"),
        ("return utf8.char(1)", "utf8"),
        ("local a = 1 // 2", "//"),
        ("local a <const> = 1", "<const>"),
        ("local a = 1 & 2", "&"),
        ("return '\\x41'", "\\x"),
        ('return "\\u{41}"', "\\u"),
        ("return setmetatable({}, {__len = nil})", "__len"),
        ("return string.format('x')", "string"),
        ("return math . floor(1)", "math"),
        ("return os.time()", "os"),
        ("return io.open('x')", "io"),
    ],
)
def test_lua_that_argo_cd_lacks_is_found_with_its_line(lua: str, what: str) -> None:
    assert what in [finding.what for finding in findings(f"-- a line\n\n{lua}", open_libs=False)]
    assert all(finding.line == 3 for finding in findings(f"-- a line\n\n{lua}", open_libs=False))


@pytest.mark.parametrize(
    "lua",
    [
        "-- goto table.unpack //",
        "--[[ goto\n table.unpack ]] return {}",
        "return 'goto table.unpack // & \\n'",
        "return [==[ goto ]] \\x41 ]==] .. '\\\\x41'",
        "return obj.string, obj.table.unpack, obj.math",
        "if a ~= b then return a .. b end",
        "local os = require('os')",
        "return { ['goto'] = 1 }",
    ],
)
def test_lua_that_argo_cd_runs_too_is_not_remarked_on(lua: str) -> None:
    assert findings(lua, open_libs=False) == []


def test_open_libraries_are_there_where_they_were_asked_for() -> None:
    assert findings("return string.format('x') .. math.floor(1)", open_libs=True) == []


LUA = """local function used(x)
  if x then
    return 1
  end
  return 2
end
local function unused()
  return 3
end
for i = 1, 2 do
  used(i)
end
while obj.nothing do
  break
end
return { status = "Healthy" }
"""


def test_lines_that_nothing_reached_are_known() -> None:
    covered = Covered(LUA)
    covered.judge({})
    assert covered.missed() == [5, 8, 14]
    covered.judge({"nothing": True})
    assert covered.missed() == [5, 8]


def test_which_lines_hold_something_to_run() -> None:
    assert lines(LUA) == {2, 3, 5, 6, 8, 9, 10, 11, 13, 14, 16}


def test_it_cannot_be_told_for_a_script_with_goto() -> None:
    covered = Covered("goto done ::done:: return {}")
    covered.judge({})
    assert covered.missed() is None
    with pytest.raises(ScriptError):
        lines("x = = 1")
