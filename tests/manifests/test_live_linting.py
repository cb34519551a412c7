"""Rules over clusters: what is near is in the same one, Argo CD may be in another, and what isn't known isn't said."""

from __future__ import annotations

from typing import Any

import pytest

from manifests.live_facts import LiveFacts, ObjectKind
from manifests.live_linting import LiveCluster, lint_clusters
from manifests.problem import Problem
from manifests.product_versions import ProductVersions
from support.lint_objects import EVERYTHING, RBAC, cluster_of

Obj = dict[str, Any]
QUIET = ("stack/limits", "argocd/link")
GIT = {"projectRepo": "https://github.com/acme/web.git", "branch": "main"}
TOKEN = {"envRefs": {"PULUMI_ACCESS_TOKEN": {"type": "Secret", "secret": {"name": "token", "key": "token"}}}}


def obj(kind: str, name: str, namespace: str = "shop", version: str = "v1", **fields: Any) -> Obj:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}} | fields


def stack(name: str = "web", namespace: str = "shop", uid: str = "", **spec: Any) -> Obj:
    source = {} if "programRef" in spec else GIT
    made = obj("Stack", name, namespace, "pulumi.com/v1", spec={"stack": f"acme/{name}/dev"} | source | spec)
    made["metadata"]["uid"] = uid or f"{namespace}/{name}"
    return made


def binding(role: str, account: str = "default", namespace: str = "shop") -> Obj:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{account}-{role}"},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    }


TRUSTED = binding("system:auth-delegator")


def found(*clusters: LiveCluster) -> list[Problem]:
    return [each for each in lint_clusters(clusters) if each.rule not in QUIET]


def rules(*objects: Obj, **more: Any) -> list[str]:
    return [each.rule for each in found(cluster_of(objects, **more))]


def without(*kinds: str) -> list[ObjectKind]:
    return [each for each in EVERYTHING if each.kind not in kinds]


def test_a_problem_stands_at_an_object_of_a_context() -> None:
    (problem,) = found(cluster_of([stack(prerequisites=[{"name": "data"}]), TRUSTED], "eu"))
    assert (problem.file, problem.object, problem.position) == ("eu", "Stack shop/web", None)
    assert problem.rule == "ref/prerequisite-missing"


@pytest.mark.parametrize(
    ("objects", "kind", "rule"),
    [
        ([stack(**TOKEN)], "Secret", "ref/secret-missing"),
        ([stack(programRef={"name": "p"})], "Program", "ref/program-missing"),
        ([stack(serviceAccountName="deployer")], "ServiceAccount", "rbac/service-account-missing"),
        ([stack()], "ClusterRoleBinding", "rbac/auth-delegator-missing"),
    ],
)
def test_what_is_not_there_is_said_where_all_of_its_kind_is_known(objects: list[Obj], kind: str, rule: str) -> None:
    around = [] if kind == "ClusterRoleBinding" else [TRUSTED, binding("system:auth-delegator", "deployer")]
    assert rules(*objects, *around) == [rule]
    assert rules(*objects, *around, known=without(kind)) == []


def test_what_is_known_in_some_namespaces_alone_is_said_of_those() -> None:
    facts = LiveFacts(complete={ObjectKind("", "Secret"): frozenset({"shop"})})
    assert facts.knows("", "Secret", "shop")
    assert not facts.knows("", "Secret", "data")
    assert not facts.knows("", "Secret")
    assert not facts.knows("", "ServiceAccount", "shop")


def test_a_secret_that_is_known_by_its_name_alone_is_there_with_all_keys() -> None:
    assert rules(stack(**TOKEN), obj("Secret", "token"), TRUSTED) == []
    (problem,) = found(cluster_of([stack(**TOKEN), obj("Secret", "token", "data"), TRUSTED]))
    assert "there is no Secret token with token in the namespace shop" in problem.message


def test_a_stack_that_has_run_well_needs_no_binding_that_we_know_of() -> None:
    ran = stack() | {"status": {"lastUpdate": {"state": "succeeded"}}}
    assert rules(ran) == []
    assert rules(ran | {"status": {"lastUpdate": {"state": "failed"}}}) == ["rbac/auth-delegator-missing"]


def test_limits_and_links_are_not_asked_for_where_others_may_set_them() -> None:
    def all_rules(*kinds: str) -> set[str]:
        return {each.rule for each in lint_clusters([cluster_of([stack(), TRUSTED], known=without(*kinds))])}

    assert all_rules() == {"stack/limits", "argocd/link"}
    assert all_rules("LimitRange") == {"argocd/link"}
    assert all_rules("ConfigMap") == {"stack/limits"}


def test_a_program_of_another_cluster_is_not_near() -> None:
    here = cluster_of([stack(programRef={"name": "p"}), TRUSTED], "eu")
    there = cluster_of([obj("Program", "p", version="pulumi.com/v1"), TRUSTED], "us")
    (problem,) = found(here, there)
    assert (problem.file, problem.rule) == ("eu", "ref/program-missing")


def test_two_clusters_that_run_one_stack_of_a_backend_lock_each_other_out() -> None:
    (problem,) = found(cluster_of([stack(uid="a"), TRUSTED], "eu"), cluster_of([stack(uid="b"), TRUSTED], "us"))
    assert (problem.rule, problem.file) == ("stack/duplicate-backend-stack", "us")
    assert "is run by Stack shop/web too (eu)" in problem.message


