"""What a change of argocd-cm stands on, besides server-side apply: patches that test before they write."""

from __future__ import annotations

from typing import Any

from cluster.apply import json_patch
from contract.api import APPLY, JSON, MERGE, Api, config_map

Obj = dict[str, Any]
KEY = "resource.customizations.health.pulumi.com_Stack"
OTHER_UID = "00000000-0000-0000-0000-000000000000"


async def there(api: Api, data: dict[str, str], manager: str = "kubectl-create") -> Obj:
    code, made = await api.post(api.configmaps(), config_map("argocd-cm", data), fieldManager=manager)
    assert code == 201
    return made


async def patched(api: Api, *operations: Obj, manager: str = "ours") -> tuple[int, Obj]:
    return await api.patch(api.configmaps("argocd-cm"), list(operations), JSON, fieldManager=manager)


def only_if(path: str, value: Any) -> Obj:
    return {"op": "test", "path": path, "value": value}


def owners(obj: Obj, key: str) -> set[tuple[str, str]]:
    return {
        (entry["manager"], entry["operation"])
        for entry in obj["metadata"]["managedFields"]
        if f"f:{key}" in entry["fieldsV1"].get("f:data", {})
    }


async def test_a_json_patch_whose_tests_hold_is_done_as_a_whole(api: Api) -> None:
    made = (await there(api, {KEY: "theirs", "a": "1"}))["metadata"]
    code, found = await patched(
        api,
        only_if("/metadata/uid", made["uid"]),
        only_if("/metadata/resourceVersion", made["resourceVersion"]),
        only_if(f"/data/{KEY}", "theirs"),
        {"op": "replace", "path": f"/data/{KEY}", "value": "mine"},
        {"op": "remove", "path": "/data/a"},
    )
    assert code == 200
    assert found["data"] == {KEY: "mine"}


async def test_a_json_patch_whose_test_fails_is_unprocessable_and_changes_nothing(api: Api) -> None:
    made = await there(api, {KEY: "theirs", "a": "1"})
    for path, value in (
        ("/metadata/uid", OTHER_UID),
        ("/metadata/resourceVersion", "1"),
        (f"/data/{KEY}", "another"),
    ):
        code, status = await patched(
            api, {"op": "remove", "path": "/data/a"}, only_if(path, value), {"op": "remove", "path": f"/data/{KEY}"}
        )
        assert (code, status["reason"]) == (422, "Invalid")
    _, now = await api.get(api.configmaps("argocd-cm"))
    assert now["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


async def test_texts_are_the_same_however_odd_when_they_are_written_as_go_writes_them(api: Api) -> None:
    odd = "<a> & 'b' \"c\" \\ \t\r\n \b\f\x01\x1b\x7f é \u2028\u2029 \U0001f600 /"
    await there(api, {KEY: odd})
    operations = [only_if(f"/data/{KEY}", odd), {"op": "replace", "path": f"/data/{KEY}", "value": odd + "."}]
    change = json_patch(api.configmaps("argocd-cm"), operations, "ours")
    headers = {"Content-Type": change.content_type}
    async with api.session.patch(api.url + change.url, data=change.body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
    _, now = await api.get(api.configmaps("argocd-cm"))
    assert now["data"] == {KEY: odd + "."}


async def test_nothing_is_what_a_test_for_null_finds_where_a_field_is_missing(api: Api) -> None:
    await there(api, {"a": "1"})
    code, found = await patched(api, only_if("/data/b", None), {"op": "add", "path": "/data/b", "value": "2"})
    assert code == 200
    assert found["data"] == {"a": "1", "b": "2"}
    code, _ = await patched(api, only_if("/data/b", None), {"op": "add", "path": "/data/b", "value": "3"})
    assert code == 422


async def test_what_a_json_patch_changes_belongs_to_the_manager_that_it_names_and_to_nobody_else(api: Api) -> None:
    await there(api, {KEY: "theirs"})
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": {KEY: "mine"}}
    await api.patch(api.configmaps("argocd-cm"), body, APPLY, fieldManager="ours", force="true")
    code, found = await patched(
        api, {"op": "replace", "path": f"/data/{KEY}", "value": "theirs"}, manager="kubectl-create"
    )
    assert code == 200
    assert owners(found, KEY) == {("kubectl-create", "Update")}


async def test_a_merge_patch_with_the_uid_of_another_object_is_invalid(api: Api) -> None:
    made = await there(api, {"a": "1"})
    annotated = {"annotations": {"argocd.argoproj.io/refresh": "normal"}}
    code, status = await api.patch(api.configmaps("argocd-cm"), {"metadata": {"uid": OTHER_UID} | annotated}, MERGE)
    assert (code, status["reason"]) == (422, "Invalid")
    mine = {"metadata": {"uid": made["metadata"]["uid"]} | annotated}
    code, found = await api.patch(api.configmaps("argocd-cm"), mine, MERGE)
    assert code == 200
    assert found["metadata"]["annotations"] == annotated["annotations"]


async def test_keys_without_a_manager_belong_to_whoever_was_there_before_the_first_apply(api: Api) -> None:
    await there(api, {KEY: "theirs", "a": "1"})
    code, found = await api.patch(api.configmaps("argocd-cm"), {"metadata": {"managedFields": [{}]}}, MERGE)
    assert code == 200
    assert not found["metadata"].get("managedFields")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": {KEY: "mine"}}
    code, status = await api.patch(api.configmaps("argocd-cm"), body, APPLY, fieldManager="ours")
    assert code == 409
    assert f'conflict with "before-first-apply" using v1: .data.{KEY}' in status["message"]
    body["data"] = {"b": "2"}
    code, found = await api.patch(api.configmaps("argocd-cm"), body, APPLY, fieldManager="ours")
    assert code == 200
    assert found["data"] == {KEY: "theirs", "a": "1", "b": "2"}
    assert owners(found, "a") == {("before-first-apply", "Update")}
    assert owners(found, "b") == {("ours", "Apply")}


async def test_the_last_key_that_is_ours_goes_as_if_it_had_never_been(api: Api) -> None:
    body: Obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}}
    await api.post(api.configmaps(), body, fieldManager="kubectl-create")
    path = api.configmaps("argocd-cm")
    code, found = await api.patch(path, body | {"data": {KEY: "mine"}}, APPLY, fieldManager="ours")
    assert (code, found["data"]) == (200, {KEY: "mine"})
    code, found = await api.patch(path, body, APPLY, fieldManager="ours")
    assert code == 200
    assert not found.get("data")
