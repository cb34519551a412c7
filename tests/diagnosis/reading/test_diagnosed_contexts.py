"""What is read of a cluster is enough: the recorded scenes, served, are explained as when everything is known.

And it is little: a few lists with selectors and a few single requests. What may not be read is named, and no exception.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from cluster.kubeconfig import load
from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from demo.server.served_kinds import KINDS
from diagnosis.reading.diagnosed_contexts import DiagnosedContexts, diagnose
from fleet.board.rows import Key
from fleet.opener import opener
from fleet.scope import WatchScope
from support.applications import application, operation, stack_resource
from support.scenes import Scene, ids_of, scenes, shifted

SERVED = {kind.kind for kind in KINDS}
CASES = [
    pytest.param(scene, judged, id=f"{scene.name}-{judged['name']}")
    for scene in scenes().values()
    for judged in scene.expected
    if {each["kind"] for each in scene.objects} <= SERVED | {"GitRepository"}
]


@asynccontextmanager
async def serving(scene: Scene) -> AsyncIterator[ApiServer]:
    """A server with everything that a scene holds, as of now."""
    async with ApiServer() as server:
        for each in scene.objects:
            if each["kind"] in SERVED:
                server.store.put(each)
        for log in scene.logs:
            server.logs.extend(log.namespace, log.pod, log.container, log.lines)
        yield server


async def read(
    server: ApiServer, *names: str, token: str = "", namespaces: Iterable[str] | None = None, labels: str = ""
) -> DiagnosedContexts:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.write_text(yaml.safe_dump(server.kubeconfig("lab", token=token)))
        kubeconfig = load(None, {"KUBECONFIG": str(path)})
    scope = WatchScope(namespaces=None if namespaces is None else tuple(namespaces), label_selector=labels)
    return await diagnose(opener(kubeconfig, scope), ("lab",), names, time.time)


@pytest.mark.parametrize(("scene", "judged"), CASES)
async def test_a_scene_is_explained_as_when_everything_is_known(scene: Scene, judged: dict[str, Any]) -> None:
    now = shifted(scene, time.time())
    async with serving(now) as server:
        found = await read(server, judged["name"], namespaces=[judged["namespace"]])
    assert found.unseen == {}
    key = Key("lab", judged["namespace"], judged["name"])
    assert found.asked == [key]
    known = ids_of(now, judged["namespace"], judged["name"])
    ids = [each.id for each in found.diagnosis.findings(key)]
    assert ids[:1] == known[:1]


async def test_all_stacks_of_a_cluster_are_read_with_few_lists() -> None:
    scene = shifted(scenes()["06b-prereq-failing"], time.time())
    async with serving(scene) as server:
        found = await read(server)
        asked = [each for each in server.requests if each.method == "GET"]
    troubled = [key for key in found.asked if found.diagnosis.findings(key)]
    lists = [each for each in asked if not re.search(r"/namespaces/[^/]+/[a-z]+/", each.path)]
    assert len(lists) <= 8 + 5
    assert len(asked) - len(lists) <= max(12, 2 * len(troubled))


async def test_who_may_read_stacks_alone_is_told_what_is_missing() -> None:
    scene = shifted(scenes()["04a-secret-missing"], time.time())
    async with serving(scene) as server:
        server.access.grant("viewer", "viewer", AccessRule(READ, ("stacks",)))
        found = await read(server, "secret-missing", token="viewer", namespaces=["refs"])
    assert found.unseen == {}
    for finding in found.diagnosis.findings(Key("lab", "refs", "secret-missing")):
        assert finding.certainty != "certain"
        assert finding.unknown


async def _read_both(hub: ApiServer, spoke: ApiServer) -> DiagnosedContexts:
    both, other = hub.kubeconfig("hub"), spoke.kubeconfig("spoke")
    for part in ("clusters", "contexts", "users"):
        both[part] += other[part]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.write_text(yaml.safe_dump(both))
        kubeconfig = load(None, {"KUBECONFIG": str(path)})
    return await diagnose(opener(kubeconfig, WatchScope()), ("hub", "spoke"), (), time.time)


async def test_an_application_of_another_cluster_is_joined_to_the_stack_by_its_server() -> None:
    scene = shifted(scenes()["12k-W1-wedge"], time.time())
    async with ApiServer() as hub, serving(scene) as spoke:
        server = spoke.kubeconfig("spoke")["clusters"][0]["cluster"]["server"]
        app = application(scene.now, stack_resource("crash", "mid-deleted"), server=server)
        operation(app, "Running", "waiting for healthy state of pulumi.com/Stack/mid-deleted", scene.now - 60)
        hub.store.put(app)
        found = await _read_both(hub, spoke)
    findings = found.diagnosis.findings(Key("spoke", "crash", "mid-deleted"))
    assert [(each.id, each.certainty) for each in findings] == [("W-1", "certain"), ("A-1", "certain")]


async def test_the_settings_of_an_argo_cd_are_read_where_none_of_its_applications_is_compared() -> None:
    scene = shifted(scenes()["01h-succeeded"], time.time())
    async with ApiServer() as hub, serving(scene) as spoke:
        app = application(scene.now)
        app["status"]["sync"]["status"] = app["status"]["health"]["status"] = "Unknown"
        del app["status"]["resources"]
        hub.store.put(app)
        metadata = {"name": "argocd-cm", "namespace": "argocd", "labels": {"app.kubernetes.io/part-of": "argocd"}}
        data = {"resource.customizations.health.a_b_c": "return {}"}
        hub.store.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
        found = await _read_both(hub, spoke)
    (finding,) = found.diagnosis.application_findings(Key("hub", "argocd", "infra"))
    assert (finding.id, finding.certainty) == ("A-9", "certain")


async def test_a_context_without_stacks_is_named() -> None:
    async with ApiServer() as server:
        server.access.grant("nobody", "nobody", AccessRule(READ, ("configmaps",)))
        found = await read(server, token="nobody")
    assert list(found.unseen) == ["lab"]


async def test_who_may_read_one_namespace_gets_that_explained() -> None:
    scene = shifted(scenes()["04a-secret-missing"], time.time())
    async with serving(scene) as server:
        server.access.grant("team", "team", AccessRule(READ, ("*",), ("refs",)))
        found = await read(server, "secret-missing", token="team", namespaces=["refs"])
        everywhere = await read(server, token="team")
    (finding,) = found.diagnosis.findings(Key("lab", "refs", "secret-missing"))
    assert (finding.id, finding.certainty) == ("P-4", "certain")
    assert {"Lease", "Deployment"} <= set(found.unread["lab"])
    assert list(everywhere.unseen) == ["lab"]


@pytest.mark.parametrize(("scene", "judged"), CASES)
async def test_what_was_not_looked_at_is_not_called_gone(scene: Scene, judged: dict[str, Any]) -> None:
    """Of a Stack that nobody asked about only its own object is known, and no more is said of it than that tells."""
    now = shifted(scene, time.time())
    namespace, name = judged["namespace"], judged["name"]
    alone = {"metadata": {"name": "alone", "namespace": namespace, "uid": "alone"}, "spec": {"stack": "acme/alone/dev"}}
    stack = {"apiVersion": "pulumi.com/v1", "kind": "Stack", **alone}
    async with serving(now) as server:
        server.store.put(stack)
        found = await read(server, "alone", namespaces=[namespace])
    said = {each.id for each in found.diagnosis.findings(Key("lab", namespace, name))}
    assert said <= set(ids_of(now, namespace, name)) | {"R-1", "U-1"}  # what its own object shows, and others explain
