"""What a client may do, and what the server says of itself."""

from __future__ import annotations

from contract.api import Api

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


async def test_an_access_review_says_yes_to_an_admin(api: Api) -> None:
    asked = {"verb": "list", "group": "pulumi.com", "resource": "stacks"}
    code, found = await api.post(REVIEWS, {"spec": {"resourceAttributes": asked}})
    assert code == 201
    assert found["kind"] == "SelfSubjectAccessReview"
    assert found["status"]["allowed"] is True
    assert found["spec"]["resourceAttributes"] == asked


async def test_a_wrong_token_is_401(api: Api) -> None:
    if api.demo is not None:
        api.demo.access.grant("right", "admin")
        api.session.headers["Authorization"] = "Bearer right"
    path, headers = api.stacks(), {"Authorization": "Bearer wrong"}
    code, status = await api.request("GET", path, headers=headers)
    assert (code, status["reason"], status["message"]) == (401, "Unauthorized", "Unauthorized")


async def test_no_token_is_a_403_that_names_what_was_asked(api: Api) -> None:
    if api.demo is not None:
        api.demo.access.grant("right", "admin")
        api.session.headers["Authorization"] = "Bearer right"
    code, status = await api.request("GET", api.stacks(), headers={"Authorization": ""})
    assert (code, status["reason"]) == (403, "Forbidden")
    assert status["message"].startswith(
        'stacks.pulumi.com is forbidden: User "system:anonymous" cannot list resource "stacks" '
        f'in API group "pulumi.com" in the namespace "{api.namespace}"'
    )
    code, status = await api.request("GET", "/apis/pulumi.com/v1/stacks", headers={"Authorization": ""})
    assert "at the cluster scope" in status["message"]
    code, status = await api.request("DELETE", api.pods("web"), headers={"Authorization": ""})
    assert status["message"].startswith(
        'pods "web" is forbidden: User "system:anonymous" cannot delete resource "pods" in API group ""'
    )


async def test_discovery_names_the_kinds_their_short_names_and_subresources(api: Api) -> None:
    code, found = await api.get("/apis/argoproj.io/v1alpha1")
    assert code == 200
    resources = {r["name"]: r for r in found["resources"]}
    assert resources["applications"]["shortNames"] == ["app", "apps"]
    assert resources["applications"]["kind"] == "Application"
    assert resources["applications"]["namespaced"] is True
    assert "applications/status" not in resources
    _, found = await api.get("/apis/pulumi.com/v1")
    resources = {r["name"]: r for r in found["resources"]}
    assert "stacks/status" in resources
    assert resources["stacks"]["categories"] == ["pulumi"]
    assert {"get", "list", "watch", "patch", "delete"} <= set(resources["stacks"]["verbs"])
    _, found = await api.get("/api/v1")
    resources = {r["name"]: r for r in found["resources"]}
    assert "pods/log" in resources
    assert (resources["pods/exec"]["kind"], resources["pods/exec"]["verbs"]) == ("PodExecOptions", ["create", "get"])


async def test_the_api_groups_are_listed(api: Api) -> None:
    _, found = await api.get("/apis")
    assert found["kind"] == "APIGroupList"
    groups = {g["name"]: g["preferredVersion"]["groupVersion"] for g in found["groups"]}
    assert groups["pulumi.com"] == "pulumi.com/v1"
    assert groups["auto.pulumi.com"] == "auto.pulumi.com/v1alpha1"
    assert groups["apps"] == "apps/v1"


async def test_the_version_can_be_asked(api: Api) -> None:
    code, found = await api.get("/version")
    assert code == 200
    assert found["gitVersion"].startswith("v1.")


async def test_the_crds_say_what_they_serve(api: Api) -> None:
    root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    code, found = await api.get(f"{root}/stacks.pulumi.com")
    assert code == 200
    assert found["spec"]["names"]["kind"] == "Stack"
    served = next(v for v in found["spec"]["versions"] if v["name"] == "v1")
    assert served["subresources"] == {"status": {}}
    assert any(c["type"] == "Established" and c["status"] == "True" for c in found["status"]["conditions"])
    code, _ = await api.get(f"{root}/rollouts.argoproj.io")
    assert code == 404
