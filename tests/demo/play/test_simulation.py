"""What can be seen at second 0, that it keeps moving, and that a fix has its effect.

Time stands still in these plays unless a test lets it pass, so nothing here waits for a clock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

import demo
from demo.play import stories
from demo.play.simulation import Simulation
from demo.server.objects import moment
from support.plays import APPS, JSON_PATCH, NOW, STACKS, ask, condition, patch, stack


@pytest.fixture
async def play() -> AsyncIterator[Simulation]:
    async with demo.serve(now=NOW, moving=False) as play:
        yield play


def test_the_operator_has_seen_every_workspace(play: Simulation) -> None:
    spaces = [space for stage in play.contexts.values() for space in stage.store.list("Workspace")]
    assert len(spaces) > 5
    for space in spaces:
        assert space["status"]["observedGeneration"] == space["metadata"]["generation"], space["metadata"]["name"]


@pytest.mark.parametrize(
    ("story", "kind", "reason", "words"),
    [
        (stories.network, "Ready", "ProcessingCompleted", "up to date"),
        (stories.db_main, "Reconciling", "StackProcessing", "stack is being processed"),
        (stories.web, "Reconciling", "PrerequisiteNotSatisfied", '"db-main": prerequisite has not run to completion'),
        (stories.checkout, "Reconciling", "RetryingAfterFailure", "update failure(s)"),
        (stories.search, "Stalled", "UpdateFailed", "up failed 3 times; not retrying"),
        (stories.queue, "Reconciling", "StackProcessing", "stack is being processed"),
        (stories.warehouse, "Reconciling", "StackProcessing", "waiting for workspace readiness"),
        (stories.reports, "Stalled", "SpecInvalid", 'Secret "git-token" not found'),
        (stories.features, "Stalled", "WorkspaceFailed", "InstallationFailed: rpc error: code = Aborted"),
        (stories.legacy_vm, "Stalled", "UpdateFailed", "destroy failed 3 times"),
        (stories.eu_cache, "Stalled", "SourceUnavailable", 'no commits found for ref "feature/eviction"'),
        (stories.eu_gateway, "Reconciling", "PrerequisiteNotSatisfied", 'Stack.pulumi.com "vault" not found'),
        (stories.eu_ledger, "Reconciling", "RetryingAfterFailure", "update failure(s)"),
        (stories.eu_mail, "Reconciling", "StackProcessing", "stack is being processed"),
        (stories.us_web, "Reconciling", "RetryingAfterFailure", "7 update failure(s)"),
    ],
    ids=lambda value: value.name if isinstance(value, stories.Story) else "",
)
async def test_the_opening_shows_what_the_story_promises(
    play: Simulation, story: stories.Story, kind: str, reason: str, words: str
) -> None:
    found = condition(stack(play, story), kind)
    assert found["status"] == "True"
    assert found["reason"] == reason
    assert words in found["message"]


async def test_the_wedged_stack_names_an_update_that_is_not_there(play: Simulation) -> None:
    current = stack(play, stories.queue)["status"]["currentUpdate"]
    assert play.contexts["hub"].store.get("Update", "data", current["name"]) is None
    created = int(current["name"].rpartition("-")[2], 16) / 1000
    assert NOW - created == pytest.approx(41 * 60, abs=2)


async def test_no_two_stacks_share_one_state(play: Simulation) -> None:
    names = [each["spec"]["stack"] for stage in play.contexts.values() for each in stage.store.list("Stack")]
    assert len(names) == len(set(names)) == len(stories.ALL)


async def test_an_invalid_stack_keeps_observed_generation_zero(play: Simulation) -> None:
    assert stack(play, stories.reports)["status"]["observedGeneration"] == 0


async def test_every_stack_of_an_application_says_so_in_its_tracking_id(play: Simulation) -> None:
    found = stack(play, stories.us_web)
    assert found["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] == "us-shop:pulumi.com/Stack:shop/web"
    app = play.contexts["hub"].store.get("Application", "argocd", "us-shop")
    assert app is not None
    assert app["spec"]["destination"]["name"] == "us-prod"
    assert {r["name"] for r in app["status"]["resources"]} == {"web", "edge"}


async def test_without_a_check_argo_cd_calls_failing_stacks_healthy(play: Simulation) -> None:
    payments = play.contexts["eu-prod"].store.get("Application", "argocd", "payments")
    shop = play.contexts["hub"].store.get("Application", "argocd", "shop")
    assert payments is not None
    assert shop is not None
    assert payments["status"]["health"]["status"] == "Healthy"
    assert shop["status"]["health"] | {"lastTransitionTime": ""} == {
        "status": "Degraded",
        "message": "Caused by pulumi.com/Stack:shop/search",
        "lastTransitionTime": "",
    }


async def test_the_same_seed_plays_the_same_play(play: Simulation) -> None:
    async with demo.serve(now=NOW, moving=False) as again:
        for one, other in ((play, again), (again, play)):
            one.advance(120)
            assert one.contexts.keys() == other.contexts.keys()
        for context, stage in play.contexts.items():
            for kind, collection in stage.store.collections.items():
                mine = [entry.body for entry in collection.ordered()]
                theirs = [entry.body for entry in again.contexts[context].store.collections[kind].ordered()]
                assert mine == theirs, kind


async def test_something_happens_every_few_seconds(play: Simulation) -> None:
    quiet = longest = 0.0
    before = {context: stage.store.version for context, stage in play.contexts.items()}
    for _ in range(180):
        play.advance(1)
        after = {context: stage.store.version for context, stage in play.contexts.items()}
        quiet = 0.0 if after != before else quiet + 1
        longest, before = max(longest, quiet), after
    assert longest <= 8


async def test_a_failing_stack_retries_after_its_cooldown(play: Simulation) -> None:
    failing = stack(play, stories.eu_ledger)
    last = failing["status"]["lastUpdate"]
    pause = 10 * 3 ** last["failures"]
    due = moment(last["lastResyncTime"]) + pause
    play.advance(due - NOW - 1)
    assert "currentUpdate" not in stack(play, stories.eu_ledger)["status"]
    play.advance(3)
    assert "currentUpdate" in stack(play, stories.eu_ledger)["status"]


async def test_what_waits_for_a_prerequisite_runs_when_that_is_done(play: Simulation) -> None:
    play.advance(120)
    assert condition(stack(play, stories.db_main), "Ready")["status"] == "True"
    play.advance(40)
    assert condition(stack(play, stories.web), "Ready")["status"] == "True"


async def test_a_reconcile_request_runs_a_stalled_stack_again(play: Simulation, client: aiohttp.ClientSession) -> None:
    await ask(client, play, stories.search, "try-again")
    play.advance(2)
    assert stack(play, stories.search)["status"]["currentUpdate"]["reconcileRequest"] == "try-again"
    play.advance(40)
    found = stack(play, stories.search)
    assert condition(found, "Ready")["status"] == "True"
    assert found["status"]["lastUpdate"]["reconcileRequest"] == "try-again"
    assert found["status"]["observedReconcileRequest"] == "try-again"


async def test_a_request_does_not_free_a_wedged_stack_but_clearing_its_update_does(
    play: Simulation, client: aiohttp.ClientSession
) -> None:
    await ask(client, play, stories.queue, "once-more")
    play.advance(60)
    found = stack(play, stories.queue)
    assert found["status"]["observedReconcileRequest"] == "once-more"
    assert "currentUpdate" in found["status"]

    path = STACKS.format("data", "queue") + "/status"
    await patch(client, play, "hub", path, [{"op": "remove", "path": "/status/currentUpdate"}], JSON_PATCH)
    play.advance(60)
    assert condition(stack(play, stories.queue), "Reconciling")["status"] == "True"

    await ask(client, play, stories.queue, "now")
    play.advance(60)
    assert condition(stack(play, stories.queue), "Ready")["status"] == "True"


async def test_a_new_pod_heals_a_workspace_that_failed_to_install(
    play: Simulation, client: aiohttp.ClientSession
) -> None:
    await ask(client, play, stories.features, "an-annotation-alone-does-nothing")
    play.advance(60)
    assert condition(stack(play, stories.features), "Stalled")["reason"] == "WorkspaceFailed"
    url = f"{play.servers['hub'].url}/api/v1/namespaces/ml/pods/features-workspace-0"
    async with client.delete(url) as answer:
        assert answer.status == 200
    play.advance(60)
    assert condition(stack(play, stories.features), "Ready")["status"] == "True"


async def test_a_pod_deleted_in_the_middle_of_a_run_fails_it(play: Simulation, client: aiohttp.ClientSession) -> None:
    url = f"{play.servers['hub'].url}/api/v1/namespaces/shop/pods/db-main-workspace-0"
    async with client.delete(url, params={"gracePeriodSeconds": "0"}) as answer:
        assert answer.status == 200
    play.advance(1)
    last = stack(play, stories.db_main)["status"]["lastUpdate"]
    assert last["state"] == "failed"
    assert "error reading from server: EOF" in last["message"]


async def test_an_image_that_can_be_pulled_heals_its_stack(play: Simulation, client: aiohttp.ClientSession) -> None:
    body = {"spec": {"workspaceTemplate": {"spec": {"image": "pulumi/pulumi:3.259.0-nonroot"}}}}
    await patch(client, play, "hub", STACKS.format("data", "warehouse"), body)
    play.advance(60)
    assert condition(stack(play, stories.warehouse), "Ready")["status"] == "True"


async def test_the_missing_secret_and_a_request_heal_an_invalid_stack(
    play: Simulation, client: aiohttp.ClientSession
) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "git-token"}, "data": {"token": "ZmFrZQ=="}}
    async with client.post(f"{play.servers['hub'].url}/api/v1/namespaces/data/secrets", json=secret) as answer:
        assert answer.status == 201
    play.advance(60)
    assert condition(stack(play, stories.reports), "Stalled")["reason"] == "SpecInvalid"
    await ask(client, play, stories.reports, "the-secret-is-there")
    play.advance(60)
    assert condition(stack(play, stories.reports), "Ready")["status"] == "True"


async def test_a_deleted_stack_takes_what_it_owned_with_it(play: Simulation, client: aiohttp.ClientSession) -> None:
    store = play.contexts["hub"].store
    async with client.delete(play.servers["hub"].url + STACKS.format("platform", "cluster-dev")) as answer:
        assert answer.status == 200
    play.advance(2)
    for kind, name in (("Stack", "cluster-dev"), ("Workspace", "cluster-dev"), ("Pod", "cluster-dev-workspace-0")):
        assert store.get(kind, "platform", name) is None
    app = store.get("Application", "argocd", "platform")
    assert app is not None
    assert app["status"]["sync"]["status"] == "OutOfSync"


async def test_a_destroyed_stack_goes_when_the_destroy_is_done_and_is_delivered_again(play: Simulation) -> None:
    store = play.contexts["eu-prod"].store
    play.advance(30)
    first = store.get("Stack", "web", "mail")
    assert first is not None
    play.advance(20)
    assert store.get("Stack", "web", "mail") is None
    play.advance(30)
    second = store.get("Stack", "web", "mail")
    assert second is not None
    assert second["metadata"]["uid"] != first["metadata"]["uid"]


async def test_a_stack_of_somebody_elses_runs_too(play: Simulation, client: aiohttp.ClientSession) -> None:
    body = {
        "apiVersion": "pulumi.com/v1",
        "kind": "Stack",
        "metadata": {"name": "mine", "namespace": "shop"},
        "spec": {"stack": "acme/mine/dev", "branch": "main", "projectRepo": "https://git.acme.example/mine.git"},
    }
    url = play.servers["us-prod"].url + "/apis/pulumi.com/v1/namespaces/shop/stacks"
    async with client.post(url, json=body) as answer:
        assert answer.status == 201
    play.advance(60)
    found = play.contexts["us-prod"].store.get("Stack", "shop", "mine")
    assert found is not None
    assert condition(found, "Ready")["status"] == "True"


async def test_a_refresh_is_done_and_taken_off(play: Simulation, client: aiohttp.ClientSession) -> None:
    body = {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}
    await patch(client, play, "hub", APPS.format("ml"), body)
    play.advance(1)
    app = play.contexts["hub"].store.get("Application", "argocd", "ml")
    assert app is not None
    assert "argocd.argoproj.io/refresh" not in app["metadata"].get("annotations", {})
    assert moment(app["status"]["reconciledAt"]) >= NOW


async def test_an_installed_check_counts_at_the_next_refresh(play: Simulation, client: aiohttp.ClientSession) -> None:
    path = "/api/v1/namespaces/argocd/configmaps/argocd-cm"
    key = "resource.customizations.health.pulumi.com_Stack"
    await patch(client, play, "eu-prod", path, {"data": {key: "return {status = 'Healthy'}"}})
    body = {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}
    await patch(client, play, "eu-prod", APPS.format("web"), body)
    play.advance(1)
    app = play.contexts["eu-prod"].store.get("Application", "argocd", "web")
    assert app is not None
    assert app["status"]["health"]["status"] == "Degraded"


async def test_a_sync_waits_for_its_first_wave_and_can_be_terminated(
    play: Simulation, client: aiohttp.ClientSession
) -> None:
    store = play.contexts["hub"].store
    play.advance(4)
    app = store.get("Application", "argocd", "shop")
    assert app is not None
    assert app["status"]["operationState"]["phase"] == "Running"
    assert app["status"]["operationState"]["message"] == "waiting for healthy state of pulumi.com/Stack/db-main"
    terminate = [
        {"op": "test", "path": "/status/operationState/phase", "value": "Running"},
        {"op": "replace", "path": "/status/operationState/phase", "value": "Terminating"},
    ]
    await patch(client, play, "hub", APPS.format("shop"), terminate, JSON_PATCH)
    play.advance(2)
    app = store.get("Application", "argocd", "shop")
    assert app is not None
    assert "operation" not in app
    assert app["status"]["operationState"]["phase"] == "Failed"
    assert app["status"]["operationState"]["message"] == "Operation terminated"


async def test_a_sync_that_was_asked_for_succeeds(play: Simulation, client: aiohttp.ClientSession) -> None:
    body = {"operation": {"sync": {}}, "status": {"operationState": None}}
    await patch(client, play, "hub", APPS.format("us-shop"), body)
    play.advance(5)
    app = play.contexts["hub"].store.get("Application", "argocd", "us-shop")
    assert app is not None
    assert "operation" not in app
    assert app["status"]["operationState"]["phase"] == "Succeeded"


async def test_a_cluster_without_argo_cd_has_no_applications(play: Simulation, client: aiohttp.ClientSession) -> None:
    url = play.servers["us-prod"].url + "/apis/argoproj.io/v1alpha1/applications"
    async with client.get(url) as answer:
        assert answer.status == 404


async def test_one_story_alone_needs_only_its_own_servers() -> None:
    async with demo.serve(stories.eu_ledger, now=NOW, moving=False) as play:
        assert list(play.servers) == ["eu-prod"]
        assert [s["metadata"]["name"] for s in play.contexts["eu-prod"].store.list("Stack")] == ["ledger"]


async def test_time_passes_by_the_clock_when_it_may() -> None:
    from support.waiting import eventually

    async with demo.serve(stories.eu_web, speed=50.0) as play:
        store = play.contexts["eu-prod"].store

        def done() -> bool:
            found = store.get("Stack", "shop", "web")
            return found is not None and condition(found, "Ready").get("status") == "True"

        await eventually(done)


async def test_the_logs_of_a_run_are_in_the_agents_format(play: Simulation) -> None:
    lines = play.servers["hub"].logs.text("shop", "db-main-workspace-0", "pulumi")
    assert any("\tINFO\tpulumi\tUpdating (db-main-hub):" in line for line in lines)
    assert all(line.split("\t")[1] in ("INFO", "WARN", "ERROR") for line in lines)
