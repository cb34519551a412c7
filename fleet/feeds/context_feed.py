"""What keeps one context's part of the board true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from cluster.errors import KubeconfigError
from cluster.http.connection import Connection
from cluster.resources import ResourceKind
from cluster.watch.namespaces import follow_namespaces
from cluster.watch.watch_events import WatchEvent
from fleet.feeds.context_survey import ContextSurvey
from fleet.feeds.registered_clusters import registered_clusters
from fleet.resource_kinds import APPLICATIONS, STACKS

if TYPE_CHECKING:
    from fleet.board.board import Board
    from fleet.opener import Opener
    from fleet.scope import WatchScope


class ContextFeed:
    """Follows the Stacks and Applications of one context, and looks after the context itself."""

    def __init__(
        self, context: str, opener: Opener, board: Board, reach: WatchScope, clock: Callable[[], float]
    ) -> None:
        self.context = context
        self.connection: Connection | None = None
        self._opener = opener
        self._board = board
        self._reach = reach
        self._clock = clock
        self._hurry = asyncio.Event()
        self._namespaces: tuple[str, ...] | None = None

    def hurry(self) -> None:
        """End the present back-off, if there is one."""
        self._hurry.set()

    async def run(self) -> None:
        """Feed the board until cancelled. A context that isn't even described is a problem shown, not an error."""
        try:
            self.connection = connection = self._opener.open(self.context)
        except KubeconfigError as error:
            self._board.describe(self.context, problem=str(error))
            return
        target = connection.target
        self._board.address(self.context, target.server, self._clock())
        fallback = tuple(dict.fromkeys((*self._reach.fallback, target.namespace)))
        self._namespaces = self._reach.within(target.namespace)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(STACKS, self._board.take_stacks, fallback))
            group.create_task(self._follow(APPLICATIONS, self._board.take_apps, fallback))
            group.create_task(self._survey(connection))

    async def close(self) -> None:
        """Give the connections back."""
        if self.connection is not None:
            await self.connection.close()

    async def _follow(
        self,
        kind: ResourceKind[Any],
        take: Callable[[str, WatchEvent[Any], float], None],
        fallback: tuple[str, ...],
    ) -> None:
        assert self.connection is not None
        # Applications live in namespaces of their own, wherever the Stacks are that they hold.
        namespaces, selector = (self._namespaces, self._reach.label_selector) if kind is STACKS else (None, "")
        following = follow_namespaces(
            self.connection, kind, namespaces, fallback, label_selector=selector, hurry=self._hurry
        )
        async with aclosing(following) as events:
            async for event in events:
                take(self.context, event, self._clock())

    async def _survey(self, connection: Connection) -> None:
        survey = ContextSurvey(connection, self._namespaces)
        while True:
            now = self._clock()
            found = await survey.look(now)
            self._board.survey(self.context, found, self._clock())
            if self.context in self._reach.read_cluster_secrets and found.argocd_namespace:
                await self._learn_clusters(connection, found.argocd_namespace)
            await asyncio.sleep(self._reach.refresh)

    async def _learn_clusters(self, connection: Connection, namespace: str) -> None:
        clusters = await registered_clusters(connection, namespace)
        self._board.place({(self.context, name): server for name, server in clusters.items()}, self._clock())
