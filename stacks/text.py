"""Makes text from a cluster harmless: it may hold anything that a terminal obeys.

A condition's message can hold escape sequences that move the cursor or write the clipboard,
controls that turn the reading direction, or 32 KB of output. It is made harmless once, where a
record is decoded, so that nobody who draws it has to think of it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

# Escape sequences as terminals parse them: CSI, then strings (OSC, DCS, SOS, PM, APC) up to their
# terminator or, if that never comes, to the end of the line; then the two-byte rest. C1 forms too.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_URL = re.compile(r"https?://[^\s<>\"'`]+")


def plain(text: str) -> str:
    """`text` as it may be shown: without escape sequences, control characters and credentials in URLs.

    Newlines stay, tabs become blanks. A failed `git fetch` quotes the URL that it was given, with the token in it.
    """
    if "@" in text:
        text = without_userinfo(text)
    if text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", _ESCAPES.sub("", text)).replace("\t", "    ")
    # Once more: what was just taken out may have stood in the middle of a login.
    return without_userinfo("".join(c for c in text if c == "\n" or c.isprintable() or c == "\u3000"))


def one_line(text: str) -> str:
    """`text` on one line, runs of white space made one blank."""
    return " ".join(text.split())


def without_userinfo(text: str) -> str:
    """`text` with credentials taken out of every URL in it (``https://user:token@host`` loses the middle)."""
    return _USERINFO.sub("", text) if "@" in text else text


def web_link(text: str) -> str:
    """The http(s) URL that `text` is, or nothing: what is handed to a browser must be one."""
    return text if _URL.fullmatch(text) else ""


def cleaner(record: type[T]) -> Callable[[T], T]:
    """A function that makes every string in a msgspec struct of this type plain.

    It gives back the struct itself if there was nothing to do, which is nearly always. To know that,
    it encodes the struct: JSON escapes every control character, so bytes that are ASCII and hold no
    backslash (nor DEL, which JSON forgets, nor an @) hold nothing to clean. That costs 2 us instead of 8.
    """
    walk = _struct_cleaner(record)
    encode = msgspec.json.Encoder().encode

    def tidy(value: T) -> T:
        raw = encode(value)
        if raw.isascii() and b"\\" not in raw and b"\x7f" not in raw and b"@" not in raw:
            return value
        return walk(value)

    return tidy


def _struct_cleaner(record: type[T]) -> Callable[[T], T]:
    strings: list[str] = []
    nested: list[tuple[str, Callable[[Any], Any]]] = []
    hints = get_type_hints(record)
    for field in msgspec.structs.fields(record):
        clean = _clean_value(hints[field.name])
        if clean is plain:
            strings.append(field.name)
        elif clean is not None:
            nested.append((field.name, clean))
    look = _joined(strings)

    def tidy(value: T) -> T:
        changes: dict[str, Any] = {}
        seen = look(value)
        if "@" in seen or not seen.isprintable():
            changes = {name: plain(text) for name in strings if isinstance(text := getattr(value, name), str)}
        for name, clean in nested:
            before = getattr(value, name)
            if before is not None and (after := clean(before)) is not before:
                changes[name] = after
        return msgspec.structs.replace(value, **changes) if changes else value

    return tidy


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
    """What makes a value of this type plain: `plain` itself for strings, None where there is no text."""
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
        return _clean_value(inner[0]) if len(inner) == 1 else None
    return None


def _clean_sequence(origin: type, item: Any) -> Callable[[Any], Any] | None:
    clean = _clean_value(item)
    if clean is None:
        return None

    def tidy(items: Any) -> Any:
        cleaned = [clean(entry) for entry in items]
        unchanged = all(after is before for after, before in zip(cleaned, items, strict=True))
        return items if unchanged else origin(cleaned)

    return tidy


def _clean_mapping(items: dict[str, str]) -> dict[str, str]:
    cleaned = {plain(key): plain(value) for key, value in items.items()}
    return items if cleaned == items else cleaned
