"""What a context tells of its operator, with as few requests as before, and without anything secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cluster.http.connection import Connection
from cluster.kubeconfig import load
from demo.manifests import deployment, lease
from demo.server.api_server import ApiServer
from demo.server.authorization import READ, AccessRule
from fleet.board.context_state import ContextFacts
from fleet.feeds.context_survey import ContextSurvey
from stacks.operator import UNKNOWN_WORKLOAD
from stacks.times import instant, rfc3339
from support.program import write

NAMESPACE = "pulumi-system"
SECRET = "pl4nted-s3cret"
ACQUIRED = "2026-11-30T10:00:00.000000Z"
NOW = (instant(ACQUIRED) or 0.0) + 60


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as running:
        labels = {"app.kubernetes.io/name": "operator"}
        image = "docker.io/pulumi/pulumi-kubernetes-operator:v2.9.0"
        made = deployment(NAMESPACE, "controller-manager", "manager", image, labels, NOW - 9000)
        made["spec"]["replicas"] = 2
        made["spec"]["template"]["spec"]["containers"][0]["env"] = [
            {"name": "PULUMI_ACCESS_TOKEN", "value": SECRET},
            {"name": "MAX_CONCURRENT_RECONCILES", "value": "4"},
        ]
        running.store.put(made)
        running.store.put(lease("manager-7f_0b1c", NAMESPACE, ACQUIRED))
        yield running


async def surveyed(server: ApiServer, folder: Path, token: str = "") -> ContextFacts:
    path = write(folder / "kubeconfig", server.kubeconfig("lab", token=token))
    connection = Connection(load(str(path), {}).target("lab"))
    try:
        return await ContextSurvey(connection, None).facts(NOW)
    finally:
        await connection.close()


async def test_the_operators_replicas_workers_and_leader_are_told(server, tmp_path) -> None:
    found = await surveyed(server, tmp_path)
    workload = found.workload
    assert (workload.replicas, workload.available, workload.workers) == (2, 1, 4)
    assert (workload.holder, rfc3339(workload.held_since or 0.0)) == ("manager-7f", "2026-11-30T10:00:00Z")
    assert (found.operator.has_leader, found.operator_namespace) == (True, NAMESPACE)
    assert SECRET not in repr(found)


async def test_that_takes_four_requests(server, tmp_path) -> None:
    await surveyed(server, tmp_path)
    assert len([asked for asked in server.requests if asked.path != "/api"]) == 4


async def test_what_may_not_be_read_is_named_and_nothing_is_claimed_of_it(server, tmp_path) -> None:
    server.access.grant("reader", "reader", AccessRule(READ, ("stacks",)))
    found = await surveyed(server, tmp_path, "reader")
    assert found.workload == UNKNOWN_WORKLOAD
    assert any("Leases" in words for words in found.hidden)
    assert any("replicas and workers" in words for words in found.hidden)
