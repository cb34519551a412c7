"""Problems as JUnit's XML: a suite for each file, and a test that fails for each problem."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from html import escape

from manifests.problem import Problem, Severity
from manifests.reports.shown_problems import shown_name, shown_problems

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""characters that XML can't have, not even escaped"""


def junit_xml(problems: Iterable[Problem], files: Iterable[str], fail_on: Severity | None) -> str:
    """The suites of all `files`. What is less than `fail_on` is told, and fails nothing."""
    by_file: dict[str, list[Problem]] = defaultdict(list)
    for name in files:
        by_file[shown_name(name)] = []
    for each in shown_problems(problems):
        by_file[each.file].append(each)
    suites = "".join(_suite(name, found, fail_on) for name, found in by_file.items())
    tests = sum(max(len(found), 1) for found in by_file.values())
    failures = sum(_fails(each, fail_on) for found in by_file.values() for each in found)
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="lint" tests="{tests}" failures="{failures}">\n'
    return f"{head}{suites}</testsuites>\n"


def _suite(name: str, problems: list[Problem], fail_on: Severity | None) -> str:
    failures = sum(_fails(each, fail_on) for each in problems)
    cases = "".join(_case(each, fail_on) for each in problems) or (
        f"    <testcase name={_attribute('no problems')} classname={_attribute(name)}/>\n"
    )
    counted = f'tests="{max(len(problems), 1)}" failures="{failures}" errors="0"'
    return f"  <testsuite name={_attribute(name)} {counted}>\n{cases}  </testsuite>\n"


def _case(problem: Problem, fail_on: Severity | None) -> str:
    line = f" line {problem.position.line}" if problem.position is not None else ""
    whose = f" {problem.object}" if problem.object else ""
    names = f"name={_attribute(f'{problem.rule}{whose}{line}')} classname={_attribute(problem.file)}"
    text = _text(f"{problem.severity}: {problem.named_message}\n{problem.fix}")
    if _fails(problem, fail_on):
        inside = (
            f"<failure type={_attribute(problem.rule)} message={_attribute(problem.named_message)}>{text}</failure>"
        )
    else:
        inside = f"<system-out>{text}</system-out>"
    return f"    <testcase {names}>\n      {inside}\n    </testcase>\n"


def _fails(problem: Problem, fail_on: Severity | None) -> bool:
    return fail_on is not None and problem.severity.at_least(fail_on)


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text), quote=False)


def _attribute(text: str) -> str:
    return f'"{escape(_FORBIDDEN.sub("?", text))}"'.replace("\n", "&#10;")
