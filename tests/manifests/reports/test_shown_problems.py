"""Names and values that act on a terminal or on the log of a CI, in the reports that people and a CI read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from manifests.problem import Position, Problem, Severity
from manifests.reports.github_report import workflow_commands
from manifests.reports.junit_report import junit_xml
from manifests.reports.shown_problems import shown_name, shown_problems
from manifests.reports.text_report import grouped_report, lines_report

HOSTILE = "a\x1b[31m\n::error::b\u202ec\x9b2J\x07"
REPORTS: dict[str, Callable[[list[Problem]], str]] = {
    "lines": lines_report,
    "grouped": lambda problems: grouped_report(problems, 80, colour=False),
    "github": workflow_commands,
    "junit": lambda problems: junit_xml(problems, [each.file for each in problems], Severity.ERROR),
}


def problem(**more: str) -> Problem:
    values = {"message": "no source", "file": "web.yaml", "object": "Stack web", "fix": "name one", **more}
    return Problem(rule="stack/source", severity=Severity.ERROR, position=Position(2, 3), **values)


@pytest.mark.parametrize("field", ["file", "object", "message", "fix"])
@pytest.mark.parametrize("report", REPORTS)
def test_nothing_acts_on_a_terminal_or_poses_as_a_command(report: str, field: str) -> None:
    text = REPORTS[report]([problem(**{field: HOSTILE})])
    assert all(line.isprintable() for line in text.split("\n"))
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert len(commands) == (report == "github")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("apps/web.yaml", "apps/web.yaml"),
        ("ünï.yaml", "ünï.yaml"),
        ("a\x1b[31m.yaml", r"a\x1b[31m.yaml"),
        ("e\nf.yaml", r"e\nf.yaml"),
        ("::error::x.yaml", "./::error::x.yaml"),
        ("\udcff.yaml", r"\udcff.yaml"),
    ],
)
def test_a_name_says_which_file_it_is_on_one_line(name: str, shown: str) -> None:
    assert shown_name(name) == shown
    assert shown_problems([problem(file=name)])[0].file == shown


def test_yaml_in_a_fix_keeps_its_lines() -> None:
    assert shown_problems([problem(fix="write:\n  a: 1\n  ::error::x")])[0].fix == "write:\n  a: 1\n|   ::error::x"
