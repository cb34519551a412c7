"""What is asked of a cluster for lint, and what is made of refusals: no Secret's contents, and nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import yaml

from cluster.errors import Forbidden, NotFound
from cluster.http.connection import Connection
from fleet.live_lint.cluster_objects import KnownVersions, ReadCluster, read_cluster
from fleet.scope import WatchScope
from manifests.product_versions import NEWEST
from stacks.fields import Obj

ROOT = Path(__file__).parents[3]
NOW = 1_795_000_000.0
RBAC = "/apis/rbac.authorization.k8s.io/v1"
STACKS = "/apis/pulumi.com/v1/stacks"
EVERYTHING = WatchScope()
RESYNCS = {"spec": {"continueResyncOnCommitMatch": True}}


def obj(name: str, namespace: str = "shop", **fields: Any) -> Obj:
    return {"metadata": {"name": name, "namespace": namespace}} | fields


class PlayedConnection:
    """Answers lists by their paths, and keeps what was asked for."""

    def __init__(self, lists: Mapping[str, list[Obj] | type[Exception]]) -> None:
        self.lists = lists
        self.asked: list[tuple[str, dict[str, str], str]] = []
        self.target = SimpleNamespace(namespace="shop", server="https://here", context="here")
        self.clock_skew = None
        self.request_timeout = 30.0

    async def get(self, path: str, params: Mapping[str, str] | None = None, *, accept: str = "") -> bytes:
        self.asked.append((path, dict(params or {}), accept))
        found = self.lists.get(path, NotFound)
        if isinstance(found, type):
            raise found(403, "Forbidden", f"{path} is not for you")
        return msgspec.json.encode({"metadata": {"resourceVersion": "1"}, "items": found})

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


async def read(
    lists: Mapping[str, list[Obj] | type[Exception]], scope: WatchScope = EVERYTHING
) -> tuple[ReadCluster, PlayedConnection]:
    connection = PlayedConnection(lists)
    return await read_cluster(cast(Connection, connection), "here", scope, lambda: NOW, KnownVersions()), connection


async def test_an_object_of_a_list_knows_its_kind_and_its_context() -> None:
    found, _ = await read({STACKS: [obj("web")]})
    (document,) = found.cluster.objects
    assert (document.file, document.title, document.api_version) == ("here", "Stack shop/web", "pulumi.com/v1")
    assert document.is_live


async def test_of_secrets_and_accounts_only_names_are_asked_for_and_kept() -> None:
    said = "kubectl.kubernetes.io/last-applied-configuration"
    secret = obj("token", data={"token": "aHVudGVyMg=="})
    secret["metadata"]["annotations"] = {said: '{"data":{"token":"aHVudGVyMg=="}}', "argocd.argoproj.io/sync-wave": "2"}
    found, connection = await read({STACKS: [obj("web")], "/api/v1/secrets": [secret]})
    assert {accept for path, _, accept in connection.asked if path.endswith(("/secrets", "/serviceaccounts"))} == {
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    }
    (kept,) = (each for each in found.cluster.objects if each.kind == "Secret")
    assert kept.value == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "token", "namespace": "shop", "annotations": {"argocd.argoproj.io/sync-wave": "2"}},
    }


async def test_a_kind_that_may_not_be_read_is_not_known_and_named() -> None:
    found, _ = await read({STACKS: [], f"{RBAC}/clusterrolebindings": Forbidden, "/api/v1/limitranges": []})
    facts = found.cluster.facts
    assert not facts.knows("rbac.authorization.k8s.io", "ClusterRoleBinding", "shop")
    assert facts.knows("", "LimitRange", "shop")
    assert list(found.unread) == ["ClusterRoleBinding"]


async def test_a_refused_list_is_tried_in_the_contexts_own_namespace_and_known_there_alone() -> None:
    found, _ = await read({STACKS: [], "/api/v1/secrets": Forbidden, "/api/v1/namespaces/shop/secrets": [obj("a")]})
    assert found.cluster.facts.knows("", "Secret", "shop")
    assert not found.cluster.facts.knows("", "Secret", "data")


async def test_a_cluster_without_any_role_has_none_that_are_known() -> None:
    found, _ = await read({STACKS: [], f"{RBAC}/clusterrolebindings": [], "/api/v1/serviceaccounts": []})
    assert not found.cluster.facts.knows("rbac.authorization.k8s.io", "ClusterRoleBinding")
    assert not found.cluster.facts.knows("", "ServiceAccount", "shop")


async def test_runs_are_read_where_something_is_resynced_and_pods_where_there_are_stacks() -> None:
    updates, pods = "/apis/auto.pulumi.com/v1alpha1/updates", "/api/v1/pods"
    _, nothing = await read({STACKS: []})
    assert updates not in nothing.paths and pods not in nothing.paths
    _, quiet = await read({STACKS: [obj("web")], pods: []})
    assert updates not in quiet.paths and pods in quiet.paths
    _, resynced = await read({STACKS: [obj("web", **RESYNCS)], updates: [], pods: []})
    assert updates in resynced.paths


async def test_sources_of_flux_are_read_that_stacks_name() -> None:
    ref = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "name": "web"}
    path = "/apis/source.toolkit.fluxcd.io/v1/gitrepositories"
    found, connection = await read({STACKS: [obj("web", spec={"fluxSource": {"sourceRef": ref}})], path: [obj("web")]})
    assert connection.paths.count(path) == 1
    assert found.cluster.facts.knows("source.toolkit.fluxcd.io", "GitRepository", "shop")


async def test_in_one_namespace_applications_are_kept_that_are_about_it() -> None:
    def app(name: str, namespace: str) -> Obj:
        return obj(name, "argocd", status={"resources": [{"kind": "Stack", "namespace": namespace, "name": "web"}]})

    lists: dict[str, list[Obj] | type[Exception]] = {
        "/apis/pulumi.com/v1/namespaces/shop/stacks": [obj("web")],
        "/apis/argoproj.io/v1alpha1/applications": [app("ours", "shop"), app("theirs", "data")],
    }
    found, _ = await read(lists, WatchScope(namespaces=("shop",)))
    assert [each.name for each in found.cluster.objects if each.kind == "Application"] == ["ours"]


async def test_versions_are_those_that_run_and_the_newest_where_nothing_tells() -> None:
    found, _ = await read({STACKS: []})
    assert (found.cluster.versions, found.argocd) == (NEWEST, None)
    container = {"name": "argocd", "image": "quay.io/argoproj/argocd:v3.5.2"}
    deployment = obj("argocd-server", "argocd", spec={"template": {"spec": {"containers": [container]}}})
    found, _ = await read({STACKS: [], "/apis/apps/v1/deployments": [deployment]})
    assert found.argocd == (3, 5, 2)


async def test_the_documented_role_lets_read_all_but_secrets() -> None:
    ref = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "name": "web"}
    stack = obj("web", spec={"continueResyncOnCommitMatch": True, "fluxSource": {"sourceRef": ref}})
    _, connection = await read({STACKS: [stack]})
    viewer = next(yaml.safe_load_all((ROOT / "docs/rbac.yaml").read_text("utf-8")))
    allowed = {
        (group, resource)
        for rule in viewer["rules"]
        if "list" in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    asked = set()
    for path in connection.paths:
        parts = path.strip("/").split("/")
        if parts != ["version"]:
            asked.add((parts[1] if parts[0] == "apis" else "", parts[-1]))
    assert asked - allowed == {("", "secrets")}
