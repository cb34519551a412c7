"""The Argo CDs of a cluster are found, with their version, their owner and what may not be read, and no Secret is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cluster.errors import ServerError
from cluster.kubeconfig import load
from demo.manifests import deployment
from demo.server.api_server import ApiServer
from demo.server.authorization import AccessRule
from demo.server.served_kinds import KINDS, ServedKind
from fleet.argocd.argocd_workloads import ArgoCDWorkloads, asked, workloads
from fleet.argocd.instances import ArgoCDInstance, FoundInstances, find_instances
from fleet.opener import opener
from fleet.scope import WatchScope
from support.argocds import APPLIED, LABELS, OPERATED, TRACKED, config_map, put_argo_cd
from support.program import write

Obj = dict[str, Any]
READ = ("get", "list", "watch")
ARGOCD = ServedKind("argoproj.io", "v1beta1", "argocds", "ArgoCD", custom=True)
KUSTOMIZATION = ServedKind("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization", custom=True)


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer((*KINDS, ARGOCD, KUSTOMIZATION)) as made:
        yield made


async def found(
    server: ApiServer,
    folder: Path,
    namespaces: Sequence[str] | None = None,
    *,
    token: str = "",
    fallback: Sequence[str] = (),
) -> FoundInstances:
    kubeconfig = load(str(write(folder / "config", server.kubeconfig("lab", token=token))), {})
    connection = opener(kubeconfig, WatchScope()).open("lab")
    try:
        return await find_instances(connection, namespaces, fallback)
    finally:
        await connection.close()


async def only(server: ApiServer, folder: Path) -> ArgoCDInstance:
    (one,) = (await found(server, folder)).instances
    return one


async def test_five_of_them_are_five_instances_each_with_its_own_settings(server: ApiServer, tmp_path: Path) -> None:
    for number in range(5):
        put_argo_cd(server, config_map({"url": f"https://{number}.example"}, namespace=f"argo-{number}"))
    seen = await found(server, tmp_path)
    assert [(one.namespace, one.data["url"]) for one in seen.instances] == [
        (f"argo-{number}", f"https://{number}.example") for number in range(5)
    ]
    assert seen.hidden == ()
    assert str(seen.instances[0]) == "lab/argo-0"


async def test_a_cluster_without_one_has_none_and_nothing_is_hidden(server: ApiServer, tmp_path: Path) -> None:
    assert await found(server, tmp_path) == FoundInstances()


async def test_the_config_map_is_what_the_server_sent(server: ApiServer, tmp_path: Path) -> None:
    sent = put_argo_cd(server, config_map({"url": "https://x"}, "helm"))
    one = await only(server, tmp_path)
    assert one.config_map == {key: sent[key] for key in ("metadata", "data")}
    assert (one.uid, one.resource_version) == (sent["metadata"]["uid"], sent["metadata"]["resourceVersion"])
    assert one.labelled
    assert one.owner.who == "helm"


async def test_no_secret_is_asked_for(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    await found(server, tmp_path)
    assert not [asked.path for asked in server.requests if "secrets" in asked.path]


async def test_a_config_map_without_data_or_label_is_an_instance_all_the_same(
    server: ApiServer, tmp_path: Path
) -> None:
    put_argo_cd(server, config_map(labels={}))
    one = await only(server, tmp_path)
    assert (one.data, one.labelled, one.settings.problems) == ({}, False, ())


async def test_a_controller_that_misses_its_config_map_is_one_too(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    server.store.delete("ConfigMap", "argocd", "argocd-cm")
    one = await only(server, tmp_path)
    assert (one.config_map, one.unread, one.version) == (None, "", "v3.6.1")


async def test_without_a_server_it_is_a_core_installation(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    assert (await only(server, tmp_path)).core is False
    server.store.delete("Deployment", "argocd", "argocd-server")
    assert (await only(server, tmp_path)).core is True


async def test_without_a_controller_in_the_cluster_nothing_is_made_up(server: ApiServer, tmp_path: Path) -> None:
    server.store.put(_without_ids(config_map({})))
    one = await only(server, tmp_path)
    assert (one.version, one.core, one.release) == ("unknown", None, (3, 6))
    assert "no controller" in one.version_from


@pytest.mark.parametrize(
    ("image", "labels", "version", "source"),
    [
        ("quay.io/argoproj/argocd:v3.5.2", {}, "v3.5.2", "image of StatefulSet/controller"),
        ("registry.example:5000/mirror/argocd:v3.1.0-eks2", {}, "v3.1.0-eks2", "image of StatefulSet/controller"),
        ("quay.io/argoproj/argocd:v2.14.9@sha256:abc", {}, "v2.14.9", "image of StatefulSet/controller"),
        (
            "registry.example/argocd@sha256:abc",
            {"app.kubernetes.io/version": "v3.4.4"},
            "v3.4.4",
            "label app.kubernetes.io/version of StatefulSet/controller",
        ),
        ("quay.io/argoproj/argocd:latest", {}, "", "names none"),
        ("quay.io/argoproj/argocd", {}, "", "names none"),
    ],
)
def test_the_version_comes_from_the_image_or_else_from_a_label(
    image: str, labels: dict[str, str], version: str, source: str
) -> None:
    part = {
        "app.kubernetes.io/component": "application-controller",
        "app.kubernetes.io/name": "argocd-application-controller",
    }
    obj = deployment("argocd", "controller", "application-controller", image, {**part, **labels}, 0.0, "StatefulSet")
    seen = workloads([("StatefulSet", obj)])
    assert seen.version == version
    assert source in seen.version_from


def test_a_sidecars_version_is_not_taken_for_argo_cds() -> None:
    labels = {"app.kubernetes.io/component": "application-controller", "app.kubernetes.io/name": "x"}
    obj = deployment("a", "c", "proxy", "envoy:v1.30.0", labels, 0.0)
    main = {"name": "argocd-application-controller", "image": "mirror.example/cd:v3.3.1"}
    obj["spec"]["template"]["spec"]["containers"].append(main)
    assert workloads([("Deployment", obj)]).version == "v3.3.1"


class Proxy:
    """A connection whose API server passes one question on."""

    def __init__(self, path: str, answer: bytes) -> None:
        self.path, self.answer = path, answer

    async def get(self, path: str, params: object = None) -> bytes:
        if path != self.path:
            raise ServerError(503, "ServiceUnavailable", "no endpoints available")
        return self.answer


DIGEST = ArgoCDWorkloads("", "the image names none", "StatefulSet/x", has_server=True, server="main-server")
PROXIED = "/api/v1/namespaces/argocd/services/{}/proxy/api/version"


@pytest.mark.parametrize("place", ["https:main-server:443", "http:main-server:80"])
async def test_where_only_the_server_itself_can_tell_the_version_it_is_asked(place: str) -> None:
    proxy: Any = Proxy(PROXIED.format(place), b'{"Version":"v3.4.4+abc123"}')
    told = await asked(proxy, "argocd", DIGEST)
    assert (told.version, told.version_from, told.release) == ("v3.4.4", "told by main-server", (3, 4))


@pytest.mark.parametrize("answer", [b"<html>", b'{"Version":"dev"}', b"{}", b"[]"])
async def test_a_server_that_makes_no_sense_tells_nothing(answer: bytes) -> None:
    proxy: Any = Proxy(PROXIED.format("https:main-server:443"), answer)
    assert await asked(proxy, "argocd", DIGEST) == DIGEST


async def test_the_argocd_resource_of_the_operator_is_found(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}, **OPERATED))
    resource: Obj = {"apiVersion": "argoproj.io/v1beta1", "kind": "ArgoCD", "spec": {"extraConfig": {}}}
    server.store.put({**resource, "metadata": {"name": "main", "namespace": "argocd"}})
    config_owner = (await only(server, tmp_path)).config_owner
    assert config_owner is not None
    assert (str(config_owner), config_owner.obj["spec"]) == ("ArgoCD argocd/main", {"extraConfig": {}})


async def test_the_application_that_delivers_argo_cd_itself_is_found_with_its_source(
    server: ApiServer, tmp_path: Path
) -> None:
    put_argo_cd(server, config_map({}, "argocd-controller", annotations=TRACKED))
    source = {"repoURL": "https://git.example/infra", "path": "argo-cd/overlays/prod", "targetRevision": "main"}
    app: Obj = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": {"source": source}}
    server.store.put({**app, "metadata": {"name": "argo-cd", "namespace": "argocd"}})
    config_owner = (await only(server, tmp_path)).config_owner
    assert config_owner is not None
    assert config_owner.source == "https://git.example/infra argo-cd/overlays/prod at main"


async def test_an_application_of_another_namespace_is_found_by_its_tracking_id(
    server: ApiServer, tmp_path: Path
) -> None:
    tracked = {"argocd.argoproj.io/tracking-id": "platform_argo-cd:/ConfigMap:argocd/argocd-cm"}
    put_argo_cd(server, config_map({}, annotations=tracked))
    app: Obj = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": {}}
    server.store.put({**app, "metadata": {"name": "argo-cd", "namespace": "platform"}})
    assert str((await only(server, tmp_path)).config_owner) == "Application platform/argo-cd"


async def test_fluxs_kustomization_is_found(server: ApiServer, tmp_path: Path) -> None:
    prefix = "kustomize.toolkit.fluxcd.io"
    labels = {**LABELS, f"{prefix}/name": "infra", f"{prefix}/namespace": "flux-system"}
    put_argo_cd(server, config_map({}, labels=labels))
    spec = {"sourceRef": {"kind": "GitRepository", "name": "fleet"}, "path": "./argo-cd"}
    kustomization: Obj = {"apiVersion": f"{prefix}/v1", "kind": "Kustomization", "spec": spec}
    server.store.put({**kustomization, "metadata": {"name": "infra", "namespace": "flux-system"}})
    config_owner = (await only(server, tmp_path)).config_owner
    assert config_owner is not None
    assert (str(config_owner), config_owner.source) == (
        "Kustomization flux-system/infra",
        "GitRepository fleet ./argo-cd",
    )


async def test_an_owner_whose_object_is_gone_is_no_error(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}, **OPERATED))
    seen = await found(server, tmp_path)
    assert seen.instances[0].config_owner is None
    assert seen.hidden == ()


async def test_with_rights_in_one_namespace_its_argo_cd_is_found_and_the_rest_is_named(
    server: ApiServer, tmp_path: Path
) -> None:
    put_argo_cd(server, config_map({}, annotations=APPLIED))
    put_argo_cd(server, config_map({}, namespace="other"))
    server.access.grant("t", "dev", AccessRule(READ, ("configmaps", "deployments", "statefulsets"), ("argocd",)))
    seen = await found(server, tmp_path, token="t")
    assert [one.namespace for one in seen.instances] == ["argocd"]
    assert seen.instances[0].version == "v3.6.1"
    assert any(hidden.what == "ConfigMaps" for hidden in seen.hidden)


async def test_the_right_to_get_just_argocd_cm_is_enough(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({"url": "https://x"}))
    server.access.grant("t", "dev", AccessRule(("get",), ("configmaps",), ("argocd",)))
    seen = await found(server, tmp_path, token="t")
    (one,) = seen.instances
    assert one.data == {"url": "https://x"}
    assert (one.version, one.core) == ("unknown", None)
    assert "may not be read" in one.version_from


async def test_a_controller_whose_config_map_may_not_be_read_is_not_said_to_miss_it(
    server: ApiServer, tmp_path: Path
) -> None:
    put_argo_cd(server, config_map({}, namespace="hidden"))
    server.access.grant("t", "dev", AccessRule(READ, ("deployments", "statefulsets")))
    (one,) = (await found(server, tmp_path, token="t")).instances
    assert one.config_map is None
    assert "forbidden" in one.unread


async def test_with_no_rights_at_all_it_is_said_what_is_missing(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    server.access.grant("t", "dev", AccessRule((), ()))
    seen = await found(server, tmp_path, token="t")
    assert seen.instances == ()
    assert {hidden.what.split()[0] for hidden in seen.hidden} >= {"ConfigMaps", "Deployments", "StatefulSets"}


async def test_only_the_namespaces_that_are_asked_for_are_looked_at(server: ApiServer, tmp_path: Path) -> None:
    put_argo_cd(server, config_map({}))
    put_argo_cd(server, config_map({}, namespace="other"))
    seen = await found(server, tmp_path, ["other"])
    assert [one.namespace for one in seen.instances] == ["other"]


def _without_ids(obj: Obj) -> Obj:
    metadata = {key: value for key, value in obj["metadata"].items() if key not in ("uid", "resourceVersion")}
    return {**obj, "metadata": metadata}
