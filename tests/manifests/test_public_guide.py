"""What a public guide on Argo CD and Pulumi tells people to write, with names of our own: each of its faults is named.

Its snippets stand in `guide/`, in the folders that it proposes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests.editing.file_edits import edit_text
from manifests.linting import lint
from manifests.problem import Problem, Severity
from manifests.product_versions import NEWEST_ARGOCD, ProductVersion, ProductVersions
from manifests.repository import Repository
from support.lint_texts import problems_in, repository_in, told

GUIDE = Path(__file__).parent / "guide"

FAULTS = [
    "argocd/web-prod.yaml:4:1 argocd/finalizer",
    "argocd/web-prod.yaml:22:1 argocd/finalizer",
    "argocd/web-prod.yaml:30:5 argocd/covered-twice",  # two clusters, and one stack of the backend
    "stacks/dev/cluster.yaml:10:3 rbac/service-account-missing",  # it is in another namespace
    "stacks/dev/cluster.yaml:14:3 argocd/destroy-on-prune",
    "stacks/dev/cluster.yaml:32:3 rbac/service-account-missing",
    "stacks/dev/cluster.yaml:38:5 stack/unknown-field",  # the prerequisite's form
    "stacks/dev/cluster.yaml:48:7 stack/reference-type",  # StackOutput
    "stacks/dev/web.yaml:32:3 rbac/cluster-admin",
    "stacks/dev/web.yaml:54:3 argocd/destroy-on-prune",
    "stacks/prod/web.yaml:32:3 rbac/cluster-admin",
    "stacks/prod/web.yaml:54:3 argocd/destroy-on-prune",
]
NOTES = [
    "stacks/dev/cluster.yaml:7:3 argocd/link",
    "stacks/dev/cluster.yaml:9:1 stack/limits",
    "stacks/dev/cluster.yaml:19:9 ref/secret-missing",
    "stacks/dev/cluster.yaml:29:3 argocd/link",
    "stacks/dev/cluster.yaml:31:1 stack/limits",
    "stacks/dev/cluster.yaml:45:9 ref/secret-missing",
    "stacks/dev/web.yaml:46:1 stack/limits",
    "stacks/dev/web.yaml:59:9 ref/secret-missing",
    "stacks/prod/web.yaml:46:1 stack/limits",
    "stacks/prod/web.yaml:59:9 ref/secret-missing",
]


def problems(argocd: ProductVersion = NEWEST_ARGOCD) -> list[Problem]:
    read = repository_in(GUIDE)
    return lint(Repository(read.files, ProductVersions(argocd=argocd), read.checkout))


def the_one(rule: str) -> Problem:
    return next(each for each in problems() if each.rule == rule)


def test_each_fault_is_named_at_its_place() -> None:
    found = problems()
    assert told([each for each in found if each.severity.at_least(Severity.WARNING)]) == FAULTS
    assert told([each for each in found if each.severity is Severity.NOTE]) == NOTES


def test_its_waves_rely_on_a_check_that_argo_cd_did_not_have_before_36() -> None:
    older = problems(argocd=(3, 5, 0))
    assert told([each for each in older if each.rule == "argocd/wave-without-check"]) == [
        "stacks/dev/cluster.yaml:8:5 argocd/wave-without-check"
    ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("stack/unknown-field", "`type` and `succeededWithinDuration`"),
        ("stack/unknown-field", "never reaches the operator"),
        ("stack/reference-type", "retries the Stack for ever, without a condition, an event or a word"),
        ("argocd/covered-twice", "both operators run the same backend stack"),
        ("rbac/cluster-admin", "system:auth-delegator"),
    ],
)
def test_it_is_said_what_they_do_at_run_time(rule: str, words: str) -> None:
    assert words in the_one(rule).message


def test_a_stack_output_gets_the_ways_that_there_are() -> None:
    fix = the_one("stack/reference-type").fix
    assert all(way in fix for way in ("StackReference", "ESC environment", "type: Secret"))


def test_the_prerequisite_is_mended_with_its_comment_kept() -> None:
    path = GUIDE / "stacks" / "dev" / "cluster.yaml"
    text = path.read_text(encoding="utf-8")
    edited = edit_text(text, [each for each in problems_in(text) if each.edits])
    assert edited.text == text.replace(
        "  - type: Stack\n    requirement: cluster-dev\n    succeededWithinDuration: 30m\n",
        "  - name: cluster-dev\n    requirement:\n      succeededWithinDuration: 30m\n",
    )
    assert "stack/unknown-field" not in {each.rule for each in problems_in(edited.text)}
