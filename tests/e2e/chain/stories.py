"""The life of one Application, written down while it happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from e2e.chain.deliveries import FIRST, SECOND, Delivery, Seen
from e2e.chain.operators import Operator
from e2e.chain.steps import SUCCEEDS, Step
from support.waiting import eventually

Claim = Callable[[Seen], bool]

A_WHILE = 3.0
"""seconds; Argo CD needs two to begin with a wave, and a fraction of one to see a change"""
ARRIVES_WITHIN = 60.0


@dataclass
class Record:
    """What happened, in the order in which it did, as lines of a table."""

    lines: list[str] = field(default_factory=list)

    def note(
        self, check: str, situation: str, happens: str, seen: Seen | None, took: float, *, lasts: bool = False
    ) -> None:
        shown = (f"{seen.phase}: {seen.says}", seen.health) if seen else ("", "")
        after = f"still after {took:.0f} s" if lasts else f"{took:.1f} s"
        self.lines.append("| " + " | ".join((check, situation, happens, *shown, after)) + " |")


@dataclass(frozen=True)
class Story:
    """`check` is the one that is in force: Argo CD's or ours."""

    delivery: Delivery
    operator: Operator
    record: Record
    check: str
    situation: str

    async def begins(self, *, retries: int = 0, **first: Any) -> None:
        """Both Stacks are in Git, and a sync is asked for. Fields of the first one's spec may be told."""
        self.delivery.commit(FIRST, SECOND, **first)
        await self.delivery.create()
        await self.shows(lambda seen: seen.health == "Missing")
        await self.delivery.sync(retries=retries)

    async def goes(self, step: Step, seconds: float = A_WHILE) -> Seen:
        """The operator does this, and it leads where it is to lead, and stays there for a while if it lasts."""
        await self.operator.saves(FIRST, step.saved)
        saved = time.monotonic()
        claim = fits(step)
        seen = await self.shows(claim)
        if step.lasts:
            seen = await self.keeps_showing(claim, seconds)
        self.notes(step.happens, seen, time.monotonic() - saved, lasts=step.lasts)
        return seen

    async def ends_well(self) -> None:
        """The second Stack came, as the Application knows, and is done, too."""
        await self.shows(lambda seen: seen.cause == self.delivery.blames(SECOND))
        await self.operator.saves(SECOND, SUCCEEDS.saved)
        await self.shows(lambda seen: (seen.phase, seen.health) == ("Succeeded", "Healthy"))

    async def second_wave_began(self) -> bool:
        return await self.operator.stack(SECOND) is not None

    async def shows(self, claim: Claim, happens: str = "") -> Seen:
        """What is shown as soon as the claim is true. It is noted as what came of something, if that is told."""
        begun = time.monotonic()
        found: list[Seen] = []

        async def holds() -> bool:
            found[:] = [await self.delivery.seen()]
            assert claim(found[0]), found[0]
            return True

        await eventually(holds, timeout=ARRIVES_WITHIN, every=0.1)
        if happens:
            self.notes(happens, found[0], time.monotonic() - begun)
        return found[0]

    async def keeps_showing(self, claim: Claim, seconds: float = A_WHILE) -> Seen:
        """What is shown at the end of a time in which the claim was never wrong."""
        ends = time.monotonic() + seconds
        while True:
            seen = await self.delivery.seen()
            assert claim(seen), seen
            if time.monotonic() > ends:
                return seen
            await asyncio.sleep(0.25)

    def notes(self, happens: str, seen: Seen | None, took: float, *, lasts: bool = False) -> None:
        self.record.note(self.check, self.situation, happens, seen, took, lasts=lasts)


def fits(step: Step) -> Claim:
    """The claim that the Application shows what the step leads to."""
    return lambda seen: (seen.phase, seen.health) == (step.phase, step.health) and step.says in seen.says
