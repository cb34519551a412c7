"""An object as Argo CD hands it to a script: JSON without nulls, not even in lists, and no number too wide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from health.result import ScriptError

_WIDEST = 2**63
"""Integers from here on are floats to Argo CD, and too wide for Lua's C API."""


def decoded(obj: Mapping[str, Any]) -> dict[str, Any]:
    """The object in that form. Raises ScriptError where it is nested too deeply for anything to read it."""
    try:
        return {key: _decoded(item) for key, item in obj.items() if item is not None}
    except RecursionError:
        raise ScriptError("the object is nested too deeply") from None


def _decoded(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is bool:
        return value
    if kind is dict:
        return {key: _decoded(item) for key, item in value.items() if item is not None}
    if kind is list:
        return [_decoded(item) for item in value if item is not None]
    if kind is int and not -_WIDEST <= value < _WIDEST:
        return _wide(value)
    return value


def _wide(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def legible(value: Any) -> Any:
    """The same with U+FFFD for each half of a surrogate pair, as Go reads JSON that holds one."""
    if isinstance(value, dict):
        return {legible(key): legible(item) for key, item in value.items()}
    if isinstance(value, list):
        return [legible(item) for item in value]
    if isinstance(value, str):
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
    return value
