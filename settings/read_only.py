"""Entries of the configuration that were meant to keep everything as it is, but don't say so properly.

Who writes ``readonly = true`` wants nothing to be changed. Going ahead because the setting has another
name would be the worst way to take them at their word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMES = ("read-only", "read-only-contexts")
_ALIKE = 0.75  # how much of a name has to be the same, as difflib has it


def mistaken(table: Mapping[str, Any]) -> list[str]:
    """A sentence for each entry that looks like one of `NAMES` and isn't: misspelt, or in a table of its own."""
    found = [f"there is no setting {key!r}; it is called {name}" for key in table if (name := meant(key))]
    for place, inner in table.items():
        for key in inner if isinstance(inner, Mapping) else ():
            if _letters(key) in map(_letters, NAMES):
                found.append(f"{key} stands under [{place}], where it has no effect; it belongs above every [table]")
    return found


def meant(key: str) -> str:
    """Which of the names a setting was likely meant to be that isn't one of them; empty for neither."""
    if key in NAMES:
        return ""
    from difflib import get_close_matches

    letters = {_letters(name): name for name in NAMES}
    if close := get_close_matches(_letters(key), letters, n=1, cutoff=_ALIKE):
        return letters[close[0]]
    return NAMES[0] if "readonly" in _letters(key) else ""


def _letters(key: str) -> str:
    return "".join(filter(str.isalnum, key.lower()))
