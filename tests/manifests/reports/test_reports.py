"""The formats that a CI reads, and the text for people: places, escapes, what stays the same while text moves."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from manifests.problem import Position, Problem, Severity
from manifests.reports.github_report import workflow_commands
from manifests.reports.gitlab_report import code_quality
from manifests.reports.json_report import problem_objects
from manifests.reports.junit_report import junit_xml
from manifests.reports.text_report import counts, grouped_report, lines_report


def problem(**more: Any) -> Problem:
    values = {
        "rule": "stack/source", "severity": Severity.ERROR, "message": "no source", "file": "apps/web.yaml",
        "position": Position(2, 3), "object": "Stack shop/web", "fix": "name one",
    }  # fmt: skip
    return Problem(**{**values, **more})


NOTE = problem(severity=Severity.NOTE, rule="stack/limits", position=Position(9, 1))
HOSTILE = problem(message="100%, a: b\r\nc <&\"'> \x00\x1b[31m ]]>", file="a,b:c%.yaml", object="", fix="")


def test_json_has_exactly_these_keys() -> None:
    assert problem_objects([problem(), problem(position=None, object="", fix="")]) == [
        {
            "rule": "stack/source", "severity": "error", "file": "apps/web.yaml", "line": 2, "column": 3,
            "object": "Stack shop/web", "message": "no source", "fix": "name one",
        },
        {
            "rule": "stack/source", "severity": "error", "file": "apps/web.yaml", "line": None, "column": None,
            "object": "", "message": "no source", "fix": "",
        },
    ]  # fmt: skip


def test_a_line_is_as_compilers_write_it() -> None:
    text = lines_report([problem(fix="name one:\n  branch: main"), problem(position=None, object="", file="hub")])
    assert text == (
        "apps/web.yaml:2:3: error stack/source: Stack shop/web: no source\n    name one:\n      branch: main\n"
        "hub: error stack/source: no source\n    name one\n"
    )


def test_a_terminal_gets_files_as_headings_and_lines_that_fit() -> None:
    text = grouped_report([problem(message="word " * 40, fix="a:\n  b: 1"), NOTE, HOSTILE], 60, colour=False)
    lines = text.splitlines()
    assert lines[0] == "apps/web.yaml"
    assert lines[1] == "  2:3  error    stack/source  Stack shop/web"
    assert all(len(line) <= 60 for line in lines)
    assert "         b: 1" in lines
    assert "  9:1  note     stack/limits  Stack shop/web" in lines
    assert lines.count("apps/web.yaml") == 1
    assert "a,b:c%.yaml" in lines
    coloured = grouped_report([problem(), NOTE], 60, colour=True)
    assert "\x1b[31merror  \x1b[0m" in coloured
    assert "\x1b[36mnote   \x1b[0m" in coloured


def test_a_long_fix_is_printed_once() -> None:
    long = problem(fix="add\n  a: 1\n  b: 2")
    again = problem(fix=long.fix, file="apps/data.yaml", object="Stack shop/data")
    pointed = "The same fix as for apps/web.yaml:2:3."
    assert lines_report([long, again]).splitlines()[4:] == [
        "apps/data.yaml:2:3: error stack/source: Stack shop/data: no source",
        f"    {pointed}",
    ]
    assert grouped_report([long, again], 80, colour=False).count("b: 2") == 1
    live = problem(fix=long.fix, position=None, file="prod")
    other = problem(fix=long.fix, position=None, file="prod", object="Stack shop/data")
    assert "The same fix as for Stack shop/web of prod." in lines_report([live, other])
    assert lines_report([problem(), problem()]).count("name one") == 2  # a short one is as quick to read


def test_the_last_line_counts() -> None:
    assert counts([], 1) == "no problems in 1 file"
    assert counts([problem(), problem(), NOTE], 1200) == "2 errors and 1 note in 1 of 1,200 files"
    assert counts([], 2, {"known to the baseline": 3, "mended": 0}) == "no problems in 2 files; 3 known to the baseline"
    three = [problem(), problem(severity=Severity.WARNING), NOTE]
    assert counts(three, 3) == "1 error, 1 warning and 1 note in 1 of 3 files"


def test_workflow_commands_are_escaped_as_github_wants_it() -> None:
    lines = workflow_commands([problem(), NOTE, problem(severity=Severity.WARNING, position=None), HOSTILE]).split("\n")
    assert lines == [
        "::error title=stack/source,file=apps/web.yaml,line=2,col=3::Stack shop/web: no source%0Aname one",
        "::notice title=stack/limits,file=apps/web.yaml,line=9,col=1::Stack shop/web: no source%0Aname one",
        "::warning title=stack/source,file=apps/web.yaml::Stack shop/web: no source%0Aname one",
        "::error title=stack/source,file=a%2Cb%3Ac%25.yaml,line=2,col=3::100%25, a: b c <&\"'> ]]>",
        "",
    ]


def test_junit_has_a_suite_for_each_file_and_fails_for_what_is_bad_enough() -> None:
    root = ElementTree.fromstring(junit_xml([problem(), NOTE, HOSTILE], ["apps/web.yaml", "b.yaml"], Severity.WARNING))
    assert root.tag == "testsuites"
    assert root.attrib == {"name": "lint", "tests": "4", "failures": "2"}
    suites = {suite.attrib["name"]: suite for suite in root}
    assert list(suites) == ["apps/web.yaml", "b.yaml", "a,b:c%.yaml"]
    web = suites["apps/web.yaml"]
    assert (web.attrib["tests"], web.attrib["failures"]) == ("2", "1")
    failure = web[0][0]
    assert (failure.tag, failure.attrib["type"], failure.attrib["message"]) == (
        "failure", "stack/source", "Stack shop/web: no source",
    )  # fmt: skip
    assert failure.text == "error: Stack shop/web: no source\nname one"
    assert web[1][0].tag == "system-out"
    assert len(suites["b.yaml"]) == 1
    assert "]]>" in str(suites["a,b:c%.yaml"][0][0].text)


def test_junit_fails_for_nothing_where_nothing_shall_fail() -> None:
    assert "<failure" not in junit_xml([problem()], [], None)


def test_gitlab_gets_the_fields_that_it_reads() -> None:
    assert code_quality([problem(), NOTE, problem(position=None)]) == json.loads(json.dumps([
        {
            "description": "Stack shop/web: no source name one", "check_name": "stack/source",
            "fingerprint": code_quality([problem()])[0]["fingerprint"], "severity": "major",
            "location": {"path": "apps/web.yaml", "lines": {"begin": 2}},
        },
        {
            "description": "Stack shop/web: no source name one", "check_name": "stack/limits",
            "fingerprint": code_quality([NOTE])[0]["fingerprint"], "severity": "info",
            "location": {"path": "apps/web.yaml", "lines": {"begin": 9}},
        },
        {
            "description": "Stack shop/web: no source name one", "check_name": "stack/source",
            "fingerprint": code_quality([problem(), problem()])[1]["fingerprint"], "severity": "major",
            "location": {"path": "apps/web.yaml", "lines": {"begin": 1}},
        },
    ]))  # fmt: skip


def test_a_fingerprint_stays_while_lines_move_and_is_nobody_elses() -> None:
    def marks(*problems: Problem) -> list[str]:
        return [each["fingerprint"] for each in code_quality(problems)]

    one = problem(path=("spec", "envRefs"))
    assert marks(one) == marks(problem(path=("spec", "envRefs"), position=Position(99, 1), message="other words"))
    different = [one, problem(), problem(file="b.yaml"), problem(object="Stack db"), problem(rule="stack/limits"), one]
    assert len(set(marks(*different))) == len(different)
