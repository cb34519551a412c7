"""Lint contexts again and again while a screen shows what is found, every two minutes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from cluster.errors import ClusterError, Unreachable
from cluster.http.connection import Connection
from fleet.board.rows import Key
from fleet.clock import Clock
from fleet.last_defence import contained
from fleet.live_lint.cluster_objects import ReadCluster, read_cluster
from fleet.live_lint.linted_contexts import ANY_VERSION, LintedContexts, lint_read
from fleet.scope import WatchScope
from manifests.problem import Problem

EVERY = 120.0
"""seconds between the beginnings of two looks"""
_ROUND = 0.5
"""seconds between two looks at whether it is time"""


class LintWatch:
    """What lint finds in the contexts that somebody follows. `version` grows when there may be something to draw."""

    def __init__(
        self,
        connection: Callable[[str], Connection | None],
        clock: Clock,
        scope: WatchScope,
        applications: Collection[tuple[str, str]] | None = None,
    ) -> None:
        self.version = 0
        self.found: LintedContexts | None = None
        """None before the first look has ended"""
        self.looked_at = 0.0
        """when that was (seconds since the epoch)"""
        self.looking = False
        self._connection = connection
        self._clock = clock
        self._scope = scope
        self._applications = applications
        self._looked: tuple[float, dict[str, bool]] | None = None
        """when the last look began, and which contexts could be asked then"""
        self._by_object: Mapping[tuple[str, str], list[Problem]] = {}
        self._wake = asyncio.Event()

    def of_stack(self, key: Key) -> Sequence[Problem]:
        """What was found of one Stack."""
        return self._by_object.get((key.context, f"Stack {key.namespace}/{key.name}"), ())

    def refresh(self) -> None:
        """Look now instead of when it is time."""
        self._looked = None
        self._wake.set()

    async def follow(self, contexts: Callable[[], Iterable[str]]) -> None:
        """Look at these contexts until cancelled; `contexts` is called before each look, for they may change."""
        while True:
            connections = {context: self._connection(context) for context in contexts()}
            if not self.looking and self._is_due(connections):
                await self._look(connections)
            try:
                await asyncio.wait_for(self._wake.wait(), _ROUND)
            except TimeoutError:
                continue
            self._wake.clear()

    def _is_due(self, connections: Mapping[str, Connection | None]) -> bool:
        if not any(connections.values()):
            return False
        known = {context: connection is not None for context, connection in connections.items()}
        if self._looked is None:
            return True
        began, before = self._looked
        return known != before or time.monotonic() - began >= EVERY

    async def _look(self, connections: Mapping[str, Connection | None]) -> None:
        known = {context: connection is not None for context, connection in connections.items()}
        self._looked, self.looking = (time.monotonic(), known), True
        self.version += 1
        try:
            found: dict[str, ReadCluster] = {}
            failures: dict[str, ClusterError] = {}
            await asyncio.gather(*(self._read(each, connections[each], found, failures) for each in connections))
            read = [found[context] for context in connections if context in found]
            with contained(lambda error: failures.update(dict.fromkeys(connections, error))):
                self._keep(await asyncio.to_thread(lint_read, read, failures, ANY_VERSION))
        except asyncio.CancelledError:
            self._looked = None  # whoever else follows it shouldn't wait for an answer that won't come
            raise
        finally:
            self.looking = False
            self.version += 1

    async def _read(
        self,
        context: str,
        connection: Connection | None,
        found: dict[str, ReadCluster],
        failures: dict[str, ClusterError],
    ) -> None:
        with contained(partial(failures.__setitem__, context)):
            if connection is None:
                raise Unreachable("there is no connection")
            found[context] = await read_cluster(
                connection, context, self._scope, self._clock, ANY_VERSION, self._applications
            )

    def _keep(self, found: LintedContexts) -> None:
        by_object: dict[tuple[str, str], list[Problem]] = {}
        for problem in found.problems:
            by_object.setdefault((problem.file, problem.object), []).append(problem)
        self.found, self._by_object, self.looked_at = found, by_object, self._clock()
