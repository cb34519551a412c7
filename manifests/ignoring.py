"""Leave out the problems that comments in the files let pass."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from manifests.problem import Problem
from manifests.reading.ignore_comments import IgnoreComment, ignore_comments
from manifests.reading.source_file import SourceFile
from manifests.rules.ignores import RULES, UNKNOWN_RULE

_OURS = frozenset(rule.id for rule in RULES)


def without_ignored(
    problems: Iterable[Problem], files: Iterable[SourceFile], known: Collection[str]
) -> Iterator[Problem]:
    """The problems that no comment lets pass, and those of the comments themselves. `known` are all rules by id."""
    passing: set[tuple[str, int, str]] = set()
    for source in files:
        for comment in ignore_comments(source):
            passing |= {(source.name, comment.line, rule) for rule in comment.rules}
            yield from _unknown(source, comment, known)
    for each in problems:
        line = each.position.line if each.position is not None else 0
        if each.rule in _OURS or (each.file, line, each.rule) not in passing:
            yield each


def _unknown(source: SourceFile, comment: IgnoreComment, known: Collection[str]) -> Iterator[Problem]:
    for name in comment.rules or ("",):
        if name in known:
            continue
        near = get_close_matches(name, known, 1)
        meant = f", and {near[0]} is the nearest" if near else ""
        if any(sign in name for sign in "*?["):
            meant = ": a comment names each rule by its id, and takes no glob as --disable does"
        what = f"there is no rule {name}{meant}" if name else "this names no rule"
        message = f"{what}. {UNKNOWN_RULE.effect}"
        yield Problem(
            UNKNOWN_RULE.id, UNKNOWN_RULE.severity, message, source.name, comment.position, fix=UNKNOWN_RULE.remedy
        )
