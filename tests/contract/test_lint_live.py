"""``lint --live`` reads a server: what is said with all rights, and what with rights to Stacks alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contract.api import Api, stack
from contract.api import kubeconfig as kubeconfig
from contract.test_diagnose import stacks_only as stacks_only
from support.program import Ended, run

Obj = dict[str, Any]
RBAC = "/apis/rbac.authorization.k8s.io/v1"
GIT = {"projectRepo": "https://git.acme.example/acme/web.git"}
QUIET = ("--disable", "stack/limits", "--disable", "argocd/link")


@pytest.fixture
async def shop(api: Api) -> None:
    """A Stack that waits for one that isn't there, and names a Secret and an account that aren't either."""
    secret = {"type": "Secret", "secret": {"name": "token", "key": "token"}}
    made = stack("web", namespace=api.namespace)
    made["spec"] |= GIT | {
        "prerequisites": [{"name": "nosuch"}],
        "envRefs": {"PULUMI_ACCESS_TOKEN": secret},
        "serviceAccountName": "deployer",
    }
    await api.make(api.stacks(), made)
    if api.demo is None:  # no controller makes it there
        await api.make(f"/api/v1/namespaces/{api.namespace}/serviceaccounts", {"metadata": {"name": "default"}})


async def lint(kubeconfig: Path, api: Api, *more: str) -> Ended:
    return await run(kubeconfig, "lint", "--live", "-n", api.namespace, "-o", "json", *QUIET, *more)


def told(ended: Ended, api: Api) -> list[dict[str, Any]]:
    """What is said of the objects of the test's own namespace: others share the server."""
    return [each for each in ended.json if f" {api.namespace}/" in each["object"]]


def rules(ended: Ended, api: Api) -> set[str]:
    return {each["rule"] for each in told(ended, api)}


async def test_what_is_not_there_is_said(api: Api, kubeconfig: Path, shop: None) -> None:
    ended = await lint(kubeconfig, api)
    assert ended.code == 3, ended.err
    found = {"ref/prerequisite-missing", "ref/secret-missing"}
    if api.demo is None:  # the demo's server has no RBAC
        found |= {"rbac/service-account-missing"}
    assert rules(ended, api) == found
    assert {each["object"] for each in told(ended, api)} == {f"Stack {api.namespace}/web"}
    assert {(each["line"], each["column"]) for each in told(ended, api)} == {(None, None)}


async def test_what_is_made_is_there_at_the_next_look(api: Api, kubeconfig: Path, shop: None) -> None:
    value = "aHVudGVyMg=="
    core = f"/api/v1/namespaces/{api.namespace}"
    await api.make(f"{core}/secrets", {"metadata": {"name": "token"}, "data": {"token": value}})
    other = stack("nosuch", namespace=api.namespace)
    other["spec"] |= GIT
    await api.make(api.stacks(), other)
    found = set()
    if api.demo is None:
        await api.make(f"{core}/serviceaccounts", {"metadata": {"name": "deployer"}})
        found = {"rbac/auth-delegator-missing"}  # of both Stacks
    ended = await lint(kubeconfig, api)
    assert rules(ended, api) == found
    assert value not in ended.out + ended.err


async def test_a_binding_is_enough(api: Api, kubeconfig: Path, shop: None) -> None:
    if api.demo is not None:
        pytest.skip("the demo's server has no RBAC")
    await api.make(f"/api/v1/namespaces/{api.namespace}/serviceaccounts", {"metadata": {"name": "deployer"}})
    bindings = f"{RBAC}/clusterrolebindings"
    body = {
        "metadata": {"name": api.namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:auth-delegator"},
        "subjects": [{"kind": "ServiceAccount", "name": "deployer", "namespace": api.namespace}],
    }
    await api.make(bindings, body)
    try:
        assert rules(await lint(kubeconfig, api), api) == {"ref/prerequisite-missing", "ref/secret-missing"}
    finally:
        await api.delete(f"{bindings}/{api.namespace}")


async def test_who_may_read_stacks_alone_hears_of_those_and_what_was_not_checked(
    api: Api, stacks_only: Path, shop: None
) -> None:
    ended = await lint(stacks_only, api)
    assert ended.code == 3
    assert rules(ended, api) == {"ref/prerequisite-missing"}
    assert "Secrets" in ended.err and "couldn't be read, and what depends on them isn't checked" in ended.err


async def test_a_cluster_that_does_not_answer_is_an_error_and_the_others_are_told(
    api: Api, kubeconfig: Path, shop: None
) -> None:
    config = json.loads(kubeconfig.read_text())
    config["clusters"].append({"name": "gone", "cluster": {"server": "http://127.0.0.1:1"}})
    config["contexts"].append({"name": "gone", "context": {"cluster": "gone", "user": "lab"}})
    kubeconfig.write_text(json.dumps(config))
    ended = await lint(kubeconfig, api, "--all-contexts")
    assert ended.code == 1
    assert "error: gone: " in ended.err
    assert "ref/prerequisite-missing" in rules(ended, api)
