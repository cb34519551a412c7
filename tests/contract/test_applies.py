"""Server-side apply on a ConfigMap: who owns which entry, who may change it, and what an apply takes away.

These are the rules that installing a health check into somebody else's argocd-cm stands on.
"""

from __future__ import annotations

from typing import Any

from contract.api import APPLY, Api, config_map

Obj = dict[str, Any]


async def apply(api: Api, data: dict[str, str] | None, manager: str, *, force: bool = False, **metadata: Any) -> Any:
    body: Obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"} | metadata}
    if data is not None:
        body["data"] = data
    query = {"fieldManager": manager} | ({"force": "true"} if force else {})
    return await api.patch(api.configmaps("argocd-cm"), body, APPLY, **query)


async def there(api: Api, data: dict[str, str], **metadata: Any) -> Obj:
    code, made = await api.post(
        api.configmaps(), config_map("argocd-cm", data, **metadata), fieldManager="kubectl-create"
    )
    assert code == 201
    return made


async def test_an_apply_adds_its_own_key_and_leaves_the_others(api: Api) -> None:
    await there(api, {"url": "https://a.example"})
    code, found = await apply(api, {"health.Stack": "return 1"}, "ours")
    assert code == 200
    assert found["data"] == {"url": "https://a.example", "health.Stack": "return 1"}
    managers = {(m["manager"], m["operation"]): m["fieldsV1"] for m in found["metadata"]["managedFields"]}
    assert managers["ours", "Apply"]["f:data"] == {"f:health.Stack": {}}
    assert "f:url" in managers["kubectl-create", "Update"]["f:data"]


async def test_an_apply_creates_what_is_not_there(api: Api) -> None:
    code, made = await apply(api, {"a": "1"}, "ours")
    assert code == 201
    assert made["data"] == {"a": "1"}


async def test_an_apply_with_a_uid_creates_nothing(api: Api) -> None:
    code, status = await apply(api, {"a": "1"}, "ours", uid="00000000-0000-0000-0000-000000000000")
    assert (code, status["reason"]) == (409, "Conflict")
    code, _ = await api.get(api.configmaps("argocd-cm"))
    assert code == 404


async def test_an_apply_with_the_wrong_uid_is_invalid(api: Api) -> None:
    await there(api, {"a": "1"})
    code, status = await apply(api, {"b": "2"}, "ours", uid="00000000-0000-0000-0000-000000000000")
    assert (code, status["reason"]) == (422, "Invalid")


async def test_an_apply_with_a_stale_version_is_a_conflict(api: Api) -> None:
    made = await there(api, {"a": "1"})
    await api.patch(api.configmaps("argocd-cm"), {"data": {"a": "2"}})
    version = made["metadata"]["resourceVersion"]
    code, status = await apply(api, {"b": "2"}, "ours", resourceVersion=version)
    assert (code, status["reason"]) == (409, "Conflict")


async def test_a_key_that_another_owns_is_a_conflict_that_names_them(api: Api) -> None:
    await there(api, {"health.Stack": "theirs"})
    code, status = await apply(api, {"health.Stack": "ours"}, "ours")
    assert (code, status["reason"]) == (409, "Conflict")
    assert status["message"] == (
        'Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.health.Stack'
    )
    assert status["details"]["causes"] == [
        {
            "reason": "FieldManagerConflict",
            "message": 'conflict with "kubectl-create" using v1',
            "field": ".data.health.Stack",
        }
    ]


async def test_several_conflicts_are_told_by_manager(api: Api) -> None:
    await there(api, {"a": "1", "b": "1"})
    code, status = await apply(api, {"a": "2", "b": "2"}, "ours")
    assert code == 409
    assert status["message"] == (
        'Apply failed with 2 conflicts: conflicts with "kubectl-create" using v1:\n- .data.a\n- .data.b'
    )


