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

from cluster.concurrency import Backoff, Sleep, pause
from cluster.errors import (
    ApiError,
    ClusterError,
    CredentialError,
    Forbidden,
    Gone,
    KubeconfigError,
    NotFound,
    Silent,
    Unacceptable,
    Unauthorized,
)
from cluster.http.connection import Connection
from cluster.resources import R, Resource, ResourceKind
from cluster.watch.list_watch import ListWatch
from cluster.watch.watch_events import Alive, Connecting, Lost, Synced, WatchEvent

SUCCESSFUL = 10.0  # seconds that a round has to last, to count as more than another failed attempt
SLOW = 60.0  # seconds between two attempts at what won't change by itself soon
LONGEST_RETRY_AFTER = 300.0  # seconds; a server that asks for more is tried sooner
IN_A_ROW = 3  # refusals or restarts, after which the version at which the watch resumes isn't trusted any more

# Some attempts cost somebody something: a plugin may open a browser, and a wrong request stays wrong.
_AT_LEAST: dict[type[ClusterError], float] = {
    Unauthorized: 5.0,
    CredentialError: 15.0,
    KubeconfigError: 30.0,
    Unacceptable: 30.0,
}


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
    hurry: asyncio.Event | None = None,
) -> AsyncGenerator[WatchEvent[R], None]:
    """The objects that there are, then what becomes of them; in one namespace, or in all (None). Never ends.

    A watch on which nothing comes for `silence` seconds is given up. `clock` gives seconds of the Unix epoch, `rng`
    a number from 0 to 1. Setting `hurry` ends the pause before the next attempt.
    """
    list_watch = ListWatch(connection, kind, namespace, silence, page_size, label_selector, rng, field_selector)
    failures = _Failures(kind.resource, silence, clock, rng)
    yield Connecting()
    while True:
        failures.begin_round()
        failure: ClusterError | None = None
        try:
            for request in list_watch.requests():
                async with aclosing(request) as events:
                    async for event in events:
                        if isinstance(event, Synced | Alive):
                            failures.end()
                        yield event
        except ClusterError as error:
            failure = error
        if isinstance(failure, Gone | NotFound) or failures.discredit_version(failure):
            list_watch.forget()
        if failure is None or failures.is_routine(failure):
            await pause(failures.pause_after_end(), sleep, hurry)
            continue
        lost = failures.lost(failure)
        yield lost
        await pause(lost.retry_at - clock(), sleep, hurry)
        yield Connecting()


class _Failures:
    """How often and since when rounds have failed, and what that means for the next one."""

    def __init__(
        self, resource: Resource, silence: float, clock: Callable[[], float], rng: Callable[[], float]
    ) -> None:
        self._resource = resource
        self._silence = silence
        self._clock = clock
        self._rng = rng
        self._failures = Backoff(1.0, 60.0, rng)
        self._restarts = Backoff(1.0, 30.0, rng)
        self._began = 0.0
        self._since: float | None = None

    def begin_round(self) -> None:
        self._began = self._clock()

    def end(self) -> None:
        """The cluster has answered: the next failure is the first one again."""
        self._since = None

    def pause_after_end(self) -> float:
        """Seconds to wait after a round that didn't fail: none, unless that is all the server does."""
        self._reset_if_it_lasted(self._restarts)
        wait = self._restarts.next()
        return wait if self._restarts.tries > 1 else 0.0

    def is_routine(self, error: ClusterError) -> bool:
        """Whether it isn't worth reporting: servers forget old versions, which is a failure only if it goes on."""
        return isinstance(error, Gone) and self._restarts.tries < IN_A_ROW

    def discredit_version(self, error: ClusterError | None) -> bool:
        """Whether it may be our version that is wrong: of an API server restored from a backup, we know none."""
        return isinstance(error, ApiError) and self._failures.tries >= IN_A_ROW

    def lost(self, error: ClusterError) -> Lost:
        """What to report of this failure, and when to try again."""
        self._reset_if_it_lasted(self._failures)
        now = self._clock()
        if self._since is None:
            self._since = now - self._silence if isinstance(error, Silent) else now
        absent = isinstance(error, NotFound)
        return Lost(
            reason=f"there is no {self._resource} in this cluster" if absent else str(error),
            since=self._since,
            retry_at=now + self._delay(error),
            code=error.status if isinstance(error, ApiError) else 0,
            absent=absent,
        )

    def _delay(self, error: ClusterError) -> float:
        growing = self._failures.next()
        if isinstance(error, Forbidden | NotFound):
            return SLOW * (0.75 + self._rng() / 2)
        if isinstance(error, ApiError) and error.retry_after is not None:
            return min(error.retry_after, LONGEST_RETRY_AFTER) + self._rng()
        least = next((seconds for kind, seconds in _AT_LEAST.items() if isinstance(error, kind)), 0.0)
        return least * (0.75 + self._rng() / 2) + growing

    def _reset_if_it_lasted(self, backoff: Backoff) -> None:
        if self._clock() - self._began >= SUCCESSFUL:
            backoff.reset()
