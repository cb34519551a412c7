"""The service accounts of workspaces, and what they may do."""

from __future__ import annotations

import pytest

from manifests.document import Document
from manifests.linting import lint
from manifests.problem import Problem, Severity
from manifests.product_versions import NEWEST_PKO, ProductVersion
from manifests.reading.source_file import parse_source
from manifests.repository import Repository
from support.lint_texts import problems_in, told

MISSING, NOT_BOUND, TOO_MUCH = "rbac/service-account-missing", "rbac/auth-delegator-missing", "rbac/cluster-admin"
DELEGATOR = "system:auth-delegator"


def stack(account: str = "", *, namespace: str = "shop", template: str = "") -> str:
    text = f"apiVersion: pulumi.com/v1\nkind: Stack\nmetadata: {{name: web, namespace: '{namespace}'}}\nspec:\n"
    text += f"  serviceAccountName: {account}\n" if account else ""
    return text + "  stack: acme/web/dev\n" + (f"  workspaceTemplate: {{spec: {template}}}\n" if template else "")


def account(name: str = "pulumi", namespace: str = "shop") -> str:
    return f"apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, namespace: '{namespace}'}}\n"


def of_account(name: str = "pulumi", namespace: str = "shop") -> str:
    return f"{{kind: ServiceAccount, name: {name}, namespace: '{namespace}'}}"


def group(name: str) -> str:
    return f"{{kind: Group, apiGroup: rbac.authorization.k8s.io, name: '{name}'}}"


def binding(role: str, *subjects: str, kind: str = "ClusterRoleBinding", of: str = "ClusterRole") -> str:
    namespace = ", namespace: shop" if kind == "RoleBinding" else ""
    return (
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: a{namespace}}}\n"
        f"roleRef: {{kind: {of}, name: '{role}'}}\nsubjects: [{', '.join(subjects)}]\n"
    )


def role(name: str, *rules: str, kind: str = "ClusterRole") -> str:
    namespace = ", namespace: shop" if kind == "Role" else ""
    return (
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: {name}{namespace}}}\n"
        f"rules: [{', '.join(rules)}]\n"
    )


def found(*texts: str, pko: ProductVersion = NEWEST_PKO) -> list[Problem]:
    return [each for each in problems_in("---\n".join(texts), pko=pko) if each.rule.startswith("rbac/")]


def rules(*texts: str, pko: ProductVersion = NEWEST_PKO) -> list[str]:
    return [each.rule for each in found(*texts, pko=pko)]


TRUSTED = binding(DELEGATOR, of_account())


def test_what_is_there_and_bound_is_right() -> None:
    assert rules(stack("pulumi"), account(), TRUSTED) == []
    assert rules(stack("pulumi"), account(namespace=""), TRUSTED) == []
    assert rules(stack("pulumi", namespace=""), account(), TRUSTED) == []


def test_an_account_that_is_nowhere() -> None:
    (problem,) = found(stack("pulumi"), account("pulumy"), TRUSTED)
    assert told([problem]) == [f"example.yaml:5:3 {MISSING}"]
    assert problem.severity is Severity.ERROR
    assert "service account shop/pulumi is nowhere in the repository" in problem.message
    assert "There is pulumy" in problem.message
    assert "name: pulumi\n    namespace: shop" in problem.fix


def test_an_account_of_another_namespace() -> None:
    (problem,) = found(stack("pulumi"), account(namespace="data"), TRUSTED)
    assert "is in the namespace data alone (example.yaml:8)" in problem.message


def test_what_is_missing_and_not_bound_is_said_once() -> None:
    assert rules(stack("pulumi"), account("other")) == [MISSING]


def test_where_there_is_no_rbac_at_all_it_is_a_note() -> None:
    (problem,) = found(stack("pulumi"))
    assert (problem.rule, problem.severity) == (MISSING, Severity.NOTE)
    (problem,) = found(stack())
    assert (problem.rule, problem.severity) == (NOT_BOUND, Severity.NOTE)
    (problem,) = found(stack("pulumi"), account())
    assert (problem.rule, problem.severity) == (NOT_BOUND, Severity.NOTE)


def test_an_account_that_nothing_binds() -> None:
    (problem,) = found(stack("pulumi"), account(), binding("view", of_account()))
    assert told([problem]) == [f"example.yaml:5:3 {NOT_BOUND}"]
    assert problem.severity is Severity.ERROR
    assert "name: system:auth-delegator" in problem.fix


