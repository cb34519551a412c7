"""Stories for those who read logs: each prints what its sentence says."""

from __future__ import annotations

from typing import Any

import demo
from demo.play import stories
from stacks.logs.runs import LogSection
from support.podlogs import split_log


def printed(play: Any, story: stories.Story, container: str = "pulumi") -> list[str]:
    server = play.servers[story.context]
    return list(server.logs.text(story.namespace, f"{story.stack}-workspace-0", container))


def runs(play: Any, story: stories.Story) -> list[LogSection]:
    return [section for section in split_log(printed(play, story)) if section.is_run]


async def test_an_update_prints_for_minutes() -> None:
    async with demo.serve(stories.eu_reindex, moving=False) as play:
        before = len(printed(play, stories.eu_reindex))
        assert runs(play, stories.eu_reindex)[-1].result == "running"
        play.advance(60)
        assert 100 <= len(printed(play, stories.eu_reindex)) - before <= 200
        assert runs(play, stories.eu_reindex)[-1].result == "running"
        play.advance(180)
        assert runs(play, stories.eu_reindex)[-1].result == "succeeded"


async def test_one_story_floods_a_log() -> None:
    async with demo.serve(stories.backfill, moving=False) as play:
        play.advance(30)
        before = len(printed(play, stories.backfill))
        play.advance(10)
        assert len(printed(play, stories.backfill)) - before > 4000


async def test_a_pod_is_replaced_in_mid_run_and_the_next_one_runs_well() -> None:
    async with demo.serve(stories.eu_rates, moving=False) as play:
        pods = play.contexts["eu-prod"].store
        name = f"{stories.eu_rates.stack}-workspace-0"
        first = pods.get("Pod", "payments", name)["metadata"]["uid"]
        assert runs(play, stories.eu_rates)[-1].result == "running"
        play.advance(25)
        assert pods.get("Pod", "payments", name)["metadata"]["uid"] != first
        play.advance(60)
        assert [run.result for run in runs(play, stories.eu_rates)] == ["succeeded"]


async def test_three_runs_stand_in_one_log() -> None:
    async with demo.serve(stories.us_dns, moving=False) as play:
        assert [run.result for run in runs(play, stories.us_dns)] == ["succeeded", "failed", "succeeded"]


async def test_a_workspace_cant_pull_its_image_and_an_update_failed() -> None:
    async with demo.serve(stories.warehouse, stories.search, moving=False) as play:
        pod = play.contexts["hub"].store.get("Pod", "data", "warehouse-workspace-0")
        assert pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff"
        assert runs(play, stories.search)[-1].first_error.startswith("error: cloud:compute/nodePool")
