"""Fit a value into a type as well as it goes.

A cluster holds objects that no schema has ever checked. One field of a wrong type must not hide the
object, let alone the page it came in: a wrong field falls back to its default, a wrong item of a list
is left out, and only an object whose required fields can't be filled is given up.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

T = TypeVar("T")


class Unfit(Exception):  # noqa: N818  (never leaves this module's callers: a verdict, not a failure)
    """Nothing of this type can be made of the value."""


def convert_leniently(value: object, wanted: type[T]) -> T:
    """`value` is what JSON decodes into; raises Unfit if there is nothing to save."""
    return cast(T, _fit(value, _described(cast(Hashable, wanted))))


@lru_cache(maxsize=64)
def _described(wanted: Hashable) -> inspect.Type:
    return inspect.type_info(wanted)


def _fit(value: object, wanted: inspect.Type) -> object:
    match wanted:
        case inspect.StructType():
            return _struct(value, wanted)
        case inspect.UnionType():
            return _any_of(value, wanted.types)
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType() | inspect.FrozenSetType():
            return _collection(wanted)(_fitting(_expect(value, list), wanted.item_type))
        case inspect.DictType():
            return _mapping(value, wanted)
        case inspect.AnyType():
            return value
        case inspect.RawType():
            return msgspec.Raw(msgspec.json.encode(value))
        case inspect.Metadata():
            return _fit(value, wanted.type)
    return _scalar(value, wanted)


def _struct(value: object, wanted: inspect.StructType) -> object:
    body = _expect(value, dict)
    known: dict[str, object] = {}
    for field in wanted.fields:
        if field.encode_name not in body:
            if field.required:
                raise Unfit
            continue
        try:
            known[field.name] = _fit(body[field.encode_name], field.type)
        except Unfit:
            if field.required:
                raise
    try:
        return wanted.cls(**known)
    except (TypeError, ValueError):  # a struct's own checks
        raise Unfit from None


def _any_of(value: object, types: Iterable[inspect.Type]) -> object:
    for wanted in types:
        try:
            return _fit(value, wanted)
        except Unfit:
            continue
    raise Unfit


def _mapping(value: object, wanted: inspect.DictType) -> dict[object, object]:
    fitted: dict[object, object] = {}
    for key, item in _expect(value, dict).items():
        try:
            fitted[_fit(key, wanted.key_type)] = _fit(item, wanted.value_type)
        except Unfit:
            continue
    return fitted


def _fitting(items: list[Any], wanted: inspect.Type) -> Iterable[object]:
    for item in items:
        try:
            yield _fit(item, wanted)
        except Unfit:
            continue


def _collection(wanted: inspect.Type) -> Callable[[Iterable[object]], object]:
    match wanted:
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


def _scalar(value: object, wanted: inspect.Type) -> object:
    if type(value) in _SCALARS.get(type(wanted), ()):
        return float(value) if isinstance(wanted, inspect.FloatType) else value  # type: ignore[arg-type]
    if isinstance(wanted, inspect.LiteralType) and isinstance(value, str | int) and value in wanted.values:
        return value
    if isinstance(wanted, inspect.DateTimeType) and isinstance(value, str):
        from datetime import datetime

        try:
            return msgspec.convert(value, datetime)
        except msgspec.ValidationError:
            raise Unfit from None
    raise Unfit


def _expect(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise Unfit
    return value
