"""Lists: pages of one instant, versions to watch from, selectors, and the Tables kubectl prints."""

from __future__ import annotations

from typing import Any

import pytest

from contract.api import TABLE, Api

Obj = dict[str, Any]


def names(found: Obj) -> list[str]:
    return [item["metadata"]["name"] for item in found["items"]]


async def test_a_list_names_its_kind_and_its_version(api: Api) -> None:
    await api.make_stack("web")
    code, found = await api.get(api.stacks())
    assert code == 200
    assert found["kind"] == "StackList"
    assert found["apiVersion"] == "pulumi.com/v1"
    assert int(found["metadata"]["resourceVersion"]) >= int(found["items"][0]["metadata"]["resourceVersion"])
    assert found["items"][0]["kind"] == "Stack"


async def test_items_of_built_in_kinds_name_no_kind(api: Api) -> None:
    await api.make(api.configmaps(), {"metadata": {"name": "a"}, "data": {"x": "1"}})
    _, found = await api.get(api.configmaps(), fieldSelector="metadata.name=a")
    assert found["kind"] == "ConfigMapList"
    assert "kind" not in found["items"][0]


async def test_pages_follow_each_other_and_say_how_many_are_left(api: Api) -> None:
    for name in ("e", "d", "c", "b", "a"):
        await api.make_stack(name)
    _, first = await api.get(api.stacks(), limit="2")
    assert names(first) == ["a", "b"]
    assert first["metadata"]["remainingItemCount"] == 3
    _, second = await api.get(api.stacks(), limit="2", **{"continue": first["metadata"]["continue"]})
    assert names(second) == ["c", "d"]
    _, third = await api.get(api.stacks(), limit="2", **{"continue": second["metadata"]["continue"]})
    assert names(third) == ["e"]
    assert not third["metadata"].get("continue")


async def test_all_pages_show_one_instant(api: Api) -> None:
    for name in ("a", "b", "c"):
        await api.make_stack(name)
    _, first = await api.get(api.stacks(), limit="1")
    await api.delete(api.stacks("c"))
    await api.make_stack("d")
    _, rest = await api.get(api.stacks(), **{"continue": first["metadata"]["continue"]})
    assert names(rest) == ["b", "c"]
    assert rest["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


async def test_a_continue_token_that_is_none_is_refused(api: Api) -> None:
    code, status = await api.get(api.stacks(), limit="1", **{"continue": "nonsense"})
    assert code == 400
    assert status["reason"] == "BadRequest"


async def test_a_list_from_the_future_times_out(api: Api) -> None:
    code, status = await api.get(api.stacks(), resourceVersion="999999999")
    assert code == 504
    assert status["reason"] == "Timeout"
    assert "Too large resource version" in status["message"]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("team=shop", ["a", "b"]),
        ("team=shop,tier=web", ["a"]),
        ("team!=shop", ["c", "d"]),
        ("team in (data, shop)", ["a", "b", "c"]),
        ("team notin (shop)", ["c", "d"]),
        ("tier", ["a", "c"]),
        ("!team", ["d"]),
    ],
)
async def test_a_list_is_narrowed_by_labels(api: Api, selector: str, expected: list[str]) -> None:
    for name, labels in {
        "a": {"team": "shop", "tier": "web"},
        "b": {"team": "shop"},
        "c": {"team": "data", "tier": "db"},
        "d": {"other": "x"},
    }.items():
        await api.make_stack(name, labels=labels)
    _, found = await api.get(api.stacks(), labelSelector=selector)
    assert names(found) == expected


async def test_a_label_selector_that_is_none_is_refused(api: Api) -> None:
    code, status = await api.get(api.stacks(), labelSelector="team==(")
    assert code == 400
    assert "unable to parse requirement" in status["message"]


async def test_a_list_is_narrowed_by_name(api: Api) -> None:
    await api.make_stack("a")
    await api.make_stack("b")
    _, one = await api.get(api.stacks(), fieldSelector="metadata.name=b")
    assert names(one) == ["b"]
    _, everywhere = await api.get(
        "/apis/pulumi.com/v1/stacks", fieldSelector=f"metadata.namespace={api.namespace},metadata.name!=b"
    )
    assert names(everywhere) == ["a"]


async def test_other_fields_of_custom_kinds_cannot_be_selected_by(api: Api) -> None:
    code, status = await api.get(api.stacks(), fieldSelector="spec.stack=x")
    assert code == 400
    assert "field label not supported: spec.stack" in status["message"]


async def test_events_can_be_selected_by_what_they_are_about(api: Api) -> None:
    for name, about in (("one", "web"), ("two", "db")):
        event = {
            "metadata": {"name": name},
            "involvedObject": {"kind": "Stack", "name": about, "namespace": api.namespace},
            "reason": "StackUpdateDetected",
            "type": "Normal",
            "message": "x",
        }
        await api.make(f"/api/v1/namespaces/{api.namespace}/events", event)
    selector = "involvedObject.kind=Stack,involvedObject.name=db"
    _, found = await api.get(f"/api/v1/namespaces/{api.namespace}/events", fieldSelector=selector)
    assert names(found) == ["two"]


