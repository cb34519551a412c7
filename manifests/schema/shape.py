"""The shape that a value must have: its type, and for what has parts, theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ValueType(StrEnum):
    """Which values fit, in the words that problems are told in."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    OBJECT = "object"
    ARRAY = "array"
    QUANTITY = "quantity"
    """of a resource: a number, or a text such as 500m or 2Gi"""
    INTEGER_OR_STRING = "integer or string"
    ANY = "anything"


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What fits at one place of an object.

    An object has either fields with names, or `values` under names of the user's choice; what has neither is open.
    """

    type: ValueType
    name: str = ""
    """of its type, such as ``Container``; empty for what has no name of its own"""
    fields: Mapping[str, Shape] | None = None
    required: frozenset[str] = frozenset()
    values: Shape | None = None
    items: Shape | None = None
    unique: tuple[str, ...] = ()
    """the fields that no two items of a list may have alike"""
    is_set: bool = False
    """whether no two items of a list may be the same"""
    words: tuple[str, ...] = ()
    """the only texts that fit; empty for any"""
    shortest: int = 0
    """how many characters a text needs"""
    bits: int = 64
    """of an integer"""
    is_time: bool = False
    """whether a text has to be a time such as 2026-11-23T10:00:00Z"""
    all_of: Callable[[Any], Any] | None = None
    """a type of Python of which every value fits, so that most places are seen to be right at a glance"""
    implied: str = ""
    """the text that the API server puts where nothing stands"""


ANYTHING = Shape(ValueType.ANY)
