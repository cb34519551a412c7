"""What somebody may have meant who wrote a name that nothing has."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """Those of the names that are nearly this one, the nearest first; at most three."""
    return get_close_matches(name, [each for each in names if each != name], n=3, cutoff=0.7)
