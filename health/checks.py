"""The checks that come with the program, by group and kind, and how another script differs from one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from health.lua.script import Script

_ROOT = Path(__file__).parent
_READ = {
    "metadata": ("generation", "deletionTimestamp", "finalizers", "annotations"),
    "spec": ("destroyOnFinalize", "maxUpdateFailures", "type"),
    "status": (
        "observedGeneration",
        "observedReconcileRequest",
        "conditions",
        "currentUpdate",
        "lastUpdate",
        "artifact",
        "permalink",
    ),
}
"""What our scripts look at: converting an object for Lua costs ten times as much as judging it."""
_MARK = re.compile(r"-- kubectl-pko-argo health check, version (\d+)\s*(?:\n|$)")


def folder(kind: str) -> Path:
    """Where the check for this kind (``pulumi.com/Stack``), its tests and their objects are."""
    return _ROOT / kind


@cache
def source(group: str, kind: str) -> str:
    """The Lua text of the check for this kind. Raises FileNotFoundError if there is none."""
    return (folder(f"{group}/{kind}") / "health.lua").read_text(encoding="utf-8")


@cache
def check(group: str, kind: str) -> Script:
    """The check for this kind, ready to be asked. Raises ScriptError if it doesn't compile."""
    return Script(source(group, kind), read=_READ)


def version(lua: str) -> int | None:
    """Which version of our check a script says that it is; None where it isn't ours."""
    mark = _MARK.match(lua.lstrip())
    return int(mark[1]) if mark else None


def same(lua: str, other: str) -> bool:
    """Whether two scripts are one, whatever line ends and last blanks a ConfigMap's way through YAML left."""
    return _lines(lua) == _lines(other)


def difference(old: str, new: str, old_name: str, new_name: str) -> Iterator[str]:
    """The lines of a unified diff, without their ends; none where the scripts are `same`."""
    if same(old, new):
        return
    from difflib import unified_diff  # the board never compares scripts, and starts without it

    yield from unified_diff(_lines(old), _lines(new), old_name, new_name, lineterm="")


def is_heading(lines: Sequence[str], place: int) -> bool:
    """Whether a line names a script. One that is taken out of Lua may begin with -- too, so what follows it tells."""
    return lines[place][:3] in ("---", "+++") and any(line.startswith("@@") for line in lines[place + 1 : place + 3])


def _lines(script: str) -> list[str]:
    return [line.rstrip() for line in script.strip().splitlines()]
