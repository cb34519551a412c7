"""Where objects may be that no file of the repository holds."""

from __future__ import annotations

import pytest

from support.lint_texts import problems_in, told

NEEDED = ("rbac/", "ref/")
STACK = """\
# file: a/stack.yaml
apiVersion: pulumi.com/v1
kind: Stack
metadata: {name: web, namespace: shop}
spec:
  stack: acme/web/dev
  projectRepo: https://github.com/acme/web.git
  branch: main
  serviceAccountName: pulumi
  prerequisites: [{name: network}]
# file: b/rbac.yaml
apiVersion: v1
kind: ServiceAccount
metadata: {name: pulumi, namespace: data}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: data-pulumi}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:auth-delegator}
subjects: [{kind: ServiceAccount, name: pulumi, namespace: data}]
"""
ALL = ["a/stack.yaml:8:3 rbac/service-account-missing", "a/stack.yaml:9:20 ref/prerequisite-missing"]


def missed(*texts: str) -> list[str]:
    found = problems_in(*texts)
    return [line for line in told(found) if line.partition(" ")[2].startswith(NEEDED)]


def test_what_is_nowhere_is_missed() -> None:
    assert missed(STACK) == ALL
    assert missed(STACK, "# file: a/kustomization.yaml\nnamespace: shop\nresources: [stack.yaml]\n") == ALL


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ("resources: [stack.yaml, 'github.com/acme/bases//rbac?ref=v1']", False),
        ("resources: [stack.yaml]\nhelmCharts: [{name: network}]", False),
        ("resources: [stack.yaml]\nhelmChartInflationGenerator: [{chartName: network}]", False),
        ("resources: [stack.yaml]\ngenerators: [made.yaml]", False),
        ("resources: [stack.yaml]\ngenerators: ['https://example.com/made.yaml']", False),
        ("resources: [stack.yaml]\ngenerators: [secrets.yaml]", True),
        ("resources: [stack.yaml]\nsecretGenerator: [{name: database}]", True),
        ("resources: [stack.yaml]\nconfigMapGenerator: [{name: settings}]", True),
    ],
)
def test_what_kustomize_fetches_or_makes_may_be_anything(fields: str, known: bool) -> None:
    files = (
        "# file: a/made.yaml\napiVersion: acme.io/v1\nkind: Maker\nmetadata: {name: x}\n",
        "# file: a/secrets.yaml\napiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: x}\n",
    )
    for namespace in ("", "namespace: shop\n"):
        found = missed(STACK, *files, f"# file: a/kustomization.yaml\n{namespace}{fields}\n")
        assert found == (ALL if known else [])


def test_a_base_of_another_namespace_says_nothing_about_this_one() -> None:
    remote = "# file: c/kustomization.yaml\n%sresources: ['https://github.com/acme/bases//rbac?ref=v1']\n"
    assert missed(STACK, remote % "namespace: data\n") == ALL
    assert missed(STACK, remote % "namespace: shop\n") == []
    assert missed(STACK, remote % "") == []
    over = "# file: d/kustomization.yaml\nnamespace: data\nresources: [../c]\n"
    assert missed(STACK, remote % "", over) == ALL


APPLICATION = """\
# file: apps/{name}.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd, finalizers: [resources-finalizer.argocd.argoproj.io]}}
spec:
  source: {{repoURL: "{repo}", {source}}}
  destination: {{{cluster}, namespace: {namespace}}}
"""
HERE = "https://github.com/acme/gitops.git"
SERVER = "server: https://kubernetes.default.svc"


def application(
    name: str, repo: str = HERE, source: str = "path: x", cluster: str = SERVER, namespace: str = "shop"
) -> str:
    return APPLICATION.format(name=name, repo=repo, source=source, cluster=cluster, namespace=namespace)


OWN = application("own", source="path: a")


@pytest.mark.parametrize(
    ("other", "known"),
    [
        (application("other", "https://github.com/acme/network.git"), False),
        (application("other", "https://charts.example.com", "chart: network, targetRevision: 1.0.0"), False),
        (application("other", source="path: b, targetRevision: v1"), False),
        (application("other", "https://github.com/acme/network.git", cluster="name: in-cluster"), False),
        (application("other", "https://github.com/acme/network.git", cluster="name: prod"), False),
        (application("other", "https://github.com/acme/network.git", namespace="''"), False),
        (application("other", "https://github.com/acme/network.git", cluster="server: https://prod"), True),
        (application("other", "https://github.com/acme/network.git", namespace="data"), True),
        (application("other", "https://github.com/acme/values.git", "ref: values"), True),
        (application("other", source="path: b"), True),
    ],
)
def test_other_repositories_may_deliver_it(other: str, known: bool) -> None:
    assert (missed(STACK, OWN, other) != []) is known


def test_a_name_that_no_object_has_comes_from_nowhere() -> None:
    text = STACK.replace("name: network", "name: acme/network/dev")
    other = application("other", "https://github.com/acme/network.git")
    assert missed(text, OWN, other) == ["a/stack.yaml:9:20 ref/prerequisite-missing"]
