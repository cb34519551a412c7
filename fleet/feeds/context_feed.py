"""Keeps one context's part of the board up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from cluster.errors import Garbled
from cluster.http.connection import Connection
from cluster.list_bounds import MOST_OBJECTS
from cluster.resources import ResourceKind
from cluster.watch.namespaces import follow_namespaces
from cluster.watch.watch_events import Arrived, WatchEvent
from fleet.clock import Clock
from fleet.feeds.context_survey import ContextSurvey, registered_clusters
from fleet.last_defence import contained
from fleet.resource_kinds import APPLICATIONS, STACKS

if TYPE_CHECKING:
    from fleet.board.board import Board
    from fleet.opener import Opener
    from fleet.scope import WatchScope


class ContextFeed:
    """Watches the Stacks and Applications of one context, and surveys now and then what runs there."""

    def __init__(self, context: str, opener: Opener, board: Board, scope: WatchScope, clock: Clock) -> None:
        self.context = context
        self.connection: Connection | None = None
        self._opener = opener
        self._board = board
        self._scope = scope
        self._clock = clock
        self._retry_now = asyncio.Event()
        self._namespaces: tuple[str, ...] | None = None

    def retry_now(self) -> None:
        """End the back-off of a watch that waits to connect again, if one does."""
        self._retry_now.set()

    async def run(self) -> None:
        """Feed the board until cancelled. A context that the kubeconfig describes badly is shown as lost."""
        with contained(lambda error: self._board.set_context_fields(self.context, problem=str(error))):
            await self._run()

    async def _run(self) -> None:
        self.connection = connection = self._opener.open(self.context)
        target = connection.target
        self._board.set_server(self.context, target.server, self._clock())
        fallback = tuple(dict.fromkeys((*self._scope.fallback, target.namespace)))
        self._namespaces = self._scope.within(target.namespace)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(STACKS, self._board.apply_stack_event, fallback))
            group.create_task(self._follow(APPLICATIONS, self._board.apply_application_event, fallback))
            group.create_task(self._survey(connection))

    async def close(self) -> None:
        if self.connection is not None:
            await self.connection.close()

    async def _follow(
        self,
        kind: ResourceKind[Any],
        apply: Callable[[str, WatchEvent[Any], float], None],
        fallback: tuple[str, ...],
    ) -> None:
        assert self.connection is not None
        # Applications live in namespaces of their own, wherever the Stacks are that they hold.
        namespaces, selector = (self._namespaces, self._scope.label_selector) if kind is STACKS else (None, "")
        following = follow_namespaces(
            self.connection, kind, namespaces, fallback, label_selector=selector, retry_now=self._retry_now
        )
        received = 0
        async with aclosing(following) as events:
            async for event in events:
                apply(self.context, event, self._clock())
                if isinstance(event, Arrived):
                    received += len(event.objects)
                    if received > MOST_OBJECTS:  # most of them may be changes of the same few
                        self._limit(kind)
                        received = 0

    def _limit(self, kind: ResourceKind[Any]) -> None:
        """Raises Garbled where the board has more objects of this kind of this context than any cluster holds."""
        keys = self._board.stacks if kind is STACKS else [app.key for app in self._board.apps()]
        if sum(key.context == self.context for key in keys) > MOST_OBJECTS:
            raise Garbled(f"there are more than {MOST_OBJECTS:,} {kind.resource}; so many aren't read")

    async def _survey(self, connection: Connection) -> None:
        survey = ContextSurvey(connection, self._namespaces)
        while True:
            now = self._clock()
            found = await survey.facts(now)
            self._board.apply_survey(self.context, found, self._clock())
            if self.context in self._scope.read_cluster_secrets and found.argocd_namespace:
                await self._read_cluster_servers(connection, found.argocd_namespace)
            await asyncio.sleep(self._scope.refresh)

    async def _read_cluster_servers(self, connection: Connection, namespace: str) -> None:
        clusters = await registered_clusters(connection, namespace)
        self._board.add_cluster_servers(
            {(self.context, name): server for name, server in clusters.items()}, self._clock()
        )
