"""Poll the Argo CDs of contexts while a screen shows them: their argocd-cm, version and owner, every 20 seconds.

The board doesn't need this, and so doesn't ask for it. A screen or a page follows the contexts that it shows; an
answer is shared by all that follow a context, and stays when the context can't be reached any more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from cluster.errors import ClusterError
from cluster.http.connection import Connection
from fleet.argocd.argocd_survey import IgnoredObject, survey_context
from fleet.argocd.instances import ArgoCDInstance, InstanceChecks, examine
from fleet.argocd.raw_objects import Unreadable
from fleet.clock import Clock
from fleet.last_defence import contained

EVERY = 20.0
"""seconds after which a context is asked again"""
_ROUND = 0.5
"""seconds between two looks at whether something has to be asked"""


@dataclass(frozen=True)
class ContextInstances:
    """The Argo CDs of one context as they were seen at this moment (seconds since the epoch)."""

    at: float
    known: tuple[InstanceChecks, ...] = ()
    hidden: tuple[Unreadable, ...] = ()
    ignored: tuple[IgnoredObject, ...] = ()
    why: str = ""
    """why the context couldn't be asked again since"""

    def of(self, namespace: str) -> InstanceChecks | None:
        return next((one for one in self.known if one.instance.namespace == namespace), None)


class InstanceWatch:
    """Polls the contexts that somebody follows. `version` grows with every answer: there may be something to draw."""

    def __init__(
        self,
        connection: Callable[[str], Connection | None],
        clock: Clock,
        servers: Callable[[], Sequence[str]] = tuple,
        fallback: Sequence[str] = (),
    ) -> None:
        self.version = 0
        self._connection = connection
        self._clock = clock
        self._servers = servers
        self._fallback = tuple(fallback)
        self._seen: dict[str, ContextInstances] = {}
        self._asked_at: dict[str, float] = {}
        self._asking: set[str] = set()
        self._wake = asyncio.Event()

    def seen(self, context: str) -> ContextInstances | None:
        """What was last seen of a context; None before its first answer."""
        return self._seen.get(context)

    def instance(self, context: str, namespace: str) -> InstanceChecks | None:
        """The Argo CD in this namespace as it was last seen."""
        seen = self._seen.get(context)
        return seen.of(namespace) if seen is not None else None

    def refresh(self, *contexts: str) -> None:
        """Ask these contexts now instead of when it is time, or all of them."""
        for context in contexts or tuple(self._asked_at):
            self._asked_at.pop(context, None)
        self._wake.set()

    async def follow(self, contexts: Callable[[], Iterable[str]], *, objects: bool = False) -> None:
        """Poll these contexts until cancelled; `contexts` is called before each look, for they may change.

        `objects`: also find what is left out of Applications' health, for the first answer only, as it lists them all.
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
            await asyncio.wait_for(self._wake.wait(), _ROUND)
        except TimeoutError:
            return
        self._wake.clear()

    def _is_due(self, context: str, *, now: bool) -> bool:
        if context in self._asking or self._connection(context) is None:
            return False
        asked = self._asked_at.get(context)
        return now or asked is None or time.monotonic() - asked >= EVERY

    async def _look(self, context: str, *, objects: bool) -> None:
        connection = self._connection(context)
        try:
            with contained(partial(self._note_failure, context)):
                if connection is not None:
                    self._seen[context] = await self._survey(context, connection, objects=objects)
        except asyncio.CancelledError:
            self._asked_at.pop(context, None)  # whoever else follows it shouldn't wait for an answer that won't come
            raise
        finally:
            self._asking.discard(context)
            self.version += 1

    def _note_failure(self, context: str, error: ClusterError) -> None:
        before = self._seen.get(context, ContextInstances(self._clock()))
        self._seen[context] = replace(before, why=str(error))

    async def _survey(self, context: str, connection: Connection, *, objects: bool) -> ContextInstances:
        found = await survey_context(context, connection, None, self._fallback, objects=objects)
        before = self._seen.get(context, ContextInstances(0.0))
        ignored = found.ignored if objects else before.ignored
        known = [await self._examined(instance, before) for instance in found.found.instances]
        return ContextInstances(self._clock(), tuple(known), found.hidden, ignored)

    async def _examined(self, instance: ArgoCDInstance, before: ContextInstances) -> InstanceChecks:
        """What judges there, worked out in a thread: a screen that waits for this goes on meanwhile."""
        last = before.of(instance.namespace)
        if last is not None and last.instance == instance:
            return last
        return await asyncio.to_thread(examine, instance, tuple(self._servers()))
