"""What rules say of Stacks that a real operator ran, or couldn't."""

from __future__ import annotations

from manifests.document import Document
from manifests.linting import lint
from manifests.problem import Severity
from manifests.repository import Repository
from support.recorded import situations

FAULTS = {
    "05a-both-refs": {"stack/source"},
    "05b-no-ref": {"stack/source"},
    "05l-git-two-methods": {"stack/git-auth"},
    "05m-no-source": {"stack/source"},
    "06d-prereq-self": {"ref/prerequisite-cycle"},
    "13a-foreign-finalizer": {"stack/argocd-finalizer"},
}
"""situations whose Stack was written wrongly; in all others something else was wrong, or nothing"""
RULES = (
    "stack/source", "stack/git-auth", "stack/argocd-finalizer", "stack/cross-namespace", "stack/secret-in-git",
    "ref/prerequisite-cycle",
)  # fmt: skip


def test_the_stacks_that_an_operator_refused_are_told_from_those_that_it_ran() -> None:
    said = {}
    for each in situations():
        problems = lint(Repository([], objects=[Document("recorded", 0, each.stack)]))
        rules = {problem.rule for problem in problems if problem.severity is Severity.ERROR and problem.rule in RULES}
        if rules:
            said[each.name] = rules
    assert said == FAULTS
