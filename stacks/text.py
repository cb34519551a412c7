"""Makes text that isn't ours harmless: it may hold anything that a terminal obeys, and secrets.

A condition's message can hold escape sequences that move the cursor or write the clipboard, controls that turn
the reading direction, a thousand accents on one letter, or a token; so can the name of a context. Text of a cluster
is made harmless once, where a record is decoded (`stacks.records.cleaner`). Whatever comes another way is made
harmless where it leaves the program: in the cells of tables, on the screen's lines, and on stdout and stderr.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from stacks.redaction import may_hold_credentials, without_credentials, without_userinfo

# Escape sequences as terminals parse them: CSI, then strings (OSC, DCS, SOS, PM, APC) up to their
# terminator or, if that never comes, to the end of the line; then the two-byte rest. C1 forms too.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_URL = re.compile(r"https?://[^\s<>\"'`]+")


_MANY_MARKS = re.compile(r"[^\w\s\x00-\x7f]{6,}")
_MARKS = 5
"""combining marks on one character: more than any script needs, and too few to write over other lines"""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LINES = re.compile(r"\r\n|\A\r|\r\Z")
"""the line ends of CSV, and before and after progress the way back to the start of its line"""
_LINES_AND_COLOURS = re.compile(rf"{_LINES.pattern}|\x1b\[[0-9;]*m")


def plain(text: str) -> str:
    """`text` as it may be shown: without escape sequences, control characters, floods of accents, and secrets.

    Newlines stay, tabs become blanks. A failed `git fetch` quotes the URL that it was given, with the token in it.
    """
    if text.isascii() and text.isprintable():
        return without_credentials(text)
    if not text.isprintable():
        if "@" in text:
            text = without_userinfo(text)  # what is taken out next may have held the @ that ends a login
        text = _LINE_ENDS.sub("\n", _ESCAPES.sub("", text)).replace("\t", "    ")
        text = "".join(c for c in text if c == "\n" or c.isprintable() or c == "\u3000")
    return without_credentials(_without_floods(text))


def visible(text: str) -> str:
    """`text` without whatever a terminal obeys but newlines and tabs, and otherwise, unlike with `plain`, as it is."""
    if not text.isprintable():
        text = "".join(c for c in _ESCAPES.sub("", text) if c.isprintable() or c in "\n\t\u3000")
    return _without_floods(text)


def _without_floods(text: str) -> str:
    """The text with at most a few combining marks on each character."""
    return text if text.isascii() else _MANY_MARKS.sub(lambda run: _few_marks(run[0], lambda mark: ""), text)


def _few_marks(run: str, otherwise: Callable[[str], str]) -> str:
    """A run of characters, and in the place of each mark too many what `otherwise` makes of it."""
    from unicodedata import category  # here, as it is a megabyte to load, and hardly any text asks for it

    kept, marks = [], 0
    for character in run:
        marks = marks + 1 if category(character).startswith("M") else 0
        kept.append(character if marks <= _MARKS else otherwise(character))
    return "".join(kept)


def harmless(text: str, *, colours: bool = False) -> str:
    """`visible` for a whole output, the last line of defence: what we write ourselves stays.

    That is the line ends of CSV, a carriage return at the very beginning or end, and with `colours` sequences that
    colour.
    """
    if text.isascii() and not _CONTROLS.search(text):
        return text
    kept, at = [], 0
    for ours in (_LINES_AND_COLOURS if colours else _LINES).finditer(text):
        kept += [visible(text[at : ours.start()]), ours[0]]
        at = ours.end()
    return "".join([*kept, visible(text[at:])])


def escaped_json(text: str) -> str:
    """JSON with an escape for each character that can't be seen, or is one accent too many. It means the same."""
    if text.isascii() and "\x7f" not in text:
        return text
    text = "".join([_escape(c) if not (c.isprintable() or c in "\n\u3000") else c for c in text])
    return _MANY_MARKS.sub(lambda run: _few_marks(run[0], _escape), text)


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + (code - 0x10000 >> 10):04x}\\u{0xDC00 + (code - 0x10000 & 0x3FF):04x}"


def is_visible(text: str) -> bool:
    """Whether `visible` would leave this text as it is."""
    return all(line.isprintable() or _without_wide_blanks(line).isprintable() for line in text.split("\n")) and (
        _without_floods(text) == text
    )


def _without_wide_blanks(text: str) -> str:
    return text.replace("\u3000", "").replace("\t", "")


def one_line(text: str) -> str:
    """`text` on one line, runs of white space made one blank."""
    return " ".join(text.split())


def web_link(text: str) -> str:
    """The http(s) URL that `text` is, or nothing: what is handed to a browser must be one."""
    return text if _URL.fullmatch(text) else ""


def needs_cleaning(text: str) -> bool:
    """Whether `plain` may change this text; False is certain. It is for several texts at once, joined."""
    return not (text.isascii() and text.isprintable()) or may_hold_credentials(text)
