"""Edits change what they say and nothing else: comments, quotes, indentation and line ends stay."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.go.yaml import documents, first
from manifests.editing.file_edits import apply_edits, edit_text
from manifests.editing.text_edits import EditRefusedError
from manifests.problem import AddField, Edit, Position, Problem, RemoveField, RenameKey, SetValue, Severity

STACK = """\
# delivered by Argo CD
apiVersion: pulumi.com/v1   # the only version
kind: Stack
metadata: {name: web, labels: {team: 'shop'}}
spec:
  stack: "acme/web/dev"  # fully qualified
  prerequisites:
  - name: network
    # only a fresh one
    requirement:
      succeededWithinDuration: 1h
  - name: data # the database
  config:
    key: |
      several
      lines

  # the last one
  refresh: yes
---
kind: Other
"""


@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        (SetValue(("spec", "refresh"), False), "refresh: yes", "refresh: false"),
        (SetValue(("spec", "stack"), 'acme/"web"'), '"acme/web/dev"  #', '"acme/\\"web\\""  #'),
        (SetValue(("metadata", "labels", "team"), "it's"), "'shop'", "'it''s'"),
        (SetValue(("metadata", "name"), "a, b"), "name: web,", 'name: "a, b",'),
        (SetValue(("spec", "refresh"), "yes"), "refresh: yes", 'refresh: "yes"'),
        (SetValue(("spec", "refresh"), "2026-11-30"), "refresh: yes", 'refresh: "2026-11-30"'),
        (SetValue(("spec", "config", "key"), "one"), "key: |\n      several\n      lines\n", "key: one\n"),
        (SetValue(("spec", "config"), {}), "config:\n    key: |\n      several\n      lines\n", "config: {}\n"),
        (
            SetValue(("spec", "refresh"), {"of": ["a", {"b": 1, "c": []}]}),
            "refresh: yes",
            "refresh:\n    of:\n    - a\n    - b: 1\n      c: []",
        ),
        (SetValue(("metadata", "labels"), ["a"]), "{team: 'shop'}", "[a]"),
        (SetValue(("spec", "prerequisites", 1), "data"), "- name: data #", "- data #"),
        (RenameKey(("spec", "stack"), "name"), "  stack:", "  name:"),
        (RenameKey(("metadata", "labels"), "annotations"), "labels:", "annotations:"),
        (RenameKey(("spec", "stack"), "yes"), "  stack:", '  "yes":'),
        (RemoveField(("spec", "stack")), '  stack: "acme/web/dev"  # fully qualified\n', ""),
        (RemoveField(("spec", "prerequisites", 1)), "  - name: data # the database\n", ""),
        (
            RemoveField(("spec", "prerequisites", 0, "name")),
            "- name: network\n    # only a fresh one\n    requirement",
            "- # only a fresh one\n    requirement",
        ),
        (
            RemoveField(("spec", "prerequisites", 0)),
            "  - name: network\n    # only a fresh one\n    requirement:\n      succeededWithinDuration: 1h\n",
            "    # only a fresh one\n",
        ),
        (RemoveField(("spec", "config", "key")), "config:\n    key: |\n      several\n      lines\n", "config: {}\n"),
        (RemoveField(("metadata", "name")), "{name: web, labels", "{labels"),
        (RemoveField(("metadata", "labels")), "web, labels: {team: 'shop'}}", "web}"),
        (RemoveField(("spec", "refresh")), "  refresh: yes\n", ""),
        (AddField(("spec",), "branch", "main"), "  refresh: yes\n", "  refresh: yes\n  branch: main\n"),
        (AddField(("metadata",), "namespace", "shop"), "'shop'}}", "'shop'}, namespace: shop}"),
        (
            AddField(("spec", "prerequisites", 1), "requirement", {"succeededWithinDuration": "2h"}),
            "- name: data # the database\n",
            "- name: data # the database\n    requirement:\n      succeededWithinDuration: 2h\n",
        ),
        (AddField((), "status", {}), "  refresh: yes\n", "  refresh: yes\nstatus: {}\n"),
    ],
    ids=str,
)
def test_an_edit_changes_its_place_alone(edit: Edit, before: str, after: str) -> None:
    assert STACK.count(before) == 1
    assert apply_edits(STACK, 0, [edit]) == STACK.replace(before, after)


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("a: &x {b: 1}\nc: *x\n", SetValue(("c", "b"), 2)),
        ("a: &x {b: 1}\nc: *x\n", SetValue(("a", "b"), 2)),
        ("a: &x 1\nc: *x\n", SetValue(("c",), 2)),
        ("a: &x 1\nc: *x\n", SetValue(("a",), 2)),
        ("a: &x 1\nc: *x\n", RemoveField(("a",))),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 1\n", SetValue(("c", "b"), 2)),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 1\n", RemoveField(("c", "b"))),
        ("a: 1\n", SetValue(("b",), 1)),
        ("a: 1\n", SetValue(("a", "b"), 1)),
        ("a: [1]\n", SetValue(("a", 3), 1)),
        ("a: 1\n", AddField(("a",), "b", 1)),
        ("a: 1\n", AddField((), "a", 2)),
        ("a: 1\nb: 2\n", RenameKey(("a",), "b")),
        ("a: [1]\n", RenameKey(("a", 0), "b")),
        ("a: 1\n", RemoveField(())),
        ("a: 1\n", SetValue((), {"b": 1})),
        ("a: 1\n", RenameKey((), "b")),
        ("a:\n  - - 1\n    - 2\n", RemoveField(("a", 0, 0))),
        ("a: |+\n  text\n\n\n", AddField((), "b", 1)),
        ("a:\n  b: 1\n  # why\n  c: 2\n", SetValue(("a",), {})),
        ("a: # why\n  b: 1\n", RemoveField(("a", "b"))),
        ("a:\n- - b: 1\n", SetValue(("a", 0, 0), {"c": 2})),
    ],
    ids=str,
)
def test_what_cant_be_changed_without_a_doubt_is_refused(text: str, edit: Edit) -> None:
    with pytest.raises(EditRefusedError):
        apply_edits(text, 0, [edit])


@pytest.mark.parametrize(
    ("text", "edit", "after"),
    [
        ("a: 1\r\nb: 2\r\n", AddField((), "c", {"d": "e"}), "a: 1\r\nb: 2\r\nc:\r\n  d: e\r\n"),
        ("a: 1\r\nb: 2\r\n", RemoveField(("a",)), "b: 2\r\n"),
        ("a: 1", AddField((), "b", 2), "a: 1\nb: 2"),
        ("a:", AddField(("a",), "b", 2), "a:\n  b: 2"),
        ("a: # why\n", SetValue(("a",), 1), "a: 1 # why\n"),
        (
            "a:\n  - b: 1\n    c: 2  # two\n  - d\n",
            SetValue(("a", 0), {"e": {"f": "#"}, "g": [1]}),
            'a:\n  - e:\n      f: "#"\n    g:\n      - 1  # two\n  - d\n',
        ),
        ("a:\n- b  # b\n- d\n", SetValue(("a", 0), {"c": 2, "e": 3}), "a:\n- c: 2\n  e: 3  # b\n- d\n"),
        ("a:\n  b: 1\nc: 1\n", AddField(("a", "d"), "e", 2), "a:\n  b: 1\n  d:\n    e: 2\nc: 1\n"),
        ("a: {}\n", AddField(("a",), "b", 2), "a: {b: 2}\n"),
        ("a: { b: 1 }\n", AddField(("a",), "c", [2]), "a: { b: 1, c: [2] }\n"),
        ("a: { b: 1, c: 2 }\n", RemoveField(("a", "c")), "a: { b: 1 }\n"),
        ("a: {b: 1}\n", RemoveField(("a", "b")), "a: {}\n"),
        ("a:\n- 1\n- 2 # two\n# three\n- 3\n", RemoveField(("a", 1)), "a:\n- 1\n# three\n- 3\n"),
        ("a:\n- 1\n", RemoveField(("a", 0)), "a: []\n"),
        ("a: &x {b: 1}\nc: *x\nd: 1\n", RemoveField(("c",)), "a: &x {b: 1}\nd: 1\n"),
        ("a: &x {b: 1}\nc: *x # same\n", AddField((), "d", 1), "a: &x {b: 1}\nc: *x # same\nd: 1\n"),
        (
            "a:\n  b: 1\n  # of b\n\n# of c\nc: 1\n",
            AddField(("a",), "d", 2),
            "a:\n  b: 1\n  d: 2\n  # of b\n\n# of c\nc: 1\n",
        ),
        ("a: &x {b: 1}\nc: *x\n", RenameKey(("c",), "d"), "a: &x {b: 1}\nd: *x\n"),
        ("? a\n: 1\n", SetValue(("a",), {"b": 1}), "? a\n:\n    b: 1\n"),
        ('{"a": {"b": 1}}', SetValue(("a", "b"), "x"), '{"a": {"b": "x"}}'),
        ('{\n\t"a": 1\n}\n', AddField((), "b", {"c": ["d"]}), '{\n\t"a": 1,\n\t"b": {"c": ["d"]}\n}\n'),
        ('{\n  "a": 1,\n  "b": 2\n}\n', RemoveField(("b",)), '{\n  "a": 1\n}\n'),
        ("a: é\nb: 😀 # ü\n", SetValue(("b",), "ö"), "a: é\nb: ö # ü\n"),
        ("a: 'it''s\n  two lines'\nb: 1\n", SetValue(("b",), 2), "a: 'it''s\n  two lines'\nb: 2\n"),
    ],
    ids=str,
)
def test_line_ends_brackets_and_comments_stay(text: str, edit: Edit, after: str) -> None:
    assert apply_edits(text, 0, [edit]) == after


def test_lists_stand_in_as_far_as_those_of_the_document() -> None:
    assert apply_edits("a:\n- 1\n", 0, [AddField((), "b", [2])]) == "a:\n- 1\nb:\n- 2\n"
    assert apply_edits("a:\n    - 1\n", 0, [AddField((), "b", [2])]) == "a:\n    - 1\nb:\n    - 2\n"


def problem(*edits: Edit, line: int = 1, document: int = 0) -> Problem:
    return Problem("test/rule", Severity.ERROR, "", "a.yaml", Position(line, 1), document=document, edits=edits)


def test_the_edits_of_a_problem_are_made_together_or_not_at_all() -> None:
    both = problem(RenameKey(("a",), "b"), SetValue(("nowhere",), 1))
    edited = edit_text("a: 1\n", [both])
    assert (edited.text, edited.mended, [each for each, _ in edited.refused]) == ("a: 1\n", [], [both])


def test_items_taken_out_dont_move_what_later_problems_mean() -> None:
    text = "a:\n  - 1\n  - 2\n  - 3\n---\nb: 1\n"
    problems = [
        problem(RemoveField(("a", 0)), line=2),
        problem(SetValue(("a", 2), "x"), line=4),
        problem(RenameKey(("b",), "c"), line=6, document=1),
    ]
    edited = edit_text(text, problems)
    assert (edited.text, edited.refused) == ("a:\n  - 2\n  - x\n---\nc: 1\n", [])


def test_a_file_that_isnt_yaml_any_more_is_left_alone() -> None:
    edited = edit_text("a: [1\n", [problem(SetValue(("a",), 1))])
    assert edited.text == "a: [1\n"
    assert len(edited.refused) == 1


SCALARS = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=12)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)


@given(value=VALUES, into=st.sampled_from([("spec", "refresh"), ("metadata", "name"), ("spec", "prerequisites", 1)]))
def test_any_value_is_read_back_as_it_was_written(value: Any, into: tuple[str | int, ...]) -> None:
    for edit in (SetValue(into, value), AddField(into[:1], "added", value)):
        try:
            text = apply_edits(STACK, 0, [edit])
        except EditRefusedError:  # characters that YAML can't hold, or several lines in an item
            continue
        found = first(text)
        path = into if isinstance(edit, SetValue) else (into[0], "added")
        for step in path:
            found = found[step]
        assert found == value
        assert list(documents(text))[1] == {"kind": "Other"}
        assert "# only a fresh one" in text
