"""What the operator ignores, or takes for the last time."""

from __future__ import annotations

import pytest

from manifests.problem import Problem, RemoveField, SetValue, Severity
from manifests.product_versions import ProductVersion
from support.lint_texts import problems_in, told
from support.lint_texts_of_stacks import in_spec

RULE = "stack/dead-field"


def dead(text: str, **versions: ProductVersion) -> list[Problem]:
    return [each for each in problems_in(text, **versions) if each.rule == RULE]


@pytest.mark.parametrize("field", ["retryOnUpdateConflict: true", "expectNoRefreshChanges: false"])
def test_fields_that_version_two_ignores_may_go(field: str) -> None:
    [problem] = dead(in_spec(field))
    assert told([problem]) == [f"example.yaml:10:3 {RULE}"]
    assert problem.severity is Severity.WARNING
    assert "is ignored since PKO 2" in problem.message
    assert problem.edits == (RemoveField(("spec", field.split(":")[0])),)
    assert dead(in_spec(field), pko=(1, 16, 0)) == []


@pytest.mark.parametrize("template", ["workspaceTemplate", "updateTemplate"])
def test_the_status_of_a_template_is_never_applied(template: str) -> None:
    [problem] = dead(in_spec(f"{template}:\n    status: {{}}"))
    assert told([problem]) == [f"example.yaml:11:5 {RULE}"]
    assert problem.edits == (RemoveField(("spec", template, "status")),)


@pytest.mark.parametrize(
    ("field", "instead"),
    [
        ("accessTokenSecret: token", "PULUMI_ACCESS_TOKEN"),
        ("envs: [settings]", "configMapRef"),
        ("envSecrets: [settings]", "secretRef"),
    ],
)
def test_deprecated_fields_name_what_took_their_place(field: str, instead: str) -> None:
    [problem] = dead(in_spec(field))
    assert "is deprecated" in problem.message
    assert instead in problem.fix
    assert problem.edits == ()


def test_the_old_version_of_the_api() -> None:
    text = in_spec("refresh: true").replace("pulumi.com/v1", "pulumi.com/v1alpha1")
    [problem] = dead(text)
    assert told([problem]) == [f"example.yaml:1:1 {RULE}"]
    assert problem.edits == (SetValue(("apiVersion",), "pulumi.com/v1"),)
    assert dead(text.replace("name: web\n", f"name: {'w' * 43}\n", 1))[0].edits == ()


@pytest.mark.parametrize(
    "field",
    ["useLocalStackOnly: true", "updateTemplate: {spec: {expectNoChanges: true}}", "envRefs: {}", "config: {envs: a}"],
)
def test_living_fields(field: str) -> None:
    assert dead(in_spec(field)) == []
