"""A Stack finds what it refers to in its own namespace alone."""

from __future__ import annotations

import pytest

from manifests.problem import Problem, RemoveField
from manifests.product_versions import NEWEST_PKO, ProductVersion
from support.lint_texts import problems_in, told

ABOUT = "stack/cross-namespace"
STACK = """\
apiVersion: pulumi.com/v1
kind: Stack
metadata: {name: web, namespace: shop}
spec:
  stack: acme/web/dev
"""
TOKEN = "type: Secret, secret: {name: token, key: a, namespace: %s}"
FLUX = "{sourceRef: {apiVersion: source.toolkit.fluxcd.io/v1, kind: %s, name: web}}"


def found(*texts: str, pko: ProductVersion = NEWEST_PKO) -> list[Problem]:
    return [each for each in problems_in("---\n".join(texts), pko=pko) if each.rule == ABOUT]


def an_object(api_version: str, kind: str, namespace: str, name: str = "web") -> str:
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: '{namespace}'}}\n"


@pytest.mark.parametrize(
    "field",
    [
        f"envRefs: {{TOKEN: {{{TOKEN % 'data'}}}}}",
        f"secretsRef: {{'a:b': {{{TOKEN % 'data'}}}}}",
        f"gitAuth: {{accessToken: {{{TOKEN % 'data'}}}}}",
        f"gitAuth: {{sshAuth: {{sshPrivateKey: {{{TOKEN % 'data'}}}}}}}",
        f"gitAuth: {{basicAuth: {{password: {{{TOKEN % 'data'}}}}}}}",
        f"gitAuth: {{githubApp: {{privateKey: {{{TOKEN % 'data'}}}}}}}",
    ],
)
def test_a_secret_of_another_namespace(field: str) -> None:
    (problem,) = found(f"{STACK}  {field}\n")
    assert told([problem]) == [f"example.yaml:6:{3 + field.index('namespace:')} {ABOUT}"]
    assert "in the namespace data, and the Stack is in shop" in problem.message
    assert problem.edits == ()
    assert problem.path[-1] == "namespace"


def test_the_namespace_may_go_where_the_stacks_own_has_the_secret() -> None:
    (problem,) = found(
        f"{STACK}  envRefs: {{TOKEN: {{{TOKEN % 'data'}}}}}\n", an_object("v1", "Secret", "shop", "token")
    )
    assert problem.edits == (RemoveField(("spec", "envRefs", "TOKEN", "secret", "namespace")),)


def test_before_2_0_the_isolation_could_be_turned_off() -> None:
    (problem,) = found(f"{STACK}  envRefs: {{TOKEN: {{{TOKEN % 'data'}}}}}\n", pko=(1, 16, 0))
    assert "unless its isolation of namespaces was turned off" in problem.message


def test_the_stacks_own_namespace_may_be_named() -> None:
    assert found(f"{STACK}  envRefs: {{TOKEN: {{{TOKEN % 'shop'}}}}}\n") == []


def test_nothing_is_said_where_the_stacks_namespace_is_not_known() -> None:
    stack = STACK.replace(", namespace: shop", "")
    assert found(f"{stack}  envRefs: {{TOKEN: {{{TOKEN % 'data'}}}}}\n") == []
    assert found(f"{stack}  programRef: {{name: web}}\n", an_object("pulumi.com/v1", "Program", "data")) == []


def test_a_literal_has_no_namespace() -> None:
    text = f"{STACK}  envRefs: {{A: {{type: Literal, literal: {{value: b}}, secret: {{name: c, namespace: data}}}}}}\n"
    assert found(text) == []


def test_a_program_of_another_namespace() -> None:
    program = an_object("pulumi.com/v1", "Program", "data")
    (problem,) = found(f"{STACK}  programRef:\n    name: web\n", program)
    assert told([problem]) == [f"example.yaml:7:5 {ABOUT}"]
    assert "the Program web is in the namespace data (example.yaml:9)" in problem.message
    assert [each.rule for each in problems_in(f"{STACK}  programRef:\n    name: web\n---\n{program}")].count(
        "ref/program-missing"
    ) == 0


def test_a_program_that_is_near_or_may_be() -> None:
    stack = f"{STACK}  programRef: {{name: web}}\n"
    far = an_object("pulumi.com/v1", "Program", "data")
    assert found(stack, far, an_object("pulumi.com/v1", "Program", "shop")) == []
    assert found(stack, far, an_object("pulumi.com/v1", "Program", "")) == []
    assert found(stack, an_object("example.com/v1", "Program", "data")) == []


@pytest.mark.parametrize("kind", ["GitRepository", "OCIRepository", "Bucket"])
def test_a_flux_source_of_another_namespace(kind: str) -> None:
    stack = f"{STACK}  fluxSource: {FLUX % kind}\n"
    (problem,) = found(stack, an_object("source.toolkit.fluxcd.io/v1beta2", kind, "flux-system"))
    assert f"the {kind} web is in the namespace flux-system" in problem.message
    assert found(stack, an_object("source.toolkit.fluxcd.io/v1", kind, "shop")) == []


def test_a_program_that_git_is_taken_before_is_not_looked_for() -> None:
    stack = f"{STACK}  projectRepo: https://github.com/acme/web.git\n  programRef: {{name: web}}\n"
    assert found(stack, an_object("pulumi.com/v1", "Program", "data")) == []
