"""Secrets that were planted wherever a cluster or a kubeconfig can hold one come out nowhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from demo.server.api_server import ApiServer
from fleet.board.rows import Key
from fleet.resource_kinds import STACKS, UPDATES, WORKSPACES
from stacks.masked_objects import shown
from stacks.redaction import MASK
from support.fleets import watching
from support.objects import PROCESSING, condition, current, last, stack_object
from support.program import run, write
from support.terminal import terminal
from support.waiting import eventually

PLANTED = "pl4nted-s3cret"
APPLIED = {"kubectl.kubernetes.io/last-applied-configuration": f'{{"spec":{{"secrets":{{"a":"{PLANTED}"}}}}}}'}
STACK = stack_object(
    "shop",
    metadata={"annotations": APPLIED, "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}]},
    conditions=[condition("Reconciling", "RetryingAfterFailure", "1 update failure(s)")],
    spec={
        "projectRepo": f"https://user:{PLANTED}@git.acme.example/infra.git",
        "branch": "main",
        "secrets": {"aws:secretKey": PLANTED},
        "secretsRef": {"token": {"type": "Literal", "literal": {"value": PLANTED}}},
        "envRefs": {"PASSPHRASE": {"type": "Literal", "literal": {"value": PLANTED}}},
        "gitAuth": {"accessToken": {"type": "Literal", "literal": {"value": PLANTED}}},
        "workspaceTemplate": {"spec": {"env": [{"name": "AWS_SECRET", "value": PLANTED}]}},
    },
    lastUpdate=last(
        "failed",
        failures=1,
        message=f'up failed: exit 1\ncode: 1\nstdout: Outputs:\n    password: "{PLANTED}"\n\nstderr: error: no\n',
    ),
    outputs={"password": PLANTED, "nested": {"token": PLANTED}},
)
RUNNING = stack_object("busy", conditions=[PROCESSING], currentUpdate=current(name="busy"))
WORKSPACE = {
    "apiVersion": "auto.pulumi.com/v1alpha1",
    "kind": "Workspace",
    "metadata": {"name": "shop", "namespace": "prod"},
    "spec": {
        "env": [{"name": "AWS_SECRET", "value": PLANTED}],
        "podTemplate": {"spec": {"containers": [{"name": "pulumi", "env": [{"name": "X", "value": PLANTED}]}]}},
    },
    "status": {},
}
UPDATE = {
    "apiVersion": "auto.pulumi.com/v1alpha1",
    "kind": "Update",
    "metadata": {"name": "shop-1", "namespace": "prod", "labels": {"pulumi.com/stack-name": "shop"}},
    "spec": {"message": "Initial stack update"},
    "status": {"message": f"stdout: Outputs:\n    password: {PLANTED}\n", "outputs": "shop-1-stack-outputs"},
}
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "shop-1-stack-outputs", "namespace": "prod", "annotations": {"pulumi.com/secrets": "[]"}},
    "data": {"password": PLANTED},
    "stringData": {"password": PLANTED},
}
APP = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "infra", "namespace": "argocd"},
    "spec": {"source": {"repoURL": f"https://{PLANTED}@git.acme.example/x"}, "destination": {"name": "in-cluster"}},
    "status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}},
}


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as made:
        made.access.grant(PLANTED, "somebody")
        for obj in (STACK, RUNNING, WORKSPACE, UPDATE, SECRET, APP):
            made.store.put(obj)
        yield made


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    return write(tmp_path / "config", server.kubeconfig("eu", namespace="prod", token=PLANTED))


@pytest.mark.parametrize("kind", ["stacks", "apps", "workspaces", "updates", "contexts"])
@pytest.mark.parametrize("output", ["wide", "json", "yaml", "csv"])
async def test_no_secret_is_in_what_is_printed(kubeconfig: Path, kind: str, output: str) -> None:
    ended = await run(kubeconfig, "get", kind, "-A", "-o", output)
    assert ended.code == 0
    assert PLANTED not in ended.out + ended.err


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_no_secret_is_in_what_is_said_of_a_refusal(server: ApiServer, kubeconfig: Path, status: int) -> None:
    server.faults.answer(status, message=f"Bearer {PLANTED} isn't welcome")
    ended = await run(kubeconfig, "get")
    assert ended.code == 1
    assert PLANTED not in ended.out + ended.err


async def test_no_secret_is_on_any_screen(kubeconfig: Path) -> None:
    async with terminal(kubeconfig, columns=200, lines=60) as opened:
        await eventually(lambda: "failed 2x" in opened.text)
        opened.type("\r")
        await eventually(lambda: "LAST UPDATE" in opened.text)
        opened.type("y")
        await eventually(lambda: "apiVersion: pulumi.com/v1" in opened.text)
        opened.type("G")
        await eventually(lambda: "observedGeneration" in opened.text)
        opened.type("\x03")
        await opened.ended()
        assert PLANTED.encode() not in opened.raw


async def test_no_secret_is_in_an_object_as_it_is_shown(server: ApiServer) -> None:
    async with watching(server, token=PLANTED) as fleet:
        await eventually(lambda: fleet.connection("lab"))
        for kind, name in ((STACKS, "shop"), (WORKSPACES, "shop"), (UPDATES, "shop-1")):
            obj = await fleet.object(Key("lab", "prod", name), kind.resource)
            assert obj["metadata"]["name"] == name
            assert PLANTED not in str(obj)
            assert "managedFields" not in obj["metadata"]


def test_a_secrets_data_is_masked_and_its_names_stay() -> None:
    obj: dict[str, Any] = shown(SECRET)
    assert obj["data"] == {"password": MASK}
    assert obj["stringData"] == {"password": MASK}
    assert shown(STACK)["spec"]["envRefs"]["PASSPHRASE"]["type"] == "Literal"
