"""How Argo CD stands in the watched contexts, looked at anew from time to time while somebody reads of it.

The board doesn't need this, and so doesn't ask for it. Whoever does (a screen, a page) follows the contexts
that it shows; an answer is shared by all who follow, and stays when a context can't be asked any more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.argocd.argocd_survey import IgnoredObject, sight
from fleet.argocd.instances import ArgoCDInstance
from fleet.argocd.known_instance import KnownInstance, examine
from fleet.argocd.raw_objects import Unreadable

EVERY = 20.0
"""seconds after which an answer is old"""
_ROUND = 0.5
"""seconds between two looks at whether something has to be asked"""


@dataclass(frozen=True)
class ContextInstances:
    """What was seen of one context. With `why`, it couldn't be asked again since, and why."""

    at: float
    known: tuple[KnownInstance, ...] = ()
    hidden: tuple[Unreadable, ...] = ()
    ignored: tuple[IgnoredObject, ...] = ()
    why: str = ""

    def of(self, namespace: str) -> KnownInstance | None:
        """The Argo CD in this namespace."""
        return next((one for one in self.known if one.instance.namespace == namespace), None)


class InstanceWatch:
    """Looks at the contexts that somebody follows. `version` moves when there is something new to draw."""

    def __init__(
        self,
        connection: Callable[[str], Connection | None],
        clock: Callable[[], float],
        servers: Callable[[], Sequence[str]] = tuple,
        fallback: Sequence[str] = (),
    ) -> None:
        self.version = 0
        self._connection = connection
        self._clock = clock
        self._servers = servers
        self._fallback = tuple(fallback)
        self._glances: dict[str, ContextInstances] = {}
        self._asked_at: dict[str, float] = {}
        self._asking: set[str] = set()
        self._news = asyncio.Event()

    def glance(self, context: str) -> ContextInstances | None:
        """What is known of a context by now; None before its first answer."""
        return self._glances.get(context)

    def known(self, context: str, namespace: str) -> KnownInstance | None:
        """The Argo CD in this namespace as it was last seen."""
        glance = self._glances.get(context)
        return glance.of(namespace) if glance is not None else None

    def again(self, *contexts: str) -> None:
        """Ask these anew now, or all."""
        for context in contexts or tuple(self._asked_at):
            self._asked_at.pop(context, None)
        self._news.set()

    async def follow(self, contexts: Callable[[], Iterable[str]], *, objects: bool = False) -> None:
        """Keep what is known of these contexts fresh, until cancelled.

        `objects`: look once for Stacks and Programs that are left out of their Application's health, too. That lists
        all of them, so it is done for the first answer only.
        """
        seen: set[str] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                for context in contexts():
                    thorough = objects and context not in seen
                    if self._is_due(context, now=thorough):
                        seen.add(context)
                        self._asking.add(context)
                        self._asked_at[context] = time.monotonic()
                        group.create_task(self._look(context, objects=thorough))
                await self._pause()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), _ROUND)
        except TimeoutError:
            return
        self._news.clear()

    def _is_due(self, context: str, *, now: bool) -> bool:
        if context in self._asking or self._connection(context) is None:
            return False
        asked = self._asked_at.get(context)
        return now or asked is None or time.monotonic() - asked >= EVERY

    async def _look(self, context: str, *, objects: bool) -> None:
        connection = self._connection(context)
        try:
            if connection is not None:
                self._glances[context] = await self._seen(context, connection, objects=objects)
        except ClusterError as error:
            before = self._glances.get(context, ContextInstances(self._clock()))
            self._glances[context] = replace(before, why=str(error))
        except asyncio.CancelledError:
            self._asked_at.pop(context, None)  # whoever else follows it shouldn't wait for an answer that won't come
            raise
        finally:
            self._asking.discard(context)
            self.version += 1

    async def _seen(self, context: str, connection: Connection, *, objects: bool) -> ContextInstances:
        found = await sight(context, connection, None, self._fallback, objects=objects)
        before = self._glances.get(context, ContextInstances(0.0))
        ignored = found.ignored if objects else before.ignored
        known = [await self._examined(instance, before) for instance in found.found.instances]
        return ContextInstances(self._clock(), tuple(known), found.hidden, ignored)

    async def _examined(self, instance: ArgoCDInstance, before: ContextInstances) -> KnownInstance:
        """What judges there, worked out in a thread: a screen that waits for this goes on meanwhile."""
        last = before.of(instance.namespace)
        if last is not None and last.instance == instance:
            return last
        return await asyncio.to_thread(examine, instance, tuple(self._servers()))
