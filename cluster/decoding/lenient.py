"""Lenient decoding: convert a value into a msgspec type as well as it goes.

A cluster holds objects that no schema has ever checked. One field of a wrong type must not hide the
object, let alone the page it came in. So where `msgspec.convert` would refuse the whole, a field of a wrong
type gets its default here, a wrong item of a list or a mapping is left out, and only an object whose
required fields can't be filled is given up. It is slow, and used for what the fast way has refused.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

T = TypeVar("T")


class ConversionError(Exception):
    """Nothing of the wanted type can be made of the value, not even with defaults."""


def convert_leniently(value: object, target: type[T]) -> T:
    """`value`, as JSON decodes without a type, converted into `target`. Raises ConversionError."""
    return cast(T, _convert(value, _type_info(cast(Hashable, target))))


@lru_cache(maxsize=64)
def _type_info(target: Hashable) -> inspect.Type:
    return inspect.type_info(target)


def _convert(value: object, target: inspect.Type) -> object:
    match target:
        case inspect.StructType():
            return _convert_struct(value, target)
        case inspect.UnionType():
            return _convert_union(value, target.types)
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType() | inspect.FrozenSetType():
            return _constructor(target)(_convert_items(_require(value, list), target.item_type))
        case inspect.DictType():
            return _convert_mapping(value, target)
        case inspect.AnyType():
            return value
        case inspect.RawType():
            return msgspec.Raw(msgspec.json.encode(value))
        case inspect.Metadata():
            return _convert(value, target.type)
    return _convert_scalar(value, target)


def _convert_struct(value: object, target: inspect.StructType) -> object:
    """A struct of the fields that can be converted; the others keep their defaults."""
    body = _require(value, dict)
    converted: dict[str, object] = {}
    for field in target.fields:
        if field.encode_name not in body:
            if field.required:
                raise ConversionError
            continue
        try:
            converted[field.name] = _convert(body[field.encode_name], field.type)
        except ConversionError:
            if field.required:
                raise
    try:
        return target.cls(**converted)
    except (TypeError, ValueError):  # a struct's own checks
        raise ConversionError from None


def _convert_union(value: object, types: Iterable[inspect.Type]) -> object:
    """The first of the types that the value can be converted into."""
    for target in types:
        try:
            return _convert(value, target)
        except ConversionError:
            continue
    raise ConversionError


def _convert_mapping(value: object, target: inspect.DictType) -> dict[object, object]:
    """The entries whose key and value can both be converted."""
    converted: dict[object, object] = {}
    for key, item in _require(value, dict).items():
        try:
            converted[_convert(key, target.key_type)] = _convert(item, target.value_type)
        except ConversionError:
            continue
    return converted


def _convert_items(items: list[Any], target: inspect.Type) -> Iterable[object]:
    """The items that can be converted, in their order."""
    for item in items:
        try:
            yield _convert(item, target)
        except ConversionError:
            continue


def _constructor(target: inspect.Type) -> Callable[[Iterable[object]], object]:
    """What makes a collection of this type out of its items."""
    match target:
        case inspect.VarTupleType():
            return tuple
        case inspect.SetType():
            return set
        case inspect.FrozenSetType():
            return frozenset
    return list


# bool comes before int: to Python, True is a number.
_SCALARS: dict[type[inspect.Type], tuple[type, ...]] = {
    inspect.StrType: (str,),
    inspect.BoolType: (bool,),
    inspect.IntType: (int,),
    inspect.FloatType: (float, int),
    inspect.NoneType: (type(None),),
}


def _convert_scalar(value: object, target: inspect.Type) -> object:
    """The value itself where it is of that type. Only a whole number becomes a float, and a text a date."""
    if type(value) in _SCALARS.get(type(target), ()):
        return float(value) if isinstance(target, inspect.FloatType) else value  # type: ignore[arg-type]
    if isinstance(target, inspect.LiteralType) and isinstance(value, str | int) and value in target.values:
        return value
    if isinstance(target, inspect.DateTimeType) and isinstance(value, str):
        from datetime import datetime

        try:
            return msgspec.convert(value, datetime)
        except msgspec.ValidationError:
            raise ConversionError from None
    raise ConversionError


def _require(value: object, kind: type[T]) -> T:
    """The value, if it is of this kind."""
    if not isinstance(value, kind):
        raise ConversionError
    return value
