"""Follow every object of one kind for as long as the reader keeps asking.

Three loops, three reasons to stop. A *watch* ends when the server says so, when the network breaks, or
when nothing comes any more. A *round* is one list, if there has to be one, and one watch after it (both
are in `cluster.watch.list_watch`). `follow` starts the next round where the last one ended, and never stops; what
fails is told, as a `Lost`.

The reader is told the whole truth: a complete list ends with `Synced`, so an object that was deleted
while nobody looked can't linger on a screen.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from cluster.backoff import Backoff, Sleep, pause
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

CALM = 10.0  # seconds after which a round wasn't just another failed attempt
SLOW = 60.0  # between two attempts at what won't change by itself soon
LONGEST_ORDER = 300.0  # a Retry-After isn't honoured beyond this
PATIENCE = 3  # refusals or restarts in a row, before we doubt where we are

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
    """What is there, then what changes. Setting `hurry` ends the pause before the next attempt."""
    feed = ListWatch(connection, kind, namespace, silence, page_size, label_selector, rng, field_selector)
    trouble = _Trouble(kind.resource, silence, clock, rng)
    yield Connecting()
    while True:
        trouble.begin()
        failure: ClusterError | None = None
        try:
            for request in feed.requests():
                async with aclosing(request) as events:
                    async for event in events:
                        if isinstance(event, Synced | Alive):
                            trouble.over()
                        yield event
        except ClusterError as error:
            failure = error
        if isinstance(failure, Gone | NotFound) or trouble.doubts(failure):
            feed.forget()
        if failure is None or trouble.forgives(failure):
            await pause(trouble.restart(), sleep, hurry)
            continue
        lost = trouble.lost(failure)
        yield lost
        await pause(lost.retry_at - clock(), sleep, hurry)
        yield Connecting()


class _Trouble:
    """How often and since when it goes wrong, and what that means for the next attempt."""

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

    def begin(self) -> None:
        self._began = self._clock()

    def over(self) -> None:
        self._since = None

    def restart(self) -> float:
        """A round has ended without a failure: on at once, unless that is all the server does."""
        self._calm_down(self._restarts)
        wait = self._restarts.next()
        return wait if self._restarts.tries > 1 else 0.0

    def forgives(self, error: ClusterError) -> bool:
        """A place in history that was forgotten is nothing to tell the reader, once or twice."""
        return isinstance(error, Gone) and self._restarts.tries < PATIENCE

    def doubts(self, error: ClusterError | None) -> bool:
        """After an API server was restored from a backup, no version that we know exists."""
        return isinstance(error, ApiError) and self._failures.tries >= PATIENCE

    def lost(self, error: ClusterError) -> Lost:
        self._calm_down(self._failures)
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
            return min(error.retry_after, LONGEST_ORDER) + self._rng()
        least = next((seconds for kind, seconds in _AT_LEAST.items() if isinstance(error, kind)), 0.0)
        return least * (0.75 + self._rng() / 2) + growing

    def _calm_down(self, backoff: Backoff) -> None:
        if self._clock() - self._began >= CALM:
            backoff.reset()
