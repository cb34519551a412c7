"""The watched contexts in one object: the board, the feeds that keep it up to date, and requests for single objects."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from cluster.errors import ClusterError
from fleet.board.board import Board
from fleet.board.relations import DestinationMap
from fleet.clock import Clock, wall_clock
from fleet.last_defence import contained
from fleet.scope import WatchScope

if TYPE_CHECKING:
    from cluster.auth.exec_plugin import LendTerminal
    from cluster.http.connection import Connection
    from cluster.kubeconfig import Kubeconfig
    from cluster.resources import Resource
    from fleet.argocd.instance_watch import InstanceWatch
    from fleet.board.rows import Key
    from fleet.feeds.context_feed import ContextFeed
    from fleet.live_lint.lint_watch import LintWatch
    from fleet.opener import Opener


_DEEPEST = 100
"""objects and lists inside one another that are shown; what the API describes is nested a third of that"""


class UnansweredError(Exception):
    """An object couldn't be read; the text says why, for people."""


class Fleet:
    """The contexts that are watched, and their board, which `run` feeds. Contexts come and go while it runs."""

    def __init__(
        self,
        kubeconfig: Kubeconfig,
        contexts: Sequence[str],
        scope: WatchScope | None = None,
        clock: Clock = wall_clock,
    ) -> None:
        self.kubeconfig = kubeconfig
        self.scope = scope or WatchScope()
        self.clock = clock
        self.lend_terminal: LendTerminal | None = None
        """how a credential plugin that has to ask something gets the terminal; a front end may set it"""
        self.board = Board(self.scope.thresholds, DestinationMap(mapping=self.scope.mapping), long_lived=True)
        self._feeds: dict[str, ContextFeed] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._running = False
        for context in contexts:
            self.board.open(context)

    @property
    def available(self) -> tuple[str, ...]:
        """The contexts of the kubeconfig that aren't watched."""
        return tuple(name for name in self.kubeconfig.contexts if name not in self.board.contexts)

    async def run(self) -> None:
        """Watch everything. Never returns by itself; when cancelled, every connection is closed."""
        from fleet.feeds.lookups import run_lookups

        self._running = True
        for context in list(self.board.contexts):
            self._start(context)
        loops = [
            asyncio.ensure_future(self._recompute_due()),
            asyncio.ensure_future(run_lookups(self.board, self.connection, self.clock)),
        ]
        try:
            await asyncio.gather(*loops)
        finally:
            self._running = False
            tasks = [*loops, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(feed.close() for feed in self._feeds.values()))
            self._tasks.clear()
            self._feeds.clear()

    def add(self, context: str) -> None:
        """Watch one more context of the kubeconfig."""
        if context not in self.board.contexts:
            self.board.open(context)
            if self._running:
                self._start(context)

    def leave(self, context: str) -> None:
        """Stop watching this context; its rows go."""
        self.board.close(context)
        task = self._tasks.pop(context, None)
        feed = self._feeds.pop(context, None)
        if task is not None and feed is not None:
            task.cancel()
            self._tasks[f"leaving {context}"] = asyncio.ensure_future(feed.close())

    def retry(self, context: str) -> None:
        """Connect to a lost context now instead of when its back-off ends; one that was given up is begun anew."""
        feed, task = self._feeds.get(context), self._tasks.get(context)
        if feed is None or task is None:
            return
        if not task.done():
            feed.retry_now()
            return
        self._tasks[f"beginning {context} anew"] = asyncio.ensure_future(feed.close())
        self.board.set_context_fields(context, problem="", fault="")
        self._start(context)

    def connection(self, context: str) -> Connection | None:
        """The open connection to a context; None if there is none."""
        feed = self._feeds.get(context)
        return feed.connection if feed is not None else None

    @cached_property
    def opener(self) -> Opener:
        """Opens connections to the contexts besides those of the feeds, with the same logins."""
        from fleet.opener import opener  # brings aiohttp, which the first frame doesn't wait for

        return opener(self.kubeconfig, self.scope, self.lend_terminal)

    @cached_property
    def instance_watch(self) -> InstanceWatch:
        """Watches the Argo CDs of the contexts, for all screens that show them."""
        from fleet.argocd.instance_watch import InstanceWatch

        def servers() -> list[str]:
            return [context.server for context in self.board.contexts.values() if context.server]

        return InstanceWatch(self.connection, self.clock, servers, self.scope.fallback)

    @cached_property
    def lint_watch(self) -> LintWatch:
        """Lints the watched contexts, for all screens that show what is found."""
        from fleet.live_lint.lint_watch import LintWatch

        return LintWatch(self.connection, self.clock, self.scope)

    def lint_around(self, key: Key, holder: Key | None) -> LintWatch:
        """Lints what is around one Stack: its namespace, and the Application that holds it."""
        from dataclasses import replace

        from fleet.live_lint.lint_watch import LintWatch

        here = [(holder.namespace, holder.name)] if holder is not None and holder.context == key.context else []
        return LintWatch(self.connection, self.clock, replace(self.scope, namespaces=(key.namespace,)), here)

    async def object(self, key: Key, resource: Resource) -> dict[str, Any]:
        """One object as a person may see it: secrets masked, managedFields left out. Raises UnansweredError."""
        from msgspec import json

        from cluster.decoding.json_pieces import UNREADABLE, depth, readable
        from stacks.masked_objects import shown

        connection = self.connection(key.context)
        if connection is None:
            raise UnansweredError(f"there is no connection to {key.context}")
        try:
            raw = readable(await connection.get(resource.path(key.namespace, key.name)))
            if depth(raw) > _DEEPEST:
                raise UnansweredError(f"the object of {key.context} is nested deeper than can be shown")
            found = json.decode(raw)
        except UNREADABLE:
            found = None
        except ClusterError as error:
            raise UnansweredError(str(error)) from error
        if not isinstance(found, dict):
            raise UnansweredError(f"{key.context} sent something that is no object")
        return shown(found)

    async def _recompute_due(self) -> None:
        """Let the board recompute what changes with time alone, every second, until cancelled."""
        while True:
            now = self.clock()
            failures: list[ClusterError] = []
            with contained(failures.append):
                self.board.recompute_due(now)
            for context in tuple(self.board.contexts) if failures else ():
                with contained(partial(self._note_fault, context)):
                    self.board.recompute_due(now, (context,))
            await asyncio.sleep(1.0)

    def _note_fault(self, context: str, error: ClusterError) -> None:
        self.board.set_context_fields(context, fault=str(error))

    def _start(self, context: str) -> None:
        from fleet.feeds.context_feed import ContextFeed

        feed = ContextFeed(context, self.opener, self.board, self.scope, self.clock)
        self._feeds[context] = feed
        self._tasks[context] = asyncio.create_task(feed.run(), name=f"feed {context}")
