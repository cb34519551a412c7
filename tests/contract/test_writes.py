"""Writes: versions and generations, the status subresource, four kinds of patches, and deletion."""

from __future__ import annotations

import base64
from typing import Any

from contract.api import JSON, MERGE, STRATEGIC, Api, config_map, stack
from demo.server.authorization import AccessRule


async def test_a_new_object_gets_what_the_server_gives(api: Api) -> None:
    made = await api.make_stack("web")
    metadata = made["metadata"]
    assert metadata["uid"]
    assert metadata["creationTimestamp"].endswith("Z")
    assert metadata["generation"] == 1
    assert int(metadata["resourceVersion"]) > 0


async def test_a_status_at_birth_is_dropped_where_it_has_a_subresource(api: Api) -> None:
    made = await api.make(api.stacks(), stack("web") | {"status": {"observedGeneration": 7}})
    assert "status" not in made


async def test_a_name_is_needed_and_may_be_generated(api: Api) -> None:
    code, status = await api.post(api.stacks(), stack("") | {"metadata": {}})
    assert code == 422
    assert "name or generateName is required" in status["message"]
    made = await api.make(api.stacks(), stack("") | {"metadata": {"generateName": "web-"}})
    assert made["metadata"]["name"].startswith("web-")
    assert len(made["metadata"]["name"]) == len("web-") + 5


async def test_what_exists_already_is_a_conflict(api: Api) -> None:
    await api.make_stack("web")
    code, status = await api.post(api.stacks(), stack("web"))
    assert (code, status["reason"]) == (409, "AlreadyExists")
    assert status["message"] == 'stacks.pulumi.com "web" already exists'


async def test_what_is_not_there_is_not_found(api: Api) -> None:
    for method, path in (("GET", api.stacks("nobody")), ("DELETE", api.stacks("nobody"))):
        code, status = await api.request(method, path)
        assert (code, status["reason"]) == (404, "NotFound")
        assert status["message"] == 'stacks.pulumi.com "nobody" not found'
        assert status["details"] == {"name": "nobody", "group": "pulumi.com", "kind": "stacks"}
    code, status = await api.patch(api.stacks("nobody"), {"spec": {}})
    assert code == 404
    code, status = await api.get(api.configmaps("nobody"))
    assert status["message"] == 'configmaps "nobody" not found'


async def test_a_namespace_that_is_not_there_takes_nothing(api: Api) -> None:
    code, status = await api.post("/apis/pulumi.com/v1/namespaces/no-such-place/stacks", stack("web"))
    assert code == 404
    assert status["message"] == 'namespaces "no-such-place" not found'


async def test_kinds_nobody_defined_are_no_status_but_plain_text(api: Api) -> None:
    for path in ("/apis/nobody.example/v1/things", "/apis/pulumi.com/v1/nonsense"):
        code, found = await api.get(path)
        assert code == 404
        assert found == {"text": "404 page not found\n"}
    code, found = await api.get("/apis/apps/v1/nonsense")
    assert code == 404
    assert found["message"] == "the server could not find the requested resource"


async def test_an_object_of_another_version_is_refused(api: Api) -> None:
    code, status = await api.post(api.stacks(), stack("web") | {"apiVersion": "v1"})
    assert code == 400
    assert status["message"] == (
        "the API version in the data (v1) does not match the expected API version (pulumi.com/v1)"
    )


async def test_an_update_with_a_stale_version_is_a_conflict(api: Api) -> None:
    made = await api.make_stack("web")
    await api.patch(api.stacks("web"), {"spec": {"branch": "dev"}})
    code, status = await api.put(api.stacks("web"), made)
    assert (code, status["reason"]) == (409, "Conflict")
    assert status["message"] == (
        'Operation cannot be fulfilled on stacks.pulumi.com "web": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )


async def test_a_patch_with_a_stale_version_is_a_conflict_too(api: Api) -> None:
    made = await api.make_stack("web")
    await api.patch(api.stacks("web"), {"spec": {"branch": "dev"}})
    patch = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}, "spec": {"branch": "other"}}
    code, status = await api.patch(api.stacks("web"), patch)
    assert (code, status["reason"]) == (409, "Conflict")


