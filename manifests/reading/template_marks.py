"""Where a text has to be filled in by a template engine before it is a manifest: Helm, Jinja, envsubst and the like."""

from __future__ import annotations

import re

from manifests.problem import Position

_HELM = re.compile(r"\{\{|\{%")
_OPENINGS = re.compile(r"\{\{|\{%|<%|\$\{|@@?[A-Z][A-Z0-9_]*@@?|%[A-Z][A-Z0-9_]*%|\b__[A-Z][A-Z0-9_]*__\b")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_BLOCK = re.compile(r"(?:^|[:\-?]\s+)(?:[&!]\S+\s+)*[|>][-+0-9]*\s*$")


def first_placeholder(text: str, *, anywhere: bool = False) -> Position | None:
    """The first opening of a template engine outside of quotes, comments and blocks of text; `anywhere` means Helm's in
    these, too."""
    if not _OPENINGS.search(text):
        return None
    if anywhere:
        found = _HELM.search(text)
        return None if found is None else _position(text, found.start())
    block: int | None = None  # the indentation of the line that begins a block of text
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.lstrip(" ")
        indentation = len(line) - len(bare)
        if block is not None and (not bare or indentation > block):
            continue
        block = None
        line = _COMMENT.sub("", _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), line))
        if found := _OPENINGS.search(line):
            return Position(number, found.start() + 1)
        if _BLOCK.search(line):
            block = indentation
    return None


def _position(text: str, place: int) -> Position:
    return Position(text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place))
