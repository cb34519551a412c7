"""JSON taken apart without a decoder, for answers that a decoder refuses as a whole because of one object in them.

Nothing here recurses: what is nested ten thousand deep is skipped like anything else. It is slow, and used for what
the fast way has refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""what msgspec raises for JSON that it can't read"""
MOST_TOKENS = 4_000_000
"""brackets and commas of an answer that is taken apart, a second of work; of 10,000 Stacks it is half of that"""
MOST_HALVES = 100_000
"""halves of characters that are replaced in one answer"""

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_OUTSIDE = re.compile(_STRING + rb"|[{}\[\],:]", re.DOTALL)
"""what matters directly inside the object or list that is taken apart"""
_INSIDE = re.compile(rb'(?:[^"{}\[\]]++|' + _STRING + rb")*+([{\[]++|[}\]]++|\Z)", re.DOTALL)
"""everything up to the next brackets, where it is only counted how deep they lead"""
_HALF = rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
_WHOLE = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_UP_TO_HALF = re.compile(rb"((?:[^\\]++|" + _WHOLE + rb"|(?!" + _HALF + rb")\\.)*+)(" + _HALF + rb"|\\?\Z)", re.DOTALL)


def pieces(raw: bytes) -> Iterator[bytes]:
    """The values directly inside an object or a list, in order; in an object each comes after its key.

    What isn't JSON is cut somewhere, and refused by whoever decodes the pieces. Raises DecodeError where that would
    take too long.
    """
    begin = re.compile(rb"\s*+[{\[]").match(raw)
    if begin is None:
        return
    start = at = begin.end()
    for _ in range(MOST_TOKENS):
        token = _OUTSIDE.search(raw, at)
        if token is None:
            return
        at = token.end()
        match token[0]:
            case b"{" | b"[":
                at = _end_of_value(raw, token.start())
            case b"," | b":":
                yield raw[start : token.start()].strip()
                start = at
            case b"}" | b"]":
                if last := raw[start : token.start()].strip():
                    yield last
                return
    raise msgspec.DecodeError("too many pieces")


def _end_of_value(raw: bytes, at: int) -> int:
    """Where the object or the list ends that begins here."""
    depth = 0
    for _ in range(MOST_TOKENS):
        found = _INSIDE.match(raw, at)
        brackets = found[1] if found is not None else b""
        if found is None or not brackets:
            return len(raw)
        if brackets[0] in b"{[":
            depth += len(brackets)
        elif len(brackets) >= depth:
            return found.start(1) + depth
        else:
            depth -= len(brackets)
        at = found.end()
    raise msgspec.DecodeError("too many brackets")


def members(raw: bytes) -> dict[bytes, bytes]:
    """The values of an object by their keys, both as they are written: ``{b'"kind"': b'"Stack"'}``."""
    each = pieces(raw)
    return dict(zip(each, each, strict=False))


def text(raw: bytes) -> str:
    """The text that a value is; empty if it is anything else."""
    try:
        return msgspec.json.decode(raw, type=str)
    except UNREADABLE:
        return ""


def readable(raw: bytes) -> bytes:
    """The same JSON with U+FFFD for each byte that isn't UTF-8 and each half of a surrogate pair, as Go reads them."""
    if not raw.isascii():
        raw = raw.decode("utf-8", "replace").encode()
    if b"\\ud" not in raw and b"\\uD" not in raw:
        return raw
    parts: list[bytes] = []
    for number, found in enumerate(_UP_TO_HALF.finditer(raw)):
        parts.append(found[1])
        if number == MOST_HALVES or len(found[2]) <= 1:
            parts.append(raw[found.start(2) :])
            break
        parts.append(rb"\ufffd")
    return b"".join(parts)


def depth(raw: bytes) -> int:
    """How deep objects and lists are nested in it. Raises DecodeError where counting would take too long."""
    deepest = level = at = 0
    for _ in range(MOST_TOKENS):
        found = _INSIDE.match(raw, at)
        if found is None or not found[1]:
            return deepest
        level += len(found[1]) if found[1][0] in b"{[" else -len(found[1])
        deepest, at = max(deepest, level), found.end()
    raise msgspec.DecodeError("too many brackets")