async def test_the_uid_of_another_object_is_refused(api: Api) -> None:
    await api.make_stack("web")
    code, status = await api.patch(api.stacks("web"), {"metadata": {"uid": "00000000-0000-0000-0000-000000000000"}})
    assert (code, status["reason"]) == (422, "Invalid")
    assert "field is immutable" in status["message"]


async def test_an_update_with_the_uid_of_another_object_is_a_conflict(api: Api) -> None:
    made = await api.make_stack("web")
    made["metadata"]["uid"] = "00000000-0000-0000-0000-000000000000"
    code, status = await api.put(api.stacks("web"), made)
    assert (code, status["reason"]) == (409, "Conflict")
    assert "Precondition failed: UID in precondition" in status["message"]


async def test_an_update_of_a_custom_resource_must_name_its_version(api: Api) -> None:
    await api.make_stack("web")
    code, status = await api.put(api.stacks("web"), stack("web"))
    assert code == 422
    assert "must be specified for an update" in status["message"]


async def test_a_patch_of_the_wrong_shape_is_a_bad_request(api: Api) -> None:
    await api.make_stack("web")
    for body, how in (([], MERGE), ({}, JSON)):
        code, status = await api.patch(api.stacks("web"), body, how)
        assert code == 400
        assert status["message"].startswith("error decoding patch: json: cannot unmarshal")


async def test_a_name_must_be_a_name(api: Api) -> None:
    code, status = await api.post(api.stacks(), stack("Bad_Name"))
    assert code == 422
    assert status["message"].startswith('Stack.pulumi.com "Bad_Name" is invalid: metadata.name: Invalid value:')


async def test_a_leaving_namespace_takes_nothing_new(api: Api) -> None:
    name = f"{api.namespace}-leaving"
    await api.make("/api/v1/namespaces", {"metadata": {"name": name}})
    code, found = await api.delete(f"/api/v1/namespaces/{name}")
    assert (code, found["status"]["phase"]) == (200, "Terminating")
    code, status = await api.post(f"/apis/pulumi.com/v1/namespaces/{name}/stacks", stack("late"))
    assert (code, status["reason"]) == (403, "Forbidden")
    assert status["message"] == (
        f'stacks.pulumi.com "late" is forbidden: unable to create new content in namespace {name} '
        "because it is being terminated"
    )


async def test_only_changes_of_the_spec_raise_the_generation(api: Api) -> None:
    await api.make_stack("web")
    _, labelled = await api.patch(api.stacks("web"), {"metadata": {"labels": {"a": "b"}}})
    assert labelled["metadata"]["generation"] == 1
    _, judged = await api.patch(api.stacks("web", "status"), {"status": {"observedGeneration": 1}})
    assert judged["metadata"]["generation"] == 1
    _, changed = await api.patch(api.stacks("web"), {"spec": {"branch": "dev"}})
    assert changed["metadata"]["generation"] == 2


async def test_spec_and_status_are_written_through_different_doors(api: Api) -> None:
    await api.make_stack("web")
    _, judged = await api.patch(
        api.stacks("web", "status"), {"status": {"observedGeneration": 1}, "spec": {"branch": "sneaked-in"}}
    )
    assert judged["status"] == {"observedGeneration": 1}
    assert judged["spec"]["branch"] == "main"
    _, changed = await api.patch(api.stacks("web"), {"status": {"observedGeneration": 9}, "spec": {"branch": "dev"}})
    assert changed["status"] == {"observedGeneration": 1}
    assert changed["spec"]["branch"] == "dev"
    code, found = await api.get(api.stacks("web", "status"))
    assert code == 200
    assert found["status"] == {"observedGeneration": 1}


