"""What is in every chosen context at one moment, for verbs that print it and end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cluster.errors import ClusterError, Forbidden, NotFound
from cluster.http.connection import Connection
from cluster.lists import NoteUnreadable, list_all, list_in_parts
from cluster.resources import ResourceKind
from cluster.watch.store import ObjectKey
from cluster.watch.watch_events import Lost, Restricted, Synced
from fleet.board.board import Board
from fleet.board.relations import DestinationMap
from fleet.clock import Clock, wall_clock
from fleet.feeds.context_survey import ContextSurvey
from fleet.feeds.lookups import look_up_once
from fleet.opener import Opener
from fleet.resource_kinds import APPLICATIONS, STACKS
from stacks.records.stack import Stack


@dataclass
class Snapshot:
    """What was seen, and what couldn't be: context -> why. Records of other kinds than the board's, by context."""

    board: Board
    unseen: dict[str, str] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    """contexts that don't know the kind: there, nothing can be hidden"""
    unreadable: dict[str, set[ObjectKey]] = field(default_factory=dict)
    """(namespace, name) of the objects of the kind that are there and can't be read, by context"""
    records: dict[str, list[Any]] = field(default_factory=dict)

    def noting(self, context: str) -> NoteUnreadable:
        """What notes an object of this context that can't be read."""
        return lambda found: self.unreadable.setdefault(context, set()).add(found.key)


Namespaces: TypeAlias = tuple[str, ...] | None
Fill: TypeAlias = Callable[[Snapshot, str, Connection, Namespaces], Awaitable[None]]


async def snapshot_stacks(
    opener: Opener, contexts: Sequence[str], *, look_up: bool = True, clock: Clock = wall_clock
) -> Snapshot:
    """All Stacks with the Applications that hold them.

    `look_up`: also read the objects beside Stacks whose phase they could tell more of, as the board does.
    """

    async def fill(snapshot: Snapshot, context: str, connection: Connection, namespaces: Namespaces) -> None:
        board = snapshot.board
        board.set_server(context, connection.target.server, clock())
        surroundings = asyncio.ensure_future(_read_related(board, context, connection, namespaces, clock))
        waiting: list[Stack] = []
        try:
            listing = list_in_parts(
                connection, STACKS, namespaces, opener.scope.label_selector, snapshot.noting(context)
            )
            async with aclosing(listing) as parts:
                async for stacks in parts:
                    waiting += stacks
                    if surroundings.done():  # or every row would be computed again for the operator and the holders
                        _put_stacks(board, context, waiting, clock())
            await surroundings
            _put_stacks(board, context, waiting, clock())
        finally:
            surroundings.cancel()
            await asyncio.gather(surroundings, return_exceptions=True)
        if look_up:
            await look_up_once(board, context, connection, clock)

    return await _filled(opener, contexts, fill)


async def _read_related(
    board: Board, context: str, connection: Connection, namespaces: Namespaces, clock: Clock
) -> None:
    """Put onto the board what the rows of Stacks need beside them: the state of the operator, and Applications."""
    apps = asyncio.ensure_future(_or_nothing(list_all(connection, APPLICATIONS, None), Forbidden, NotFound))
    try:
        found = await ContextSurvey(connection, namespaces).facts(clock())
        now = clock()
        board.set_operator(context, found.operator, now)
        for app in await apps:
            board.put_app(context, app, now)
    finally:
        apps.cancel()


def _put_stacks(board: Board, context: str, stacks: list[Stack], now: float) -> None:
    for stack in stacks:
        board.put_stack(context, stack, now)
    stacks.clear()


async def snapshot_applications(opener: Opener, contexts: Sequence[str], *, clock: Clock = wall_clock) -> Snapshot:
    """All Applications, with the Stacks that they hold as far as those may be read."""

    async def fill(snapshot: Snapshot, context: str, connection: Connection, namespaces: Namespaces) -> None:
        board = snapshot.board
        board.set_server(context, connection.target.server, clock())
        stacks = asyncio.ensure_future(_or_nothing(list_all(connection, STACKS, None), Forbidden, NotFound))
        try:
            apps = await _or_nothing(
                list_all(connection, APPLICATIONS, namespaces, opener.scope.label_selector, snapshot.noting(context)),
                NotFound,
            )
            now = clock()
            for stack in await stacks:
                board.put_stack(context, stack, now)
            for app in apps:
                board.put_app(context, app, now)
        finally:
            stacks.cancel()

    return await _filled(opener, contexts, fill)


async def snapshot_records(
    opener: Opener, contexts: Sequence[str], kind: ResourceKind[Any], label_selector: str
) -> Snapshot:
    """All objects of one kind."""

    async def fill(snapshot: Snapshot, context: str, connection: Connection, namespaces: Namespaces) -> None:
        snapshot.records[context] = await list_all(
            connection, kind, namespaces, label_selector, snapshot.noting(context)
        )

    return await _filled(opener, contexts, fill)


async def snapshot_contexts(opener: Opener, contexts: Sequence[str], *, clock: Clock = wall_clock) -> Snapshot:
    """What runs in each context."""

    async def fill(snapshot: Snapshot, context: str, connection: Connection, namespaces: Namespaces) -> None:
        snapshot.board.set_server(context, connection.target.server, clock())
        now = clock()
        found = await ContextSurvey(connection, namespaces).facts(now)
        snapshot.board.apply_survey(context, found, now)
        snapshot.board.apply_stack_event(context, await _stacks_visibility(connection, namespaces, now), now)

    return await _filled(opener, contexts, fill)


async def _stacks_visibility(connection: Connection, namespaces: Namespaces, now: float) -> Lost | Restricted | Synced:
    """The event of a watch that says whether Stacks may be read there."""
    try:
        await connection.get(STACKS.resource.path(namespaces[0] if namespaces else None), {"limit": "1"})
    except Forbidden as error:
        return Restricted(str(error), namespaces or ())
    except NotFound:
        return Lost("there are no Stacks: PKO's CRDs aren't installed", now, now, 404, absent=True)
    return Synced(None, frozenset())


async def _filled(opener: Opener, contexts: Sequence[str], fill: Fill) -> Snapshot:
    """A snapshot, filled from all contexts at once. One that can't be read is noted, and the others go on."""
    scope = opener.scope
    snapshot = Snapshot(Board(scope.thresholds, DestinationMap(mapping=scope.mapping)))
    for context in contexts:
        snapshot.board.open(context)

    async def look(context: str, connection: Connection) -> None:
        await fill(snapshot, context, connection, scope.within(connection.target.namespace))

    _, failures = await opener.in_each(contexts, look)
    for context, error in failures.items():
        if isinstance(error, NotFound):
            snapshot.absent.append(context)
        else:
            snapshot.unseen[context] = str(error)
    return snapshot


async def _or_nothing(listing: Awaitable[list[Any]], *errors: type[ClusterError]) -> list[Any]:
    """A list, empty where it ends in one of these errors: a spoke has no Argo CD, and rows can do without holders."""
    try:
        return await listing
    except errors:
        return []
