"""Waiting for what a controller does: told as it changes, ended when it is there, lost, or late."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actions.effects import EffectSeen, wait_for_effect
from actions.plan import Plan
from actions.registry import CHANGES
from actions.workflow import ChangeFault, ChangeResult, ChangeStep, Timing
from cluster.errors import Unreachable
from cluster.http.connection import Connection
from demo.server.api_server import ApiServer
from support.fixing import serve, task_for
from support.fixing_applications import app_task, out_of_sync
from support.pod_commands import play_commands
from support.scenes import scenes

QUICK = Timing(effect_interval=0.001, effect_timeout=5.0)


async def told(looks: Iterator[EffectSeen | Exception], timing: Timing = QUICK) -> list[ChangeStep | ChangeResult]:
    async def look() -> EffectSeen:
        found = next(looks)
        if isinstance(found, Exception):
            raise found
        return found

    return [step async for step in wait_for_effect(look, timing)]


async def test_each_change_of_what_is_seen_is_told_once_until_it_is_there() -> None:
    waiting = EffectSeen("it waits")
    steps = await told(iter([waiting, waiting, EffectSeen("it runs"), EffectSeen("it is over", reached=True)]))
    assert [step.text for step in steps] == ["it waits", "it runs", "it is over"]
    assert not any(isinstance(step, ChangeResult) for step in steps)


async def test_what_cannot_come_any_more_ends_the_waiting() -> None:
    steps = await told(iter([EffectSeen("it waits"), EffectSeen("the Stack is gone", lost=True)]))
    assert steps[-1] == ChangeResult(ChangeFault.UNPROVEN, "the Stack is gone", written=True)


async def test_what_does_not_come_in_time_is_late_and_says_what_is_known() -> None:
    (_, result) = await told(iter([EffectSeen("it waits")]), Timing(effect_interval=0.0, effect_timeout=0.0))
    assert isinstance(result, ChangeResult)
    assert (result.fault, result.written) == (ChangeFault.NOT_YET, True)
    assert result.text.endswith("isn't proven: it waits")


async def test_a_cluster_that_cannot_be_asked_for_a_while_is_asked_again() -> None:
    steps = await told(iter([Unreachable("it hangs up"), EffectSeen("it is over", reached=True)]))
    assert [step.text for step in steps] == ["it can't be asked now: it hangs up", "it is over"]


@contextmanager
def generators() -> Iterator[list[AsyncGenerator[Any, Any]]]:
    """Every generator that is begun meanwhile."""
    found: list[AsyncGenerator[Any, Any]] = []
    hooks = sys.get_asyncgen_hooks()
    first: Callable[[Any], None] | None = hooks.firstiter

    def note(generator: AsyncGenerator[Any, Any]) -> None:
        found.append(generator)
        if first is not None:
            first(generator)

    sys.set_asyncgen_hooks(firstiter=note)
    try:
        yield found
    finally:
        sys.set_asyncgen_hooks(*hooks)


@pytest.mark.parametrize(
    ("verb", "scene", "name"),
    [
        ("reconcile", "13c-destroy-failed-once", "stuck-destroy"),
        ("release", "13c-destroy-failed-once", "stuck-destroy"),
        ("restart-workspace", "19a-token-invalid", "bad-token"),
        ("app refresh", "", ""),
    ],
)
async def test_who_is_left_while_it_is_waited_leaves_nothing_behind_that_still_waits(
    server: ApiServer,
    connection: Connection,
    tmp_path: Path,
    verb: str,
    scene: str,
    name: str,
) -> None:
    change = CHANGES[verb]
    play_commands(server)
    if name:
        serve(server, scenes()[scene])
        task = await task_for(change, scenes()[scene], name, connection, tmp_path, during_run=True)
    else:
        task, _ = await app_task(change, out_of_sync(), server, connection, tmp_path)
    plan = task.plan()
    assert isinstance(plan, Plan) and change.take_effect is not None
    slow = replace(task, timing=Timing(effect_interval=60.0, effect_timeout=60.0))
    with generators() as begun:
        steps = change.take_effect(slow, plan)
        await anext(steps)
    waiting = [each for each in begun if each.__qualname__.startswith("wait_for")]
    assert waiting
    await steps.aclose()
    assert all(each.ag_frame is None for each in waiting)
