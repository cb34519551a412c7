"""Rules look at objects of any shape without raising."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from manifests.catalogue import CHECKS
from manifests.document import Document
from manifests.product_versions import ProductVersions
from manifests.reading.source_file import parse_source
from manifests.repository import Repository

NAMES = (
    "web",
    "data",
    "shop",
    "acme/web/dev",
    "",
    "a",
    "Secret",
    "Literal",
    "*",
    "system:auth-delegator",
    "/",
    "https://a",
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 100),
    st.floats(allow_nan=True),
    st.sampled_from(NAMES),
    st.text(max_size=6),
)
KEYS = st.sampled_from(
    (
        "name", "namespace", "key", "secret", "type", "literal", "value", "spec", "template", "metadata", "data",
        "stringData", "branch", "commit", "projectRepo", "gitAuth", "accessToken", "sshAuth", "basicAuth", "envRefs",
        "secretsRef", "secrets", "envSecrets", "envs", "prerequisites", "programRef", "fluxSource", "sourceRef", "kind",
        "apiVersion", "workspaceTemplate", "podTemplate", "volumes", "projected", "sources", "containers", "env",
        "envFrom", "resources", "limits", "serviceAccountName", "finalizers", "annotations", "labels", "rules",
        "apiGroups", "verbs", "subjects", "roleRef", "target", "dataFrom", "encryptedData", "secretGenerator",
        "literals", "files", "git", "auth", "token", "local", "flux", "stack", "backend", "preview", "items", "default",
        "resyncFrequencySeconds", "continueResyncOnCommitMatch", "gitAuthSecret", "accessTokenSecret", "secretKeyRef",
        "secretRef", "secretName", "imagePullSecrets", "optional", "helm", "valuesObject", "program", "password",
    )
)  # fmt: skip
ANY: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(KEYS, inner, max_size=4),
        st.dictionaries(st.one_of(st.integers(0, 3), st.booleans(), st.none(), KEYS), inner, max_size=2),
    ),
    max_leaves=25,
)
SPEC_FIELDS = (
    "projectRepo", "branch", "commit", "repoDir", "gitAuth", "gitAuthSecret", "envRefs", "secretsRef", "secrets",
    "envSecrets", "envs", "prerequisites", "programRef", "fluxSource", "workspaceTemplate", "serviceAccountName",
    "stack", "backend", "preview", "resyncFrequencySeconds", "continueResyncOnCommitMatch", "accessTokenSecret",
)  # fmt: skip
KINDS = st.sampled_from(
    (
        ("pulumi.com/v1", "Stack"), ("pulumi.com/v1alpha1", "Stack"), ("pulumi.com/v1", "Program"), ("v1", "Secret"),
        ("v1", "ServiceAccount"), ("v1", "LimitRange"), ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding"), ("rbac.authorization.k8s.io/v1", "ClusterRole"),
        ("rbac.authorization.k8s.io/v1", "Role"), ("external-secrets.io/v1", "ExternalSecret"), ("", ""),
        ("bitnami.com/v1alpha1", "SealedSecret"), ("kustomize.config.k8s.io/v1beta1", "Kustomization"),
        ("argoproj.io/v1alpha1", "Application"), ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
    )
)  # fmt: skip


@st.composite
def objects(draw: st.DrawFn) -> dict[Any, Any]:
    api_version, kind = draw(KINDS)
    found = draw(st.dictionaries(KEYS, ANY, max_size=6))
    if draw(st.booleans()):
        found["spec"] = draw(st.dictionaries(st.sampled_from(SPEC_FIELDS), ANY, max_size=6))
    if draw(st.booleans()):
        found["metadata"] = {"name": draw(st.sampled_from(NAMES)), "namespace": draw(st.sampled_from(NAMES))}
    return {"apiVersion": api_version, "kind": kind} | found


@given(st.lists(objects(), max_size=4), st.sampled_from([(1, 16, 0), (2, 0, 0), (2, 9, 1)]))
def test_no_rule_raises_whatever_stands_where_it_looks(values: list[dict[Any, Any]], pko: tuple[int, int, int]) -> None:
    documents = [Document("staging", index, value) for index, value in enumerate(values)]
    repository = Repository([parse_source("a.yaml", "{{")], ProductVersions(pko), objects=documents)
    for check in CHECKS:
        for problem in check(repository):
            assert problem.message
            assert problem.fix
