"""The lines of a script that hold something to run, read from what Lua 5.1's compiler makes of it.

A hook tells which lines were run; only the compiler knows which could be. Its `string.dump` is the one way
to functions that nobody called.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from health.result import ScriptError

_HEADER = 12
_INT, _SIZE, _NUMBER = 4, 8, 8
"""bytes of a C int, a size_t and a Lua number, on every machine that this runs on"""

_JUMP_BY_THEMSELVES = {23, 24, 25, 26, 27, 33}
"""Tests, and the step of a for loop: they run the jump behind them along with themselves."""


def lines(lua: str) -> set[int]:
    """The lines that an instruction stands for. Raises ScriptError if it isn't Lua 5.1."""
    from lupa import lua51

    compiler = lua51.LuaRuntime(encoding=None, register_eval=False, register_builtins=False)
    dump = compiler.eval(b"function(text) local f = loadstring(text) return f and string.dump(f) or false end")
    dumped = dump(lua.encode()) if not lua.startswith("\x1b") else False
    if not isinstance(dumped, bytes):
        raise ScriptError("Lua 5.1 doesn't compile this")
    found: set[int] = set()
    _function(_Reader(dumped, _HEADER), found)
    return found


@dataclass
class _Reader:
    """A position in a dump."""

    data: bytes
    at: int

    def number(self, size: int = _INT) -> int:
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], sys.byteorder)

    def skip(self, count: int) -> None:
        self.at += count

    def skip_string(self) -> None:
        self.skip(self.number(_SIZE))


def _function(dump: _Reader, found: set[int]) -> None:
    dump.skip_string()  # the name of the chunk
    dump.skip(_INT + _INT + 4)  # its first and last line, and four bytes about its stack
    operations = [dump.number(_INT) & 0x3F for _ in range(dump.number())]
    for _ in range(dump.number()):
        _skip_constant(dump)
    for _ in range(dump.number()):
        _function(dump, found)
    places = [dump.number() for _ in range(dump.number())]
    for _ in range(dump.number()):  # local variables, and where they live
        dump.skip_string()
        dump.skip(_INT + _INT)
    for _ in range(dump.number()):  # upvalues
        dump.skip_string()
    # The last instruction is a return that the compiler adds behind the end.
    before = [-1, *operations]
    found.update(place for place, last in zip(places[:-1], before, strict=False) if last not in _JUMP_BY_THEMSELVES)


def _skip_constant(dump: _Reader) -> None:
    match dump.number(1):
        case 1:  # true or false
            dump.skip(1)
        case 3:
            dump.skip(_NUMBER)
        case 4:
            dump.skip_string()