async def test_an_application_has_no_status_door_and_counts_every_change(api: Api) -> None:
    app = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop"},
        "spec": {"project": "default", "destination": {"name": "in-cluster"}},
    }
    await api.make(api.apps(), app)
    code, _ = await api.get(api.apps("shop") + "/status")
    assert code == 404
    _, written = await api.patch(api.apps("shop"), {"status": {"health": {"status": "Healthy"}}})
    assert written["status"]["health"]["status"] == "Healthy"
    assert written["metadata"]["generation"] == 2
    _, asked = await api.patch(api.apps("shop"), {"operation": {"sync": {}}})
    assert asked["metadata"]["generation"] == 3


async def test_a_merge_patch_takes_away_with_null(api: Api) -> None:
    await api.make_stack("web", labels={"a": "1", "b": "2"})
    _, found = await api.patch(api.stacks("web"), {"metadata": {"labels": {"a": None, "c": "3"}}}, MERGE)
    assert found["metadata"]["labels"] == {"b": "2", "c": "3"}


async def test_a_json_patch_with_a_test_that_holds(api: Api) -> None:
    await api.make_stack("web", annotations={"a/b": "1"})
    operations = [
        {"op": "test", "path": "/spec/branch", "value": "main"},
        {"op": "replace", "path": "/spec/branch", "value": "dev"},
        {"op": "remove", "path": "/metadata/annotations/a~1b"},
        {"op": "add", "path": "/metadata/labels", "value": {"x": "y"}},
    ]
    code, found = await api.patch(api.stacks("web"), operations, JSON)
    assert code == 200
    assert found["spec"]["branch"] == "dev"
    assert not found["metadata"].get("annotations")
    assert found["metadata"]["labels"] == {"x": "y"}


