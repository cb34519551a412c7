"""The whole chain with Argo CD's own controllers: Git, syncs in two waves, what PKO saves, what a check makes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from e2e.chain.argo_cd import ArgoCD
from e2e.chain.deliveries import FIRST, SECOND, Delivery, Seen
from e2e.chain.installation import BUILT_IN, OURS, Installation
from e2e.chain.steps import (
    DESTRUCTION,
    FAILS_ON,
    FAILS_THRICE,
    LIVES,
    REFUSES_THE_SPEC,
    SUCCEEDS,
    WAITS_FOR_FIRST,
    WAITS_FOR_ITS_END,
    Step,
    waiting,
)
from e2e.chain.stories import Story, fits
from support.argocds import same_but_for_managers

Tell = Callable[[str], Story]

FOR_EVER = 30.0
"""seconds for which a sync that nobody ends has to be seen waiting"""
TWO_SOURCES = {"commit": "1" * 40}
"""beside a branch, it makes a spec invalid"""

built_in = pytest.mark.parametrize("check", [BUILT_IN], indirect=True, ids=["built-in"])
ours = pytest.mark.parametrize("check", [OURS], indirect=True, ids=["ours"])
either = pytest.mark.parametrize("check", [OURS, BUILT_IN], indirect=True, ids=["ours", "built-in"])


def waits(seen: Seen) -> bool:
    return (seen.phase, seen.message, seen.health) == ("Running", WAITS_FOR_FIRST, "Progressing")


async def timed(action: Awaitable[Any]) -> float:
    begun = time.monotonic()
    await action
    return time.monotonic() - begun


@built_in
@pytest.mark.parametrize(
    ("situation", "step", "first"),
    [
        pytest.param("an invalid spec", REFUSES_THE_SPEC, TWO_SOURCES, id="invalid spec"),
        pytest.param("retried for ever by PKO 2.7", FAILS_ON, {}, id="retried for ever"),
    ],
)
async def test_what_waits_for_ever_fails_as_soon_as_our_check_is_installed(
    tell: Tell, installation: Installation, situation: str, step: Step, first: dict[str, Any]
) -> None:
    story = tell(situation)
    await story.begins(**first)
    seen = await story.goes(waiting(step.happens, step.saved), FOR_EVER)
    assert seen.cause == story.delivery.blames(FIRST)

    story = replace(story, check=OURS)
    async with asyncio.TaskGroup() as group:
        command = group.create_task(timed(installation.install()))
        seen = await story.shows(fits(step), "`health install --yes --refresh stacks`")
    story.notes("the command, to its end", None, command.result())
    assert seen.cause == story.delivery.blames(FIRST)
    assert not await story.second_wave_began()


@ours
@pytest.mark.parametrize("life", LIVES)
async def test_the_second_wave_begins_when_the_first_stack_is_done(tell: Tell, life: str) -> None:
    story = tell(life)
    await story.begins()
    for step in LIVES[life]:
        assert not await story.second_wave_began()
        await story.goes(step)
    if LIVES[life][-1].phase == "Succeeded":
        await story.ends_well()
    else:
        assert not await story.second_wave_began()


@ours
async def test_an_invalid_spec_is_healed_by_a_commit(tell: Tell) -> None:
    story = tell("an invalid spec, mended")
    await story.begins(**TWO_SOURCES)
    await story.goes(REFUSES_THE_SPEC)
    story.delivery.commit(FIRST, SECOND)
    await story.delivery.sync()
    await story.shows(waits, "a sync of the mended spec")
    await story.goes(SUCCEEDS)
    await story.ends_well()


@ours
async def test_what_pko_2_7_retries_heals_by_itself_when_a_run_succeeds(tell: Tell) -> None:
    story = tell("retried until it succeeds, PKO 2.7")
    await story.begins()
    for step in (FAILS_THRICE, FAILS_ON, replace(SUCCEEDS, phase="Failed", health="Healthy", says="up failed 4 times")):
        await story.goes(step)
    await story.delivery.sync()
    await story.shows(lambda seen: seen.phase == "Succeeded", "a new sync")
    await story.ends_well()


@ours
async def test_what_may_heal_costs_no_retry_and_what_is_degraded_costs_them_all(tell: Tell) -> None:
    story = tell("a sync that may be retried once")
    await story.begins(retries=1)
    await story.goes(FAILS_THRICE)
    assert (await story.delivery.obj())["status"]["operationState"].get("retryCount", 0) == 0
    seen = await story.goes(FAILS_ON)
    assert seen.message == "one or more synchronization tasks completed unsuccessfully (retried 1 times)."


async def deleted(delivery: Delivery) -> tuple[str, str]:
    """By hand; the sync before has long been over."""
    code, answer = await delivery.api.delete(delivery.api.stacks(FIRST))
    assert code == 200, answer
    return "Succeeded", "the stack has been processed"


async def pruned(delivery: Delivery) -> tuple[str, str]:
    """It is no longer in Git; the sync waits for its end, whatever its health is."""
    delivery.commit(SECOND)
    await delivery.sync(prune=True)
    return "Running", WAITS_FOR_ITS_END


@pytest.mark.parametrize("way", [deleted, pruned])
@either
async def test_a_destroy_that_is_stuck_is_degraded_by_our_check_alone(
    tell: Tell, check: str, way: Callable[[Delivery], Awaitable[tuple[str, str]]]
) -> None:
    story = tell(f"{way.__name__}, resources and all")
    await story.begins()
    await story.goes(SUCCEEDS)
    await story.ends_well()
    phase, says = await way(story.delivery)
    await story.shows(lambda seen: (seen.phase, seen.health) == (phase, "Progressing") and says in seen.says)
    for step in DESTRUCTION:
        health = step.health if check == OURS else "Progressing"
        seen = await story.goes(replace(step, phase=phase, health=health, says=says, lasts=health == "Progressing"))
        assert seen.cause == story.delivery.blames(FIRST)
    await story.operator.lets_go(FIRST)
    await story.shows(lambda seen: (seen.phase, seen.health) == ("Succeeded", "Healthy"), "the Stack is gone")


@ours
async def test_after_uninstall_everything_is_as_it_was(tell: Tell, installation: Installation, argo_cd: ArgoCD) -> None:
    story = tell("an invalid spec")
    await story.begins(**TWO_SOURCES)
    await story.goes(REFUSES_THE_SPEC)
    story = replace(story, check=BUILT_IN)
    async with asyncio.TaskGroup() as group:
        command = group.create_task(timed(installation.uninstall()))
        await story.shows(lambda seen: seen.health == "Progressing", "`health uninstall --yes`")
    story.notes("the command, to its end", None, command.result())
    assert same_but_for_managers(installation.config_map(), argo_cd.settings)

    await story.delivery.sync()
    await story.shows(waits)
    story.notes("a new sync", await story.keeps_showing(waits, FOR_EVER), FOR_EVER, lasts=True)
