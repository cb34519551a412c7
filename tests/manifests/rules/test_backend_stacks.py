"""One stack of a backend belongs to one Stack."""

from __future__ import annotations

import pytest

from manifests.problem import Problem
from support.lint_texts import problems_in, told

ABOUT = "stack/duplicate-backend-stack"
GIT = "projectRepo: https://github.com/acme/web.git"


def stack(name: str, *lines: str, namespace: str = "shop") -> str:
    head = f"apiVersion: pulumi.com/v1\nkind: Stack\nmetadata: {{name: {name}, namespace: '{namespace}'}}\nspec:\n"
    return head + "".join(f"  {line}\n" for line in lines)


def found(*texts: str) -> list[Problem]:
    return [each for each in problems_in("---\n".join(texts)) if each.rule == ABOUT]


def test_the_second_stack_is_named_with_the_first() -> None:
    (problem,) = found(stack("a", "stack: acme/web/dev"), stack("b", "stack: acme/web/dev", namespace="data"))
    assert told([problem]) == [f"example.yaml:11:3 {ABOUT}"]
    assert "acme/web/dev is run by Stack shop/a too (example.yaml:5)" in problem.message


def test_each_but_the_first_is_named() -> None:
    assert len(found(*(stack(name, "stack: acme/web/dev") for name in "abcd"))) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["stack: acme/web/dev"], ["stack: acme/web/prod"]),
        (["stack: acme/web/dev"], ["stack: acme/web/dev", "preview: true"]),
        (["stack: acme/web/dev"], ["stack: acme/web/dev", "backend: s3://state"]),
        (["stack: acme/web/dev", "backend: s3://state"], ["stack: acme/web/dev", "backend: s3://other"]),
        (["stack: acme/web/dev", "backend: 'file:///state'"], ["stack: acme/web/dev", "backend: 'file:///state'"]),
        (["stack: acme/web/dev"], ["stack: acme/web/dev", "envSecrets: [backend]"]),
        (["stack: '${STACK}'"], ["stack: '${STACK}'"]),
        (["stack: dev"], ["stack: dev"]),
        (["stack: dev", GIT], ["stack: dev", "projectRepo: https://github.com/acme/data.git"]),
        (["stack: dev", GIT, "repoDir: a"], ["stack: dev", GIT, "repoDir: b"]),
        (["stack: dev", "programRef: {name: a}"], ["stack: dev", "programRef: {name: b}"]),
        (["stack: acme/web/dev"], ["stack: dev", GIT]),
        (["stack: [acme/web/dev]"], ["stack: [acme/web/dev]"]),
    ],
)
def test_stacks_that_do_not_meet(one: list[str], other: list[str]) -> None:
    assert found(stack("a", *one), stack("b", *other)) == []


PVC = "workspaceTemplate: {spec: {podTemplate: {spec: {volumes: [{persistentVolumeClaim: {claimName: state}}]}}}}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["stack: acme/web/dev"], ["stack: acme/web/dev", "backend: https://api.pulumi.com/"]),
        (["stack: acme/web/dev", "backend: s3://state"], ["stack: acme/web/dev", "backend: s3://state/"]),
        (
            ["stack: acme/web/dev", "backend: s3://state"],
            ["stack: acme/web/dev", "envRefs: {PULUMI_BACKEND_URL: {type: Literal, literal: {value: 's3://state'}}}"],
        ),
        (
            ["stack: acme/web/dev", "envRefs: {PULUMI_BACKEND_URL: {type: Secret, secret: {name: a, key: b}}}"],
            ["stack: acme/web/dev", "envRefs: {PULUMI_BACKEND_URL: {type: Secret, secret: {name: a, key: b}}}"],
        ),
        (
            ["stack: acme/web/dev", "backend: 'file:///state'", PVC],
            ["stack: acme/web/dev", "backend: 'file:///state'", PVC],
        ),
        (["stack: dev", GIT], ["stack: dev", "projectRepo: git@github.com:acme/web.git"]),
        (["stack: dev", GIT, "repoDir: infra/"], ["stack: dev", GIT, "repoDir: ./infra"]),
        (["stack: acme/dev", GIT], ["stack: acme/dev", GIT, "branch: next"]),
        (["stack: dev", "programRef: {name: a}"], ["stack: dev", "programRef: {name: a}"]),
        (
            ["stack: dev", "fluxSource: {sourceRef: {kind: Bucket, name: a}, dir: x}"],
            ["stack: dev", "fluxSource: {sourceRef: {kind: Bucket, name: a}, dir: x/}"],
        ),
    ],
)
def test_stacks_that_meet(one: list[str], other: list[str]) -> None:
    assert len(found(stack("a", *one), stack("b", *other))) == 1


def test_one_object_may_be_written_twice() -> None:
    assert found(stack("a", "stack: acme/web/dev"), stack("a", "stack: acme/web/dev")) == []
    assert found(stack("a", "stack: acme/web/dev"), stack("a", "stack: acme/web/dev", namespace="")) == []


def test_a_copy_for_another_cluster_needs_a_stack_of_its_own() -> None:
    copy = stack("a", "stack: acme/web/dev", "branch: production")
    assert len(found(stack("a", "stack: acme/web/dev", "branch: main"), copy)) == 1


APPLICATION = """\
# file: apps/{name}.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd, finalizers: [resources-finalizer.argocd.argoproj.io]}}
spec:
  source: {{repoURL: https://github.com/acme/gitops, path: {path}}}
  destination: {{{cluster}, namespace: {namespace}}}
"""


def application(name: str, path: str, cluster: str = "server: https://a", namespace: str = "shop") -> str:
    return APPLICATION.format(name=name, path=path, cluster=cluster, namespace=namespace)


def copies(*lines: str, cluster: str = "server: https://b") -> list[str]:
    files = [f"# file: {each}/stack.yaml\n{stack('web', *lines)}" for each in "ab"]
    texts = (*files, application("a", "a"), application("b", "b", cluster))
    return told([each for each in problems_in(*texts) if each.rule == ABOUT])


def test_the_same_object_in_two_clusters_is_two_stacks() -> None:
    assert copies("stack: acme/web/dev") == [f"b/stack.yaml:5:3 {ABOUT}"]
    for cluster in ("server: https://a", "server: https://a/", "name: a", "server: ''"):
        assert copies("stack: acme/web/dev", cluster=cluster) == []


def test_secrets_of_two_clusters_may_name_two_backends_or_organizations() -> None:
    url = "envRefs: {PULUMI_BACKEND_URL: {type: Secret, secret: {name: a, key: b}}}"
    assert copies("stack: acme/web/dev", url) == []
    assert copies("stack: dev", GIT) == []


def test_one_document_in_two_namespaces_is_two_stacks() -> None:
    text = f"# file: web/stack.yaml\n{stack('web', 'stack: acme/web/dev', namespace='')}"
    both = problems_in(text, application("a", "web"), application("b", "web", namespace="data"))
    assert [each for each in told(both) if "argocd/covered" in each or ABOUT in each] == [f"web/stack.yaml:5:3 {ABOUT}"]
    assert "in each of data and shop" in next(each.message for each in both if each.rule == ABOUT)


def test_an_organization_that_is_not_named_is_that_of_the_login() -> None:
    login = "envRefs: {PULUMI_ACCESS_TOKEN: {type: Secret, secret: {name: %s, key: token}}}"
    assert found(stack("a", "stack: dev", GIT, login % "one"), stack("b", "stack: dev", GIT, login % "two")) == []
    assert len(found(stack("a", "stack: dev", GIT, login % "one"), stack("b", "stack: dev", GIT, login % "one"))) == 1
