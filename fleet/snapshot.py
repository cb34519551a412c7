"""One look at every chosen context, for whoever prints and ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from cluster.errors import ClusterError, Forbidden, NotFound
from cluster.http.connection import Connection
from cluster.lists import list_all, list_in_parts
from cluster.resources import ResourceKind
from cluster.watch.watch_events import Lost, Restricted, Synced
from fleet.board.board import Board
from fleet.board.holders import DestinationMap
from fleet.feeds.context_survey import ContextSurvey
from fleet.feeds.lookups import inquire
from fleet.opener import Opener
from fleet.resource_kinds import APPLICATIONS, STACKS
from fleet.scope import WatchScope
from stacks.records.stack import Stack


@dataclass
class Snapshot:
    """What was seen, and what couldn't be: context -> why. Records of other kinds than the board's, by context."""

    board: Board
    unseen: dict[str, str] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    """contexts that don't know the kind: there, nothing can be hidden"""
    records: dict[str, list[Any]] = field(default_factory=dict)


Look = Callable[[str, Connection, tuple[str, ...] | None], Awaitable[None]]


async def take_stacks(doors: Opener, contexts: Sequence[str], *, closely: bool = True) -> Snapshot:
    """All Stacks with the Applications that hold them.

    `closely` also looks at the objects around Stacks that are under way, as the board does.
    """
    picture = _blank(doors.reach, contexts)

    async def look(context: str, connection: Connection, namespaces: tuple[str, ...] | None) -> None:
        board = picture.board
        board.address(context, connection.target.server, time.time())
        around = asyncio.ensure_future(_look_around(board, context, connection, namespaces))
        waiting: list[Stack] = []
        try:
            listing = list_in_parts(connection, STACKS, namespaces, doors.reach.label_selector)
            async with aclosing(listing) as parts:
                async for stacks in parts:
                    waiting += stacks
                    if around.done():  # what is known of the operator and of holders needn't be thought over again
                        _put(board, context, waiting)
            await around
            _put(board, context, waiting)
        finally:
            around.cancel()
            await asyncio.gather(around, return_exceptions=True)
        if closely:
            await inquire(board, context, connection, time.time)

    await _everywhere(doors, contexts, picture, look)
    return picture


async def _look_around(board: Board, context: str, connection: Connection, namespaces: tuple[str, ...] | None) -> None:
    """What of a context its Stacks are judged and joined by."""
    apps = asyncio.ensure_future(_if_readable(list_all(connection, APPLICATIONS, None)))
    try:
        found = await ContextSurvey(connection, namespaces).look(time.time())
        now = time.time()
        board.meet_operator(context, found.operator, now)
        for app in await apps:
            board.put_app(context, app, now)
    finally:
        apps.cancel()


def _put(board: Board, context: str, stacks: list[Stack]) -> None:
    now = time.time()
    for stack in stacks:
        board.put_stack(context, stack, now)
    stacks.clear()


async def take_apps(doors: Opener, contexts: Sequence[str]) -> Snapshot:
    """All Applications, with the Stacks that they hold as far as those may be read."""
    picture = _blank(doors.reach, contexts)

    async def look(context: str, connection: Connection, namespaces: tuple[str, ...] | None) -> None:
        board = picture.board
        board.address(context, connection.target.server, time.time())
        stacks = asyncio.ensure_future(_if_readable(list_all(connection, STACKS, None)))
        try:
            apps = await _if_there(list_all(connection, APPLICATIONS, namespaces, doors.reach.label_selector))
            now = time.time()
            for stack in await stacks:
                board.put_stack(context, stack, now)
            for app in apps:
                board.put_app(context, app, now)
        finally:
            stacks.cancel()

    await _everywhere(doors, contexts, picture, look)
    return picture


async def take_records(
    doors: Opener, contexts: Sequence[str], kind: ResourceKind[Any], label_selector: str
) -> Snapshot:
    """All objects of one kind."""
    picture = _blank(doors.reach, contexts)

    async def look(context: str, connection: Connection, namespaces: tuple[str, ...] | None) -> None:
        picture.records[context] = await list_all(connection, kind, namespaces, label_selector=label_selector)

    await _everywhere(doors, contexts, picture, look)
    return picture


async def take_contexts(doors: Opener, contexts: Sequence[str]) -> Snapshot:
    """What runs in each context."""
    picture = _blank(doors.reach, contexts)

    async def look(context: str, connection: Connection, namespaces: tuple[str, ...] | None) -> None:
        picture.board.address(context, connection.target.server, time.time())
        now = time.time()
        found = await ContextSurvey(connection, namespaces).look(now)
        picture.board.survey(context, found, now)
        picture.board.take_stacks(context, await _standing(connection, namespaces, now), now)

    await _everywhere(doors, contexts, picture, look)
    return picture


async def _standing(
    connection: Connection, namespaces: tuple[str, ...] | None, now: float
) -> Lost | Restricted | Synced:
    """Whether Stacks may be read there, as a follower would tell it."""
    try:
        await connection.get(STACKS.resource.path(namespaces[0] if namespaces else None), {"limit": "1"})
    except Forbidden as error:
        return Restricted(str(error), namespaces or ())
    except NotFound:
        return Lost("there are no Stacks: PKO's CRDs aren't installed", now, now, 404, absent=True)
    return Synced(None, frozenset())


def _blank(reach: WatchScope, contexts: Sequence[str]) -> Snapshot:
    picture = Snapshot(Board(reach.patience, DestinationMap(mapping=reach.mapping)))
    for context in contexts:
        picture.board.open(context)
    return picture


async def _everywhere(doors: Opener, contexts: Sequence[str], picture: Snapshot, look: Look) -> None:
    """Look at all contexts side by side. One that can't be seen is noted, and the others go on."""

    async def one(context: str) -> None:
        try:
            connection = doors.open(context)
            try:
                await look(context, connection, doors.reach.within(connection.target.namespace))
            finally:
                await connection.close()
        except NotFound:
            picture.absent.append(context)
        except ClusterError as error:
            picture.unseen[context] = str(error)

    await asyncio.gather(*(one(context) for context in contexts))


async def _if_there(listing: Awaitable[list[Any]]) -> list[Any]:
    """A list of a kind that a cluster may do without: a spoke has no Argo CD."""
    try:
        return await listing
    except NotFound:
        return []


async def _if_readable(listing: Awaitable[list[Any]]) -> list[Any]:
    """A list that is nice to have: empty where it is forbidden or there is no such kind."""
    try:
        return await listing
    except (Forbidden, NotFound):
        return []
