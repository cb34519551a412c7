"""PUC Lua's words for an error, turned into those of Argo CD's gopher-lua, near enough to be recognised.

gopher-lua names the key that was looked up, PUC the thing it was looked up in: that is kept, it helps more.
"""

from __future__ import annotations

import re

_LONGEST = 1000
_WORDS = (
    (r"attempt to index (.+ )?\(an? (\w+) value\)", r"attempt to index a non-table object(\2): \1"),
    (r"attempt to index an? (\w+) value", r"attempt to index a non-table object(\1)"),
    (r"attempt to call (.+ )?\(an? (\w+) value\)", r"attempt to call a non-function object: \1is \2"),
    (r"attempt to call an? (\w+) value", r"attempt to call a non-function object"),
    (r"attempt to compare two (\w+) values", r"attempt to compare \1 with \1"),
    (r"attempt to concatenate (.+ )?\(an? (\w+) value\)", r"cannot perform concat operation with \2: \1"),
    (r"attempt to concatenate an? (\w+) value", r"cannot perform concat operation with \1"),
    (r"attempt to perform arithmetic on (.+ )?\(an? (\w+) value\)", r"cannot perform arithmetic with \2: \1"),
    (r"attempt to perform arithmetic on an? (\w+) value", r"cannot perform arithmetic with \1"),
    (r"'for' initial value must be a number", "for statement init must be a number"),
    (r"'for' limit must be a number", "for statement limit must be a number"),
    (r"'for' step must be a number", "for statement step must be a number"),
    (r"bad argument #(\d+) to '(\w+)'", r"bad argument #\1 to \2"),
    (r"module '([^']*)' not found", r"module \1 not found"),
)


def error_text(text: str) -> str:
    """What Argo CD shows for this error of a run."""
    text = re.sub(r"^sandbox:\d+: ", "", text)
    if text.endswith("not enough memory"):
        return f"{text} (Argo CD has no limit: its controller would run out of it, or of time)"
    for pattern, words in _WORDS:
        text, count = re.subn(pattern, words, text)
        if count:
            break
    return _cut(text.strip())


def syntax_error_text(text: str) -> str:
    """What Argo CD shows for this error of the compiler: ``<string>:3: … near 'x'``."""
    found = re.match(r"<string>:(\d+): (.*?)(?: near (.*))?$", text, re.DOTALL)
    if found is None:
        return text
    line, what, near = found.groups()
    place = " at EOF" if near in ("'<eof>'", "<eof>") else f" near {near}" if near else ""
    return _cut(f"<string> line:{line}{place}: syntax error: {what}")


def _cut(text: str) -> str:
    """What a person reads of it: a token of a megabyte is in the compiler's message as it is."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"
