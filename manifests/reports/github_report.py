"""Problems as workflow commands, of which GitHub Actions makes annotations in a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from manifests.problem import Problem, Severity
from manifests.reports.shown_problems import shown_problems

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def workflow_commands(problems: Iterable[Problem]) -> str:
    return "".join(_command(each) for each in shown_problems(problems))


def _command(problem: Problem) -> str:
    values = {"title": problem.rule, "file": problem.file}
    if problem.position is not None:
        values |= {"line": str(problem.position.line), "col": str(problem.position.column)}
    properties = ",".join(f"{name}={_property(value)}" for name, value in values.items())
    text = _data(f"{problem.named_message}\n{problem.fix}".strip())
    return f"::{_COMMANDS[problem.severity]} {properties}::{text}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