async def test_the_same_value_is_owned_together(api: Api) -> None:
    await there(api, {"a": "1"})
    code, found = await apply(api, {"a": "1"}, "ours")
    assert code == 200
    owners = {m["manager"] for m in found["metadata"]["managedFields"] if "f:a" in m["fieldsV1"].get("f:data", {})}
    assert owners == {"kubectl-create", "ours"}


async def test_force_takes_the_key_over(api: Api) -> None:
    await there(api, {"a": "1", "b": "1"})
    code, found = await apply(api, {"a": "2"}, "ours", force=True)
    assert code == 200
    assert found["data"] == {"a": "2", "b": "1"}
    owners = {m["manager"] for m in found["metadata"]["managedFields"] if "f:a" in m["fieldsV1"].get("f:data", {})}
    assert owners == {"ours"}


async def test_applying_without_data_takes_away_only_our_own(api: Api) -> None:
    await there(api, {"url": "https://a.example"})
    await apply(api, {"health.Stack": "x", "health.Program": "y"}, "ours")
    code, found = await apply(api, {"health.Stack": "x"}, "ours")
    assert found["data"] == {"url": "https://a.example", "health.Stack": "x"}
    code, found = await apply(api, None, "ours")
    assert code == 200
    assert found["data"] == {"url": "https://a.example"}


async def test_what_two_own_stays_when_one_lets_go(api: Api) -> None:
    await apply(api, {"a": "1"}, "theirs")
    await apply(api, {"a": "1"}, "ours")
    code, found = await apply(api, None, "ours")
    assert code == 200
    assert found["data"] == {"a": "1"}


async def test_a_later_ordinary_write_keeps_our_key_and_may_change_it(api: Api) -> None:
    await there(api, {"url": "https://a.example"})
    await apply(api, {"health.Stack": "x"}, "ours")
    _, found = await api.patch(
        api.configmaps("argocd-cm"), {"data": {"url": "https://b.example"}}, fieldManager="other"
    )
    assert found["data"]["health.Stack"] == "x"
    await api.patch(api.configmaps("argocd-cm"), {"data": {"health.Stack": "z"}}, fieldManager="other")
    code, status = await apply(api, {"health.Stack": "x"}, "ours")
    assert code == 409
    assert 'conflict with "other" using v1: .data.health.Stack' in status["message"]


async def test_applying_the_same_again_changes_nothing(api: Api) -> None:
    await there(api, {"url": "https://a.example"})
    _, first = await apply(api, {"health.Stack": "x"}, "ours")
    _, second = await apply(api, {"health.Stack": "x"}, "ours")
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]


async def test_an_apply_must_say_who_it_is(api: Api) -> None:
    body = config_map("argocd-cm", {"a": "1"})
    code, status = await api.patch(api.configmaps("argocd-cm"), body, APPLY)
    assert code == 422
    assert "fieldManager: Required value" in status["message"]


async def test_labels_and_annotations_have_owners_too(api: Api) -> None:
    await there(api, {}, labels={"app.kubernetes.io/part-of": "argocd"})
    code, _ = await apply(api, None, "ours", annotations={"a.example/by": "ours"})
    assert code == 200
    code, status = await apply(api, None, "ours", labels={"app.kubernetes.io/part-of": "other"})
    assert code == 409
    assert ".metadata.labels.app.kubernetes.io/part-of" in status["message"]
    _, found = await apply(api, None, "ours")
    assert not found["metadata"].get("annotations")
    assert found["metadata"]["labels"] == {"app.kubernetes.io/part-of": "argocd"}


async def test_a_dry_run_of_an_apply_shows_the_conflict_and_writes_nothing(api: Api) -> None:
    made = await there(api, {"a": "1"})
    body = config_map("argocd-cm", {"b": "2"})
    code, found = await api.patch(api.configmaps("argocd-cm"), body, APPLY, fieldManager="ours", dryRun="All")
    assert code == 200
    assert found["data"] == {"a": "1", "b": "2"}
    _, now = await api.get(api.configmaps("argocd-cm"))
    assert now["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
