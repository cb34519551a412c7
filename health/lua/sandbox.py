"""A Lua runtime that looks like Argo CD's: `sandbox.lua` furnishes it, this module sets its limits.

Argo CD embeds gopher-lua, a Lua 5.1 with `goto`. We have PUC Lua 5.1 through lupa, and LuaJIT for the
scripts that jump. A script gets an object as it gets it in Argo CD, and its errors are put into gopher-lua's words.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from health.result import ScriptError

_WIDEST = 2**63
"""Integers from here on are floats to Argo CD, and too wide for Lua's C API."""


def decoded(obj: Mapping[str, Any]) -> dict[str, Any]:
    """The object in that form. Raises ScriptError where it is nested too deeply for anything to read it."""
    try:
        return {key: _decoded(item) for key, item in obj.items() if item is not None}
    except RecursionError:
        raise ScriptError("the object is nested too deeply") from None


def _decoded(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is bool:
        return value
    if kind is dict:
        return {key: _decoded(item) for key, item in value.items() if item is not None}
    if kind is list:
        return [_decoded(item) for item in value if item is not None]
    if kind is int and not -_WIDEST <= value < _WIDEST:
        return _wide(value)
    return value


def _wide(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def legible(value: Any) -> Any:
    """A JSON value with U+FFFD for each half of a surrogate pair, as Go reads JSON that holds one."""
    if isinstance(value, dict):
        return {legible(key): legible(item) for key, item in value.items()}
    if isinstance(value, list):
        return [legible(item) for item in value]
    if isinstance(value, str):
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
    return value


_LONGEST = 1000
_WORDS = (
    (r"attempt to index (.+ )?\(an? (\w+) value\)", r"attempt to index a non-table object(\2): \1"),
    (r"attempt to index an? (\w+) value", r"attempt to index a non-table object(\1)"),
    (r"attempt to call (.+ )?\(an? (\w+) value\)", r"attempt to call a non-function object: \1is \2"),
    (r"attempt to call an? (\w+) value", r"attempt to call a non-function object"),
    (r"attempt to compare two (\w+) values", r"attempt to compare \1 with \1"),
    (r"attempt to concatenate (.+ )?\(an? (\w+) value\)", r"cannot perform concat operation with \2: \1"),
    (r"attempt to concatenate an? (\w+) value", r"cannot perform concat operation with \1"),
    (r"attempt to perform arithmetic on (.+ )?\(an? (\w+) value\)", r"cannot perform arithmetic with \2: \1"),
    (r"attempt to perform arithmetic on an? (\w+) value", r"cannot perform arithmetic with \1"),
    (r"'for' initial value must be a number", "for statement init must be a number"),
    (r"'for' limit must be a number", "for statement limit must be a number"),
    (r"'for' step must be a number", "for statement step must be a number"),
    (r"bad argument #(\d+) to '(\w+)'", r"bad argument #\1 to \2"),
    (r"module '([^']*)' not found", r"module \1 not found"),
)


def error_text(text: str) -> str:
    """What Argo CD shows for this error of a run."""
    text = re.sub(r"^sandbox:\d+: ", "", text)
    if text.endswith("not enough memory"):
        return f"{text} (Argo CD has no limit: its controller would run out of it, or of time)"
    for pattern, words in _WORDS:
        text, count = re.subn(pattern, words, text)
        if count:
            break
    return _cut(text.strip())


def syntax_error_text(text: str) -> str:
    """What Argo CD shows for this error of the compiler: ``<string>:3: … near 'x'``."""
    found = re.match(r"<string>:(\d+): (.*?)(?: near (.*))?$", text, re.DOTALL)
    if found is None:
        return text
    line, what, near = found.groups()
    place = " at EOF" if near in ("'<eof>'", "<eof>") else f" near {near}" if near else ""
    return _cut(f"<string> line:{line}{place}: syntax error: {what}")


def _cut(text: str) -> str:
    """What a person reads of it: a token of a megabyte is in the compiler's message as it is."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"


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
    """A furnished runtime. Where the script isn't `foreign` but ours, its calls aren't counted. Nothing that a foreign
    one does to the runtime is left when the next one runs; where a run ended in an error, better take another.

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
            "print": print or _nothing,
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

    def close(self) -> None:
        """Give the runtime up at once: what it was lent of Python knows this object, which would keep it till later."""
        del self._runtime, self._prepare, self._run, self._in_hex

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
    """What furnishes a runtime, compiled: after each error of another's script there is a new one."""
    text = (Path(__file__).parent / "sandbox.lua").read_text(encoding="utf-8")
    runtime = import_module(f"lupa.{engine}").LuaRuntime(register_eval=False, register_builtins=False)
    return bytes.fromhex(runtime.eval(_COMPILE)(text))


def _as_go_reads(text: bytes) -> str:
    """UTF-8 with each byte that isn't replaced by U+FFFD."""
    return "".join("\ufffd" if "\udc80" <= c <= "\udcff" else c for c in text.decode("utf-8", "surrogateescape"))


def _no_attributes(obj: object, name: object, setting: bool) -> str:
    raise AttributeError("a health script has no business with Python objects")


def _nothing(*_: object) -> None:
    pass
