"""Whatever a script of somebody else's does, this program goes on: the answer says what ended the script."""

from __future__ import annotations

import itertools
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from health import checks
from health.lua import WORKER_ARGUMENT
from health.lua.sandbox import ScriptAnswer
from health.lua.script import Script
from health.lua.worker_process import SECONDS, LuaWorker, worker_command
from health.result import ScriptError, ScriptStop, ScriptStoppedError
from support.program import PROGRAM, ROOT
from support.waiting import LIMIT, eventually

HEALTHY = "return {status = 'Healthy'}"
ENDLESS = "string.find(('a'):rep(40), ('a*'):rep(40) .. 'b')"
CRASH = "string.find(('a'):rep(400000), ('a?'):rep(400000))"
HOG = "::again:: local x = ('x'):rep(1e9) " + ENDLESS


@pytest.fixture(scope="module")
def shared() -> Iterator[LuaWorker]:
    worker = LuaWorker()
    yield worker
    worker.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with Start(tmp_path / "starts") as started:
        yield started


class Start:
    """Starts workers that write down their process id and their environment when their process starts."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._workers: list[LuaWorker] = []

    def __call__(self, *, limits_memory: bool = sys.platform == "linux", seconds: float = SECONDS) -> LuaWorker:
        worker = shlex.join(worker_command(limits_memory=limits_memory))
        noting = f"echo $$ >> {self._file}; env > {self._file}.env; exec {worker}"
        command = ["/bin/sh", "-c", noting]
        self._workers.append(LuaWorker(seconds=seconds, command=command, limits_memory=limits_memory))
        return self._workers[-1]

    def __enter__(self) -> Start:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.stop()

    @property
    def pids(self) -> list[int]:
        return [int(line) for line in self._file.read_text().split()]

    @property
    def environment(self) -> str:
        return Path(f"{self._file}.env").read_text()


@pytest.mark.parametrize(
    ("lua", "reason"),
    [
        ("xpcall(function() while true do end end, function() while true do end end)", "timed out"),
        (ENDLESS, "timed out"),
        (f"coroutine.wrap(function() {ENDLESS} end)()", "timed out"),
        (f"pcall(function() {ENDLESS} end)", "timed out"),
        ("local s = ('a'):rep(1e6) return {status = 'Healthy', message = s:gsub('.-b', '')}", "timed out"),
        ("local t = {} for i = 1, 2e5 do t[i] = i % 2 end while true do table.sort(t) end", "timed out"),
        ("string.rep('', 2147483647)", "timed out"),
        (CRASH, "crashed"),
        ("local s = '' while true do s = string.rep('x', 1000000) end", "context deadline exceeded"),
        ("while true do loadstring('return ' .. ('('):rep(190) .. '1' .. (')'):rep(190))() end", "deadline exceeded"),
        ("table.concat({}, 'x', -2147483647, 2147483647)", "context deadline exceeded"),
        ("local t = {} t.x = t while true do for _ in pairs(t) do end end", "context deadline exceeded"),
        ("return {status = string.format('%s', setmetatable({}, {__tostring = function() while true do end end}))}",
         "context deadline exceeded"),
        ("local t, x = {}, ('x'):rep(1e7) for i = 1, 210 do t[i] = x end table.concat(t)", "not enough memory"),
        ("return {message = ('x'):rep(3e7):gsub('x', ('y'):rep(20))}", "not enough memory"),
        ("setmetatable(_G, {__index = function(t, k) return t[k .. k] end}) return x", "not enough memory"),
        ("local function f() return coroutine.wrap(function() return f() end)() end return f()", "C stack overflow"),
        ("local a = {} local b = a for i = 1, 5e5 do b.x = {} b = b.x end return a", "stack overflow"),
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_a_script_that_cannot_be_held_is_an_answer(shared: LuaWorker, lua: str, reason: str) -> None:
    with pytest.raises(ScriptError, match=reason):
        shared.run(lua, {}, open_libs=True)
    assert shared.run(HEALTHY, {}, open_libs=True).status == "Healthy"


@pytest.mark.parametrize(
    ("lua", "message"),
    [
        ("error(setmetatable({}, {__tostring = function() while true do end end}))", "table: 0x"),
        ("error(setmetatable({}, {__tostring = function() error('again') end}))", "table: 0x"),
    ],
)
def test_an_error_that_is_a_table_is_not_asked_for_its_text(shared: LuaWorker, lua: str, message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        shared.run(lua, {}, open_libs=False)


@pytest.mark.parametrize(
    "lua",
    [
        "local p = newproxy(true) getmetatable(p).__gc = function() while true do end end p = nil",
        "local p = newproxy(true) rawset(getmetatable(p), '__gc', function() while true do end end) p = nil",
        "local t = {} table.insert(t, -2147483647, 1) assert(t[-2147483647] == 1)",
        "local t = {1, 2} table.insert(t, 0, 9) assert(t[0] == 9 and t[1] == 1 and #t == 2)",
        "local t = {1, 2} table.insert(t, 1, 9) assert(t[1] == 9 and t[2] == 1 and #t == 3)",
    ],
)
def test_what_argo_cds_vm_has_no_trouble_with_is_none_here(shared: LuaWorker, lua: str) -> None:
    for _ in range(3):  # the finalizers of a runtime run when it is gone
        assert shared.run(f"{lua} {HEALTHY}", {}, open_libs=False).status == "Healthy"


def test_one_process_answers_all_questions_until_it_is_lost(start: Start) -> None:
    worker = start()
    for _ in range(5):
        assert worker.run(HEALTHY, {}, open_libs=False).status == "Healthy"
    assert len(start.pids) == 1
    os.kill(start.pids[0], 9)
    assert worker.run(HEALTHY, {}, open_libs=False).status == "Healthy"
    assert len(start.pids) == 2


def test_a_script_that_had_to_be_stopped_is_not_tried_for_each_object(start: Start) -> None:
    worker = start()
    for number in range(1000):
        with pytest.raises(ScriptStoppedError) as caught:
            worker.run(CRASH, {"number": number}, open_libs=True)
        assert caught.value.stop is ScriptStop.CRASHED
    assert len(start.pids) == 1
    assert worker.run(HEALTHY, {}, open_libs=True).status == "Healthy"
    assert len(start.pids) == 2


SAYS = "return {status = 'Healthy', message = tostring(obj.number)}"


def said(worker: LuaWorker, lua: str, objs: Iterable[dict[str, Any]]) -> list[str]:
    """For each object its message, or the error."""
    answers = worker.run_each(lua, objs, open_libs=True)
    return [str(answer) if isinstance(answer, ScriptError) else answer.message for answer in answers]


def numbered(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"number": number, **more} for number in range(count)]


@pytest.mark.parametrize("size", [0, 30_000, 200_000])
def test_each_of_many_objects_has_its_own_answer(shared: LuaWorker, size: int) -> None:
    objs = numbered(20_000 if not size else 20, text="x" * size)
    assert said(shared, SAYS, objs) == [str(number) for number in range(len(objs))]


@pytest.mark.parametrize(("ends", "why"), [(CRASH, "crashed"), (ENDLESS, "timed out")])
def test_the_object_that_a_script_is_stopped_for_is_known_among_many(start: Start, ends: str, why: str) -> None:
    worker = start()
    found = said(worker, f"if obj.number == 57 then {ends} end {SAYS}", numbered(100))
    assert found[:57] == [str(number) for number in range(57)]
    assert {answer.partition(":")[0] for answer in found[57:]} == {why}
    assert said(worker, SAYS, numbered(3)) == ["0", "1", "2"]


def test_a_script_that_fails_for_some_objects_answers_for_the_others(start: Start) -> None:
    worker = start()
    found = said(worker, f"if obj.number % 3 == 1 then error('no ' .. obj.number) end {SAYS}", numbered(7))
    assert found == ["0", "<string>:1: no 1", "2", "3", "<string>:1: no 4", "5", "6"]
    assert len(start.pids) == 1


def test_an_object_that_is_nested_too_deeply_is_one_among_others(shared: LuaWorker) -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"x": deep}
    assert said(shared, SAYS, [{"number": 0}, deep, {"number": 2}]) == ["0", "the object is nested too deeply", "2"]


def test_slow_objects_are_given_their_time_one_by_one(start: Start) -> None:
    """All of them take longer than one may, and none is stopped for it."""
    found = said(start(seconds=1.0), f"for i = 1, 2e7 do end {SAYS}", numbered(30))
    assert found == [str(number) for number in range(30)]
    assert len(start.pids) == 1


def test_a_script_that_is_late_for_three_objects_is_not_tried_for_the_others(shared: LuaWorker) -> None:
    began = time.monotonic()
    found = said(shared, f"if obj.number > 1 then while true do end end {SAYS}", numbered(1000))
    assert found[:2] == ["0", "1"]
    assert all("context deadline exceeded" in answer for answer in found[2:])
    assert time.monotonic() - began < LIMIT


def test_objects_are_asked_about_as_far_as_they_are_taken(shared: LuaWorker) -> None:
    taken = itertools.count()
    objs = ({"number": next(taken), "text": "x" * 1000} for _ in itertools.count())
    answers = shared.run_each(SAYS, objs, open_libs=False)
    assert [answer.message for answer in itertools.islice(answers, 3) if isinstance(answer, ScriptAnswer)] == list(
        "012"
    )
    assert next(taken) < 1000


def test_a_process_that_is_lost_between_many_objects_is_started_again(start: Start) -> None:
    worker = start()
    answers = worker.run_each(SAYS, numbered(40, text="x" * 10_000), open_libs=False)
    first = next(answers)
    os.kill(start.pids[0], 9)
    found = [first, *answers]
    assert [answer.message for answer in found if isinstance(answer, ScriptAnswer)] == [str(n) for n in range(40)]
    assert len(start.pids) == 2


@pytest.mark.parametrize("limits_memory", [True, False])
def test_a_process_that_grows_too_large_is_ended(start: Start, limits_memory: bool) -> None:
    """Its room is limited by the system where that is possible, and looked at meanwhile where it isn't."""
    if limits_memory and sys.platform != "linux":
        pytest.skip("only Linux holds a process to it")
    with pytest.raises(ScriptError, match="memory"):
        start(limits_memory=limits_memory).run(HOG, {}, open_libs=True)


