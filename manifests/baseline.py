"""The problems that a repository had when lint came to it: they are known, and only new ones count.

A problem is known by its rule, file, object and field, not by its line, so that it stays known where text moves.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from manifests.field_names import dotted
from manifests.problem import Problem

_VERSION = 1
_FIELDS = ("rule", "file", "object", "field")


class BaselineError(ValueError):
    """A text that isn't a baseline; it says why."""


ProblemKey = tuple[str, str, str, str]
"""rule, file, object, field"""


@dataclass
class Baseline:
    """How often each problem is known."""

    known: Counter[ProblemKey] = field(default_factory=Counter)

    def new(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems that aren't known: of those that can't be told apart the last ones."""
        left = self.known.copy()
        for each in problems:
            key = problem_key(each)
            if left[key] > 0:
                left[key] -= 1
            else:
                yield each

    def gone(self, problems: Iterable[Problem]) -> int:
        """How many known problems there are no more."""
        return (self.known - Counter(map(problem_key, problems))).total()


def problem_key(problem: Problem) -> ProblemKey:
    return problem.rule, problem.file, problem.object, dotted(problem.path)


def fingerprints(problems: Iterable[Problem]) -> Iterator[tuple[Problem, str]]:
    """The problems, each with what stays the same of it while text moves: a number of its own in hexadecimal digits."""
    met: Counter[ProblemKey] = Counter()
    for each in problems:
        key = problem_key(each)
        met[key] += 1
        yield each, hashlib.sha256("\0".join((*key, str(met[key]))).encode("utf-8", "replace")).hexdigest()


def baseline_text(problems: Iterable[Problem]) -> str:
    """A baseline in which these problems are known."""
    counted = Counter(map(problem_key, problems))
    entries: list[dict[str, Any]] = [
        {**dict(zip(_FIELDS, key, strict=True)), "count": count} for key, count in sorted(counted.items())
    ]
    return json.dumps({"version": _VERSION, "problems": entries}, indent=2, ensure_ascii=False) + "\n"


def parse_baseline(text: str) -> Baseline:
    """Raises BaselineError."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"it isn't JSON: {error}") from None
    if not isinstance(content, dict) or content.get("version") != _VERSION:
        raise BaselineError(f"it isn't a baseline of version {_VERSION}, as --write-baseline writes it")
    entries = content.get("problems")
    found: Counter[ProblemKey] = Counter()
    for entry in entries if isinstance(entries, list) else ():
        words = entry if isinstance(entry, dict) else {}
        rule, file, whose, path = (str(words.get(name)) for name in _FIELDS)
        count = words.get("count", 1)
        if not isinstance(count, int) or not all(isinstance(words.get(name), str) for name in _FIELDS):
            raise BaselineError(f"not an entry of a baseline: {str(entry)[:200]}")
        found[rule, file, whose, path] += count
    return Baseline(found)
