"""Looks up the few objects that a phase needs besides the Stack, by name and at a bounded rate.

A cluster keeps tens of thousands of finished Updates; nobody lists them to draw a board. The one
that a Stack waits for is asked for by name, and so is the pod of a workspace that doesn't get ready.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cluster.decoding.decoder import Decoder
from cluster.errors import ClusterError, NotFound
from cluster.resources import ResourceKind
from fleet.board.rows import Key, StackRow, run_name
from fleet.clock import Clock
from fleet.last_defence import contained
from fleet.resource_kinds import PODS, UPDATES, WORKSPACES
from stacks.records.workspace import workspace_of, workspace_pod_of
from stacks.update_times import update_created

if TYPE_CHECKING:
    from cluster.http.connection import Connection
    from fleet.board.board import Board

ROUND = 1.0
"""seconds between two rounds"""
PER_ROUND = 20
"""lookups a round, over all contexts"""
AT_ONCE = 8
_SETTLING = 3.0  # the Update is created after the Stack names it; the pod after the workspace
_AGAIN_YOUNG, _AGAIN_OLD, _YOUNG = 15.0, 60.0, 600.0


@dataclass(frozen=True, slots=True)
class Lookup:
    """One object to ask for: the Stack it is for, and where it is."""

    key: Key
    kind: ResourceKind[Any]
    name: str


def needed_lookups(row: StackRow) -> Iterable[Lookup]:
    """The objects that could tell more about this Stack's phase, by name."""
    workspace = workspace_of(row.stack)
    for kind in row.phase.kind.lookups:
        if kind == "workspace":
            yield Lookup(row.key, WORKSPACES, workspace)
        elif kind == "pod":
            yield Lookup(row.key, PODS, workspace_pod_of(workspace))
        elif name := run_name(row.stack):
            yield Lookup(row.key, UPDATES, name)


async def run_lookups(board: Board, connection: Callable[[str], Connection | None], clock: Clock) -> None:
    """Look up what is due every second, until cancelled."""
    asked: dict[Lookup, float] = {}
    slots = asyncio.Semaphore(AT_ONCE)
    while True:
        now = clock()
        due = _due(board, asked, now)
        asked = {lookup: at for lookup, at in asked.items() if now - at < 2 * _AGAIN_OLD}
        asked |= dict.fromkeys(due, now)
        await asyncio.gather(*(_look_up(board, lookup, connection, slots, clock) for lookup in due))
        await asyncio.sleep(ROUND)


async def look_up_once(board: Board, context: str, connection: Connection, clock: Clock) -> None:
    """Look up everything once for one context's Stacks, for a snapshot."""
    rows = [row for row in board.stacks.values() if row.key.context == context]
    slots = asyncio.Semaphore(AT_ONCE)
    due = [lookup for row in rows for lookup in needed_lookups(row)]
    await asyncio.gather(*(_look_up(board, lookup, lambda _: connection, slots, clock) for lookup in due))


def _due(board: Board, asked: dict[Lookup, float], now: float) -> list[Lookup]:
    """The lookups that are due, those that were never made first, at most PER_ROUND."""
    waiting: list[tuple[float, Lookup]] = []
    for row in board.stacks.values():
        if not row.phase.kind.lookups or not _is_settled(row, now):
            continue
        for lookup in needed_lookups(row):
            last = asked.get(lookup)
            if last is None or now - last >= _pause(row, now):
                waiting.append((last or 0.0, lookup))
    waiting.sort(key=lambda item: item[0])
    return [lookup for _, lookup in waiting[:PER_ROUND]]


def _is_settled(row: StackRow, now: float) -> bool:
    began = update_created(run_name(row.stack)) or row.phase.since
    return began is None or abs(now - began) > _SETTLING


def _pause(row: StackRow, now: float) -> float:
    began = row.phase.since
    return _AGAIN_YOUNG if began is None or now - began < _YOUNG else _AGAIN_OLD


async def _look_up(
    board: Board,
    lookup: Lookup,
    connection: Callable[[str], Connection | None],
    slots: asyncio.Semaphore,
    clock: Clock,
) -> None:
    context = lookup.key.context
    with contained(lambda error: board.set_context_fields(context, fault=str(error))):
        await _ask(board, lookup, connection, slots, clock)


async def _ask(
    board: Board,
    lookup: Lookup,
    connection: Callable[[str], Connection | None],
    slots: asyncio.Semaphore,
    clock: Clock,
) -> None:
    opened = connection(lookup.key.context)
    if opened is None:
        return
    kind = lookup.kind
    async with slots:
        try:
            raw = await opened.get(kind.resource.path(lookup.key.namespace, lookup.name), {})
            found = Decoder(kind).one(raw)
        except NotFound:
            found = None
        except ClusterError:
            return  # the context's own feed says what is wrong with it
    apply_answer(board, lookup, found, clock())


def apply_answer(board: Board, lookup: Lookup, found: Any, now: float) -> None:
    """Put what a lookup found onto the board; `found` is None where there is no such object."""
    if lookup.kind is UPDATES:
        row = board.stacks.get(lookup.key)
        if row is not None and run_name(row.stack) == lookup.name:  # it may have ended while we asked
            board.set_related_objects(lookup.key, now, update=found, update_gone=found is None)
    elif lookup.kind is WORKSPACES and found is not None:
        board.set_related_objects(lookup.key, now, workspace=found)
    elif lookup.kind is PODS:
        board.set_related_objects(lookup.key, now, pod=found, pod_known=True)