def test_the_process_is_handed_no_variables(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    start().run(HEALTHY, {}, open_libs=False)
    assert "hush" not in start.environment


async def test_leaving_does_not_wait_for_a_script_and_leaves_no_process(tmp_path: Path) -> None:
    program = f"""
import os, sys, threading, time
from health.lua.worker_process import lua_worker
ask = lambda: lua_worker().run({ENDLESS!r}, {{}}, open_libs=True)
lua_worker().run({HEALTHY!r}, {{}}, open_libs=True)
print(lua_worker()._process.pid, flush=True)
threading.Thread(target=ask, daemon=True).start()
time.sleep(0.05)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=LIMIT, check=True,
    )  # fmt: skip
    pid = int(ended.stdout)
    await eventually(lambda: not _runs(pid))


def test_a_process_whose_program_was_killed_ends_by_itself() -> None:
    process = subprocess.Popen(worker_command(limits_memory=False), stdin=subprocess.PIPE, cwd="/")
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(LIMIT) is not None


def test_a_packed_program_starts_itself_as_the_process() -> None:
    worker = LuaWorker(command=[*PROGRAM, WORKER_ARGUMENT, "1"])
    assert worker.run(HEALTHY, {}, open_libs=False).status == "Healthy"
    worker.stop()


def test_our_own_script_needs_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("health.lua.worker_process.lua_worker", lambda: pytest.fail("a process for our own script"))
    assert checks.check("pulumi.com", "Stack").judge({}).status
    with pytest.raises(pytest.fail.Exception):
        Script(HEALTHY)


def test_many_threads_may_ask(shared: LuaWorker) -> None:
    found: list[str] = []

    def ask(number: int) -> None:
        lua = f"return {{status = 'Healthy', message = obj.x .. '{number}'}}"
        found.append(shared.run(lua, {"x": f"{number} is "}, open_libs=False).message)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert sorted(found) == sorted(f"{number} is {number}" for number in range(20))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
