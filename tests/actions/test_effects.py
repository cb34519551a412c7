"""Waiting for what a controller does: told as it changes, ended when it is there, lost, or late."""

from __future__ import annotations

from collections.abc import Iterator

from actions.effects import EffectSeen, wait_for_effect
from actions.workflow import ChangeFault, ChangeResult, ChangeStep, Timing
from cluster.errors import Unreachable

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
