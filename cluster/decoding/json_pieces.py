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
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)|[{}\[\],:]', re.DOTALL)
_PAIR = rb"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rb"\\(?:" + _PAIR + rb"|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)", re.DOTALL)
_HALF = len(rb"\ud800")


def pieces(raw: bytes) -> Iterator[bytes]:
    """The values directly inside an object or a list, in order; in an object each comes after its key.

    What isn't JSON is cut somewhere, and refused by whoever decodes the pieces.
    """
    depth = start = 0
    for token in _TOKEN.finditer(raw):
        what = token[0]
        if what in b"{[":
            depth += 1
            if depth == 1:
                start = token.end()
        elif what in b"}]":
            depth -= 1
            if depth == 0:
                if last := raw[start : token.start()].strip():
                    yield last
                return
        elif depth == 1 and what in b",:":
            yield raw[start : token.start()].strip()
            start = token.end()


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
    return _ESCAPE.sub(_without_half, raw) if b"\\u" in raw else raw


def depth(raw: bytes) -> int:
    """How deep objects and lists are nested in it."""
    deepest = level = 0
    for token in _TOKEN.finditer(raw):
        if token[0] in b"{[":
            level += 1
            deepest = max(deepest, level)
        elif token[0] in b"}]":
            level -= 1
    return deepest


def _without_half(escape: re.Match[bytes]) -> bytes:
    is_half = len(escape[0]) == _HALF and escape[0][2:3] in b"dD"
    return rb"\ufffd" if is_half else escape[0]
