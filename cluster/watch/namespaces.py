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
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from cluster.backoff import Sleep, pause
from cluster.concurrency import gather_all
from cluster.decoding.json_pieces import UNREADABLE
from cluster.errors import ApiError, ClusterError, Garbled
from cluster.http.connection import Connection
from cluster.lists import NAMESPACES, list_all
from cluster.resources import R, Resource, ResourceKind
from cluster.watch.merged_watch import MergedWatch
from cluster.watch.reflector import follow
from cluster.watch.watch_events import Lost, Restricted, Synced, WatchEvent

RECHECK = 180.0  # seconds between two looks at what may be read by now
REVIEWS = 8  # questions about access at a time
_REVIEWS_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

FollowNamespace: TypeAlias = Callable[[str | None], AsyncGenerator[WatchEvent[R], None]]
"""`follow` with everything given but the namespace (None: all of them)."""


def follow_namespaces(
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
    retry_now: asyncio.Event | None = None,
    recheck: float = RECHECK,
) -> AsyncGenerator[WatchEvent[R], None]:
    """All namespaces (None), or those given. `fallback` are tried first where not all of them may be read.

    The parameters after these are `follow`'s; `recheck` is how many seconds, on average, are between two looks
    at what may be read. It makes the generator rather than being one: an event passes through one fewer.
    """
    follow_namespace: FollowNamespace[R] = partial(
        follow,
        connection,
        kind,
        sleep=sleep,
        clock=clock,
        silence=silence,
        page_size=page_size,
        label_selector=label_selector,
        rng=rng,
        retry_now=retry_now,
    )
    chosen = tuple(dict.fromkeys(namespaces)) if namespaces is not None and kind.resource.namespaced else None
    if chosen is None:
        interval = _RecheckInterval(recheck, sleep, clock, rng, retry_now)
        return _follow_all(follow_namespace, _Permissions(connection, kind.resource, fallback), interval)
    if len(chosen) == 1:
        return follow_namespace(chosen[0])
    return _follow_each(follow_namespace, chosen)


async def _follow_each(
    follow_namespace: FollowNamespace[R], namespaces: Sequence[str]
) -> AsyncGenerator[WatchEvent[R], None]:
    """These namespaces side by side, whatever may be read of them."""
    merged: MergedWatch[R] = MergedWatch(follow_namespace)
    merged.set_namespaces(namespaces)
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    async with aclosing(merged.events(until=never)) as events:
        async for event in events:
            yield event


async def _follow_all(
    follow_namespace: FollowNamespace[R], permissions: _Permissions, interval: _RecheckInterval
) -> AsyncGenerator[WatchEvent[R], None]:
    """All namespaces by one watch while that is allowed; while it isn't, those that are allowed side by side."""
    restricted = False
    since: float | None = None
    while True:
        refusal: Lost | None = None
        async with aclosing(follow_namespace(None)) as events:
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
        assert refusal is not None, "follow never ends"
        since = since or refusal.since
        allowed = await permissions.some()
        if not allowed:
            wait = interval.next_length()
            yield replace(refusal, since=since, retry_at=interval.clock() + wait)
            await interval.wait(wait)
            continue
        restricted = True
        async with aclosing(
            _follow_allowed(follow_namespace, permissions, interval, allowed, refusal.reason)
        ) as events:
            async for event in events:
                yield event


async def _follow_allowed(
    follow_namespace: FollowNamespace[R],
    permissions: _Permissions,
    interval: _RecheckInterval,
    allowed: Sequence[str],
    reason: str,
) -> AsyncGenerator[WatchEvent[R], None]:
    """The allowed namespaces, until all are allowed, or none. `reason` is why it isn't all of them."""
    merged: MergedWatch[R] = MergedWatch(follow_namespace, reason)
    merged.set_namespaces(allowed)
    updating = asyncio.ensure_future(_keep_to_allowed(merged, permissions, interval))
    try:
        async with aclosing(merged.events(until=updating)) as events:
            async for event in events:
                yield event
        updating.result()
    finally:
        updating.cancel()
        await asyncio.gather(updating, return_exceptions=True)


async def _keep_to_allowed(merged: MergedWatch[R], permissions: _Permissions, interval: _RecheckInterval) -> None:
    """Let it follow the namespaces that are allowed by now; returns once all are allowed, or none."""
    while True:
        try:
            if await permissions.may_follow(None):
                return
            allowed = await permissions.all()
        except ClusterError:
            pass  # the watches tell what is wrong; what was allowed before still holds
        else:
            if not allowed:
                return
            merged.set_namespaces(allowed)
        await interval.wait(interval.next_length())


class _Permissions:
    """Where this user may list and watch a resource, as the API server itself answers it."""

    def __init__(self, connection: Connection, resource: Resource, fallback: Sequence[str]) -> None:
        self._connection = connection
        self._resource = resource
        self._fallback = tuple(dict.fromkeys(name for name in fallback if name))
        self._limit = asyncio.Semaphore(REVIEWS)

    async def some(self) -> tuple[str, ...]:
        """Some of the namespaces that may be followed, as soon as possible; none only if there are none."""
        try:
            return await self._allowed(self._fallback) or await self.all()
        except ClusterError:
            return ()

    async def all(self) -> tuple[str, ...]:
        """All namespaces that may be followed, as far as their names are known."""
        return await self._allowed(dict.fromkeys((*self._fallback, *await self._existing())))

    async def _existing(self) -> list[str]:
        try:
            return [namespace.metadata.name for namespace in await list_all(self._connection, NAMESPACES)]
        except ApiError:
            return []  # few may read the list of namespaces

    async def _allowed(self, namespaces: Iterable[str]) -> tuple[str, ...]:
        candidates = list(namespaces)
        verdicts = await gather_all(map(self.may_follow, candidates))
        return tuple(namespace for namespace, allowed in zip(candidates, verdicts, strict=True) if allowed)

    async def may_follow(self, namespace: str | None) -> bool:
        async with self._limit:
            try:
                return await review(self._connection, "list", self._resource, namespace) and await review(
                    self._connection, "watch", self._resource, namespace
                )
            except ApiError:
                # No reviews here: what somebody named is worth an attempt, what we only found isn't.
                return namespace in self._fallback


@dataclass(frozen=True)
class _RecheckInterval:
    """The seconds between two looks at permissions: about `average` each time. Setting `retry_now` ends the wait."""

    average: float
    sleep: Sleep
    clock: Callable[[], float]
    rng: Callable[[], float]
    retry_now: asyncio.Event | None

    def next_length(self) -> float:
        return self.average * (0.75 + self.rng() / 2)

    async def wait(self, seconds: float) -> None:
        await pause(seconds, self.sleep, self.retry_now)


class _ReviewStatus(msgspec.Struct):
    allowed: bool


class _Review(msgspec.Struct):
    status: _ReviewStatus


async def review(connection: Connection, verb: str, resource: Resource, namespace: str | None = None) -> bool:
    """Whether this user may do it, in a namespace or in all (None). Raises ClusterError if there is no answer."""
    attributes = {
        "verb": verb,
        "group": resource.group,
        "version": resource.version,
        "resource": resource.plural,
        "namespace": namespace or "",
    }
    request = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }
    answer = await connection.request("POST", _REVIEWS_PATH, msgspec.json.encode(request))
    try:
        return msgspec.json.decode(answer, type=_Review).status.allowed
    except UNREADABLE:
        raise Garbled("the answer to what we may do isn't what an API server sends") from None