async def test_a_json_patch_whose_test_fails_changes_nothing(api: Api) -> None:
    made = await api.make_stack("web")
    operations = [
        {"op": "test", "path": "/spec/branch", "value": "other"},
        {"op": "replace", "path": "/spec/branch", "value": "dev"},
    ]
    code, status = await api.patch(api.stacks("web"), operations, JSON)
    assert (code, status["reason"]) == (422, "Invalid")
    assert status["message"] == "the server rejected our request due to an error in our request"
    _, found = await api.get(api.stacks("web"))
    assert found["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


async def test_a_json_patch_of_what_is_not_there_is_refused(api: Api) -> None:
    await api.make_stack("web")
    for operation in (
        {"op": "remove", "path": "/status/currentUpdate"},
        {"op": "replace", "path": "/metadata/labels/a", "value": "b"},
    ):
        code, _ = await api.patch(api.stacks("web"), [operation], JSON)
        assert code == 422, operation


async def test_a_json_patch_test_for_null_holds_where_nothing_is(api: Api) -> None:
    await api.make_stack("web")
    operations = [
        {"op": "test", "path": "/status", "value": None},
        {"op": "replace", "path": "/spec/branch", "value": "dev"},
    ]
    code, _ = await api.patch(api.stacks("web"), operations, JSON)
    assert code == 200


async def test_a_running_update_can_be_cleared_from_a_status(api: Api) -> None:
    await api.make_stack("web")
    await api.patch(api.stacks("web", "status"), {"status": {"currentUpdate": {"name": "web-1", "generation": 1}}})
    operations = [
        {"op": "test", "path": "/status/currentUpdate/name", "value": "web-1"},
        {"op": "remove", "path": "/status/currentUpdate"},
    ]
    code, found = await api.patch(api.stacks("web", "status"), operations, JSON)
    assert code == 200
    assert "currentUpdate" not in found.get("status", {})


async def test_strategic_patches_are_for_built_in_kinds(api: Api) -> None:
    await api.make(api.configmaps(), config_map("a", {"x": "1"}))
    code, found = await api.patch(api.configmaps("a"), {"data": {"y": "2"}}, STRATEGIC)
    assert code == 200
    assert found["data"] == {"x": "1", "y": "2"}
    await api.make_stack("web")
    code, status = await api.patch(api.stacks("web"), {"spec": {"branch": "dev"}}, STRATEGIC)
    assert (code, status["reason"]) == (415, "UnsupportedMediaType")


async def test_a_dry_run_answers_and_keeps_nothing(api: Api) -> None:
    made = await api.make_stack("web")
    code, found = await api.patch(api.stacks("web"), {"spec": {"branch": "dev"}}, dryRun="All")
    assert code == 200
    assert found["spec"]["branch"] == "dev"
    code, _ = await api.post(api.stacks(), stack("other"), dryRun="All")
    assert code == 201
    _, listed = await api.get(api.stacks())
    assert [i["metadata"]["resourceVersion"] for i in listed["items"]] == [made["metadata"]["resourceVersion"]]


async def test_a_deleted_object_is_gone_and_its_farewell_is_a_status(api: Api) -> None:
    made = await api.make_stack("web")
    code, status = await api.delete(api.stacks("web"))
    assert code == 200
    assert (status["kind"], status["status"]) == ("Status", "Success")
    assert status["details"] == {
        "name": "web", "group": "pulumi.com", "kind": "stacks", "uid": made["metadata"]["uid"],
    }  # fmt: skip
    code, _ = await api.get(api.stacks("web"))
    assert code == 404


async def test_a_finalizer_keeps_a_deleted_object_until_it_is_taken_off(api: Api) -> None:
    await api.make_stack("web", finalizers=["finalizer.stack.pulumi.com"])
    code, marked = await api.delete(api.stacks("web"))
    assert code == 200
    metadata = marked["metadata"]
    assert metadata["deletionTimestamp"].endswith("Z")
    assert metadata["deletionGracePeriodSeconds"] == 0
    assert metadata["generation"] == 2
    _, again = await api.delete(api.stacks("web"))
    assert again["metadata"]["resourceVersion"] == metadata["resourceVersion"]
    version = await api.version()
    async with api.watch(api.stacks(), resourceVersion=version) as watch:
        code, _ = await api.patch(api.stacks("web"), {"metadata": {"finalizers": None}})
        assert code == 200
        assert (await watch.next())["type"] == "DELETED"
    code, _ = await api.get(api.stacks("web"))
    assert code == 404


async def test_one_of_two_finalizers_can_be_taken_off(api: Api) -> None:
    await api.make_stack("web", finalizers=["a.example/one", "a.example/two"])
    await api.delete(api.stacks("web"))
    operations = [
        {"op": "test", "path": "/metadata/finalizers/0", "value": "a.example/one"},
        {"op": "remove", "path": "/metadata/finalizers/0"},
    ]
    _, found = await api.patch(api.stacks("web"), operations, JSON)
    assert found["metadata"]["finalizers"] == ["a.example/two"]
    await api.patch(api.stacks("web"), {"metadata": {"finalizers": []}})
    code, _ = await api.get(api.stacks("web"))
    assert code == 404


async def test_a_leaving_object_takes_no_new_finalizer(api: Api) -> None:
    await api.make_stack("web", finalizers=["a.example/one"])
    await api.delete(api.stacks("web"))
    patch = {"metadata": {"finalizers": ["a.example/one", "a.example/two"]}}
    code, status = await api.patch(api.stacks("web"), patch)
    assert (code, status["reason"]) == (422, "Invalid")
    assert "no new finalizers can be added if the object is being deleted" in status["message"]
    await api.patch(api.stacks("web"), {"metadata": {"finalizers": []}})


async def test_a_deletion_can_insist_on_uid_and_version(api: Api) -> None:
    made = await api.make_stack("web")
    uid = "00000000-0000-0000-0000-000000000000"
    code, status = await api.delete(api.stacks("web"), {"preconditions": {"uid": uid}})
    assert (code, status["reason"]) == (409, "Conflict")
    assert "the UID in the precondition" in status["message"]
    code, status = await api.delete(api.stacks("web"), {"preconditions": {"resourceVersion": "1"}})
    assert code == 409
    assert "the ResourceVersion in the precondition" in status["message"]
    code, _ = await api.delete(api.stacks("web"), {"preconditions": {"uid": made["metadata"]["uid"]}})
    assert code == 200


async def test_a_deletion_says_exactly_which_precondition_failed(api: Api) -> None:
    made = [await api.make_stack("web"), await api.make(api.pods(), pod("web"))]
    owners = (("Stack.pulumi.com", {"group": "pulumi.com", "kind": "Stack"}), ("Pod", {"kind": "Pod"}))
    wrong = "00000000-0000-0000-0000-000000000000"
    for path, obj, (owner, details) in zip((api.stacks("web"), api.pods("web")), made, owners, strict=True):
        uid, version = obj["metadata"]["uid"], obj["metadata"]["resourceVersion"]
        code, status = await api.delete(path, {"preconditions": {"uid": wrong}})
        assert (code, status["reason"]) == (409, "Conflict")
        assert status["message"] == (
            f'Operation cannot be fulfilled on {owner} "web": the UID in the precondition ({wrong}) does not match '
            f"the UID in record ({uid}). The object might have been deleted and then recreated"
        )
        assert status["details"] == {"name": "web"} | details
        code, status = await api.delete(path, {"preconditions": {"uid": uid, "resourceVersion": "1"}})
        assert (code, status["reason"]) == (409, "Conflict")
        assert status["message"] == (
            f'Operation cannot be fulfilled on {owner} "web": the ResourceVersion in the precondition (1) does not '
            f"match the ResourceVersion in record ({version}). The object might have been modified"
        )
        code, _ = await api.delete(path, {"preconditions": {"uid": uid, "resourceVersion": version}})
        assert code == 200


async def test_a_dry_deletion_keeps_what_it_would_delete(api: Api) -> None:
    for metadata in ({}, {"finalizers": ["a.example/one"]}):
        made = await api.make_stack("web", **metadata)
        for body, query in (({"dryRun": ["All"]}, {}), (None, {"dryRun": "All"})):
            code, _ = await api.request("DELETE", api.stacks("web"), body, **query)
            assert code == 200
            _, found = await api.get(api.stacks("web"))
            assert found == made
        wrong = {"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}, "dryRun": ["All"]}
        assert (await api.delete(api.stacks("web"), wrong))[0] == 409
        await api.patch(api.stacks("web"), {"metadata": {"finalizers": None}})
        await api.delete(api.stacks("web"))


async def test_a_dry_deletion_of_a_running_pod_marks_nothing(api: Api) -> None:
    body = pod("web")
    body["spec"]["nodeName"] = "node-1"
    made = await api.make(api.pods(), body)
    options = {"preconditions": {"uid": made["metadata"]["uid"]}, "dryRun": ["All"]}
    code, _ = await api.delete(api.pods("web"), options)
    assert code == 200
    _, found = await api.get(api.pods("web"))
    assert found["metadata"].get("deletionTimestamp") is None
    assert found["metadata"]["uid"] == made["metadata"]["uid"]
    await api.delete(api.pods("web"), {"gracePeriodSeconds": 0})


async def test_beside_a_body_the_query_of_a_deletion_counts_for_nothing(api: Api) -> None:
    made = await api.make_stack("web")
    body = {"preconditions": {"uid": made["metadata"]["uid"]}}
    code, _ = await api.request("DELETE", api.stacks("web"), body, dryRun="All")
    assert code == 200
    code, _ = await api.get(api.stacks("web"))
    assert code == 404


async def test_there_is_one_word_for_a_dry_run(api: Api) -> None:
    await api.make_stack("web")
    for method, body, kind in (("PATCH", {"spec": {"branch": "dev"}}, "Patch"), ("DELETE", None, "Delete")):
        headers = {"Content-Type": MERGE} if body else {}
        code, status = await api.request(method, api.stacks("web"), body, headers=headers, dryRun="some")
        assert (code, status["reason"]) == (422, "Invalid")
        assert status["message"] == (
            f'{kind}Options.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["some"]: supported values: "All"'
        )
    _, found = await api.get(api.stacks("web"))
    assert found["spec"]["branch"] == "main"


async def test_a_dry_patch_is_judged_like_any_other(api: Api) -> None:
    made = await api.make_stack("web")
    version = made["metadata"]["resourceVersion"]
    holds = [
        {"op": "test", "path": "/metadata/uid", "value": made["metadata"]["uid"]},
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "replace", "path": "/spec/branch", "value": "dev"},
    ]
    code, found = await api.patch(api.stacks("web"), holds, JSON, dryRun="All")
    assert (code, found["spec"]["branch"]) == (200, "dev")
    fails = [{"op": "test", "path": "/metadata/resourceVersion", "value": "1"}, holds[-1]]
    code, _ = await api.patch(api.stacks("web"), fails, JSON, dryRun="All")
    assert code == 422
    stale = {"metadata": {"resourceVersion": "1"}, "spec": {"branch": "dev"}}
    code, _ = await api.patch(api.stacks("web"), stale, dryRun="All")
    assert code == 409
    code, judged = await api.patch(api.stacks("web", "status"), {"status": {"observedGeneration": 1}}, dryRun="All")
    assert (code, judged["status"]) == (200, {"observedGeneration": 1})
    _, found = await api.get(api.stacks("web"))
    assert found == made


async def test_a_json_patch_may_test_which_object_it_is_and_how_it_was(api: Api) -> None:
    made = await api.make_stack("web", finalizers=["a.example/one"])
    uid = {"op": "test", "path": "/metadata/uid", "value": made["metadata"]["uid"]}
    for path in (api.stacks("web"), api.stacks("web", "status")):
        for test in (
            {"op": "test", "path": "/metadata/uid", "value": "00000000-0000-0000-0000-000000000000"},
            {"op": "test", "path": "/metadata/resourceVersion", "value": "1"},
            {"op": "test", "path": "/status/currentUpdate/name", "value": "web-1"},
        ):
            code, status = await api.patch(path, [uid, test], JSON)
            assert (code, status["reason"]) == (422, "Invalid")
            assert status["message"] == "the server rejected our request due to an error in our request"
    _, current = await api.patch(
        api.stacks("web", "status"), {"status": {"currentUpdate": {"name": "web-1", "generation": 1}}}
    )
    operations = [
        uid,
        {"op": "test", "path": "/metadata/resourceVersion", "value": current["metadata"]["resourceVersion"]},
        {"op": "test", "path": "/status/currentUpdate/name", "value": "web-1"},
        {"op": "remove", "path": "/status/currentUpdate"},
    ]
    code, found = await api.patch(api.stacks("web", "status"), operations, JSON)
    assert code == 200
    assert "currentUpdate" not in found.get("status", {})
    code, _ = await api.patch(api.stacks("web", "status"), operations, JSON)
    assert code == 422
    await api.patch(api.stacks("web"), {"metadata": {"finalizers": None}})


async def test_a_write_is_noted_under_the_name_that_it_gives(api: Api) -> None:
    await api.make_stack("web")
    body = {"metadata": {"annotations": {"pulumi.com/reconciliation-request": "now"}}}
    _, found = await api.patch(api.stacks("web"), body, fieldManager="somebody")
    entry = next(each for each in found["metadata"]["managedFields"] if each["manager"] == "somebody")
    assert entry["operation"] == "Update"
    assert "f:pulumi.com/reconciliation-request" in entry["fieldsV1"]["f:metadata"]["f:annotations"]
    status = {"status": {"observedGeneration": 1}}
    _, found = await api.patch(api.stacks("web", "status"), status, fieldManager="somebody")
    assert ("somebody", "status") in {
        (each["manager"], each.get("subresource", "")) for each in found["metadata"]["managedFields"]
    }


async def test_a_name_of_a_field_manager_has_an_end(api: Api) -> None:
    await api.make_stack("web")
    code, status = await api.patch(api.stacks("web"), {"spec": {"branch": "dev"}}, fieldManager="x" * 129)
    assert (code, status["reason"]) == (422, "Invalid")
    assert status["message"] == (
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes'
    )


async def test_who_may_patch_stacks_may_not_patch_their_status_by_that(api: Api) -> None:
    await api.make_stack("web")
    user, token = await patcher(api)
    headers = {"Content-Type": MERGE, "Authorization": f"Bearer {token}"}
    code, _ = await api.request("PATCH", api.stacks("web"), {"spec": {"branch": "dev"}}, headers=headers)
    assert code == 200
    status = {"status": {"observedGeneration": 1}}
    code, told = await api.request("PATCH", api.stacks("web", "status"), status, headers=headers, dryRun="All")
    assert (code, told["reason"]) == (403, "Forbidden")
    assert told["message"] == (
        f'stacks.pulumi.com "web" is forbidden: User "{user}" cannot patch resource "stacks/status" in API group '
        f'"pulumi.com" in the namespace "{api.namespace}"'
    )
    assert told["details"] == {"name": "web", "group": "pulumi.com", "kind": "stacks"}
    for method, path, action in (
        ("DELETE", api.pods("web"), 'delete resource "pods" in API group ""'),
        ("PATCH", api.apps("web"), 'patch resource "applications" in API group "argoproj.io"'),
    ):
        code, told = await api.request(method, path, {}, headers=headers)
        assert code == 403
        assert told["message"].endswith(f'User "{user}" cannot {action} in the namespace "{api.namespace}"')


async def patcher(api: Api) -> tuple[str, str]:
    """Somebody who may patch Stacks of this namespace, and nothing else: name and token."""
    if api.demo is not None:
        api.demo.access.grant("admin", "admin")
        api.session.headers["Authorization"] = "Bearer admin"
        api.demo.access.grant("patcher", "patcher", AccessRule(("patch",), ("stacks",)))
        return "patcher", "patcher"
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{api.namespace}"
    account = f"/api/v1/namespaces/{api.namespace}/serviceaccounts"
    await api.make(account, {"metadata": {"name": "patcher"}})
    rule = {"apiGroups": ["pulumi.com"], "resources": ["stacks"], "verbs": ["patch"]}
    await api.make(f"{rbac}/roles", {"metadata": {"name": "patcher"}, "rules": [rule]})
    subject = {"kind": "ServiceAccount", "name": "patcher", "namespace": api.namespace}
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "patcher"}
    await api.make(f"{rbac}/rolebindings", {"metadata": {"name": "patcher"}, "roleRef": ref, "subjects": [subject]})
    made = await api.make(f"{account}/patcher/token", {"spec": {}})
    return f"system:serviceaccount:{api.namespace}:patcher", made["status"]["token"]


