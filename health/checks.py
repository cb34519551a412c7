"""The checks that come with the program, by group and kind."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from health.vm import Script

_ROOT = Path(__file__).parent


def source(group: str, kind: str) -> str:
    """The Lua text of the check for this kind. Raises FileNotFoundError if there is none."""
    return (_ROOT / group / kind / "health.lua").read_text(encoding="utf-8")


@cache
def check(group: str, kind: str) -> Script:
    """The check for this kind, ready to be asked. Raises ScriptError if it doesn't compile."""
    return Script(source(group, kind))