def test_two_contexts_of_the_same_cluster_have_no_stack_twice() -> None:
    assert found(cluster_of([stack(), TRUSTED], "eu"), cluster_of([stack(), TRUSTED], "eu-admin")) == []


def test_backends_that_only_secrets_tell_are_others_in_another_cluster() -> None:
    hidden = {"envRefs": {"PULUMI_BACKEND_URL": {"type": "Secret", "secret": {"name": "backend", "key": "url"}}}}
    secret = obj("Secret", "backend")
    clusters = [cluster_of([stack(uid=name, **hidden), secret, TRUSTED], name) for name in ("eu", "us")]
    assert found(*clusters) == []


def application(**fields: Any) -> Obj:
    made = obj("Application", "web", "argocd", "argoproj.io/v1alpha1", spec={"destination": {"name": "eu"}}, **fields)
    made["metadata"]["finalizers"] = ["resources-finalizer.argocd.argoproj.io/background"]
    made["spec"]["syncPolicy"] = {"automated": {"prune": True}}
    return made


def tracked(**spec: Any) -> Obj:
    made = stack(**spec)
    made["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": "web:pulumi.com/Stack:shop/web"}
    return made


def test_the_application_may_be_in_another_cluster() -> None:
    here = cluster_of([tracked(destroyOnFinalize=True), TRUSTED], "eu")
    (problem,) = found(here, cluster_of([application()], "hub"))
    assert (problem.file, problem.rule) == ("eu", "argocd/destroy-on-prune")
    assert found(here) == []


def test_an_application_without_a_finalizer_leaves_stacks_of_another_cluster_behind() -> None:
    bare = application()
    del bare["metadata"]["finalizers"]
    (problem,) = found(cluster_of([tracked(), TRUSTED], "eu"), cluster_of([bare], "hub"))
    assert (problem.file, problem.rule, problem.object) == ("hub", "argocd/finalizer", "Application argocd/web")


def test_what_kustomize_was_asked_to_change_has_been_changed_in_a_cluster() -> None:
    patched = application()
    patched["spec"]["source"] = {"kustomize": {"patches": [{"path": "a.yaml"}]}}
    (problem,) = found(cluster_of([tracked(destroyOnFinalize=True), TRUSTED], "eu"), cluster_of([patched], "hub"))
    assert problem.rule == "argocd/destroy-on-prune"


def test_a_problem_of_argocd_cm_is_said_once_over_all_clusters() -> None:
    settings = obj("ConfigMap", "argocd-cm", "argocd", data={"resource.customizations.health.pulumi.com-Stack": "x"})
    settings["metadata"]["labels"] = {"app.kubernetes.io/part-of": "argocd"}
    (problem,) = found(cluster_of([settings], "hub"), cluster_of([stack(), TRUSTED], "eu"))
    assert (problem.file, problem.rule) == ("hub", "argocd/health-key")


@pytest.mark.parametrize("own", [True, False])
def test_the_check_of_another_argo_cd_counts_only_where_there_is_none(own: bool) -> None:
    key = "resource.customizations.health.pulumi.com_Stack"
    hub = obj("ConfigMap", "argocd-cm", "argocd", data={key: "return {status = 'Healthy'}"})
    hub["metadata"]["labels"] = {"app.kubernetes.io/part-of": "argocd"}
    empty = obj("ConfigMap", "argocd-cm", "argocd")
    empty["metadata"]["labels"] = hub["metadata"]["labels"]
    later = stack("api")
    later["metadata"]["annotations"] = {
        "argocd.argoproj.io/tracking-id": "web:pulumi.com/Stack:shop/api",
        "argocd.argoproj.io/sync-wave": "1",
    }
    stacks = [tracked(), later, TRUSTED, application()]
    versions = ProductVersions((2, 9, 0), (3, 5, 0))
    eu = cluster_of([*stacks, *([empty] if own else [])], "eu", versions=versions)
    told = [each.rule for each in found(eu, cluster_of([hub], "hub", versions=versions))]
    assert ("argocd/wave-without-check" in told) == own


def test_rights_without_bounds_are_said_of_the_accounts_that_stacks_use() -> None:
    admin = binding("cluster-admin")
    assert rules(stack(), TRUSTED, admin) == ["rbac/cluster-admin"]
    assert rules(stack(), TRUSTED, binding("cluster-admin", "installer", "platform")) == []


def test_the_operator_that_runs_there_decides() -> None:
    assert rules(stack("w" * 43), TRUSTED) == ["stack/name-too-long"]
    assert rules(stack("w" * 43), TRUSTED, versions=ProductVersions((2, 2, 0), (3, 6, 1))) == []


def test_what_servers_and_controllers_add_is_no_problem() -> None:
    made = stack()
    made["metadata"] |= {
        "managedFields": [{"manager": "argocd-controller", "fieldsV1": {"f:spec": {}}}],
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
        "generation": 3,
        "finalizers": ["finalizer.stack.pulumi.com"],
        "resourceVersion": "17",
    }
    made["status"] = {"conditions": [], "outputs": {"token": "[secret]"}, "observedGeneration": 3}
    assert rules(made, TRUSTED) == []
