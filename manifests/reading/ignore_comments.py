"""Comments such as ``# pko-argo: ignore stack/limits it is tiny``: what they let pass, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from manifests.problem import Position
from manifests.reading.source_file import SourceFile
from manifests.reading.text_lines import TextLines

_COMMENT = re.compile(r"(?<![^\s\ufeff])#[ \t]*pko-argo:[ \t]*ignore\b[ \t]*([^\r\n\x85\u2028\u2029]*)")
_IDS = re.compile(r"[^\s,]+(?:\s*,\s*[^\s,]+)*")
_SEPARATORS = " \t-–—:("


@dataclass(frozen=True, slots=True)
class IgnoreComment:
    """A comment that lets problems of one line pass."""

    position: Position
    line: int
    """whose problems it lets pass: its own, or the next one with something on it"""
    rules: tuple[str, ...]
    reason: str


def ignore_comments(source: SourceFile) -> Iterator[IgnoreComment]:
    """Those of a file, in their order. What only looks like one inside of a text is none."""
    if "pko-argo:" not in source.text:
        return
    text = source.text
    found = list(_COMMENT.finditer(text))
    texts = [] if source.broken or source.template else _texts(text)
    lines = TextLines(text)
    for comment in found:
        place = comment.start()
        if any(start <= place < end for start, end in texts):
            continue
        position = lines.position(place)
        ids = _IDS.match(comment[1])
        yield IgnoreComment(
            position,
            _target(lines, position),
            tuple(each.rstrip(":") for each in re.split(r"\s*,\s*", ids[0])) if ids else (),
            comment[1][ids.end() :].strip(_SEPARATORS) if ids else "",
        )


def _target(lines: TextLines, position: Position) -> int:
    """The comment's own line; where nothing else stands on it, the next one that has more than a comment."""
    number = position.line
    if lines.line(number)[: position.column - 1].strip():
        return number
    for below in range(number + 1, len(lines) + 1):
        text = lines.line(below).strip()
        if text and not text.startswith("#"):
            return below
    return number


def _texts(text: str) -> list[tuple[int, int]]:
    """Where scalars stand, in which a ``#`` begins no comment."""
    import yaml

    found = []
    try:
        for token in yaml.scan(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            if not isinstance(token, yaml.ScalarToken):
                continue
            start = token.start_mark.index
            if token.style in ("|", ">"):  # behind its sign a comment may stand
                start = text.find("\n", start)
            found.append((start, token.end_mark.index))
    except yaml.YAMLError:
        pass
    return found
