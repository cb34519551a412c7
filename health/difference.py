"""The difference of two scripts, as ``diff -u`` shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from health.checks import same


def difference(old: str, new: str, old_name: str, new_name: str) -> Iterator[str]:
    """Its lines, without their ends. None where the scripts are one but for line ends and last blanks of lines."""
    if same(old, new):
        return
    yield from unified_diff(_lines(old), _lines(new), old_name, new_name, lineterm="")


def is_heading(lines: Sequence[str], place: int) -> bool:
    """Whether a line names a script. One that is taken out of Lua often begins with -- too, so what follows it tells:
    the two headings stand right before a place, and between two places is what they have in common.
    """
    return lines[place][:3] in ("---", "+++") and any(line.startswith("@@") for line in lines[place + 1 : place + 3])


def _lines(script: str) -> list[str]:
    return [line.rstrip() for line in script.strip().splitlines()]
