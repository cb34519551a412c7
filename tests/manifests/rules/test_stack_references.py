"""From what a Stack may take a value."""

from __future__ import annotations

import pytest

from manifests.problem import Problem, SetValue
from manifests.product_versions import ProductVersion
from support.lint_texts import problems_in, told
from support.lint_texts_of_stacks import in_spec

RULE = "stack/reference-type"


def references(text: str, **versions: ProductVersion) -> list[Problem]:
    return [
        each
        for each in problems_in(text, **versions)
        if each.rule in (RULE, "stack/unknown-field", "stack/wrong-type", "stack/missing-field")
    ]


def test_the_guides_stack_output_is_one_finding_with_what_can_be_done() -> None:
    text = in_spec(
        "envRefs:\n    KUBECONFIG:\n      type: StackOutput\n      stack: cluster-dev\n      output: kubeconfig"
    )
    [problem] = references(text)
    assert told([problem]) == [f"example.yaml:12:7 {RULE}"]
    assert "`StackOutput`, with `stack` and `output`" in problem.message
    assert "retries the Stack for ever" in problem.message
    for option in ("StackReference", "spec.environment", "secretsRef", "kubernetes:kubeconfig"):
        assert option in problem.fix
    assert problem.edits == ()


@pytest.mark.parametrize("field", ["envRefs", "secretsRef"])
@pytest.mark.parametrize("type_", ["ConfigMap", "SecretRef", "Vault", "stackOutput", ""])
def test_types_that_there_are_not_fail_in_silence(field: str, type_: str) -> None:
    found = references(in_spec(f"{field}:\n    A:\n      type: {type_ or '~'}"))
    assert [each.rule for each in found] == [RULE if type_ else "stack/missing-field"]
    if type_:
        assert "without a condition, an event or a word in its status" in found[0].message


def test_a_config_map_gets_its_own_ways() -> None:
    [problem] = references(in_spec("envRefs: {A: {type: ConfigMap, configMap: {name: a, key: b}}}"))
    assert "configRef" in problem.fix
    assert "The API server refuses the whole Stack" in problem.message


@pytest.mark.parametrize(("type_", "body"), [("Env", "env: {name: HOME}"), ("FS", "filesystem: {path: /etc/token}")])
def test_the_operators_own_variables_and_files_are_gone_with_version_two(type_: str, body: str) -> None:
    text = in_spec(f"envRefs:\n    A:\n      type: {type_}\n      {body}")
    [problem] = references(text)
    assert told([problem]) == [f"example.yaml:12:7 {RULE}"]
    assert "SpecInvalid" in problem.message
    assert references(text, pko=(1, 16, 0)) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("accessToken", "{accessToken: REF}"),
        ("sshPrivateKey", "{sshAuth: {sshPrivateKey: REF}}"),
        ("password", "{basicAuth: {userName: {type: Secret, secret: {name: a, key: b}}, password: REF}}"),
    ],
)
@pytest.mark.parametrize(
    "reference", ["{type: Literal, literal: {value: hunter2}}", "{type: Env, env: {name: A}}", "{type: Vault}"]
)
def test_for_git_there_are_only_secrets(place: str, value: str, reference: str) -> None:
    text = in_spec(f"gitAuth: {value.replace('REF', reference)}")
    [problem] = references(text)
    assert problem.rule == RULE
    assert problem.path[-2:] == (place, "type")
    assert "reads Secrets only: the Stack stalls with SpecInvalid" in problem.message
    assert "hunter2" not in problem.message + problem.fix
    if "Vault" not in reference:
        assert references(text, pko=(1, 16, 0)) == []


def test_other_letters_are_mended_where_the_body_is_there() -> None:
    [problem] = references(in_spec("envRefs: {A: {type: secret, secret: {name: a, key: b}}}"))
    assert problem.edits == (SetValue(("spec", "envRefs", "A", "type"), "Secret"),)
    [problem] = references(in_spec("envRefs: {A: {type: secret}}"))
    assert (problem.fix, problem.edits) == ("Write `type: Secret`.", ())


@pytest.mark.parametrize(
    "reference",
    [
        "{type: Secret, secret: {name: a, key: b}}",
        "{type: Literal, literal: {value: StackOutput}}",
        "{type: Literal, literal: {value: ''}}",
    ],
)
def test_the_types_that_there_are(reference: str) -> None:
    assert references(in_spec(f"envRefs: {{A: {reference}}}")) == []


def test_a_value_of_another_type_beside_an_invented_one_is_told_too() -> None:
    found = references(in_spec("envRefs: {A: {type: StackOutput, secret: text}}"))
    assert sorted(each.rule for each in found) == [RULE, "stack/wrong-type"]


def test_an_empty_type_is_none_either() -> None:
    [problem] = references(in_spec("envRefs: {A: {type: '', secret: {name: a, key: b}}}"))
    assert problem.rule == RULE
    assert problem.message.startswith("spec.envRefs.A.type is empty. ")
