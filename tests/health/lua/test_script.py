"""The harness answers as Argo CD's VM does."""

from __future__ import annotations

import re
import time

import pytest

from health.lua.sandbox import Sandbox
from health.lua.script import Script
from health.result import ArgoCDVersion, Health, ScriptError, version
from support.waiting import LIMIT

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
        ("return nil", Health("", given=False)),
        ("local x = 1", Health("", given=False)),
        ("return 'a', {status = 'Healthy'}", Health("Healthy")),
        ("return {status = 'Healthy'}, nil", Health("", given=False)),
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
def test_what_a_script_returns_is_read_as_argo_cd_reads_it(lua: str, health: Health) -> None:
    assert judge(lua, {"list": [1, None, 2], "none": None}) == health


@pytest.mark.parametrize(
    ("lua", "error"),
    [
        ("return 'Healthy'", "expect table output from Lua script, not string"),
        ("return 3", "expect table output from Lua script, not number"),
        ("return true", "expect table output from Lua script, not boolean"),
        ("return obj.a.b", "<string>:1:"),
        ("error('no')", "<string>:1: no"),
        ("x = = 1", "<string> line:1 near '='"),
        ("\n\nlocal x = {1,\n2", "<string> line:4 at EOF"),
        ("return ('x'):len()", "<string>:1:"),
        ("while true do end", "context deadline exceeded"),
        ("pcall(function() while true do end end) return {status = 'Healthy'}", "context deadline exceeded"),
        ("local function f() return 1 + f() end return f()", "stack overflow"),
        ("require('string')", "module string not found"),
        ("goto done", "<string> line:1"),
        ("error{}", "table: 0x"),
        ("\x1bLua", "Invalid token"),
        ("return {status = 'Healthy', x = 0 / 0}", "unsupported value: NaN"),
        ("return {status = 'Healthy', x = print}", "cannot encode function"),
        ("local t = {} return {status = 'Healthy', a = t, b = t}", "recursively nested"),
    ],
)
def test_a_script_that_fails_raises_argo_cds_words(lua: str, error: str) -> None:
    with pytest.raises(ScriptError, match=re.escape(error)):
        judge(lua)


@pytest.mark.parametrize(
    "lua",
    [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local s = 'x' while true do s = s .. s end",
        "local s = 'x' while true do pcall(function() s = s .. s end) end",
        "keep = {} while true do keep[#keep + 1] = {} end",
        "keep = {} pcall(function() while true do keep[#keep + 1] = {} end end) return {status = 'Healthy'}",
        "local function f() return 1 + f() end return f()",
        "local function f() return f() end return f()",
        "setmetatable(_G, {__index = function(t, k) return t[k] end}) return nosuch",
        "return {status = string.rep('x', 1e10)}",
        "return coroutine.wrap(function() while true do end end)()",
        "::again:: goto again",
        "::again:: local s = 'x' while true do s = s .. s end",
        "x" * 1_000_000,
        "x = '" + "y" * 1_000_000,
        "return " + "{" * 10_000,
    ],
    ids=lambda lua: lua[:40],
)
def test_no_script_takes_the_program_with_it(lua: str) -> None:
    began = time.monotonic()
    with pytest.raises(ScriptError) as caught:
        judge(lua, open_libs=True)
    assert len(str(caught.value)) < 1200
    assert time.monotonic() - began < LIMIT


def test_a_message_that_is_no_utf8_is_read_as_go_reads_it() -> None:
    assert judge("return {status = 'Healthy', message = 'a\\255b\\226\\130'}").message == "a\ufffdb\ufffd\ufffd"
    with pytest.raises(ScriptError, match="a\ufffdb"):
        judge("error('a\\255b')")
    with pytest.raises(ScriptError, match="near '\ufffd'"):
        judge("\ufeffreturn {}")


def test_an_object_with_half_a_surrogate_pair_is_judged() -> None:
    assert judge("return {status = 'Healthy', message = obj.x}", {"x": "a\ud800"}).message == "a\ufffd"


def test_an_object_that_is_nested_too_deeply_is_an_error_not_a_crash() -> None:
    deep: dict[str, object] = {}
    for _ in range(5000):
        deep = {"x": deep}
    with pytest.raises(ScriptError, match="too deeply"):
        judge(HEALTHY, deep)


@pytest.mark.parametrize(("number", "text"), [(2**53 + 1, "9007199254740992"), (2**64, "1.8446744073709552e+19")])
def test_integers_are_what_they_are_to_argo_cd(number: int, text: str) -> None:
    assert judge("return {status = 'Healthy', message = tostring(obj.x)}", {"x": number}).message == text


def test_nothing_survives_from_one_object_to_the_next() -> None:
    script = Script("seen = (seen or 0) + 1 return {status = 'Healthy', message = tostring(seen)}")
    assert [script.judge({}).message for _ in range(3)] == ["1", "1", "1"]


def test_what_a_script_prints_can_be_heard() -> None:
    heard: list[str] = []
    sandbox = Sandbox(open_libs=False, foreign=True, print=heard.append)
    sandbox.run(sandbox.compile("print('a', nil, 1e15)"), {})
    assert heard == ["a\tnil\t1000000000000000"]


def test_scripts_that_jump_run_too() -> None:
    loop = "for i = 1, 3 do if i < 3 then goto continue end x = i ::continue:: end "
    lua = f"{loop} return {{status = 'Healthy', message = x .. ''}}"
    assert Script(lua).engine == "luajit21"
    assert judge(lua).message == "3"


@pytest.mark.parametrize("lua", ["return {}", "return {status = 'Healthy', message = 3}", "return nil"])
def test_before_2_12_an_answer_without_a_health_was_an_error(lua: str) -> None:
    with pytest.raises(ScriptError):
        Script(lua).judge({}, ArgoCDVersion(2, 11))
    assert Script(lua).judge({}, ArgoCDVersion(2, 12)).status == ""


def test_deletion_messages_came_with_3_6() -> None:
    script = Script("return {status = 'Degraded', deletionMessage = 'stuck'}")
    assert script.judge({}, ArgoCDVersion(3, 5)).deletion_message == ""
    assert script.judge({}, ArgoCDVersion(3, 6)).deletion_message == "stuck"


@pytest.mark.parametrize(("text", "found"), [("v3.6.1", (3, 6)), ("2.14", (2, 14)), ("v3.1.0-eks2", (3, 1))])
def test_a_version_is_read_from_its_tag(text: str, found: tuple[int, int]) -> None:
    assert version(text) == found


@pytest.mark.parametrize("text", ["", "3", "latest", "v3", "3.x"])
def test_a_tag_that_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no version"):
        version(text)


def test_open_libraries_bring_strings_back() -> None:
    assert judge("return {status = ('Healthy'):sub(1, 7)}", open_libs=True).status == "Healthy"


def test_a_script_cannot_reach_python() -> None:
    for lua in (
        "return {status = python and 'Degraded' or 'Healthy'}",
        "return {status = io and 'Degraded' or 'Healthy'}",
    ):
        assert judge(lua).status == "Healthy"
