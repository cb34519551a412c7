"""Whoever sets something right in the play, with whatever program, sees it heal as it would in a real cluster.

Time stands still in these plays unless a test lets it pass.
"""

from __future__ import annotations

import base64
from typing import Any

import aiohttp
import pytest

import demo
from demo.manifests import FINALIZER
from demo.play import stories
from demo.play.simulation import Simulation
from support.plays import (
    JSON_PATCH,
    NOW,
    SECRETS,
    STACKS,
    UPDATES,
    app,
    ask,
    condition,
    delete_pod,
    patch,
    pod_of,
    remove_finalizer,
    run_in_pod,
    stack,
)

Client = aiohttp.ClientSession


def served(*chosen: stories.Story) -> Any:
    return demo.serve(*chosen, now=NOW, moving=False)


def status(play: Simulation, story: stories.Story) -> dict[str, Any]:
    found: dict[str, Any] = stack(play, story)["status"]
    return found


def ready(play: Simulation, story: stories.Story) -> bool:
    return bool(condition(stack(play, story), "Ready")["status"] == "True")


async def unwedge(client: Client, play: Simulation, story: stories.Story) -> None:
    seen = stack(play, story)
    operations = [
        {"op": "test", "path": "/metadata/uid", "value": seen["metadata"]["uid"]},
        {"op": "test", "path": "/metadata/resourceVersion", "value": seen["metadata"]["resourceVersion"]},
        {"op": "test", "path": "/status/currentUpdate/name", "value": seen["status"]["currentUpdate"]["name"]},
        {"op": "remove", "path": "/status/currentUpdate"},
    ]
    path = STACKS.format(story.namespace, story.stack) + "/status"
    await patch(client, play, story.context, path, operations, JSON_PATCH)


# reconcile


async def test_a_request_is_noted_at_once_and_run_after_the_run_that_is_on(client: Client) -> None:
    async with served(stories.db_main) as play:
        running = status(play, stories.db_main)["currentUpdate"]["name"]
        await ask(client, play, stories.db_main, "after-this-one")
        play.advance(2)
        found = status(play, stories.db_main)
        assert found["observedReconcileRequest"] == "after-this-one"
        assert found["currentUpdate"]["name"] == running
        while status(play, stories.db_main).get("currentUpdate", {}).get("name") == running:
            play.advance(5)
        assert status(play, stories.db_main)["lastUpdate"].get("reconcileRequest") is None
        play.advance(400)
        assert status(play, stories.db_main)["lastUpdate"]["reconcileRequest"] == "after-this-one"


async def test_a_request_resets_the_failures_of_a_stack_that_gave_up(client: Client) -> None:
    async with served(stories.legacy_vm) as play:
        before = status(play, stories.legacy_vm)["lastUpdate"]
        assert before["failures"] == 3
        await ask(client, play, stories.legacy_vm, "try-the-destroy-again")
        play.advance(12)
        after = status(play, stories.legacy_vm)["lastUpdate"]
        assert (after["type"], after["state"], after.get("failures")) == ("destroy", "failed", None)
        assert after["name"] != before["name"]
        assert "DependencyViolation" in after["message"]


# unwedge


async def test_clearing_alone_ends_no_wedge_and_a_request_after_it_does(client: Client) -> None:
    async with served(stories.queue) as play:
        await unwedge(client, play, stories.queue)
        play.advance(600)
        assert condition(stack(play, stories.queue), "Reconciling")["message"] == "stack is being processed"
        assert "currentUpdate" not in status(play, stories.queue)
        await ask(client, play, stories.queue, "a-new-value")
        play.advance(60)
        assert ready(play, stories.queue)
        assert status(play, stories.queue)["lastUpdate"]["reconcileRequest"] == "a-new-value"


async def test_who_looked_before_somebody_else_wrote_clears_nothing(client: Client) -> None:
    async with served(stories.queue) as play:
        seen = stack(play, stories.queue)["metadata"]["resourceVersion"]
        await ask(client, play, stories.queue, "somebody-was-faster")
        operations = [
            {"op": "test", "path": "/metadata/resourceVersion", "value": seen},
            {"op": "remove", "path": "/status/currentUpdate"},
        ]
        url = play.servers["hub"].url + STACKS.format("data", "queue") + "/status"
        async with client.patch(url, json=operations, headers=JSON_PATCH) as answer:
            assert answer.status == 422
        assert "currentUpdate" in status(play, stories.queue)


async def test_a_finished_update_that_was_deleted_wedges_until_it_is_let_go_and_cleared(client: Client) -> None:
    async with served(stories.audit) as play:
        store, name = play.contexts["hub"].store, status(play, stories.audit)["currentUpdate"]["name"]
        update = store.get("Update", "data", name)
        assert update is not None
        assert condition(update, "Complete")["status"] == "True"
        assert update["metadata"]["deletionTimestamp"]
        assert update["metadata"]["generation"] != update["status"]["observedGeneration"]
        assert status(play, stories.audit)["observedReconcileRequest"] == "unstick"

        await remove_finalizer(client, play, "hub", UPDATES.format("data", name), FINALIZER)
        assert store.get("Update", "data", name) is None
        play.advance(60)
        assert status(play, stories.audit)["currentUpdate"]["name"] == name
        await unwedge(client, play, stories.audit)
        await ask(client, play, stories.audit, "go-on")
        play.advance(60)
        assert ready(play, stories.audit)


