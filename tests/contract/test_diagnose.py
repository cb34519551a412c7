"""``diagnose`` reads a server: recorded scenes get their recorded answers, and who may read less gets honest ones."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from contract.api import Api
from contract.api import kubeconfig as kubeconfig
from demo.server.authorization import READ, AccessRule
from diagnosis.explain import OUR_ERROR
from support.applications import application, operation, stack_resource
from support.program import run
from support.scenes import Scene, scenes
from support.written_scenes import written

Obj = dict[str, Any]

LEFT_OUT = {
    "03h-flux-crd-missing": "B-2: a Stack this new may still be seen",
    "03i-program-missing": "B-8: what a Stack this new names may still come",
    "05j-unknown-ref-type": "B-2: a Stack this new may still be seen",
    "06a-prereq-missing": "B-9: what a Stack this new names may still come",
    "10h-quota": "P-1: a Workspace this new may still get its pod",
    "12l-current-update-cleared-not-annotated": "W-5: the request would be older than the Stack",
    "12m-operator-restart-aborted": "U-5: the operator would have begun before the Update was made",
    "13a-foreign-finalizer": "D-1: deleted only now",
    "22b-workers-all-busy": "U-15: an Update this new may still be begun",
}
"""scenes whose answer rests on an age that nothing has on a server where it was just made"""
POISONED = ("05o-poison-runaway-resync", "05p-poison-operator-restarted")
"""scenes with a Stack that blinds the operator for all others"""
KEPT = [scene for scene in scenes().values() if scene.name not in LEFT_OUT]
SIDE_BY_SIDE = [scene for scene in KEPT if scene.name not in POISONED]
RESTS_ON_MORE = ("mid-deleted", "asked")
"""Stacks whose own status says only half of what there is to say"""
BOARDS = ("stacks", "applications", "leases", "deployments")
"""what the board lists, too"""


@pytest.fixture
async def stacks_only(api: Api, kubeconfig: Path, tmp_path: Path) -> AsyncIterator[Path]:
    """A kubeconfig of somebody who may only read Stacks, of all namespaces."""
    token, binding, role = "reads-stacks", "", ""
    if api.demo is not None:
        api.demo.access.grant("admin", "admin")
        api.session.headers["Authorization"] = "Bearer admin"
        api.demo.access.grant(token, "reader", AccessRule(READ, ("stacks",)))
    else:
        rbac, name = "/apis/rbac.authorization.k8s.io/v1", f"{api.namespace}-stacks"
        account = f"/api/v1/namespaces/{api.namespace}/serviceaccounts"
        await api.make(account, {"metadata": {"name": "reader"}})
        rule = {"apiGroups": ["pulumi.com"], "resources": ["stacks"], "verbs": list(READ)}
        await api.make(f"{rbac}/clusterroles", {"metadata": {"name": name}, "rules": [rule]})
        reader = {"kind": "ServiceAccount", "name": "reader", "namespace": api.namespace}
        ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
        bound = {"metadata": {"name": name}, "roleRef": ref, "subjects": [reader]}
        await api.make(f"{rbac}/clusterrolebindings", bound)
        binding, role = f"{rbac}/clusterrolebindings/{name}", f"{rbac}/clusterroles/{name}"
        token = (await api.make(f"{account}/reader/token", {"spec": {}}))["status"]["token"]
    config = json.loads(kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    path = tmp_path / "stacks-only.json"
    path.write_text(json.dumps(config))
    yield path
    for made in filter(None, (binding, role)):
        assert (await api.delete(made))[0] == 200


@pytest.mark.parametrize("scene", [pytest.param(scene, id=scene.name) for scene in KEPT])
async def test_a_recorded_scene_gets_its_recorded_answer(api: Api, kubeconfig: Path, scene: Scene) -> None:
    async with written(api, scene) as there:
        for judged in scene.expected:
            namespace = there.namespaces[judged["namespace"]]
            ended = await run(kubeconfig, "diagnose", judged["name"], "-n", namespace, "-o", "json")
            (item,) = ended.json
            assert ended.err == ""
            assert (item["namespace"], item["name"]) == (namespace, judged["name"])
            check(item["findings"], judged)
            problems = [each for each in item["findings"] if each["severity"] in ("problem", "broken")]
            assert ended.code == (3 if problems else 0)


def check(findings: list[Obj], judged: Obj) -> None:
    """What was found is what was judged of the recorded Stack."""
    said = [(each["id"], each["severity"], each["certainty"]) for each in findings]
    if not judged["catalogue"]:
        assert said == []
    elif said or not judged.get("optional"):
        assert said[:1], judged
        assert said[0][0] in judged["catalogue"], said
        assert said[0][1] == judged["severity"], said
        assert {cause["id"] for cause in findings[0]["causedBy"]} == set(judged.get("causedBy", ()))
    if judged["quiet"]:
        assert "problem" not in [severity for _, severity, _ in said]


async def test_an_application_that_waits_says_for_what(api: Api, kubeconfig: Path) -> None:
    async with written(api, scenes()["12k-W1-wedge"]) as there:
        now = time.time()
        app = application(now, stack_resource(there.namespaces["crash"], "mid-deleted"))
        operation(app, "Running", "waiting for healthy state of pulumi.com/Stack/mid-deleted", now - 60)
        app["metadata"]["namespace"] = api.namespace
        await api.make(api.apps(), app)
        there.paths.append(api.apps("infra"))
        ended = await run(kubeconfig, "diagnose", "mid-deleted", "-n", there.namespaces["crash"], "-o", "json")
        (item,) = ended.json
        assert [(each["id"], each["certainty"]) for each in item["findings"]] == [
            ("W-1", "certain"),
            ("A-1", "certain"),
        ]


async def test_who_may_read_stacks_alone_is_told_nothing_that_was_not_seen(
    api: Api, kubeconfig: Path, stacks_only: Path
) -> None:
    async with written(api, *SIDE_BY_SIDE) as there:
        ended = await run(stacks_only, "diagnose", "-A", "-o", "json")
        words = await run(stacks_only, "diagnose", "secret-missing", "-A")
        items = [item for item in ended.json if item["namespace"] in there.all_namespaces]
    assert len(items) == sum(len(scene.expected) for scene in SIDE_BY_SIDE)
    for finding in (each for item in items for each in item["findings"]):
        assert finding["id"] != OUR_ERROR
        assert {each["object"]["kind"] for each in finding["evidence"]} == {"Stack"}
        assert finding["certainty"] == "certain" or finding["makesCertain"], finding
    first = {item["name"]: item["findings"][0] for item in items if item["findings"]}
    assert {name: first[name]["certainty"] for name in RESTS_ON_MORE} == dict.fromkeys(RESTS_ON_MORE, "likely")
    for said in (ended.err, words.err):
        assert said.startswith("note: lab: Applications, Deployments, Events, Leases, Pods, StatefulSets, Updates, ")
        assert "cannot list" in said
        assert len(said.splitlines()) == 1
    assert "nothing seen in its way" in words.out


async def test_many_stacks_are_read_with_few_requests(api: Api, kubeconfig: Path) -> None:
    if api.demo is None:
        pytest.skip("a real server doesn't tell what it was asked")
    async with written(api, *SIDE_BY_SIDE):
        api.demo.requests.clear()
        ended = await run(kubeconfig, "diagnose", "-A", "-o", "json")
        paths = [each.path for each in api.demo.requests if each.method == "GET"]
    troubled = [item for item in ended.json if item["findings"]]
    lists = [path for path in paths if "/namespaces/" not in path and path.rpartition("/")[2] not in BOARDS]
    single = [path for path in paths if "/namespaces/" in path and path.rpartition("/")[2] not in BOARDS]
    assert len(troubled) > 40
    assert len(lists) <= 8
    assert len(single) <= 2 * len(troubled)
    assert len(paths) - len(lists) - len(single) <= 2 * len(BOARDS)
