"""Follow a kind as far as one is allowed to see it.

Many people may read their own namespaces and nothing else. To them, a tool that only asks for
everything shows nothing; so where all namespaces are refused, those that may be read are looked
for, and followed side by side.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import msgspec

from cluster.access import review
from cluster.backoff import Sleep, pause
from cluster.concurrency import gather_all
from cluster.decoding.decoder import Decoder
from cluster.errors import ApiError, ClusterError
from cluster.http.connection import Connection
from cluster.lists import pages
from cluster.resources import R, Resource, ResourceKind
from cluster.watch.merged_watch import MergedWatch
from cluster.watch.reflector import follow
from cluster.watch.watch_events import Lost, Restricted, Synced, WatchEvent

RECHECK = 180.0  # seconds between two looks at what may be read by now
REVIEWS = 8  # questions about access at a time

Follower: TypeAlias = Callable[[str | None], AsyncGenerator[WatchEvent[R], None]]


async def follow_namespaces(
    connection: Connection,
    kind: ResourceKind[R],
    namespaces: Sequence[str] | None,
    fallback: Sequence[str] = (),
    *,
    sleep: Sleep = asyncio.sleep,
    clock: Callable[[], float] = time.time,
    silence: float = 90.0,
    page_size: int = 500,
    label_selector: str = "",
    rng: Callable[[], float] = random.random,
    hurry: asyncio.Event | None = None,
    recheck: float = RECHECK,
) -> AsyncGenerator[WatchEvent[R], None]:
    """All namespaces (None), or those given. `fallback` are tried first where not all of them may be read."""
    follower: Follower[R] = partial(
        follow,
        connection,
        kind,
        sleep=sleep,
        clock=clock,
        silence=silence,
        page_size=page_size,
        label_selector=label_selector,
        rng=rng,
        hurry=hurry,
    )
    chosen = tuple(dict.fromkeys(namespaces)) if namespaces is not None and kind.resource.namespaced else None
    if chosen is None:
        rest = _RecheckInterval(recheck, sleep, clock, rng, hurry)
        events = _everywhere(follower, _Permissions(connection, kind.resource, fallback), rest)
    elif len(chosen) == 1:
        events = follower(chosen[0])
    else:
        events = _side_by_side(follower, chosen)
    async with aclosing(events):
        async for event in events:
            yield event


async def _side_by_side(follower: Follower[R], namespaces: Sequence[str]) -> AsyncGenerator[WatchEvent[R], None]:
    merged: MergedWatch[R] = MergedWatch(follower)
    merged.become(namespaces)
    forever: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    async with aclosing(merged.events(forever)) as events:
        async for event in events:
            yield event


async def _everywhere(
    follower: Follower[R], permissions: _Permissions, rest: _RecheckInterval
) -> AsyncGenerator[WatchEvent[R], None]:
    """All namespaces while that is allowed, else those that are, turn and turn about."""
    restricted = False
    since: float | None = None
    while True:
        refusal: Lost | None = None
        async with aclosing(follower(None)) as events:
            async for event in events:
                if isinstance(event, Lost) and event.forbidden:
                    refusal = event
                    break
                yield event
                if isinstance(event, Synced):
                    since = None
                    if restricted:
                        restricted = False
                        yield Restricted("", ())
        assert refusal is not None, "a follower never ends"
        since = since or refusal.since
        allowed = await permissions.first()
        if not allowed:
            wait = rest.length()
            yield replace(refusal, since=since, retry_at=rest.clock() + wait)
            await rest.take(wait)
            continue
        restricted = True
        async with aclosing(_narrowly(follower, permissions, rest, allowed, refusal.reason)) as events:
            async for event in events:
                yield event


async def _narrowly(
    follower: Follower[R], permissions: _Permissions, rest: _RecheckInterval, allowed: Sequence[str], reason: str
) -> AsyncGenerator[WatchEvent[R], None]:
    """The allowed namespaces, until all are, or none."""
    merged: MergedWatch[R] = MergedWatch(follower, reason)
    merged.become(allowed)
    looking = asyncio.ensure_future(_keep_looking(merged, permissions, rest))
    try:
        async with aclosing(merged.events(looking)) as events:
            async for event in events:
                yield event
        looking.result()
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _keep_looking(merged: MergedWatch[R], permissions: _Permissions, rest: _RecheckInterval) -> None:
    while True:
        try:
            if await permissions.everything():
                return
            allowed = await permissions.all()
        except ClusterError:
            pass  # the followers tell what is wrong; what was allowed before still holds
        else:
            if not allowed:
                return
            merged.become(allowed)
        await rest.take(rest.length())


class _Permissions:
    """What we may follow, as the API server itself answers it."""

    def __init__(self, connection: Connection, resource: Resource, fallback: Sequence[str]) -> None:
        self._connection = connection
        self._resource = resource
        self._fallback = tuple(dict.fromkeys(name for name in fallback if name))
        self._places = asyncio.Semaphore(REVIEWS)

    async def everything(self) -> bool:
        return await self._may_follow(None)

    async def first(self) -> tuple[str, ...]:
        """Some of the namespaces that may be followed, as soon as possible; none only if there are none."""
        try:
            return await self._allowed(self._fallback) or await self.all()
        except ClusterError:
            return ()

    async def all(self) -> tuple[str, ...]:
        return await self._allowed(dict.fromkeys((*self._fallback, *await self._existing())))

    async def _existing(self) -> list[str]:
        names: list[str] = []
        try:
            async with aclosing(
                pages(self._connection, Decoder(NAMESPACES), NAMESPACES.resource.path(), {}, 500)
            ) as parts:
                async for page in parts:
                    names.extend(namespace.metadata.name for namespace in page.objects)
        except ApiError:
            return []  # few may read the list of namespaces
        return names

    async def _allowed(self, namespaces: Iterable[str]) -> tuple[str, ...]:
        candidates = list(namespaces)
        verdicts = await gather_all(map(self._may_follow, candidates))
        return tuple(namespace for namespace, allowed in zip(candidates, verdicts, strict=True) if allowed)

    async def _may_follow(self, namespace: str | None) -> bool:
        async with self._places:
            try:
                return await review(self._connection, "list", self._resource, namespace) and await review(
                    self._connection, "watch", self._resource, namespace
                )
            except ApiError:
                # No reviews here: what somebody named is worth an attempt, what we only found isn't.
                return namespace in self._fallback


@dataclass(frozen=True)
class _RecheckInterval:
    """The time between two looks at permissions; a hurry ends it."""

    about: float
    sleep: Sleep
    clock: Callable[[], float]
    rng: Callable[[], float]
    hurry: asyncio.Event | None

    def length(self) -> float:
        return self.about * (0.75 + self.rng() / 2)

    async def take(self, length: float) -> None:
        await pause(length, self.sleep, self.hurry)


class _Name(msgspec.Struct, rename="camel"):
    name: str
    namespace: str = ""
    resource_version: str = ""


class _Namespace(msgspec.Struct):
    metadata: _Name


NAMESPACES = ResourceKind(
    Resource("", "v1", "namespaces", "Namespace", namespaced=False), _Namespace, lambda record: record
)
