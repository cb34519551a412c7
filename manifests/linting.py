"""Run every rule over a repository, and keep of each place what says most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from manifests.catalogue import CHECKS, RULES_BY_ID
from manifests.ignoring import without_ignored
from manifests.problem import FieldPath, Problem
from manifests.repository import Repository


def lint(repository: Repository) -> list[Problem]:
    """The problems of a repository by file and line, without those that a comment lets pass; of each place the most
    telling one alone."""
    found = {_identity(problem): problem for check in CHECKS for problem in check(repository)}  # each once
    return sorted(without_ignored(most_telling(found.values()), repository.files, RULES_BY_ID), key=problem_order)


def most_telling(problems: Iterable[Problem]) -> list[Problem]:
    """The problems without those that give way to another one at the same place, above it or below it."""
    found = list(problems)
    paths: dict[tuple[str, int, str], list[FieldPath]] = defaultdict(list)
    for each in found:
        paths[each.file, each.document, each.rule].append(each.path)
    return [each for each in found if not _gives_way(each, paths)]


def _gives_way(problem: Problem, paths: dict[tuple[str, int, str], list[FieldPath]]) -> bool:
    rule = RULES_BY_ID.get(problem.rule)
    for other in rule.gives_way_to if rule is not None else ():
        for path in paths.get((problem.file, problem.document, other), ()):
            shared = min(len(path), len(problem.path))
            if path[:shared] == problem.path[:shared]:
                return True
    return False


def _identity(problem: Problem) -> tuple[object, ...]:
    return problem.rule, problem.file, problem.document, problem.path, problem.message, problem.position


def problem_order(problem: Problem) -> tuple[str, int, int, str]:
    """By file, line and column."""
    line, column = problem.position or (0, 0)
    return problem.file, line, column, problem.rule