# restart-workspace


async def test_a_pod_with_another_uid_is_left_alone(client: Client) -> None:
    async with served(stories.features) as play:
        pod = pod_of(play, stories.features)
        assert pod is not None
        wrong = "00000000-0000-0000-0000-000000000000"
        code, answer = await delete_pod(client, play, stories.features, wrong)
        assert (code, answer["reason"]) == (409, "Conflict")
        assert answer["message"] == (
            'Operation cannot be fulfilled on Pod "features-workspace-0": the UID in the precondition '
            f"({wrong}) does not match the UID in record ({pod['metadata']['uid']}). "
            "The object might have been deleted and then recreated"
        )
        assert pod_of(play, stories.features) == pod


async def test_a_restarted_workspace_leaves_gracefully_and_is_initialised_anew(client: Client) -> None:
    async with served(stories.features) as play:
        before = pod_of(play, stories.features)
        assert before is not None
        code, _ = await delete_pod(client, play, stories.features)
        assert code == 200
        leaving = pod_of(play, stories.features)
        assert leaving is not None
        assert leaving["metadata"]["deletionTimestamp"]
        play.advance(2.6)
        assert pod_of(play, stories.features) is None
        play.advance(30)
        after = pod_of(play, stories.features)
        assert after is not None
        assert after["metadata"]["uid"] != before["metadata"]["uid"]
        assert ready(play, stories.features)


async def test_a_run_that_hangs_is_lost_with_its_pod_and_the_retry_succeeds(client: Client) -> None:
    async with served(stories.ingest) as play:
        assert (await delete_pod(client, play, stories.ingest))[0] == 200
        play.advance(3)
        lost = status(play, stories.ingest)
        assert lost["lastUpdate"]["state"] == "failed"
        assert "error reading from server: EOF" in lost["lastUpdate"]["message"]
        assert condition(stack(play, stories.ingest), "Reconciling")["reason"] == "RetryingAfterFailure"
        play.advance(120)
        assert ready(play, stories.ingest)


async def test_a_request_while_the_pod_leaves_waits_for_the_next_one(client: Client) -> None:
    async with served(stories.cluster_dev) as play:
        await delete_pod(client, play, stories.cluster_dev)
        await ask(client, play, stories.cluster_dev, "now")
        play.advance(60)
        last = status(play, stories.cluster_dev)["lastUpdate"]
        assert (last["state"], last["reconcileRequest"]) == ("succeeded", "now")


# cancel


async def test_a_lock_stays_through_requests_and_restarts_until_it_is_cancelled(client: Client) -> None:
    async with served(stories.eu_ledger) as play:
        await ask(client, play, stories.eu_ledger, "the-lock-is-still-there")
        await delete_pod(client, play, stories.eu_ledger)
        play.advance(600)
        assert condition(stack(play, stories.eu_ledger), "Stalled")["reason"] == "UpdateFailed"
        assert "created by ci@runner-7 (pid 4711) at " in status(play, stories.eu_ledger)["lastUpdate"]["message"]
        cancel = ("pulumi", "cancel", "--yes", "--stack", "organization/payments/ledger")
        ended = await run_in_pod(client, play, stories.eu_ledger, *cancel)
        assert ended == (0, "The currently running update for 'ledger' has been canceled!\n", "")
        await ask(client, play, stories.eu_ledger, "now")
        play.advance(60)
        assert ready(play, stories.eu_ledger)


async def test_cancelling_ends_a_run_in_pulumi_cloud_and_the_next_one_succeeds(client: Client) -> None:
    async with served(stories.ingest) as play:
        cancel = ("pulumi", "cancel", "--yes", "--stack", stories.ingest.program.stack)
        assert (await run_in_pod(client, play, stories.ingest, *cancel))[0] == 0
        play.advance(1)
        assert "error: update canceled" in status(play, stories.ingest)["lastUpdate"]["message"]
        play.advance(120)
        assert ready(play, stories.ingest)


async def test_the_processes_of_a_pod_tell_whether_pulumi_works_there(client: Client) -> None:
    async with served(stories.db_main, stories.ingest, stories.cluster_dev) as play:
        listing = ("sh", "-c", "cat /proc/[0-9]*/comm")
        for story, names in (
            (stories.db_main, ["tini", "agent", "pulumi", "pulumi-language"]),
            (stories.ingest, ["tini", "agent"]),
            (stories.cluster_dev, ["tini", "agent"]),
        ):
            _, listed, _ = await run_in_pod(client, play, story, *listing)
            assert listed.split() == names, story.name


async def test_what_a_pod_has_no_program_for_is_told_as_anywhere(client: Client) -> None:
    async with served(stories.cluster_dev) as play:
        code, _, told = await run_in_pod(client, play, stories.cluster_dev, "vi")
        assert code == 127
        assert "executable file not found" in told
        other = ("pulumi", "cancel", "--yes", "--stack", "acme/nobody/dev")
        told_no = (1, "", "error: no stack named 'acme/nobody/dev' found\n")
        assert await run_in_pod(client, play, stories.cluster_dev, *other) == told_no


