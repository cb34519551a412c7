"""What the API server refuses of an object: fields that aren't there, values that don't fit, fields that are missing.

As the server has it, null stands for a field that isn't there, and a number without a fraction is an integer however it
is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Any

from manifests.problem import FieldPath
from manifests.schema.shape import Shape, ValueType

_QUANTITY = re.compile(
    r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?(?:\d+(?:\.\d*)?|\.\d+))?\Z", re.ASCII
)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:[.,]\d+)?(?:[Zz]|[+-]\d\d:\d\d)\Z", re.ASCII
)


class FaultKind(Enum):
    """In which way a place of an object isn't as it has to be."""

    UNKNOWN = auto()
    """a field that its type doesn't have"""
    WRONG_TYPE = auto()
    """a value that doesn't fit"""
    MISSING = auto()
    """a required field that isn't there"""
    REPEATED = auto()
    """an item of a list that has its key from an earlier one"""


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """One place of an object that isn't as the API server wants it."""

    kind: FaultKind
    path: FieldPath
    """of the field in question, the missing one as well"""
    shape: Shape
    """what has to be at the place; for unknown and missing fields, the object that they are or should be in"""
    value: Any = None
    """what is there"""


def faults_of(value: Any, shape: Shape) -> list[SchemaFault]:
    """Everything that the API server refuses of an object of this shape, in the order of its fields.

    Of a status it sees only which fields there are: it is taken away before anything else is looked at.
    """
    found: list[SchemaFault] = []
    _look(value, shape, (), found)
    return [each for each in found if each.path[:1] != ("status",) or each.kind is FaultKind.UNKNOWN]


def _look(value: Any, shape: Shape, path: FieldPath, found: list[SchemaFault]) -> None:
    type_ = shape.type
    if type_ is ValueType.STRING:
        if not isinstance(value, str) or (
            (shape.words or shape.shortest or shape.is_time) and not _is_right_text(value, shape)
        ):
            found.append(SchemaFault(FaultKind.WRONG_TYPE, path, shape, value))
    elif type_ is ValueType.OBJECT:
        if type(value) is dict or isinstance(value, Mapping):  # the first is ten times as quick
            _look_at_fields(value, shape, path, found)
        else:
            found.append(SchemaFault(FaultKind.WRONG_TYPE, path, shape, value))
    elif type_ is ValueType.ARRAY:
        if isinstance(value, list):
            _look_at_items(value, shape, path, found)
        else:
            found.append(SchemaFault(FaultKind.WRONG_TYPE, path, shape, value))
    elif type_ is not ValueType.ANY and not _FITS[type_](value, shape):
        found.append(SchemaFault(FaultKind.WRONG_TYPE, path, shape, value))


def _look_at_fields(value: Mapping[str, Any], shape: Shape, path: FieldPath, found: list[SchemaFault]) -> None:
    fields, values = shape.fields, shape.values
    if fields is not None:
        for key, inner in value.items():
            below = fields.get(key)
            if below is None:
                found.append(SchemaFault(FaultKind.UNKNOWN, (*path, key), shape, inner))
            elif inner is not None and type(inner) is not below.all_of:
                _look(inner, below, (*path, key), found)
        for key in shape.required:
            if value.get(key) is None:
                found.append(SchemaFault(FaultKind.MISSING, (*path, key), shape))
    elif values is not None and values.type is not ValueType.ANY:
        for key, inner in value.items():
            if inner is not None and type(inner) is not values.all_of:
                _look(inner, values, (*path, key), found)


def _look_at_items(value: list[Any], shape: Shape, path: FieldPath, found: list[SchemaFault]) -> None:
    items = shape.items
    if items is None:
        return
    for place, item in enumerate(value):
        _look(item, items, (*path, place), found)
    if shape.unique or shape.is_set:
        seen: set[tuple[str, ...]] = set()
        for place, item in enumerate(value):
            key = _key_of(item, shape)
            if key is not None and key in seen:
                found.append(SchemaFault(FaultKind.REPEATED, (*path, place), shape, item))
            elif key is not None:
                seen.add(key)


def _key_of(item: Any, shape: Shape) -> tuple[str, ...] | None:
    """What tells an item of a list from the others; None where it has none that fits."""
    if shape.is_set:
        return (str(item),)
    fields = shape.items.fields if shape.items is not None else None
    if not isinstance(item, Mapping) or fields is None:
        return None
    values = [item.get(name) if item.get(name) is not None else fields[name].implied for name in shape.unique]
    return tuple(map(str, values)) if all(values) else None


def _is_right_text(value: str, shape: Shape) -> bool:
    if shape.words and value not in shape.words:
        return False
    return len(value) >= shape.shortest and (not shape.is_time or _is_time(value))


def _is_time(value: str) -> bool:
    found = _TIME.match(value)
    if found is None:
        return False
    try:
        date.fromisoformat(found[1])
    except ValueError:  # such as the 30th of February
        return False
    return True


def _is_integer(value: Any, shape: Shape) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return False
    return -(1 << (shape.bits - 1)) <= value < 1 << (shape.bits - 1)


def _is_boolean(value: Any, _shape: Shape) -> bool:
    return isinstance(value, bool)


def _is_integer_or_string(value: Any, shape: Shape) -> bool:
    return isinstance(value, str) or _is_integer(value, shape)


def _is_quantity(value: Any, shape: Shape) -> bool:
    return _QUANTITY.match(value) is not None if isinstance(value, str) else _is_integer(value, shape)


_FITS = {
    ValueType.INTEGER: _is_integer,
    ValueType.BOOLEAN: _is_boolean,
    ValueType.INTEGER_OR_STRING: _is_integer_or_string,
    ValueType.QUANTITY: _is_quantity,
}
