"""``tree`` shows a Stack with everything around it, and says what it may not see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from support.objects import PROCESSING, condition, last, stack_object
from support.program import dead, run, write
from support.workspaces import life, put_workspace

SECRET = "pl4nted-s3cret"
OF_SHOP = {"pulumi.com/stack-name": "shop"}
APP = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "infra", "namespace": "argocd"},
    "spec": {"destination": {"server": "https://kubernetes.default.svc", "namespace": "prod"}},
    "status": {
        "sync": {"status": "Synced"},
        "health": {"status": "Degraded"},
        "operationState": {"phase": "Succeeded", "message": "successfully synced"},
        "resources": [{"group": "pulumi.com", "kind": "Stack", "namespace": "prod", "name": "shop"}],
    },
}


async def test_a_stack_may_be_written_as_kubectl_takes_it(server: ApiServer, kubeconfig: Path) -> None:
    for word in ("stack/shop", "stacks/shop", "stack.pulumi.com/shop"):
        assert (await run(kubeconfig, "tree", word)).code == 0, word
    for word in ("prod/shop", "app/shop", "stack.argoproj.io/shop", "stack/"):
        ended = await run(kubeconfig, "tree", word)
        assert (ended.code, ended.out) == (2, ""), word
        assert "write NAME or stack/NAME" in ended.err


async def test_nothing_is_said_to_be_missing_in_a_cluster_that_cant_be_asked(tmp_path: Path) -> None:
    ended = await run(write(tmp_path / "dead", dead()), "tree", "shop")
    assert ended.code == 1
    assert "not found" not in ended.err


async def test_where_there_are_no_lines_to_draw_with_ascii_will_do(server: ApiServer, kubeconfig: Path) -> None:
    ended = await run(kubeconfig, "tree", "shop", env={"PYTHONIOENCODING": "ascii"})
    assert (ended.code, ended.err) == (0, "")
    assert any(line.lstrip("| ").startswith("`- ") for line in ended.lines)


def update(name: str, created: str, failed: str = "", message: str = "") -> dict[str, Any]:
    conditions = [
        {
            "type": "Complete",
            "status": "True",
            "reason": "Updated",
            "lastTransitionTime": created.replace(":00Z", ":12Z"),
        },
        {"type": "Failed", "status": "True" if failed else "False", "reason": "x"},
    ]
    return {
        "apiVersion": "auto.pulumi.com/v1alpha1",
        "kind": "Update",
        "metadata": {"name": name, "namespace": "prod", "creationTimestamp": created, "labels": OF_SHOP},
        "spec": {"type": "up", "message": message, "workspaceName": "shop"},
        "status": {"conditions": conditions, "message": failed},
    }  # fmt: skip


def event(
    name: str, kind: str, about: str, reason: str, message: str, count: int, warning: bool = False
) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": "prod"},
        "type": "Warning" if warning else "Normal",
        "reason": reason,
        "message": message,
        "count": count,
        "firstTimestamp": "2026-11-23T18:20:00Z",
        "lastTimestamp": f"2026-11-23T18:2{count % 10}:00Z",
        "involvedObject": {"kind": kind, "name": about, "namespace": "prod"},
    }


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        tracked = {"annotations": {"argocd.argoproj.io/tracking-id": "infra:pulumi.com/Stack:prod/shop"}, "uid": ""}
        stalled = [condition("Stalled", "UpdateFailed", "up failed 4 times")]
        made.store.put(
            stack_object("shop", metadata=tracked, conditions=stalled, lastUpdate=last("failed", message="error: no"))
        )
        put_workspace(made)
        made.store.put(APP)
        for minute in range(5):
            failed = (
                f"up failed: 1\ncode: 1\nstdout: Outputs:\n    p: {SECRET}\n\nstderr: error: no file\n"
                if minute == 4
                else ""
            )
            made.store.put(update(f"shop-u{minute}", f"2026-11-23T18:2{minute}:00Z", failed, f"run {minute}"))
        made.store.put(event("e1", "Stack", "shop", "StackUpdateDetected", "Initial stack update", 3))
        made.store.put(event("e2", "Stack", "shop", "StackUpdateDetected", "Initial stack update", 4))
        made.store.put(event("e3", "Pod", "shop-workspace-0", "BackOff", f"Outputs:\n    p: {SECRET}", 7, warning=True))
        made.store.put(event("e4", "ConfigMap", "shop", "Other", "not ours", 1))
        yield made


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("eu", namespace="prod"))


async def test_the_whole_tree_in_order(kubeconfig: Path) -> None:
    found = await run(kubeconfig, "tree", "shop", "--no-events")
    assert found.code == 0
    words = [line.lstrip("│├└─ ").split("  ")[:2] for line in found.lines]
    assert words == [
        ["Application eu/argocd/infra", "Synced Degraded"],
        ["Stack eu/prod/shop", "Degraded"],
        ["Workspace shop", "Ready"],
        ["StatefulSet shop-workspace", "1/1"],
        ["Pod shop-workspace-0", "Running"],
        ["init container bootstrap", "Completed"],
        ["init container fetch", "Completed"],
        ["container pulumi", "running"],
        ["Update shop-u4", "up failed"],
        ["Update shop-u3", "up succeeded"],
        ["Update shop-u2", "up succeeded"],
        ["Updates", "2 older"],
    ]
    assert "ago in 12s, no file; run 4" in found.lines[8]


async def test_all_updates_are_there_for_who_asks(kubeconfig: Path) -> None:
    found = await run(kubeconfig, "tree", "shop", "--all-updates", "--no-events")
    assert sum("Update shop-u" in line for line in found.lines) == 5


async def test_events_of_all_objects_stand_in_one_list_with_repeats_counted(kubeconfig: Path) -> None:
    found = await run(kubeconfig, "tree", "shop")
    events = found.lines[found.lines.index("Events, oldest first") + 1 :]
    assert [" ".join(line.split()[1:]) for line in events] == [
        "Stack shop StackUpdateDetected (x7) Initial stack update",
        "Pod shop-workspace-0 BackOff (x7) Outputs: (not shown)",
    ]


async def test_containers_tell_how_they_fare(server: ApiServer, kubeconfig: Path) -> None:
    killed = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    back_off = {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "x"'}}
    statuses = [
        life("pulumi", {"running": {"startedAt": "2026-11-23T18:24:00Z"}}, 3) | {"lastState": killed},
        life("proxy", back_off),
    ]
    server.store.patch(
        "Pod", "prod", "shop-workspace-0", {"spec": {"containers": [{"name": "pulumi"}, {"name": "proxy"}]}}
    )
    server.store.patch("Pod", "prod", "shop-workspace-0", {"status": {"containerStatuses": statuses}})
    out = (await run(kubeconfig, "tree", "shop", "--no-events")).out
    assert "started again 3 times, last by OOMKilled (code 137)" in out
    assert 'container proxy  ImagePullBackOff  Back-off pulling image "x"' in out


async def test_the_tree_says_why_there_is_no_pod(server: ApiServer, kubeconfig: Path) -> None:
    server.store.delete("Pod", "prod", "shop-workspace-0")
    why = 'pods "shop-workspace-0" is forbidden: exceeded quota: none'
    server.store.put(event("e9", "StatefulSet", "shop-workspace", "FailedCreate", why, 2, warning=True))
    found = await run(kubeconfig, "tree", "shop", "--no-events")
    assert any("StatefulSet shop-workspace" in line and why in line for line in found.lines)


async def test_owners_decide_what_belongs_to_it(server: ApiServer, kubeconfig: Path) -> None:
    stranger = server.store.get("Pod", "prod", "shop-workspace-0")
    assert stranger is not None
    stranger["metadata"] = {"name": "shop-workspace-1", "namespace": "prod", "labels": stranger["metadata"]["labels"]}
    server.store.put(stranger)
    assert "shop-workspace-1" not in (await run(kubeconfig, "tree", "shop")).out


@pytest.mark.parametrize("hidden", ["pods", "events", "updates", "workspaces", "statefulsets"])
async def test_what_may_not_be_read_says_so_in_its_place(server: ApiServer, tmp_path: Path, hidden: str) -> None:
    resources = {"stacks", "pods", "events", "updates", "workspaces", "statefulsets", "applications"} - {hidden}
    server.access.grant("viewer", "viewer", AccessRule(verbs=READ, resources=tuple(resources)))
    config = write(tmp_path / "viewer", server.kubeconfig("eu", namespace="prod", token="viewer"))
    found = await run(config, "tree", "shop")
    assert found.code == 0
    place = "Events: hidden; " if hidden == "events" else f"{hidden}  hidden"
    assert any(place in line and "forbidden" in line for line in found.lines), found.out
    if hidden != "pods":
        assert "Pod shop-workspace-0" in found.out


async def test_json_and_yaml_are_the_same_and_whole(kubeconfig: Path) -> None:
    found = await run(kubeconfig, "tree", "shop", "-o", "json")
    (item,) = found.json
    assert yaml.safe_load((await run(kubeconfig, "tree", "shop", "-o", "yaml")).out) == found.json
    assert (item["context"], item["namespace"], item["name"]) == ("eu", "prod", "shop")
    tree = item["tree"]
    assert (tree["kind"], tree["name"], tree["children"][0]["kind"]) == ("Application", "infra", "Stack")
    kinds = [child["kind"] for child in tree["children"][0]["children"]]
    assert kinds == ["Workspace", "Update", "Update", "Update", "Updates"]
    first = tree["children"][0]["children"][1]
    assert (first["state"], first["mood"], first["lasted"]) == ("up failed", "bad", 12.0)
    assert {event["reason"]: event["count"] for event in item["events"]} == {"StackUpdateDetected": 7, "BackOff": 7}


async def test_planted_secrets_come_out_nowhere(kubeconfig: Path) -> None:
    for flags in ([], ["-o", "json"], ["-o", "yaml", "--all-updates"]):
        found = await run(kubeconfig, "tree", "shop", *flags)
        assert SECRET not in found.out + found.err


async def test_a_new_stack_has_a_tree_too(server: ApiServer, kubeconfig: Path) -> None:
    server.store.put(stack_object("new", conditions=[PROCESSING]))
    found = await run(kubeconfig, "tree", "new")
    assert [line.split("  ")[0] for line in found.lines] == ["Stack eu/prod/new", "└─ Workspace"]


async def test_it_asks_by_selectors_only(server: ApiServer, kubeconfig: Path) -> None:
    server.requests.clear()
    await run(kubeconfig, "tree", "shop")
    collections = ("stacks", "pods", "updates", "events", "workspaces", "statefulsets", "applications")
    for asked in server.requests:
        if asked.path.rsplit("/", 1)[1] in collections:
            assert asked.query.get("labelSelector") or asked.query.get("fieldSelector"), asked


async def test_names_that_arent_there_and_contexts_that_arent_either(server: ApiServer, tmp_path: Path) -> None:
    config = write(tmp_path / "both", server.kubeconfig("eu", namespace="prod"), dead())
    found = await run(config, "tree", "shop", "nobody", "--all-contexts", "-n", "prod")
    assert found.code == 1
    assert "Stack eu/prod/shop" in found.out
    assert 'error: stack "nobody" not found' in found.err
    assert "error: dead: " in found.err
    assert (await run(config, "tree")).code == 2
