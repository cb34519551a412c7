"""Finalizers, resyncs and the size of a workspace."""

from __future__ import annotations

from textwrap import indent

import pytest

from manifests.problem import Problem, RemoveField, SetValue, Severity
from manifests.product_versions import NEWEST_PKO, ProductVersion
from support.lint_texts import problems_in, told

HEAD = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata:
  name: web
  namespace: shop
spec:
  stack: acme/web/dev
"""
GIT = "projectRepo: https://github.com/acme/web.git\nbranch: main\n"


def found(text: str, rule: str, pko: ProductVersion = NEWEST_PKO) -> list[Problem]:
    return [each for each in problems_in(text, pko=pko) if each.rule == rule]


def spec(lines: str) -> str:
    return HEAD + indent(lines, "  ")


def finalizers(*names: str) -> str:
    return HEAD.replace("spec:", "  finalizers:\n" + "".join(f"    - {name}\n" for name in names) + "spec:")


@pytest.mark.parametrize(
    "name",
    [
        "resources-finalizer.argocd.argoproj.io",
        "resources-finalizer.argocd.argoproj.io/background",
        "resources-finalizer.argocd.argoproj.io/foreground",
        "post-delete-finalizer.argocd.argoproj.io",
    ],
)
def test_argo_cds_finalizers_on_a_stack(name: str) -> None:
    (problem,) = found(finalizers("finalizer.stack.pulumi.com", name), "stack/argocd-finalizer")
    assert told([problem]) == ["example.yaml:8:7 stack/argocd-finalizer"]
    assert name in problem.message
    assert problem.edits == (RemoveField(("metadata", "finalizers", 1)),)


def test_the_list_goes_with_its_only_finalizer() -> None:
    (problem,) = found(finalizers("resources-finalizer.argocd.argoproj.io"), "stack/argocd-finalizer")
    assert problem.edits == (RemoveField(("metadata", "finalizers")),)


def test_other_finalizers_and_other_kinds_are_left_alone() -> None:
    assert found(finalizers("finalizer.stack.pulumi.com", "example.com/audit"), "stack/argocd-finalizer") == []
    application = finalizers("resources-finalizer.argocd.argoproj.io")
    application = application.replace("pulumi.com/v1", "argoproj.io/v1alpha1").replace("Stack", "Application")
    assert found(application, "stack/argocd-finalizer") == []


@pytest.mark.parametrize("seconds", [30, 0, -5, 59])
def test_a_resync_of_less_than_a_minute(seconds: int) -> None:
    text = spec(f"{GIT}continueResyncOnCommitMatch: true\nresyncFrequencySeconds: {seconds}\n")
    (problem,) = found(text, "stack/resync")
    assert told([problem]) == ["example.yaml:11:3 stack/resync"]
    assert problem.severity is Severity.WARNING
    assert f"every {seconds} s" in problem.message
    assert problem.edits == (SetValue(("spec", "resyncFrequencySeconds"), 60),)


def test_a_period_without_resyncs_only_polls() -> None:
    (problem,) = found(spec(f"{GIT}resyncFrequencySeconds: 300\n"), "stack/resync")
    assert told([problem]) == ["example.yaml:10:3 stack/resync"]
    assert problem.severity is Severity.NOTE
    assert "polled every 300 s" in problem.message


@pytest.mark.parametrize(
    "source", ["projectRepo: https://github.com/acme/web.git\ncommit: 2f7c8c1d\n", "programRef: {name: web}\n"]
)
def test_a_period_without_resyncs_and_branch_does_nothing(source: str) -> None:
    (problem,) = found(
        spec(f"{source}continueResyncOnCommitMatch: false\nresyncFrequencySeconds: 300\n"), "stack/resync"
    )
    assert problem.severity is Severity.NOTE
    assert "does nothing here" in problem.message


@pytest.mark.parametrize(
    "lines",
    [
        "continueResyncOnCommitMatch: true\n",
        "continueResyncOnCommitMatch: true\nresyncFrequencySeconds: 60\n",
        "continueResyncOnCommitMatch: 'true'\nresyncFrequencySeconds: 30\n",
        "resyncFrequencySeconds: '30'\n",
        "resyncFrequencySeconds: true\n",
    ],
)
def test_resyncs_that_are_right_or_of_a_wrong_type(lines: str) -> None:
    assert found(spec(GIT + lines), "stack/resync") == []


def test_no_limits_is_a_note() -> None:
    (problem,) = found(spec(GIT), "stack/limits")
    assert told([problem]) == ["example.yaml:6:1 stack/limits"]
    assert problem.severity is Severity.NOTE


def test_requests_are_no_limits() -> None:
    text = spec(f"{GIT}workspaceTemplate:\n  spec:\n    resources:\n      requests: {{memory: 1Gi}}\n")
    assert told(found(text, "stack/limits")) == ["example.yaml:12:7 stack/limits"]


@pytest.mark.parametrize(
    "template",
    [
        "resources: {limits: {memory: 1Gi}}",
        "podTemplate: {spec: {containers: [{name: pulumi, resources: {limits: {cpu: 1}}}]}}",
    ],
)
def test_limits_may_stand_in_two_places(template: str) -> None:
    assert found(spec(f"{GIT}workspaceTemplate: {{spec: {{{template}}}}}\n"), "stack/limits") == []


def test_limits_of_another_container_are_not_the_workspaces() -> None:
    template = "podTemplate: {spec: {containers: [{name: proxy, resources: {limits: {cpu: 1}}}]}}"
    assert found(spec(f"{GIT}workspaceTemplate: {{spec: {{{template}}}}}\n"), "stack/limits") != []


def test_a_limit_range_of_the_namespace_gives_limits() -> None:
    limits = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: a, namespace: %s}\nspec: {limits: [%s]}\n"
    default = "{type: Container, default: {memory: 1Gi}}"
    assert found(f"{spec(GIT)}---\n{limits % ('shop', default)}", "stack/limits") == []
    assert found(f"{spec(GIT)}---\n{limits % ('data', default)}", "stack/limits") != []
    assert found(f"{spec(GIT)}---\n{limits % ('shop', '{type: Container, max: {memory: 1Gi}}')}", "stack/limits") != []


def test_before_2_0_there_are_no_workspaces() -> None:
    assert found(spec(GIT), "stack/limits", pko=(1, 16, 0)) == []
