"""Argo CD's globs: `*` and `?` match anything, the slash included; `[a-z]`, `[!a-z]`, `{one,other}`, `\\`."""

from __future__ import annotations

import re
from functools import cache


def matches(pattern: str, text: str) -> bool:
    """Whether they do. A pattern that makes no sense matches nothing."""
    compiled = _compiled(pattern)
    return compiled is not None and compiled.fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(_regex(pattern), re.DOTALL)
    except (re.error, ValueError):
        return None


def _regex(pattern: str) -> str:
    found, depth, at = "", 0, 0
    while at < len(pattern):
        one = pattern[at]
        at += 1
        if one == "*":
            found += ".*"
        elif one == "?":
            found += "."
        elif one == "\\":
            found += re.escape(pattern[at : at + 1])
            at += 1
        elif one == "[":
            end = pattern.index("]", at)
            found += _range(pattern[at:end])
            at = end + 1
        elif one == "{":
            found, depth = found + "(?:", depth + 1
        elif one == "}" and depth:
            found, depth = found + ")", depth - 1
        elif one == "," and depth:
            found += "|"
        else:
            found += re.escape(one)
    if depth:
        raise ValueError("an open brace")
    return found


def _range(inside: str) -> str:
    negated = inside.startswith("!")
    letters = inside.removeprefix("!")
    if not letters:
        raise ValueError("an empty range")
    if len(letters) == 3 and letters[1] == "-":
        letters = f"{re.escape(letters[0])}-{re.escape(letters[2])}"
    else:
        letters = re.escape(letters)
    return f"[{'^' if negated else ''}{letters}]"
