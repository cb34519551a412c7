"""What is said of texts that aren't YAML, say things twice, or were skipped."""

from __future__ import annotations

import pytest

from manifests.linting import lint
from manifests.problem import Severity
from manifests.reading.source_file import SourceFile, parse_source
from manifests.repository import Repository
from support.lint_texts import problems_in, told


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("apiVersion: v1\nkind: A\nmetadata:\n name: a\n  b: 1\n", "nothing of it is synced"),
        ("kind: A\n---\na: [\n", "nothing of it is synced"),
        ("a: 1\n b: 2\n", "leaves such a file out without a word"),
    ],
)
def test_what_argo_cd_makes_of_a_broken_file(text: str, does: str) -> None:
    (problem,) = problems_in(text)
    assert (problem.rule, problem.severity) == ("yaml/broken", Severity.ERROR)
    assert does in problem.message


def test_a_broken_file_is_named_where_it_breaks_whatever_it_is() -> None:
    assert told(problems_in("# file: a.yaml\nkind: A\n\tb: 1\n# file: values.yaml\nb: [1\nc: 2\n")) == [
        "a.yaml:2:1 yaml/broken",
        "values.yaml:2:2 yaml/broken",
    ]


def test_each_key_that_stands_twice_is_named_where_it_loses() -> None:
    problems = problems_in("kind: A\nmetadata: {name: a}\na: 1\nb: {c: 1, c: 2}\na: 2\na: 3\n---\nx: 1\nx: 2\n")
    assert told(problems) == [
        "example.yaml:3:1 yaml/duplicate-key",
        "example.yaml:4:5 yaml/duplicate-key",
        "example.yaml:5:1 yaml/duplicate-key",
        "example.yaml:8:1 yaml/duplicate-key",
    ]
    assert [each.object for each in problems] == ["A a", "A a", "A a", ""]
    assert [each.path for each in problems] == [("a",), ("b", "c"), ("a",), ("x",)]


@pytest.mark.parametrize(
    ("name", "chart", "command"),
    [
        ("charts/web/templates/sub/a.yaml", True, "`helm template charts/web | kubectl pko-argo lint -`"),
        ("templates/a.yaml", True, "`helm template . | kubectl pko-argo lint -`"),
        ("a.yaml", True, "`helm template . | kubectl pko-argo lint -`"),
        ("templates/a.yaml", False, "`envsubst`"),
    ],
)
def test_a_template_is_a_note_that_says_how_to_render_it(name: str, chart: bool, command: str) -> None:
    (problem,) = lint(Repository([parse_source(name, "a: {{ .Values.a }}\n", name, chart=chart)]))
    assert (problem.rule, problem.severity, problem.position) == ("yaml/template", Severity.NOTE, (1, 4))
    assert command in problem.fix


def test_a_skipped_file_is_a_note() -> None:
    (problem,) = lint(Repository([SourceFile("a.yaml", "", skipped="it is larger than 16 MiB")]))
    assert (problem.rule, problem.severity, problem.position) == ("yaml/skipped", Severity.NOTE, (1, 1))
    assert "larger than 16 MiB" in problem.message


OBJECT = "apiVersion: v1\nkind: A\nmetadata: {name: a}\n"
JSON = '{"apiVersion": "v1", "kind": "A",\n "metadata": {"name": "a"}}'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"# file: a.json\n{OBJECT}", ["a.json:1:1 yaml/broken"]),
        (f"# file: a.json\n{JSON[:-2]},}}}}", ["a.json:2:27 yaml/broken"]),
        (f"# file: a.json\n{JSON}", []),
        ("# file: a.json\nname: notes\n", []),
        (f"# file: a.yaml\n{JSON[:-2]},}}}}", []),
        (f"# file: kustomization.yaml\nresources: [a.json]\n# file: a.json\n{OBJECT}", []),
    ],
)
def test_what_is_called_json_is_json(text: str, found: list[str]) -> None:
    assert told(problems_in(text), about="yaml/broken") == found


@pytest.mark.parametrize(
    ("lines", "position"),
    [
        ("spec:\n  a: 1\n  ~: 2", (6, 3)),
        ("spec:\n  - a\n  - [b]: 2", (6, 5)),
        ("spec: &x\n  a: 1\n  b: [*x]", (6, 3)),
        ("spec: &x\n  a: 1\n  b: *x", (6, 3)),
        ("spec:\n  b: !!binary '&'", (5, 6)),
    ],
)
def test_what_json_cant_hold_is_named_where_it_stands(lines: str, position: tuple[int, int]) -> None:
    (problem,) = problems_in(f"{OBJECT}{lines}\n")
    assert (problem.rule, problem.position) == ("yaml/broken", position)
