"""Several changes, begun one after another at a rate, each of them followed to its own end.

No more are begun once the group is paused or stopped; those that are under way go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from typing import Any, NamedTuple

from actions.plan import Plan
from actions.workflow import ChangeResult, ChangeStep, ChangeTask, carry_out


class GroupStep(NamedTuple):
    """A step, or the result, of the group's change of this number, from 0."""

    number: int
    step: ChangeStep | ChangeResult


class ChangeGroup:
    """Changes that were agreed to, `per_second` of which are begun in a second. They run while `run` is read."""

    def __init__(self, changes: Sequence[tuple[ChangeTask[Any, Any], Plan]], per_second: float) -> None:
        self.changes = changes
        self._pause = 1.0 / per_second
        self._begun = 0
        self._going = asyncio.Event()
        self._going.set()
        self._stopped = asyncio.Event()

    @property
    def begun(self) -> int:
        """How many of the changes were begun: the first ones."""
        return self._begun

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
            for number in range(len(self.changes)):
                if number:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._stopped.wait(), self._pause)
                await self._going.wait()
                if self._stopped.is_set():
                    break
                self._begun += 1
                following.append(asyncio.create_task(self._follow(number, steps)))
            await asyncio.gather(*following)
        finally:
            steps.put_nowait(None)

    async def _follow(self, number: int, steps: asyncio.Queue[GroupStep | None]) -> None:
        task, plan = self.changes[number]
        async with aclosing(carry_out(task, plan)) as own:
            async for step in own:
                steps.put_nowait(GroupStep(number, step))
