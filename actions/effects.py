"""Waiting until a controller has acted on what was written: looking again and again, until it shows or can't come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from actions.workflow import ChangeFault, ChangeResult, ChangeStep, Steps, Timing
from cluster.errors import ClusterError
from stacks.times import prose_span


@dataclass(frozen=True, slots=True)
class EffectSeen:
    """What one look tells of the effect of a change, in words.

    `reached`: it is there. `lost`: it can't come any more. With `lost` and `reached` it came and is bad in itself, as
    a run that was asked for and failed.
    """

    text: str
    reached: bool = False
    lost: bool = False


async def wait_for_effect(look: Callable[[], Awaitable[EffectSeen]], timing: Timing) -> Steps:
    """Look until the effect is there; a result where it isn't within `timing.effect_timeout`, or can't come any more.

    A look that raises ClusterError is made again: what was written stays written. Whoever has nothing to add hands
    these steps on as they are: a generator around them has to close them (`contextlib.aclosing`).
    """
    deadline = monotonic() + timing.effect_timeout
    said = ""
    while True:
        try:
            seen = await look()
        except ClusterError as error:
            seen = EffectSeen(f"it can't be asked now: {error}")
        if seen.lost:
            yield ChangeResult(ChangeFault.UNPROVEN, seen.text, written=True)
            return
        if seen.text != said:
            yield ChangeStep(seen.text, counting=bool(said))
            said = seen.text
        if seen.reached:
            return
        if monotonic() >= deadline:
            text = f"it was sent, and after {prose_span(timing.effect_timeout)} isn't proven: {seen.text}"
            yield ChangeResult(ChangeFault.NOT_YET, text, written=True)
            return
        await asyncio.sleep(min(timing.effect_interval, max(deadline - monotonic(), 0.0)))
