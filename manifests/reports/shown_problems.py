"""Problems as they may be printed: names of files and values of manifests are whatever somebody wrote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from manifests.problem import Problem
from stacks.text import one_line, visible

_COMMANDS = ("::", "##[")
"""how a line begins that GitHub Actions or Azure Pipelines take for a command, blanks before it or not"""


def shown_problems(problems: Iterable[Problem]) -> list[Problem]:
    """The problems without what acts on a terminal, or on a CI that reads the lines of its log."""
    return [_shown(each) for each in problems]


def _shown(problem: Problem) -> Problem:
    texts = (problem.file, problem.object, problem.message, problem.fix)
    if all(text.isascii() and text.isprintable() for text in texts) and not _is_command(problem.file):
        return problem
    return replace(
        problem,
        file=shown_name(problem.file),
        object=shown_text(problem.object),
        message=shown_text(problem.message),
        fix=_shown_fix(problem.fix),
    )


def shown_name(name: str) -> str:
    """The name of a file on one line, with an escape for each character that can't be seen."""
    if _is_command(name):
        name = f"./{name}"
    if name.isprintable():
        return name
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in name)


def shown_text(text: str) -> str:
    """A message on one line."""
    return text if text.isascii() and text.isprintable() else one_line(visible(text))


def _shown_fix(text: str) -> str:
    """A fix, which may have lines of YAML in it."""
    lines = visible(text).splitlines()
    return "\n".join(f"| {line}" if _is_command(line) else line for line in lines)


def _is_command(line: str) -> bool:
    return line.lstrip().startswith(_COMMANDS)