async def test_texts_of_a_secret_are_encoded_as_they_are_written(api: Api) -> None:
    path = f"/api/v1/namespaces/{api.namespace}/secrets"
    body = {"metadata": {"name": "token"}, "data": {"kept": "b25l"}, "stringData": {"accessToken": "one"}}
    made = await api.make(path, body)
    assert made["data"] == {"kept": "b25l", "accessToken": "b25l"}
    assert "stringData" not in made
    for how in (MERGE, STRATEGIC):
        _, found = await api.patch(f"{path}/token", {"stringData": {"accessToken": how}}, how)
        assert base64.b64decode(found["data"]["accessToken"]).decode() == how
        assert "stringData" not in found


async def test_a_pod_that_runs_nowhere_goes_at_once(api: Api) -> None:
    await api.make(api.pods(), pod("web"))
    code, found = await api.delete(api.pods("web"))
    assert code == 200
    assert found["kind"] == "Pod"
    code, _ = await api.get(api.pods("web"))
    assert code == 404


async def test_a_pod_on_a_node_gets_time_to_leave(api: Api) -> None:
    body = pod("web")
    body["spec"]["nodeName"] = "node-1"
    body["spec"]["terminationGracePeriodSeconds"] = 600
    await api.make(api.pods(), body)
    code, found = await api.delete(api.pods("web"))
    assert code == 200
    assert found["metadata"]["deletionGracePeriodSeconds"] == 600
    code, _ = await api.get(api.pods("web"))
    assert code == 200
    await api.delete(api.pods("web"), {"gracePeriodSeconds": 0})
    code, _ = await api.get(api.pods("web"))
    assert code == 404


def pod(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "pulumi", "image": "pulumi/pulumi"}]},
    }
