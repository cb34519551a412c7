"""Follow every object of one kind: list, watch, and again, for as long as the reader keeps asking.

Three loops, three reasons to stop. A *watch* ends when the server says so, when the network breaks, or
when nothing comes any more. A *round* is one list, if there has to be one, and one watch after it (both
are in `cluster.watch.list_watch`). `follow` starts the next round where the last one ended, and never stops; what
fails is reported, as a `Lost`.

A complete list ends with `Synced`, which names all that it had: so an object that was deleted while
nothing was connected can't stay on a screen.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from cluster.backoff import ReconnectDelay, Sleep, pause
from cluster.errors import ApiError, ClusterError, Gone, NotFound
from cluster.http.connection import Connection
from cluster.resources import R, Resource, ResourceKind
from cluster.watch.list_watch import ListWatch
from cluster.watch.watch_events import Alive, Connecting, Lost, Synced, WatchEvent


async def follow(
    connection: Connection,
    kind: ResourceKind[R],
    namespace: str | None = None,
    *,
    sleep: Sleep = asyncio.sleep,
    clock: Callable[[], float] = time.time,
    silence: float = 90.0,
    page_size: int = 500,
    label_selector: str = "",
    field_selector: str = "",
    rng: Callable[[], float] = random.random,
    retry_now: asyncio.Event | None = None,
) -> AsyncGenerator[WatchEvent[R], None]:
    """The objects that there are, then what becomes of them; in one namespace, or in all (None). Never ends.

    A watch on which nothing comes for `silence` seconds is given up. `clock` gives seconds of the Unix epoch, `rng`
    a number from 0 to 1. Setting `retry_now` ends the pause before the next attempt.
    """
    list_watch = ListWatch(connection, kind, namespace, silence, page_size, label_selector, rng, field_selector)
    failures = ReconnectDelay(silence, clock, rng)
    yield Connecting()
    while True:
        failures.begin_round()
        failure: ClusterError | None = None
        try:
            for request in list_watch.requests():
                async with aclosing(request) as events:
                    async for event in events:
                        if isinstance(event, Synced | Alive):
                            failures.note_answer()
                        yield event
        except ClusterError as error:
            failure = error
        if isinstance(failure, Gone | NotFound) or failures.discredit_version(failure):
            list_watch.forget()
        if failure is None or failures.is_routine(failure):
            await pause(failures.pause_after_end(), sleep, retry_now)
            continue
        since, retry_at = failures.fail(failure)
        yield _lost(kind.resource, failure, since, retry_at)
        await pause(retry_at - clock(), sleep, retry_now)
        yield Connecting()


def _lost(resource: Resource, error: ClusterError, since: float, retry_at: float) -> Lost:
    absent = isinstance(error, NotFound)
    reason = f"there is no {resource} in this cluster" if absent else str(error)
    return Lost(reason, since, retry_at, error.status if isinstance(error, ApiError) else 0, absent)
