"""Problems as an array of objects with a fixed set of keys."""

from __future__ import annotations

from collections.abc import Iterable

from manifests.problem import Problem


def problem_objects(problems: Iterable[Problem]) -> list[dict[str, object]]:
    """Objects with the keys rule, severity, file, line, column, object, message and fix. Lines and columns are null for
    what isn't in a file."""
    return [_object(each) for each in problems]


def _object(problem: Problem) -> dict[str, object]:
    line, column = problem.position or (None, None)
    return {
        "rule": problem.rule,
        "severity": problem.severity.value,
        "file": problem.file,
        "line": line,
        "column": column,
        "object": problem.object,
        "message": problem.message,
        "fix": problem.fix,
    }
