"""Paths of fields as people write them, and names that are nearly the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

from manifests.problem import FieldPath

_PLAIN = re.compile(r"[A-Za-z0-9_:/-]+\Z")


def dotted(path: FieldPath) -> str:
    """Such as ``spec.prerequisites[0].name``; keys with dots in quotes."""
    return "".join(map(_step, path)).removeprefix(".")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN.match(str(step)) else f'["{step}"]'


def letters(name: str) -> str:
    """A name without what people write differently: case, dashes, underscores."""
    return "".join(filter(str.isalnum, name)).lower()


def nearest_names(name: str, names: Iterable[str]) -> list[str]:
    """Those of the names that a slip of the keys makes of this one, the nearest first; at most two."""
    wanted = letters(name)
    most = 1 if len(wanted) < 5 else 2 if len(wanted) < 10 else 3
    found = sorted(
        (edit_distance(wanted, letters(each)), each) for each in names if abs(len(each) - len(name)) <= most + 2
    )
    return [each for distance, each in found if distance <= most][:2]


def edit_distance(one: str, other: str) -> int:
    """How many letters have to be put in, taken out, changed or swapped with the next to make one text of another."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one):
        above, row = row, [place + 1]
        for column, each in enumerate(other):
            cost = min(row[column] + 1, above[column + 1] + 1, above[column] + (letter != each))
            if before and column and letter == other[column - 1] and one[place - 1] == each:
                cost = min(cost, before[column - 1] + 1)
            row.append(cost)
        before = above
    return row[-1]
