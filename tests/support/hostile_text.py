"""Text that does something to a terminal or holds a secret, and what tells whether any of it got through."""

from __future__ import annotations

import types
from typing import Any, Union, get_args, get_origin, get_type_hints
from unicodedata import category

import msgspec

PLANTED = "pl4nted-s3cret"
CONTROLS = (
    "\x1b]52;c;aGFja2Vk\x07"  # writes the clipboard
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\"
    "\x1bPevil\x1b\\\x1b[31m\x1b[2J\x9b31m\x9d0;title\x9c\x90evil\x9c"
    "\x00\x07\x08\x7f\x85\u202egpj.exe\u2066\u200b\ufeff\U000e0041" + "e" + "\u0301" * 60
)
"""a clipboard, a link, a device control string, colours, C1, NUL, bidi, zero width, tags, and a flood of accents"""
SECRETS = f"Authorization: Bearer {PLANTED} https://u:{PLANTED}@h/x?private_token={PLANTED}&a=1 --token {PLANTED}"
HOSTILE = f"seen {CONTROLS} {SECRETS} end"


def troubles(text: str, also: str = "\n") -> list[str]:
    """What in this output should have been stopped: characters that can't be seen, floods of accents, secrets."""
    found = [repr(c) for c in dict.fromkeys(text) if not (c.isprintable() or c in also)]
    marks = longest = 0
    for character in text:
        marks = marks + 1 if category(character).startswith("M") else 0
        longest = max(longest, marks)
    return found + ([f"{longest} accents"] if longest > 5 else []) + (["a secret"] if PLANTED in text else [])


def hostile_object(record: Any, text: str = HOSTILE, **fixed: Any) -> Any:
    """What an object looks like that has this text in every field of a record's type; `fixed`: field -> value."""
    if isinstance(record, type) and issubclass(record, msgspec.Struct):
        hints = get_type_hints(record)
        return {
            field.encode_name: fixed.get(field.encode_name, hostile_object(hints[field.name], text, **fixed))
            for field in msgspec.structs.fields(record)
        }
    origin, inner = get_origin(record), get_args(record)
    if origin in (Union, types.UnionType):
        return hostile_object(str if str in inner else inner[0], text, **fixed)
    if origin in (list, tuple):
        return [hostile_object(inner[0], text, **fixed)]
    if origin is dict:
        return {text: hostile_object(inner[1], text, **fixed)}
    plain_values: dict[Any, Any] = {str: text, int: 3, float: 3.0, bool: True}
    return plain_values.get(record, text)
