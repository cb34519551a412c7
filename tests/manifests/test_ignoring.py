"""Comments let problems of their line pass, and are looked at themselves."""

from __future__ import annotations

import pytest

from support.lint_texts import problems_in, told

DUPLICATE = """\
kind: ConfigMap
metadata:
  name: a
  {above}
  labels: {{a: b}}{behind}
  labels: {{c: d}}
"""


def rules(above: str = "", behind: str = "") -> list[str]:
    return told(problems_in(DUPLICATE.format(above=above, behind=behind)))


FOUND = "example.yaml:5:3 yaml/duplicate-key"


@pytest.mark.parametrize(
    "comment",
    [
        "# pko-argo: ignore yaml/duplicate-key because",
        "#pko-argo:ignore yaml/duplicate-key because",
        "# pko-argo: ignore yaml/broken, yaml/duplicate-key because, well",
        "# pko-argo: ignore yaml/duplicate-key: because",
        "# pko-argo: ignore yaml/broken ,yaml/duplicate-key -- because",
    ],
)
def test_a_comment_counts_above_and_behind_its_line(comment: str) -> None:
    assert rules(above=comment) == []
    assert rules(behind=f"  {comment}") == []


def test_between_the_comment_and_its_line_other_comments_and_blank_lines_may_stand() -> None:
    assert rules(above="# pko-argo: ignore yaml/duplicate-key because\n\n  # of labels") == []


@pytest.mark.parametrize(
    "above",
    [
        "# ignore yaml/duplicate-key because",
        "# pko-argo: ignores yaml/duplicate-key because",
        "# pko-argo: ignore yaml/broken because",
        "x: '# pko-argo: ignore yaml/duplicate-key because'",
        'x: "a\n    # pko-argo: ignore yaml/duplicate-key because"',
        "x: |\n    # pko-argo: ignore yaml/duplicate-key because",
        "x: a#pko-argo:ignore yaml/duplicate-key because",
        "# pko-argo: ignore yaml/duplicate-key because\n  x: 1",
    ],
)
def test_what_isnt_such_a_comment_lets_nothing_pass(above: str) -> None:
    line = 5 + above.count("\n")
    assert rules(above=above) == [f"example.yaml:{line}:3 yaml/duplicate-key"]


def test_behind_the_sign_of_a_block_of_text_stands_a_comment() -> None:
    text = "kind: A\na: |  # pko-argo: ignore yaml/duplicate-key because\n  text\na: b\n"
    assert told(problems_in(text)) == []


def test_without_a_reason_it_works_and_is_a_note() -> None:
    assert rules(behind=" # pko-argo: ignore yaml/duplicate-key") == ["example.yaml:5:18 ignore/no-reason"]


def test_a_rule_that_doesnt_exist_is_a_note_with_the_nearest_that_does() -> None:
    (ours, _) = problems_in(DUPLICATE.format(above="# pko-argo: ignore yaml/duplicate-keys because", behind=""))
    assert ours.rule == "ignore/unknown-rule"
    assert "yaml/duplicate-key is the nearest" in ours.message


def test_a_glob_is_no_rule_and_that_is_said() -> None:
    (ours, _) = problems_in(DUPLICATE.format(above="# pko-argo: ignore yaml/* because", behind=""))
    assert ours.rule == "ignore/unknown-rule"
    assert "takes no glob" in ours.message


def test_a_comment_that_names_nothing_is_a_note() -> None:
    assert rules(above="# pko-argo: ignore") == ["example.yaml:4:3 ignore/unknown-rule", FOUND]


def test_notes_about_comments_cant_be_let_pass_by_a_comment() -> None:
    assert rules(above="# pko-argo: ignore ignore/no-reason, yaml/duplicate-key") == [
        "example.yaml:4:3 ignore/no-reason"
    ]


def test_templates_and_broken_files_can_be_let_pass() -> None:
    assert told(problems_in("# pko-argo: ignore yaml/template it is rendered elsewhere\na: {{ x }}\n")) == []
    assert told(problems_in("# pko-argo: ignore yaml/broken of old\na: [\n")) == [
        "example.yaml:3:1 yaml/broken"
    ]  # it breaks off behind that line


def test_lines_of_a_windows_file_count_alike() -> None:
    text = DUPLICATE.format(above="# pko-argo: ignore yaml/duplicate-key because", behind="").replace("\n", "\r\n")
    assert told(problems_in(text)) == []
