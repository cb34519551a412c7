"""Which lines of a script were run, and which never are by the objects at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from health.bytecode import lines
from health.lua.script import Script
from health.result import LATEST, ArgoCDVersion, Health, ScriptError


@dataclass
class Covered:
    """A script, asked like any other, that remembers the lines it ran."""

    lua: str
    open_libs: bool = False
    reached: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._script = Script(self.lua, open_libs=self.open_libs, reached=self.reached.add)

    def judge(self, obj: Mapping[str, Any], release: ArgoCDVersion = LATEST) -> Health:
        """As `Script.judge`."""
        return self._script.judge(obj, release)

    def missed(self) -> list[int] | None:
        """The lines that could have been run and weren't; None for a script that only LuaJIT compiles."""
        try:
            return sorted(lines(self.lua) - self.reached)
        except ScriptError:
            return None
