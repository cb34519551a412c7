"""A value that doesn't fit, told in words, and the one that was meant where that is clear."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from manifests.document import Document
from manifests.problem import FieldPath
from manifests.schema.schema_faults import FaultKind, SchemaFault, faults_of
from manifests.schema.shape import Shape, ValueType
from stacks.redaction import names_a_secret


@dataclass(frozen=True, slots=True)
class FittingValue:
    """What to write in place of a value that doesn't fit."""

    advice: str = ""
    value: Any = None
    """None where it isn't clear what was meant"""


_OWN_WORDS = {
    "duration": "Write a number with its unit, such as `30m`.",
    "ReferenceType": "Write `Secret` or `Literal`.",
}
"""of texts that a number in quotes wouldn't be one of"""


def told_misfit(fault: SchemaFault) -> str:
    """Such as ``is a text, and has to be a boolean``, to stand behind a path."""
    shape, value = fault.shape, fault.value
    if fault.kind is FaultKind.REPEATED:
        if shape.is_set:
            return "stands there for the second time, and may be there once"
        names = [f"`{name}`" for name in shape.unique]
        return f"has the same {' and '.join(names)} as an earlier item, and each may be there once"
    if isinstance(value, str) and shape.type is ValueType.STRING:
        if shape.words:
            return f"is {_shown(value)}, and has to be {_or(shape.words)}"
        if shape.is_time:
            return f"is {_shown(value)}, which is no time such as 2026-11-23T10:00:00Z"
        return "is empty"
    if shape.type is ValueType.QUANTITY and isinstance(value, str | float) and not isinstance(value, bool):
        return (
            f"is {_shown(value)}, and has to be a whole number or a text such as 500m, 0.5 or 2Gi, in quotes if need be"
        )
    if shape.type is ValueType.INTEGER and isinstance(value, int | float) and not isinstance(value, bool):
        return "has a fraction, or is too large" if isinstance(value, float) else f"doesn't go into {shape.bits} bits"
    return f"is {_type_of(value)}, and has to be {_TYPES[shape.type]}"


def fitting_value(fault: SchemaFault, document: Document) -> FittingValue:
    """What was meant by a value of the wrong type."""
    found = _meant(fault, document)
    return (
        FittingValue(_form(fault.shape)) if found.value is not None and faults_of(found.value, fault.shape) else found
    )


def _meant(fault: SchemaFault, document: Document) -> FittingValue:
    shape, value, path = fault.shape, fault.value, fault.path
    if fault.kind is FaultKind.REPEATED:
        return FittingValue("Take one of them out, or give it another one.")
    if shape.name in _OWN_WORDS:
        return FittingValue(_OWN_WORDS[shape.name])
    match shape.type:
        case ValueType.BOOLEAN if isinstance(value, str) and value.lower() in ("true", "false", "yes", "no"):
            return _without_quotes(value.lower() in ("true", "yes"))
        case ValueType.INTEGER if isinstance(value, str) and value.isascii() and value.isdigit():
            return _without_quotes(int(value))
        case ValueType.STRING if isinstance(value, bool | int | float):
            return FittingValue("Write it in quotes.", _as_written(document, path, value) or None)
        case ValueType.QUANTITY if isinstance(value, float):
            text = _as_written(document, path, value)
            return FittingValue(f'Write `"{text}"`.', text)
        case ValueType.STRING if shape.words and isinstance(value, str):
            word = next((each for each in shape.words if each.lower() == value.lower()), None)
            return FittingValue(f"Write `{word or shape.words[0]}`.", word)
        case ValueType.ARRAY if not isinstance(value, Mapping | list) and value is not None:
            return FittingValue(_form(shape), [value])
    if shape.type is ValueType.QUANTITY and isinstance(value, str):
        return FittingValue(_meant_quantity(value, shape))
    if shape.name == "ResourceRef":
        form = "{type: Literal, literal: {value: …}}, or {type: Secret, secret: {name: NAME, key: KEY}}"
        right = {"type": "Literal", "literal": {"value": value}} if isinstance(value, str) else None
        secret = names_a_secret(str(path[-1]))
        return FittingValue(f"Write `{form}`.", None if secret else right)
    return FittingValue(_form(shape))


def _form(shape: Shape) -> str:
    if shape.words:
        return f"Write `{shape.words[0]}`."
    if shape.type is ValueType.ARRAY:
        return "Write a list, with `- ` before each item."
    if shape.type is ValueType.OBJECT and shape.values is not None:
        inner = shape.values
        return "Write `KEY: {type: …}` for each." if inner.name == "ResourceRef" else "Write `KEY: VALUE` for each."
    if shape.required:
        return f"Write an object with {', '.join(f'`{each}`' for each in sorted(shape.required))}."
    return ""


def _meant_quantity(text: str, shape: Shape) -> str:
    """What may be meant by a text such as 2GB."""
    short = re.sub(r"(?i)\s|ibytes|bytes|b\Z", "", text).replace("K", "k")
    if short and short != text and not faults_of(short, shape):
        return (
            f"Write `{short}`, or for a power of two `{short.upper()}i`."
            if short[-1] in "kMGTPE"
            else f"Write `{short}`."
        )
    return "Write a number, or one with a unit: `500m`, `2`, `512Mi`, `2Gi`."


def _without_quotes(value: Any) -> FittingValue:
    return FittingValue(f"Write `{str(value).lower()}`, without quotes.", value)


def _as_written(document: Document, path: FieldPath, value: Any) -> str:
    """The text of a plain word, as it stands there: 1.10 and 0755 mean other numbers than they look."""
    _, node = document.nodes(path)
    if node is not None and node.id == "scalar":
        return str(node.value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(value: Any) -> str:
    text = str(value)
    return f"`{text}`" if len(text) <= 40 else f"`{text[:40]}…`"


def _or(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


_TYPES = {
    ValueType.STRING: "a text",
    ValueType.BOOLEAN: "true or false",
    ValueType.INTEGER: "a whole number",
    ValueType.OBJECT: "an object",
    ValueType.ARRAY: "a list",
    ValueType.QUANTITY: "a whole number or a text such as 500m or 2Gi",
    ValueType.INTEGER_OR_STRING: "a whole number or a text",
}


def _type_of(value: Any) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
    return "an object"
