"""The harness answers as Argo CD's VM does."""

from __future__ import annotations

import pytest

from health.vm import Health, Script, ScriptError

HEALTHY = "return {status = 'Healthy', message = 'fine'}"


def judge(lua: str, obj: dict[str, object] | None = None, *, open_libs: bool = False) -> Health:
    return Script(lua, open_libs=open_libs).judge(obj or {})


@pytest.mark.parametrize(
    ("lua", "health"),
    [
        (HEALTHY, Health("Healthy", "fine")),
        ("return {status = 'Healthy'}", Health("Healthy")),
        ("return {Status = 'Healthy', Message = 'x'}", Health("Healthy", "x")),
        ("return {status = 'healthy'}", Health("Unknown", "Lua returned an invalid health status")),
        ("return {message = 'x'}", Health("Unknown", "Lua returned an invalid health status")),
        ("return {status = 'Degraded', message = 3}", Health("")),
        ("return {status = 'Degraded', deletionMessage = 3}", Health("")),
        ("return {}", Health("")),
        ("return nil", Health("")),
        ("local x = 1", Health("")),
        ("return 'a', {status = 'Healthy'}", Health("Healthy")),
        ("return {status = 'Healthy'}, nil", Health("")),
        ("return {status = 'Degraded', deletionMessage = 'stuck'}", Health("Degraded", "", "stuck")),
        (
            "return {status = string == nil and math == nil and os == nil and 'Healthy' or 'Degraded'}",
            Health("Healthy"),
        ),
        ("return {status = type(require('os').time()) == 'number' and 'Healthy' or 'Degraded'}", Health("Healthy")),
        ("return {status = #obj.list == 2 and obj.none == nil and 'Healthy' or 'Degraded'}", Health("Healthy")),
        ("print('x') return {status = actionParams and 'Healthy' or 'Degraded'}", Health("Healthy")),
    ],
)
def test_answers(lua: str, health: Health) -> None:
    assert judge(lua, {"list": [1, None, 2], "none": None}) == health


@pytest.mark.parametrize(
    ("lua", "error"),
    [
        ("return 'Healthy'", "expect table output from Lua script, not string"),
        ("return 3", "expect table output from Lua script, not number"),
        ("return true", "expect table output from Lua script, not boolean"),
        ("return obj.a.b", "<string>:1:"),
        ("error('no')", "<string>:1: no"),
        ("x = = 1", "<string>:1:"),
        ("return ('x'):len()", "<string>:1:"),
        ("while true do end", "context deadline exceeded"),
        ("pcall(function() while true do end end) return {status = 'Healthy'}", "context deadline exceeded"),
        ("local function f() return 1 + f() end return f()", "stack overflow"),
        ("require('string')", "module string not found"),
        ("goto done", "<string>:1:"),
    ],
)
def test_errors(lua: str, error: str) -> None:
    with pytest.raises(ScriptError, match=error.replace("(", r"\(")):
        judge(lua)


def test_open_libraries_bring_strings_back() -> None:
    assert judge("return {status = ('Healthy'):sub(1, 7)}", open_libs=True).status == "Healthy"


def test_a_script_cannot_reach_python() -> None:
    for lua in (
        "return {status = python and 'Degraded' or 'Healthy'}",
        "return {status = io and 'Degraded' or 'Healthy'}",
    ):
        assert judge(lua).status == "Healthy"
