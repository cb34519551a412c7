"""The difference of two scripts, as ``diff -u`` shows it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from health.checks import same


def difference(old: str, new: str, old_name: str, new_name: str) -> Iterator[str]:
    """Its lines, without their ends. None where the scripts are one but for line ends and last blanks of lines."""
    if same(old, new):
        return
    yield from unified_diff(_lines(old), _lines(new), old_name, new_name, lineterm="")


def _lines(script: str) -> list[str]:
    return [line.rstrip() for line in script.strip().splitlines()]
