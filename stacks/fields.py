"""Fields of objects as the API server sends them, whatever is in their place: none of this raises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from stacks.times import instant

Obj: TypeAlias = Mapping[str, Any]


def field(obj: object, *path: str | int) -> Any:
    """The value of the field at this path; None where there is none, or where something on the way is no object.

    A number in the path is the place in a list.
    """
    for step in path:
        if isinstance(step, int):
            obj = obj[step] if isinstance(obj, list) and 0 <= step < len(obj) else None
        elif isinstance(obj, Mapping):
            obj = obj.get(step)
        else:
            return None
    return obj


def text(obj: object, *path: str | int) -> str:
    """The text at this path; empty where there is none, or something else."""
    found = field(obj, *path)
    return found if isinstance(found, str) else ""


def texts(obj: object, *path: str | int) -> dict[str, str]:
    """The map of texts at this path, such as labels, without the values that are no text."""
    found = field(obj, *path)
    if not isinstance(found, Mapping):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def whole_number(obj: object, *path: str | int) -> int | None:
    """The whole number at this path; None where there is none, or something else."""
    found = field(obj, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def mappings(obj: object, *path: str | int) -> list[tuple[int, Obj]]:
    """The objects of the list at this path, each with its place in it."""
    found = field(obj, *path)
    if not isinstance(found, list):
        return []
    return [(place, item) for place, item in enumerate(found) if isinstance(item, Mapping)]


def strings(obj: object, *path: str | int) -> list[str]:
    """The texts of the list at this path."""
    found = field(obj, *path)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def texts_within(value: object) -> Iterator[str]:
    """Every text in a value, however deep, but for the names of fields."""
    left = [value]
    while left:
        found = left.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, Mapping):
            left.extend(found.values())
        elif isinstance(found, list):
            left.extend(found)


def at(obj: object, *path: str | int) -> float | None:
    """The instant that the RFC 3339 text at this path names; None if it names none."""
    return instant(text(obj, *path))
