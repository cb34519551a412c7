"""Any script, in our harness and on Argo CD's VM: the same status, raised on the same ones, the same message.

Messages may differ in the classes that `told.difference` names. What is known to differ beyond that stands at the
end, and is held to differ, so that the list stays true.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pytest
from judging import ask
from odd_scripts import OBJECT, Asked, broken, upstream, written
from told import Told, difference, ours, theirs

from health.lua.portability import findings
from health.lua.script import Script
from health.result import ScriptError

RUN_ERROR = re.compile(r"<string>:(\d+): ")


def told(asked: Sequence[Asked], *, open_libs: bool) -> list[tuple[Asked, Told, Told]]:
    """Each with what we say and what Argo CD says."""
    answers = ask({"obj": one.obj, "script": one.script or " ", "openLibs": open_libs} for one in asked)
    return [(one, _ours(one, open_libs), theirs(answer)) for one, answer in zip(asked, answers, strict=True)]


def _ours(asked: Asked, open_libs: bool) -> Told:
    try:
        script = Script(asked.script, open_libs=open_libs)
    except ScriptError as error:
        return Told(error=str(error))
    return ours(script.judge, asked.obj)


@pytest.mark.parametrize("open_libs", [False, True])
def test_what_was_written_for_this(open_libs: bool) -> None:
    classes = Counter(_compared(told(written(), open_libs=open_libs)))
    assert sum(classes.values()) > 350
    assert classes["numbers in texts"] + classes["addresses"] < 10, classes


@pytest.mark.parametrize("open_libs", [False, True])
def test_upstreams_own_checks_on_the_objects_of_their_tests(open_libs: bool) -> None:
    compared = told(upstream(), open_libs=open_libs)
    assert len({one.script for one, _, _ in compared}) >= 200
    classes = Counter(_compared(compared))
    assert set(classes) <= {"", "error texts"}
    assert open_libs is False or set(classes) == {""}


@pytest.mark.parametrize("open_libs", [False, True])
def test_upstreams_checks_broken_by_chance(open_libs: bool) -> None:
    classes = Counter(_compared(told(list(broken(1, 1500)), open_libs=open_libs)))
    assert classes["error texts"] > 300, classes


def _compared(answers: list[tuple[Asked, Told, Told]]) -> list[str]:
    classes = []
    for asked, found, argo_cds in answers:
        name = difference(found, argo_cds)
        assert name != "*", f"{asked.name}\n{asked.script}\nours: {found}\nArgo CD's: {argo_cds}"
        here, there = RUN_ERROR.match(found.error), RUN_ERROR.match(argo_cds.error)
        assert not here or not there or here[1] == there[1], f"another line: {asked.script}: {found} {argo_cds}"
        classes.append(name)
    return classes


KNOWN_DIFFERENCES = {
    "a table's __len": (
        "local t = setmetatable({}, {__len = function() return 7 end}) "
        "return {status = #t == 7 and 'Degraded' or 'Healthy'}"
    ),
    "more than 5,000 values at once": (
        "return {status = select('#', unpack({}, 1, 6000)) > 0 and 'Healthy' or 'Degraded'}"
    ),
    "an octal number in a text": "return {status = '010' + 0 == 8 and 'Degraded' or 'Healthy'}",
    "letters beyond ASCII in another case": "return {status = ('Ä'):lower() == 'ä' and 'Degraded' or 'Healthy'}",
    "libraries nobody needs": "return {status = io and debug and channel and 'Degraded' or 'Healthy'}",
    "a million tail calls": (
        "local function f(n) if n == 0 then return 1 end return f(n - 1) end f(2000000) return {status = 'Healthy'}"
    ),
    "minus zero": "local z = -0 return {status = 1 / 0 > 0 and 'Healthy' or 'Degraded'}",
}


@pytest.mark.parametrize("name", KNOWN_DIFFERENCES)
def test_what_is_known_to_differ_still_does(name: str) -> None:
    ((_, found, argo_cds),) = told([Asked(name, KNOWN_DIFFERENCES[name], OBJECT)], open_libs=True)
    assert (found.status, found.raised) != (argo_cds.status, argo_cds.raised), (found, argo_cds)


@pytest.mark.parametrize("name", ["a table's __len", "libraries nobody needs"])
def test_and_where_a_script_shows_it_the_user_is_told(name: str) -> None:
    assert findings(KNOWN_DIFFERENCES[name], open_libs=True)