def test_the_default_account_needs_a_binding_too() -> None:
    (problem,) = found(stack(), TRUSTED)
    assert told([problem]) == [f"example.yaml:4:1 {NOT_BOUND}"]
    assert "service account shop/default, which it runs as since it names none," in problem.message
    assert rules(stack(), binding(DELEGATOR, of_account("default"))) == []
    assert rules(stack("default"), binding(DELEGATOR, of_account("default"))) == []


@pytest.mark.parametrize(
    "template",
    [
        "{serviceAccountName: pulumi}",
        "{podTemplate: {spec: {serviceAccountName: pulumi}}}",
        "{serviceAccountName: other, podTemplate: {spec: {serviceAccountName: pulumi}}}",
    ],
)
def test_the_account_of_the_template_counts(template: str) -> None:
    assert rules(stack("wrong", template=template), account(), TRUSTED) == []
    assert rules(stack("pulumi", template=template.replace("pulumi", "nobody")), account(), TRUSTED) == [MISSING]


def test_a_template_is_where_it_is_said() -> None:
    (problem,) = found(stack(template="{serviceAccountName: nobody}"), account(), TRUSTED)
    assert told([problem]) == [f"example.yaml:6:30 {MISSING}"]


@pytest.mark.parametrize(
    "subject",
    [
        group("system:serviceaccounts"),
        group("system:serviceaccounts:shop"),
        group("system:authenticated"),
        "{kind: User, name: 'system:serviceaccount:shop:pulumi'}",
        "{kind: ServiceAccount, name: pulumi}",
    ],
)
def test_groups_of_accounts_reach_an_account(subject: str) -> None:
    assert rules(stack("pulumi"), account(), binding(DELEGATOR, subject)) == []


@pytest.mark.parametrize(
    "subject",
    [
        group("system:serviceaccounts:data"),
        group("system:nodes"),
        of_account(namespace="data"),
        of_account("pulumi-next"),
        "{kind: User, name: pulumi}",
        "{kind: Group, name: pulumi}",
    ],
)
def test_subjects_that_are_somebody_else(subject: str) -> None:
    assert rules(stack("pulumi"), account(), binding(DELEGATOR, subject)) == [NOT_BOUND]


def test_a_role_binding_does_nothing() -> None:
    (problem,) = found(stack("pulumi"), account(), binding(DELEGATOR, of_account(), kind="RoleBinding"))
    assert problem.rule == NOT_BOUND
    assert "by a RoleBinding (example.yaml:12), which does nothing" in problem.message


REVIEWS = (
    "{apiGroups: [authentication.k8s.io], resources: [tokenreviews], verbs: [create]}",
    "{apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: ['*']}",
)


def test_a_role_with_the_same_rights_does() -> None:
    bound = binding("reviews", of_account())
    assert rules(stack("pulumi"), account(), bound, role("reviews", *REVIEWS)) == []
    assert rules(stack("pulumi"), account(), bound, role("reviews", REVIEWS[0])) == [NOT_BOUND]
    one, other = role("one", REVIEWS[0]), role("other", REVIEWS[1])
    assert (
        rules(stack("pulumi"), account(), binding("one", of_account()), binding("other", of_account()), one, other)
        == []
    )


def test_a_role_that_is_elsewhere_may_have_them() -> None:
    assert rules(stack("pulumi"), account(), binding("reviews", of_account())) == []
    aggregated = role("reviews") + "aggregationRule: {clusterRoleSelectors: []}\n"
    assert rules(stack("pulumi"), account(), binding("reviews", of_account()), aggregated) == []


def test_what_a_template_or_the_values_of_a_chart_may_make_is_not_missing() -> None:
    values = "# file: chart/values.yaml\nserviceAccount: {create: true, name: pulumi}\n"
    assert rules(stack("pulumi"), account("other"), binding("view", of_account("other")) + values) == []
    broken = "# file: chart/templates/account.yaml\nkind: ServiceAccount\nmetadata: {{ include a }}\n"
    assert rules(stack("pulumi"), account("other"), TRUSTED + broken) == []


def test_what_a_program_makes_is_not_missing() -> None:
    made = "{type: 'kubernetes:%s', properties: {metadata: {name: pulumi}}}"
    resources = (
        f"{{a: {made % 'core/v1:ServiceAccount'}, b: {made % 'rbac.authorization.k8s.io/v1:ClusterRoleBinding'}}}"
    )
    program = f"apiVersion: pulumi.com/v1\nkind: Program\nmetadata: {{name: a}}\nprogram: {{resources: {resources}}}\n"
    assert rules(stack("pulumi"), account("other"), TRUSTED.replace("pulumi", "other"), program) == []


