"""Where a script leaves what the two Luas share is found, and nothing else is remarked on."""

from __future__ import annotations

import pytest

from health.lua.portability import findings


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
