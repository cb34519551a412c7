"""Makes a decoded record harmless, once: what is drawn or printed of it later can't do anything, and shows no secret.

Every string is made plain (`stacks.text`), and every field called ``message`` loses the outputs of a program besides
(`stacks.messages`): whoever adds a field to a record has that without a thought.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from stacks.messages import without_outputs
from stacks.redaction import json_may_hold_credentials
from stacks.text import needs_cleaning, plain

T = TypeVar("T", bound=msgspec.Struct)


def cleaner(record: type[T]) -> Callable[[T], T]:
    """A function that makes every string in a msgspec struct of this type plain.

    It gives back the struct itself if there was nothing to do, which is nearly always. To know that, it encodes the
    struct: JSON escapes every control character, so bytes that are ASCII and hold no backslash (nor DEL, which JSON
    forgets) hold nothing that a terminal obeys, and where there is nothing that stands beside a secret, there is none.
    That costs 3 us instead of 10.
    """
    walk = _struct_cleaner(record)
    encode = msgspec.json.Encoder().encode

    def tidy(value: T) -> T:
        raw = encode(value)
        if raw.isascii() and b"\\" not in raw and b"\x7f" not in raw and not json_may_hold_credentials(raw):
            return value
        return walk(value)

    return tidy


def _struct_cleaner(record: type[T]) -> Callable[[T], T]:
    strings: list[tuple[str, Callable[[str], str]]] = []
    nested: list[tuple[str, Callable[[Any], Any]]] = []
    hints = get_type_hints(record)
    for field in msgspec.structs.fields(record):
        clean = _clean_value(hints[field.name])
        if clean is plain:
            strings.append((field.name, _said if field.name == "message" else plain))
        elif clean is not None:
            nested.append((field.name, clean))
    look = _joined([name for name, _ in strings])

    def tidy(value: T) -> T:
        changes: dict[str, Any] = {}
        if needs_cleaning(look(value)):
            for name, clean in strings:
                text = getattr(value, name)
                if isinstance(text, str) and (cleaned := clean(text)) != text:
                    changes[name] = cleaned
        for name, clean in nested:
            before = getattr(value, name)
            if before is not None and (after := clean(before)) is not before:
                changes[name] = after
        return msgspec.structs.replace(value, **changes) if changes else value

    return tidy


def _said(text: str) -> str:
    """A message, which may be the whole of what a program printed."""
    text = plain(text)
    return without_outputs(text) if "\n" in text else text


def _joined(names: list[str]) -> Callable[[Any], str]:
    if not names:
        return lambda value: ""
    if len(names) == 1:
        get_one = attrgetter(names[0])
        return lambda value: get_one(value) or ""
    get = attrgetter(*names)

    def join(value: Any) -> str:
        try:
            return "".join(get(value))
        except TypeError:  # an optional string isn't there
            return "".join(text for text in get(value) if text)

    return join


def _clean_value(hint: Any) -> Callable[[Any], Any] | None:
    """What makes a value of this type harmless: `plain` itself for strings, None where there is no text."""
    if hint is str:
        return plain
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _struct_cleaner(hint)
    origin = get_origin(hint)
    if origin is list or origin is tuple:
        return _clean_sequence(origin, get_args(hint)[0])
    if origin is dict:
        return _clean_mapping
    if origin is Union or (origin is not None and getattr(origin, "__name__", "") == "UnionType"):
        inner = [arg for arg in get_args(hint) if arg is not type(None)]
        if len(inner) == 1:
            return _clean_value(inner[0])
        return _clean_text if str in inner else None
    return None


def _clean_text(value: Any) -> Any:
    """A value that may be a text or something else, such as a quantity of Kubernetes."""
    return plain(value) if isinstance(value, str) else value


def _clean_sequence(origin: type, item: Any) -> Callable[[Any], Any] | None:
    clean = _clean_value(item)
    if clean is None:
        return None

    def tidy(items: Any) -> Any:
        cleaned = [clean(entry) for entry in items]
        unchanged = all(after is before for after, before in zip(cleaned, items, strict=True))
        return items if unchanged else origin(cleaned)

    return tidy


def _clean_mapping(items: dict[str, Any]) -> dict[str, Any]:
    cleaned = {plain(key): _clean_text(value) for key, value in items.items()}
    return items if cleaned == items else cleaned
