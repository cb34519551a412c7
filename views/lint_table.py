"""The columns of the table of what lint finds in clusters, and the fields that a filter asks for there."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.board.rows import Key
from manifests.problem import FieldPath, Problem, Severity
from stacks.text import one_line
from views.columns import Column, ColumnWidth
from views.filter import FilterFields
from views.tones import PROBLEM_SEVERITY

_ORDER = list(Severity)


@dataclass(frozen=True)
class LintRow:
    """A problem of an object of a context."""

    problem: Problem

    @property
    def context(self) -> str:
        return self.problem.file

    @property
    def identity(self) -> tuple[str, str, str, FieldPath, str]:
        problem = self.problem
        return problem.file, problem.object, problem.rule, problem.path, problem.message

    @property
    def kind(self) -> str:
        return self.problem.object.partition(" ")[0]

    @property
    def key(self) -> Key:
        """The object; its namespace is empty where it has none."""
        namespace, _, name = self.problem.object.partition(" ")[2].rpartition("/")
        return Key(self.context, namespace, name)


def _severity(row: LintRow) -> str:
    return row.problem.severity.value


LINT_COLUMNS: tuple[Column[LintRow], ...] = (
    Column(
        "severity", "SEVERITY", lambda r, now: _severity(r), lambda r: _ORDER.index(r.problem.severity), "V",
        width=ColumnWidth(0, 8, 8), tone=lambda r: PROBLEM_SEVERITY[_severity(r)],
    ),
    Column(
        "rule", "RULE", lambda r, now: r.problem.rule, lambda r: r.problem.rule, "R",
        width=ColumnWidth(1, 16, 30),
    ),
    Column("context", "CONTEXT", lambda r, now: r.context, lambda r: r.context, "X", width=ColumnWidth(3, 8, 24)),
    Column(
        "object", "OBJECT", lambda r, now: r.problem.object, lambda r: r.problem.object, "O",
        width=ColumnWidth(0, 20, 44), tone=lambda r: "name",
    ),
    Column(
        "does", "WHAT IT DOES", lambda r, now: one_line(r.problem.message), lambda r: r.problem.message,
        width=ColumnWidth(2, 24, 4000),
    ),
)  # fmt: skip


def by_problem_severity(row: LintRow) -> tuple[int, str, str, str]:
    """The worst first; of one kind those that break the same rule together."""
    problem = row.problem
    return _ORDER.index(problem.severity), problem.rule, problem.file, problem.object


def lint_filter_fields(row: LintRow) -> FilterFields:
    problem, key = row.problem, row.key
    words = f"{problem.severity} {problem.rule} {problem.object} {problem.file} {problem.message}".lower()
    return FilterFields(
        words,
        context=key.context.lower(),
        namespace=key.namespace.lower(),
        name=key.name.lower(),
        statuses=(problem.severity.value,),
    )
