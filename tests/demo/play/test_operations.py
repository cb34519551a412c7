"""What the simulated Argo CD does when an Application is refreshed, synced or terminated."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

import demo
from demo.play import stories
from demo.server.objects import moment
from support.plays import APPS, JSON_PATCH, NOW, app, patch

Client = aiohttp.ClientSession
SHOP = (stories.db_main, stories.web, stories.checkout, stories.search)
TERMINATE = [
    {"op": "test", "path": "/status/operationState/phase", "value": "Running"},
    {"op": "replace", "path": "/status/operationState/phase", "value": "Terminating"},
]


def served(*chosen: stories.Story) -> Any:
    return demo.serve(*chosen, now=NOW, moving=False)


@pytest.mark.parametrize("how", ["normal", "hard"])
async def test_a_refresh_is_done_once_and_its_marks_are_taken_off(client: Client, how: str) -> None:
    async with served(stories.us_dns) as play:
        annotations = {
            "argocd.argoproj.io/refresh": how,
            "argocd.argoproj.io/refresh-timestamp": "2026-11-23T18:16:49.5Z",
        }
        await patch(client, play, "hub", APPS.format("us-dns"), {"metadata": {"annotations": annotations}})
        play.advance(1)
        found = app(play, "us-dns")
        assert not annotations.keys() & (found["metadata"].get("annotations") or {}).keys()
        assert moment(found["status"]["reconciledAt"]) >= NOW
        assert found["status"]["operationState"]["phase"] == "Failed"


async def test_a_sync_heals_what_auto_sync_gave_up(client: Client) -> None:
    async with served(stories.us_dns) as play:
        before = app(play, "us-dns")["status"]
        assert (before["sync"]["status"], before["operationState"]["phase"]) == ("OutOfSync", "Failed")
        assert before["conditions"][0]["message"].startswith("Failed last sync attempt to [")
        assert before["conditions"][0]["message"].endswith("(retried 5 times).")

        operation = {
            "info": [{"name": "Reason", "value": "the webhook answers again"}],
            "initiatedBy": {"username": "lena"},
            "retry": {"limit": 5},
            "sync": {"syncStrategy": {"hook": {}}},
        }
        body = {"operation": operation, "status": {"operationState": None}}
        await patch(client, play, "hub", APPS.format("us-dns"), body)
        play.advance(0.5)
        running = app(play, "us-dns")
        assert running["operation"] == operation
        assert running["status"]["operationState"]["phase"] == "Running"
        assert running["status"]["operationState"]["operation"] == operation
        play.advance(5)
        after = app(play, "us-dns")
        assert "operation" not in after
        assert (after["status"]["sync"]["status"], after["status"]["operationState"]["phase"]) == (
            "Synced", "Succeeded",
        )  # fmt: skip
        assert "conditions" not in after["status"]
        assert len(after["status"]["history"]) == len(before["history"]) + 1
        assert after["status"]["history"][-1]["initiatedBy"] == {"username": "lena"}


async def test_a_sync_of_one_stack_waits_for_no_other_and_leaves_no_history(client: Client) -> None:
    async with served(*SHOP) as play:
        play.advance(2)
        await patch(client, play, "hub", APPS.format("shop"), TERMINATE, JSON_PATCH)
        play.advance(2)
        before = app(play, "shop")["status"]
        chosen = [{"group": "pulumi.com", "kind": "Stack", "namespace": "shop", "name": "checkout"}]
        body = {"operation": {"sync": {"resources": chosen}}, "status": {"operationState": None}}
        await patch(client, play, "hub", APPS.format("shop"), body)
        play.advance(4)
        after = app(play, "shop")["status"]
        assert after["operationState"]["phase"] == "Succeeded"
        assert [each["name"] for each in after["operationState"]["syncResult"]["resources"]] == ["checkout"]
        assert after["history"] == before["history"]


async def test_an_operation_over_a_running_one_is_lost(client: Client) -> None:
    async with served(*SHOP) as play:
        play.advance(4)
        first = app(play, "shop")["status"]["operationState"]["operation"]
        second = {"sync": {}, "info": [{"name": "Reason", "value": "a second one"}]}
        await patch(client, play, "hub", APPS.format("shop"), {"operation": second})
        play.advance(6)
        found = app(play, "shop")
        assert found["operation"] == second
        assert found["status"]["operationState"]["operation"] == first
        play.advance(200)
        ended = app(play, "shop")
        assert "operation" not in ended
        assert ended["status"]["operationState"]["phase"] == "Succeeded"
        assert ended["status"]["operationState"]["operation"] == first


async def test_an_operation_that_takes_the_state_of_a_running_one_away_replaces_it(client: Client) -> None:
    async with served(*SHOP) as play:
        play.advance(4)
        second = {"sync": {}, "info": [{"name": "Reason", "value": "a second one"}]}
        body = {"operation": second, "status": {"operationState": None}}
        await patch(client, play, "hub", APPS.format("shop"), body)
        play.advance(4)
        state = app(play, "shop")["status"]["operationState"]
        assert (state["phase"], state["operation"]) == ("Running", second)
        assert moment(state["startedAt"]) >= NOW


async def test_a_sync_can_be_terminated_and_done_again(client: Client) -> None:
    async with served(*SHOP) as play:
        play.advance(4)
        await patch(client, play, "hub", APPS.format("shop"), TERMINATE, JSON_PATCH)
        play.advance(1)
        ended = app(play, "shop")
        assert "operation" not in ended
        assert ended["status"]["operationState"]["phase"] == "Failed"
        url = play.servers["hub"].url + APPS.format("shop")
        async with client.patch(url, json=TERMINATE, headers=JSON_PATCH) as answer:
            assert answer.status == 422  # nothing runs that could be terminated
        body = {"operation": {"sync": {}}, "status": {"operationState": None}}
        await patch(client, play, "hub", APPS.format("shop"), body)
        play.advance(300)
        assert app(play, "shop")["status"]["operationState"]["phase"] == "Succeeded"


async def test_a_termination_of_nothing_ends_the_next_sync(client: Client) -> None:
    async with served(stories.us_dns) as play:
        terminating = [{"op": "replace", "path": "/status/operationState/phase", "value": "Terminating"}]
        await patch(client, play, "hub", APPS.format("us-dns"), terminating, JSON_PATCH)
        play.advance(60)
        assert app(play, "us-dns")["status"]["operationState"]["phase"] == "Terminating"
        await patch(client, play, "hub", APPS.format("us-dns"), {"operation": {"sync": {}}})
        play.advance(5)
        state = app(play, "us-dns")["status"]["operationState"]
        assert (state["phase"], state["message"]) == ("Failed", "Operation terminated")
