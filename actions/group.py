"""Several changes: planned some at a time, begun one after another at a rate, each followed to its own end.

No more are begun once the group is paused or stopped, or where one mustn't be begun any more; those that are under way
go on. A mistake of this program at one of them is that one's result, and leaves the others alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from actions.plan import Plan, PlanBlocked, Planned, Risk
from actions.record import RECORD_FILE
from actions.workflow import ChangeFault, ChangeResult, ChangeStep, ChangeTask, Timing, carry_out
from cluster.concurrency import gather_all
from cluster.errors import ClusterError
from fleet.last_defence import BugError, contained

_AT_ONCE = 8
"""targets that are looked at side by side before planning"""
_LOOKS_PER_SECOND = 10.0
"""looks in a second at what many changes bring about, all of them together"""
_LEVELS = ("high", "medium", "low")

AnyTask: TypeAlias = ChangeTask[Any, Any]
MayBegin: TypeAlias = Callable[[AnyTask], str]
"""why a change mustn't be begun now; empty where it may"""


async def plan_each(tasks: Sequence[AnyTask]) -> list[tuple[AnyTask, Planned]]:
    """Prepare the target of each task, some at a time, and plan it; each task with its target as it is then."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(task: AnyTask) -> tuple[AnyTask, Planned]:
        failures: list[ClusterError] = []
        with contained(failures.append):
            if (prepare := task.change.prepare) is not None:
                async with slots:
                    task = replace(task, target=await prepare(task.connection, task.target))
            return task, task.plan()
        [failure] = failures
        return task, PlanBlocked(f"{task.target}: {failure}", unseen=not isinstance(failure, BugError))

    return await gather_all(one(task) for task in tasks)


def timing_of_many(timing: Timing, count: int) -> Timing:
    """How long is waited where `count` changes are followed at once: they look less often, each."""
    return replace(timing, effect_interval=max(timing.effect_interval, count / _LOOKS_PER_SECOND))


def risks_by_level(plans: Iterable[Plan]) -> list[tuple[Risk, int]]:
    """The risks of these plans, each once, with how many have it: the highest first, and of a level the commonest."""
    counted = Counter(plan.risk for plan in plans)
    return sorted(counted.items(), key=lambda each: (_LEVELS.index(each[0].level), -each[1]))


@dataclass(frozen=True, slots=True)
class NotBegun:
    """A change that mustn't be begun, and why."""

    why: str


class GroupStep(NamedTuple):
    """A step, or the result, of the group's change of this number, from 0."""

    number: int
    step: ChangeStep | ChangeResult | NotBegun


class ChangeGroup:
    """Changes that were agreed to, `per_second` of which are begun in a second. They run while `run` is read.

    `may_begin` is asked right before each of them is begun.
    """

    def __init__(
        self,
        changes: Sequence[tuple[AnyTask, Plan]],
        per_second: float,
        may_begin: MayBegin = lambda task: "",
    ) -> None:
        self.changes = changes
        self._pause = 1.0 / per_second
        self._may_begin = may_begin
        self._begun: set[int] = set()
        self._going = asyncio.Event()
        self._going.set()
        self._stopped = asyncio.Event()

    @property
    def begun(self) -> int:
        """How many of the changes were begun."""
        return len(self._begun)

    @property
    def left(self) -> list[AnyTask]:
        """Those that weren't begun, in their order."""
        return [task for number, (task, _) in enumerate(self.changes) if number not in self._begun]

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    def pause(self) -> None:
        """Begin no other change until `go_on`."""
        self._going.clear()

    def go_on(self) -> None:
        self._going.set()

    def stop(self) -> None:
        """Begin no other change; `run` ends with those that are under way."""
        self._stopped.set()
        self._going.set()

    async def run(self) -> AsyncGenerator[GroupStep, None]:
        """The steps of all changes as they come; each change that was begun ends with its result."""
        steps: asyncio.Queue[GroupStep | None] = asyncio.Queue()
        following: list[asyncio.Task[None]] = []
        starting = asyncio.create_task(self._begin_each(following, steps))
        try:
            while (step := await steps.get()) is not None:
                yield step
            await starting
        finally:
            self.stop()
            for task in (starting, *following):
                task.cancel()
            await asyncio.gather(starting, *following, return_exceptions=True)

    async def _begin_each(self, following: list[asyncio.Task[None]], steps: asyncio.Queue[GroupStep | None]) -> None:
        try:
            for number, (task, _) in enumerate(self.changes):
                if number - 1 in self._begun:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._stopped.wait(), self._pause)
                await self._going.wait()
                if self._stopped.is_set():
                    break
                if why := self._may_begin(task):
                    steps.put_nowait(GroupStep(number, NotBegun(why)))
                    continue
                self._begun.add(number)
                following.append(asyncio.create_task(self._follow(number, steps)))
            await asyncio.gather(*following)
        finally:
            steps.put_nowait(None)

    async def _follow(self, number: int, steps: asyncio.Queue[GroupStep | None]) -> None:
        task, plan = self.changes[number]

        def failed(error: ClusterError) -> None:
            text = f"{error}; what was sent until then is in {task.record.folder / RECORD_FILE}"
            steps.put_nowait(GroupStep(number, ChangeResult(ChangeFault.UNPROVEN, text, written=True)))

        with contained(failed):
            async with aclosing(carry_out(task, plan)) as own:
                async for step in own:
                    steps.put_nowait(GroupStep(number, step))
