"""Whether YAML fits what Argo CD decodes it into, by the rules of Go's JSON.

Field names are found whatever their case, unknown ones are ignored, null leaves a field as it was, and a number or
a bool becomes a text where Go knows beforehand that a text is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from health.go.yaml import first


class MisfitError(ValueError):
    """A value that Go refuses; the text is Go's, near enough."""


@dataclass(frozen=True)
class GoString:
    """A string. Only where it is `known` beforehand do numbers become one."""

    known: bool = True
    name: str = "string"


@dataclass(frozen=True)
class GoBool:
    name: str = "bool"


@dataclass(frozen=True)
class GoSlice:
    item: Shape
    name: str


@dataclass(frozen=True)
class GoStruct:
    name: str
    fields: Mapping[str, Shape] = field(default_factory=dict)


@dataclass(frozen=True)
class GoAny:
    """What Argo CD doesn't look at."""

    name: str = "any"


Shape = GoString | GoBool | GoSlice | GoStruct | GoAny

_TEXTS = GoSlice(GoString(), "[]string")
IGNORED = GoStruct(
    "v1alpha1.OverrideIgnoreDiff",
    {"jsonPointers": _TEXTS, "jqPathExpressions": _TEXTS, "managedFieldsManagers": _TEXTS},
)
KNOWN_FIELDS = GoSlice(
    GoStruct("v1alpha1.KnownTypeField", {"field": GoString(), "type": GoString()}), "[]v1alpha1.KnownTypeField"
)
FILTERS = GoSlice(
    GoStruct(
        "settings.FilteredResource",
        {"apiGroups": _TEXTS, "kinds": _TEXTS, "clusters": _TEXTS, "selector": GoString()},
    ),
    "[]settings.FilteredResource",
)
COMPARE_OPTIONS = GoStruct(
    "settings.ArgoCDDiffOptions",
    {
        "ignoreAggregatedRoles": GoBool(),
        "ignoreResourceStatusField": GoString(),
        "ignoreDifferencesOnResourceUpdates": GoBool(),
    },
)
OVERRIDE = GoStruct(
    "v1alpha1.rawResourceOverride",
    {
        "health.lua": GoString(known=False),
        "health.lua.useOpenLibs": GoBool(),
        "actions": GoString(),
        "ignoreDifferences": GoString(known=False),
        "ignoreResourceUpdates": GoString(known=False),
        "knownTypeFields": KNOWN_FIELDS,
    },
)


def read_go_value(text: str, shape: Shape) -> Any:
    """The YAML in this text, as a value of this shape. Raises YamlError or MisfitError."""
    return fitted(first(text), shape)


def fitted(value: Any, shape: Shape, where: str = "") -> Any:
    """The value with Go's names and types; None where nothing was set. Raises MisfitError."""
    if isinstance(value, float) and not math.isfinite(value):
        raise MisfitError(f"json: unsupported value: {value}")
    if value is None or isinstance(shape, GoAny):
        return value
    match shape:
        case GoString():
            return _text(value, shape, where)
        case GoBool():
            if isinstance(value, bool):
                return value
        case GoSlice(item):
            if isinstance(value, list):
                return [fitted(one, item, where) for one in value]
        case GoStruct():
            if isinstance(value, dict):
                return _record(value, shape)
    raise _misfit(value, shape, where)


def _text(value: Any, shape: GoString, where: str) -> str:
    if isinstance(value, str):
        return value
    if shape.known and isinstance(value, bool | int | float):
        return (
            str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
        )
    raise _misfit(value, shape, where)


def _record(value: dict[str, Any], shape: GoStruct) -> dict[str, Any]:
    names = {name.lower(): name for name in shape.fields}
    found: dict[str, Any] = {}
    for key in sorted(value):  # Go meets them in this order, and the last one stays
        name = names.get(key.lower())
        one = fitted(value[key], shape.fields[name] if name else GoAny(), name or key)
        if name and one is not None:
            found[name] = one
    return found


def _misfit(value: Any, shape: Shape, where: str) -> MisfitError:
    kinds = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    into = f"struct field .{where}" if where else "value"
    return MisfitError(f"json: cannot unmarshal {kinds[type(value)]} into Go {into} of type {shape.name}")
