"""For verbs that go on watching: the wait for the first picture, and what is said of contexts as they come and go."""

from __future__ import annotations

import asyncio
import time

from fleet.feeds.lookups import look_up_once
from fleet.fleet import Fleet

COMPARED_EVERY = 0.1
"""seconds after which the board is looked at again"""
FIRST_PATIENCE = 10.0
"""seconds for which the first picture waits for contexts that don't answer"""


async def wait_for_contexts(fleet: Fleet, feeding: asyncio.Task[None]) -> None:
    """Wait until every context has either shown what it has or said why not, and has been looked at closely.

    What is said first is to be what a single look says. `feeding` is what runs the fleet.
    """
    until = time.monotonic() + FIRST_PATIENCE
    while time.monotonic() < until and not feeding.done():
        if all(context.is_loaded(fleet.clock()) for context in fleet.board.contexts.values()):
            break
        await asyncio.sleep(COMPARED_EVERY / 2)
    for name in fleet.board.contexts:
        if (connection := fleet.connection(name)) is not None:
            await look_up_once(fleet.board, name, connection, fleet.clock)


class ContextStateLines:
    """Says of each context when it isn't seen as it should be, and when that is over."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        """of the contexts, as they were last said or known"""

    def changes(self, fleet: Fleet, now: float) -> list[str]:
        """A line for each context whose state is another one than before."""
        lines = []
        for name, context in fleet.board.contexts.items():
            state = context.state(now)
            before = self._states.get(name)
            if state != before and (state in ("lost", "absent", "restricted", "behind") or before is not None):
                reason = context.reason(now)
                lines.append(f"{name}: {state}{f': {reason}' if reason else ''}")
            if state != "connecting":
                self._states[name] = state
        return lines