# release


async def test_a_stack_whose_destroy_fails_goes_with_its_finalizer_and_takes_all_with_it(client: Client) -> None:
    async with served(stories.legacy_vm) as play:
        store = play.contexts["hub"].store
        assert store.list("Update", "platform")
        await remove_finalizer(client, play, "hub", STACKS.format("platform", "legacy-vm"), FINALIZER)
        play.advance(5)
        for kind in ("Stack", "Workspace", "StatefulSet", "Pod", "Update"):
            assert store.list(kind, "platform") == [], kind


async def test_its_application_had_it_pruned_and_is_synced_when_it_is_gone(client: Client) -> None:
    async with served(stories.legacy_vm, stories.network) as play:
        pruned = {each["name"]: each.get("requiresPruning") for each in app(play, "platform")["status"]["resources"]}
        assert pruned == {"network": None, "legacy-vm": True}
        assert app(play, "platform")["status"]["sync"]["status"] == "OutOfSync"
        await remove_finalizer(client, play, "hub", STACKS.format("platform", "legacy-vm"), FINALIZER)
        play.advance(5)
        found = app(play, "platform")["status"]
        assert (found["sync"]["status"], found["health"]["status"]) == ("Synced", "Healthy")
        assert [each["name"] for each in found["resources"]] == ["network"]


async def test_a_stack_that_is_let_go_in_the_middle_of_a_run_leaves_its_update_behind(client: Client) -> None:
    async with served(stories.eu_mail) as play:
        store, running = play.contexts["eu-prod"].store, status(play, stories.eu_mail)["currentUpdate"]["name"]
        await remove_finalizer(client, play, "eu-prod", STACKS.format("web", "mail"), FINALIZER)
        play.advance(2)
        for kind in ("Stack", "Workspace", "Pod"):
            assert store.list(kind, "web") == [], kind
        (left,) = store.list("Update", "web")
        assert left["metadata"]["name"] == running
        assert left["metadata"]["deletionTimestamp"]
        assert condition(left, "Failed")["status"] == "True"
        await remove_finalizer(client, play, "eu-prod", UPDATES.format("web", running), FINALIZER)
        assert store.list("Update", "web") == []


async def test_a_foreign_finalizer_holds_a_stack_until_it_is_taken_off(client: Client) -> None:
    async with served(stories.cluster_dev) as play:
        store, path = play.contexts["hub"].store, STACKS.format("platform", "cluster-dev")
        body = {"metadata": {"finalizers": [FINALIZER, "audit.acme.example/hold"]}}
        await patch(client, play, "hub", path, body)
        async with client.delete(play.servers["hub"].url + path) as answer:
            assert answer.status == 200
        play.advance(60)
        held = stack(play, stories.cluster_dev)
        assert held["metadata"]["finalizers"] == ["audit.acme.example/hold"]
        await ask(client, play, stories.cluster_dev, "the-operator-is-done-with-it")
        play.advance(60)
        assert stack(play, stories.cluster_dev)["status"] == held["status"]

        await remove_finalizer(client, play, "hub", path, "audit.acme.example/hold")
        play.advance(5)
        for kind in ("Stack", "Workspace", "Pod", "Update"):
            assert store.list(kind, "platform") == [], kind


# an expired token


@pytest.mark.parametrize("mended", ["data", "stringData"])
async def test_an_expired_token_needs_another_and_then_a_new_pod(client: Client, mended: str) -> None:
    async with served(stories.training) as play:
        told = condition(stack(play, stories.training), "Stalled")
        assert told["reason"] == "WorkspaceFailed"
        assert told["message"].startswith("InitializationFailed: rpc error: code = Unknown desc = failed to select")
        assert "error: Unauthorized: No credentials provided or are invalid." in told["message"]

        await delete_pod(client, play, stories.training)
        play.advance(60)
        assert condition(stack(play, stories.training), "Stalled")["reason"] == "WorkspaceFailed"

        token = "not-a-real-token-0002"
        value = base64.b64encode(token.encode()).decode() if mended == "data" else token
        await patch(client, play, "hub", SECRETS.format("ml", "pulumi-token"), {mended: {"accessToken": value}})
        await ask(client, play, stories.training, "an-unchanged-workspace-stays")
        play.advance(60)
        assert condition(stack(play, stories.training), "Stalled")["reason"] == "WorkspaceFailed"

        await delete_pod(client, play, stories.training)
        play.advance(60)
        assert ready(play, stories.training)


async def test_an_empty_token_is_refused_in_other_words(client: Client) -> None:
    async with served(stories.training) as play:
        await patch(client, play, "hub", SECRETS.format("ml", "pulumi-token"), {"data": {"accessToken": ""}})
        await delete_pod(client, play, stories.training)
        play.advance(60)
        assert "PULUMI_ACCESS_TOKEN must be set" in condition(stack(play, stories.training), "Stalled")["message"]
