"""The logs of a set of Stacks, over all their contexts, as one stream of events.

Which pods are a Stack's is decided by owner references, again and again while logs are followed: a
pod that comes later is picked up, one that is gone has ended. Only so many logs are open at once; the
others wait their turn, and a notice says so. Where there is no log, a notice says what is known instead.
Nothing of this knows whether a person or a file reads it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing

from cluster.backoff import Sleep
from cluster.http.connection import Connection
from fleet.clock import Clock, wall_clock
from fleet.logs.followed_logs import follow_context
from fleet.logs.listed_logs import list_context
from fleet.logs.log_events import Event, LogOptions
from fleet.logs.log_merge import WINDOW
from fleet.logs.log_session import LogSession
from fleet.scope import StackSelector


async def read_logs(
    connections: Mapping[str, Connection],
    selectors: Sequence[StackSelector],
    options: LogOptions | None = None,
    *,
    window: float = WINDOW,
    sleep: Sleep = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
    now: Clock = wall_clock,
) -> AsyncGenerator[Event, None]:
    """What the logs of these Stacks hold, and with `follow` what comes, until nobody asks any more."""
    options = options or LogOptions()
    follow = options.window.follow
    session = LogSession(options, window if follow else float("inf"), sleep, clock, now)
    for selector in selectors:
        session.merger.hold(selector.context)
        read_context = follow_context if follow else list_context
        session.start_task(read_context(session, connections[selector.context], selector))
    async with aclosing(session.events()) as events:
        async for event in events:
            yield event
