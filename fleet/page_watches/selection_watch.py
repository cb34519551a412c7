"""Watch a changing set of selections for as long as a page is open.

`SelectionWatches.wanted` says which they are, and is called again after every answer: a Workspace's name leads to its
pods, an Update's to its Events. The watch of a selection that isn't wanted any more ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from cluster.errors import ClusterError
from cluster.watch.reflector import follow
from cluster.watch.store import Store
from cluster.watch.watch_events import Arrived, Lost, Synced, WatchEvent
from fleet.board.context_state import KindVisibility
from fleet.last_defence import contained
from fleet.stack_objects.watched_kinds import Selection, SelectionResult, fetch_selection

if TYPE_CHECKING:
    from cluster.http.connection import Connection
    from fleet.board.rows import Key
    from fleet.fleet import Fleet

_NO_CONNECTION = 0.5
"""seconds between two looks for a connection, where the context is only being opened"""


class SelectionWatch:
    """The objects of one selection."""

    def __init__(self) -> None:
        self.store: Store[Any] = Store()
        self.visibility = KindVisibility()

    def apply(self, event: WatchEvent[Any], now: float) -> bool:
        """Apply an event of its watch; says whether the answer may be different now."""
        before = (self.visibility.synced, self.visibility.lost)
        self.visibility = self.visibility.after(event, now)
        changed = bool(self.store.apply(event))
        if isinstance(event, Arrived):
            return self.visibility.synced  # until then there is no answer that could differ
        return changed or isinstance(event, Synced) or before != (self.visibility.synced, self.visibility.lost)

    @property
    def answer(self) -> SelectionResult:
        """What is known. Objects that were seen stay, whatever happens to the connection; a refusal hides them."""
        lost = self.visibility.lost
        if lost is not None and lost.absent:
            return SelectionResult()
        if lost is not None and (lost.forbidden or not self.visibility.synced):
            return SelectionResult(why=lost.reason)
        return SelectionResult(tuple(self.store.objects.values()), known=self.visibility.synced)


class SelectionWatches:
    """A watch for each selection that is `wanted`. `version` grows whenever an answer is another."""

    def __init__(self, fleet: Fleet, key: Key) -> None:
        self.key = key
        self.version = 0
        self._fleet = fleet
        self._watches: dict[Selection, SelectionWatch] = {}
        self._tasks: dict[Selection, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()

    def wanted(self) -> Iterable[Selection]:
        """What is to be followed, by what is known now."""
        raise NotImplementedError

    async def run(self) -> None:
        """Follow until cancelled; then every stream is closed."""
        connection = await self._connected()
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                self._start_and_stop(group, connection)
                await self._wake.wait()

    async def _connected(self) -> Connection:
        while True:
            connection = self._fleet.connection(self.key.context)
            if connection is not None:
                return connection
            await asyncio.sleep(_NO_CONNECTION)

    def answers(self) -> dict[Selection, SelectionResult]:
        """What is known by now of everything that is wanted."""
        return {selection: watch.answer for selection, watch in self._watches.items()}

    def answer(self, selection: Selection) -> SelectionResult:
        """What is known by now of one of them."""
        watch = self._watches.get(selection)
        return watch.answer if watch is not None else SelectionResult(known=False)

    @property
    def lost(self) -> Lost | None:
        """Why some of it can't be followed at present, other than by a refusal; None if all is well."""
        trouble = [watch.visibility.lost for watch in self._watches.values() if watch.visibility.lost is not None]
        return next((lost for lost in trouble if not lost.absent and not lost.forbidden), None)

    def _start_and_stop(self, group: asyncio.TaskGroup, connection: Connection) -> None:
        wanted = dict.fromkeys(self.wanted())
        for selection in [selection for selection in self._watches if selection not in wanted]:
            del self._watches[selection]
            self._tasks.pop(selection).cancel()
            self.version += 1
        for selection in wanted:
            if selection not in self._watches:
                watch = self._watches[selection] = SelectionWatch()
                self._tasks[selection] = group.create_task(self._watch(connection, selection, watch))

    async def _watch(self, connection: Connection, selection: Selection, watch: SelectionWatch) -> None:
        def give_up(error: ClusterError) -> None:
            now = self._fleet.clock()
            self._apply(watch, Lost(str(error), now, now))

        with contained(give_up):
            await self._follow(connection, selection, watch)

    async def _follow(self, connection: Connection, selection: Selection, watch: SelectionWatch) -> None:
        if selection.once:
            answer = await fetch_selection(connection, self.key.namespace, selection)
            if not answer.why:
                keys = {(record.metadata.namespace, record.metadata.name) for record in answer.records}
                self._apply(watch, Arrived(list(answer.records)))
                self._apply(watch, Synced(self.key.namespace, frozenset(keys)))
                return
        following = follow(
            connection,
            selection.kind,
            self.key.namespace,
            label_selector=selection.label_selector,
            field_selector=selection.field_selector,
        )
        async with aclosing(following) as events:
            async for event in events:
                self._apply(watch, event)

    def _apply(self, watch: SelectionWatch, event: WatchEvent[Any]) -> None:
        if watch.apply(event, self._fleet.clock()):
            self.version += 1
            self._wake.set()
