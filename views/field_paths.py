"""Columns by path, which a user makes: a field of a record, such as ``.spec.branch``.

| written                            | means                                           |
|------------------------------------|-------------------------------------------------|
| ``.spec.projectRepo``              | a field, by its name in the cluster             |
| ``.metadata.labels.tier``          | a key of a mapping                              |
| ``.metadata.labels['a.io/b']``     | the same, for keys with dots in them            |
| ``.status.conditions[0].reason``   | an item of a list; ``[-1]`` is the last         |

Only fields that the program reads can be shown; what may hold a secret isn't read, or is masked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec

from stacks.masked_objects import is_secret, shown_value
from stacks.redaction import MASK, names_a_secret
from stacks.text import one_line, plain
from views.columns import Column

Row = TypeVar("Row")

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(-?\d+)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")


class PathError(ValueError):
    """A path that can't be followed; the text says why, for people."""


def own_column(path: str, record: Callable[[Row], Any], kind: type[Any]) -> Column[Row]:
    """The column that shows this field of a row's record. Raises PathError for a path that leads nowhere."""
    steps = parse(path)
    _check(steps, kind)
    title = str(next(step for step in reversed(steps) if isinstance(step, str))).upper()

    def text(row: Row, now: float) -> str:
        return _text(_follow(record(row), steps))

    return Column(path, title, text, lambda row: text(row, 0.0))


def parse(path: str) -> tuple[str | int, ...]:
    """The steps of a path. Raises PathError."""
    rest = path.strip()
    rest = rest.removeprefix("{").removesuffix("}").removeprefix("$")
    if rest and rest[0] not in ".[":
        rest = f".{rest}"
    steps: list[str | int] = []
    place = 0
    while place < len(rest):
        found = _STEP.match(rest, place)
        if found is None:
            raise PathError(
                f"{path!r} is no path at {rest[place:]!r}; write .spec.branch or .metadata.labels['a.io/b']"
            )
        name, index, *quoted = found.groups()
        steps.append(int(index) if index is not None else name or quoted[0] or quoted[1])
        place = found.end()
    if not any(isinstance(step, str) for step in steps):
        raise PathError("a path names a field, such as .spec.branch")
    return tuple(steps)


def _check(steps: tuple[str | int, ...], kind: type[Any]) -> None:
    """Follow the path through the types, as far as they are records."""
    known: Any = kind
    for step in steps:
        if not (isinstance(known, type) and issubclass(known, msgspec.Struct)):
            return
        if isinstance(step, int):
            raise PathError(f"[{step}] asks for an item of something that is no list")
        fields = _fields(known)
        if step not in fields:
            raise PathError(f"{step} is none of the fields that are read: {', '.join(sorted(fields))}")
        known = _record_in(fields[step].type)


def _record_in(hint: Any) -> Any:
    """The record type that a field may hold: of ``X | None`` it is X."""
    if isinstance(hint, type):
        return hint
    found = [one for one in getattr(hint, "__args__", ()) if isinstance(one, type) and one is not type(None)]
    return found[0] if len(found) == 1 and getattr(hint, "__origin__", None) is None else None


@cache
def _fields(kind: type[Any]) -> Mapping[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _follow(value: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        if isinstance(step, str) and not isinstance(value, list) and _leads_to_a_secret(value, step):
            return MASK
        if isinstance(value, msgspec.Struct):
            field = _fields(type(value)).get(str(step))
            value = getattr(value, field.name) if field is not None else None
        elif isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list | tuple) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def _leads_to_a_secret(value: Any, step: str) -> bool:
    """Whether a step leads to what isn't shown. Names in a mapping, such as those of labels, are a person's own."""
    return is_secret(step) or (isinstance(value, Mapping) and names_a_secret(step))


def _text(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return one_line(plain(str(shown_value(value))))
    built = shown_value(msgspec.to_builtins(value))
    return one_line(plain(msgspec.json.encode(built).decode()))
