"""A baseline knows the problems that there were, wherever they move to, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from manifests.baseline import Baseline, BaselineError, baseline_text, parse_baseline
from manifests.problem import Position, Problem, Severity


def problem(line: int = 1, *path: str | int, file: str = "a.yaml") -> Problem:
    return Problem("stack/source", Severity.ERROR, f"at {line}", file, Position(line, 1), "Stack web", path=path)


def test_what_it_was_written_of_is_known_though_it_moved() -> None:
    found = [problem(1, "spec", "refs", 0, "name"), problem(5)]
    baseline = parse_baseline(baseline_text(found))
    assert list(baseline.new([problem(7, "spec", "refs", 0, "name"), problem(9)])) == []
    assert list(baseline.new([problem(9, file="b.yaml")])) == [problem(9, file="b.yaml")]
    assert baseline.gone([problem(9)]) == 1


def test_of_problems_that_look_the_same_only_as_many_are_known() -> None:
    baseline = parse_baseline(baseline_text([problem(1), problem(2)]))
    assert list(baseline.new([problem(1), problem(2), problem(3)])) == [problem(3)]


def test_it_is_sorted_and_readable() -> None:
    text = baseline_text([problem(1, "b", 0), problem(1, "a"), problem(2, "a")])
    assert json.loads(text) == {
        "version": 1,
        "problems": [
            {"rule": "stack/source", "file": "a.yaml", "object": "Stack web", "field": "a", "count": 2},
            {"rule": "stack/source", "file": "a.yaml", "object": "Stack web", "field": "b[0]", "count": 1},
        ],
    }


def test_none_knows_nothing() -> None:
    assert list(Baseline().new([problem()])) == [problem()]
    assert Baseline().gone([problem()]) == 0


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "3", "null", {}, {"version": 2}, {"version": 1, "problems": [1]}, "[" * 100_000,
        {"version": 1, "problems": [{"rule": "a", "file": "b", "object": "c"}]},
        {"version": 1, "problems": [{"rule": "a", "file": "b", "object": "c", "field": [], "count": 1}]},
        {"version": 1, "problems": [{"rule": "a", "file": "b", "object": "c", "field": "", "count": "x"}]},
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_word(content: Any) -> None:
    with pytest.raises(BaselineError):
        parse_baseline(content if isinstance(content, str) else json.dumps(content))
