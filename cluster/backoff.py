"""How long to wait before a retry, so that a cluster in trouble isn't kept there; logs and lists have own numbers.

How often namespaces are looked for where none may be read is said in `cluster.watch.namespaces` (RECHECK).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

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

Sleep: TypeAlias = Callable[[float], Awaitable[object]]
"""Waits this many seconds: `asyncio.sleep`, or what a test puts in its place."""


class Backoff:
    """Exponential back-off with full jitter: a random time between nothing and a ceiling, which doubles each time.

    The ceiling starts at `first` seconds and ends at `most`. At random, so that a hundred clients whose server was away
    don't come back all at once.
    """

    def __init__(self, first: float, most: float, rng: Callable[[], float]) -> None:
        self._first = first
        self._most = most
        self._rng = rng
        self.tries = 0
        """how often `next` was called since the beginning, or since the last reset"""

    def next(self) -> float:
        """The seconds to wait now."""
        ceiling = min(self._most, self._first * 2.0 ** min(self.tries, 32))
        self.tries += 1
        return self._rng() * ceiling

    def reset(self) -> None:
        """Begin with the first ceiling again: it has worked in between."""
        self.tries = 0


async def pause(seconds: float, sleep: Sleep, retry_now: asyncio.Event | None) -> None:
    """Sleep this long, or until `retry_now` is set. It wakes everybody who waits for it, and is cleared then."""
    if seconds <= 0:
        return
    if retry_now is None:
        await sleep(seconds)
        return
    waking = [asyncio.ensure_future(sleep(seconds)), asyncio.ensure_future(retry_now.wait())]
    try:
        await asyncio.wait(waking, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waking:
            each.cancel()
        await asyncio.gather(*waking, return_exceptions=True)
    retry_now.clear()


FIRST_RETRY, LONGEST_RETRY = 1.0, 60.0
"""seconds: the longest pause after a first failure, and after many"""
LONGEST_RESTART = 30.0
"""seconds: the longest pause between rounds that end at once without a failure"""
SLOW_RETRY = 60.0
"""seconds between two attempts at what won't change by itself soon: a kind that is forbidden or isn't there"""
LONGEST_RETRY_AFTER = 300.0
"""seconds; a server that asks for more is tried sooner"""
LASTING_ROUND = 10.0
"""seconds that a round has to last, to count as more than another failed attempt"""
IN_A_ROW = 3
"""refusals or restarts, after which the version at which the watch resumes isn't trusted any more"""
# Some attempts cost somebody something: a plugin may open a browser, and a wrong request stays wrong.
_SHORTEST_RETRY: dict[type[ClusterError], float] = {
    Unauthorized: 5.0,
    CredentialError: 15.0,
    KubeconfigError: 30.0,
    Unacceptable: 30.0,
}


class ReconnectDelay:
    """When a lost cluster is connected to again, by how often and since when rounds of its watch have failed."""

    def __init__(self, silence: float, clock: Callable[[], float], rng: Callable[[], float]) -> None:
        self._silence = silence
        self._clock = clock
        self._rng = rng
        self._failures = Backoff(FIRST_RETRY, LONGEST_RETRY, rng)
        self._restarts = Backoff(FIRST_RETRY, LONGEST_RESTART, rng)
        self._began = 0.0
        self._since: float | None = None

    def begin_round(self) -> None:
        self._began = self._clock()

    def note_answer(self) -> None:
        """The cluster has answered: it is lost from the next failure on, not from the last one."""
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

    def fail(self, error: ClusterError) -> tuple[float, float]:
        """Since when the cluster hasn't been seen, and when to try again: seconds of the Unix epoch."""
        self._reset_if_it_lasted(self._failures)
        now = self._clock()
        if self._since is None:
            self._since = now - self._silence if isinstance(error, Silent) else now
        return self._since, now + self._delay(error)

    def _delay(self, error: ClusterError) -> float:
        growing = self._failures.next()
        if isinstance(error, Forbidden | NotFound):
            return SLOW_RETRY * (0.75 + self._rng() / 2)
        if isinstance(error, ApiError) and error.retry_after is not None:
            return min(error.retry_after, LONGEST_RETRY_AFTER) + self._rng()
        least = next((seconds for kind, seconds in _SHORTEST_RETRY.items() if isinstance(error, kind)), 0.0)
        return least * (0.75 + self._rng() / 2) + growing

    def _reset_if_it_lasted(self, backoff: Backoff) -> None:
        if self._clock() - self._began >= LASTING_ROUND:
            backoff.reset()