async def test_a_table_has_the_columns_of_the_kind(api: Api) -> None:
    await api.make_stack("web")
    status = {
        "status": {
            "conditions": [
                {
                    "type": "Stalled",
                    "status": "True",
                    "reason": "SpecInvalid",
                    "message": "",
                    "lastTransitionTime": "2026-11-23T18:24:00Z",
                }
            ],
            "lastUpdate": {
                "state": "failed",
                "lastResyncTime": "2020-01-01T00:00:00Z",
                "lastAttemptedCommit": "c0ffee",
            },
        }
    }
    code, _ = await api.patch(api.stacks("web", "status"), status)
    assert code == 200
    code, found = await api.get(api.stacks(), accept=TABLE)
    assert code == 200
    assert (found["kind"], found["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert [c["name"] for c in found["columnDefinitions"]] == [
        "Name", "Stack", "Last Update", "Age", "Last Commit", "Ready", "Reconciling", "Stalled", "Permalink",
    ]  # fmt: skip
    assert [c["name"] for c in found["columnDefinitions"] if c["priority"] > 0] == ["Stack", "Last Commit"]
    cells = dict(zip([c["name"] for c in found["columnDefinitions"]], found["rows"][0]["cells"], strict=True))
    assert cells["Name"] == "web"
    assert cells["Stack"] == "acme/web/dev"
    assert cells["Last Update"] == "failed"
    assert cells["Age"].endswith(("y", "d"))
    assert cells["Stalled"] == "SpecInvalid"
    assert not cells["Ready"]
    row = found["rows"][0]["object"]
    assert row["kind"] == "PartialObjectMetadata"
    assert row["metadata"]["name"] == "web"
    assert found["metadata"]["resourceVersion"]


async def test_a_table_of_one_object_and_of_applications(api: Api) -> None:
    app = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop"},
        "spec": {"project": "default", "destination": {"name": "in-cluster"}},
        "status": {"health": {"status": "Degraded"}, "sync": {"status": "OutOfSync", "comparedTo": {
            "destination": {}, "source": {"repoURL": "https://git.acme.example/a.git"}}}},
    }  # fmt: skip
    await api.make(api.apps(), app)
    _, found = await api.get(api.apps("shop"), accept=TABLE)
    assert [c["name"] for c in found["columnDefinitions"]] == [
        "Name", "Sync Status", "Health Status", "Revision", "Project",
    ]  # fmt: skip
    assert found["rows"][0]["cells"][:3] == ["shop", "OutOfSync", "Degraded"]


@pytest.mark.parametrize("kind", ["pods", "configmaps", "events", "secrets", "services"])
async def test_built_in_kinds_print_the_columns_kubectl_users_know(api: Api, kind: str) -> None:
    expected = {
        "pods": ["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates"],
        "configmaps": ["Name", "Data", "Age"],
        "events": [
            "Last Seen", "Type", "Reason", "Object", "Subobject", "Source", "Message", "First Seen", "Count", "Name",
        ],
        "secrets": ["Name", "Type", "Data", "Age"],
        "services": ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector"],
    }  # fmt: skip
    _, found = await api.get(f"/api/v1/namespaces/{api.namespace}/{kind}", accept=TABLE)
    assert [c["name"] for c in found["columnDefinitions"]] == expected[kind]


async def test_workloads_and_leases_print_their_columns(api: Api) -> None:
    for path, expected in {
        f"/apis/apps/v1/namespaces/{api.namespace}/statefulsets": ["Name", "Ready", "Age", "Containers", "Images"],
        f"/apis/apps/v1/namespaces/{api.namespace}/deployments": [
            "Name", "Ready", "Up-to-date", "Available", "Age", "Containers", "Images", "Selector",
        ],
        f"/apis/coordination.k8s.io/v1/namespaces/{api.namespace}/leases": ["Name", "Holder", "Age"],
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions": [
            "Name", "Scope", "Versions", "Created At", "Group", "Kind", "ShortNames", "Established",
        ],
        "/api/v1/namespaces": ["Name", "Status", "Age"],
        f"/apis/auto.pulumi.com/v1alpha1/namespaces/{api.namespace}/updates": [
            "Name", "Workspace", "Type", "Start Time", "End Time", "Progressing", "Failed", "Complete", "URL",
        ],
        f"/apis/auto.pulumi.com/v1alpha1/namespaces/{api.namespace}/workspaces": ["Name", "Image", "Ready", "Address"],
        f"/apis/pulumi.com/v1/namespaces/{api.namespace}/programs": ["Name", "Age", "URL"],
        f"/apis/argoproj.io/v1alpha1/namespaces/{api.namespace}/appprojects": ["Name", "Age"],
    }.items():  # fmt: skip
        _, found = await api.get(path, accept=TABLE)
        assert [c["name"] for c in found["columnDefinitions"]] == expected, path


async def test_an_expired_continue_token_gets_410(api: Api) -> None:
    if api.demo is None:
        pytest.skip("a real server forgets only after minutes")
    for name in ("a", "b"):
        await api.make_stack(name)
    _, first = await api.get(api.stacks(), limit="1")
    api.demo.forget_history()
    code, status = await api.get(api.stacks(), **{"continue": first["metadata"]["continue"]})
    assert code == 410
    assert status["reason"] == "Expired"