def test_before_2_0_workspaces_have_no_accounts() -> None:
    assert rules(stack("pulumi"), account("other"), binding("cluster-admin", of_account()), pko=(1, 16, 0)) == []


def test_an_account_that_is_cluster_admin() -> None:
    (problem,) = found(stack("pulumi"), account(), TRUSTED, binding("cluster-admin", of_account()))
    assert told([problem]) == [f"example.yaml:21:30 {TOO_MUCH}"]
    assert problem.severity is Severity.WARNING
    assert "shop/pulumi is bound to cluster-admin" in problem.message
    assert "it has system:auth-delegator by another binding" in problem.message


def test_cluster_admin_is_enough_for_the_operator_and_more_than_it_needs() -> None:
    (problem,) = found(stack("pulumi"), account(), binding("cluster-admin", of_account()))
    assert problem.rule == TOO_MUCH
    assert "nothing of it but system:auth-delegator (create tokenreviews and subjectaccessreviews)" in problem.message
    assert "roleRef can't be changed" in problem.fix


ALL = "{apiGroups: ['*'], resources: ['*'], verbs: ['*']}"


def test_a_role_of_everything_is_the_same() -> None:
    bound = binding("everything", of_account())
    (problem,) = found(stack("pulumi"), account(), TRUSTED, bound, role("everything", ALL))
    assert told([problem]) == [f"example.yaml:21:30 {TOO_MUCH}"]
    assert "everything, a ClusterRole whose rule is * on * (example.yaml:27)" in problem.message


@pytest.mark.parametrize(
    "rule",
    [
        "{apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch]}",
        "{apiGroups: [apps], resources: ['*'], verbs: ['*']}",
        "{apiGroups: ['*'], resources: [deployments], verbs: ['*']}",
        "{nonResourceURLs: ['*'], verbs: ['*']}",
    ],
)
def test_a_role_of_less_is_not(rule: str) -> None:
    assert rules(stack("pulumi"), account(), TRUSTED, binding("some", of_account()), role("some", rule)) == []


def test_everything_in_one_namespace_says_so() -> None:
    of_a_role = binding("everything", of_account(), kind="RoleBinding", of="Role")
    (problem,) = found(stack("pulumi"), account(), TRUSTED, of_a_role, role("everything", ALL, kind="Role"))
    assert "may do everything in the namespace shop" in problem.message
    assert rules(stack("pulumi"), account(), TRUSTED, binding("admin", of_account(), kind="RoleBinding")) == []


def test_a_group_that_is_cluster_admin() -> None:
    assert rules(stack("pulumi"), account(), TRUSTED, binding("cluster-admin", group("system:serviceaccounts"))) == [
        TOO_MUCH
    ]


def test_other_accounts_that_are_cluster_admin_are_not_our_business() -> None:
    other = binding("cluster-admin", of_account("argocd-application-controller", "argocd"))
    assert rules(stack("pulumi"), account(), TRUSTED, other) == []


def test_in_a_cluster_whose_rbac_was_not_read_nothing_is_said() -> None:
    live = {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {"name": "a", "namespace": "b"},
        "spec": {"stack": "c"},
    }
    problems = lint(Repository([], objects=[Document("staging", 0, live)]))
    assert [each.rule for each in problems if each.rule.startswith("rbac/")] == []


class _OfTwoOverlays(Repository):
    """As where Kustomize puts everything without a namespace into two."""

    def namespaces(self, document: Document) -> frozenset[str]:
        return super().namespaces(document) or frozenset({"shop-dev", "shop-prod"})


def test_kustomize_changes_the_subject_with_the_account() -> None:
    for subject in (of_account(namespace="default"), of_account(namespace=""), of_account(namespace="shop-prod")):
        text = "---\n".join([stack("pulumi", namespace=""), account(namespace=""), binding(DELEGATOR, subject)])
        problems = lint(_OfTwoOverlays([parse_source("base.yaml", text)]))
        assert [each.rule for each in problems if each.rule.startswith("rbac/")] == []
    text = text.replace("shop-prod", "platform")
    problems = lint(_OfTwoOverlays([parse_source("base.yaml", text)]))
    assert [each.rule for each in problems if each.rule.startswith("rbac/")] == [NOT_BOUND]


class _Patched(Repository):
    def may_be_patched(self, document: Document) -> bool:
        return True


def test_of_what_is_patched_only_what_stands_there_counts() -> None:
    for text in (stack(), stack("dev-pulumi") + "---\n" + account() + "---\n" + TRUSTED):
        problems = lint(_Patched([parse_source("base.yaml", text)]))
        assert [each.rule for each in problems if each.rule.startswith(("rbac/", "stack/"))] == []
