"""Reads the logs of a screen into its buffer: what is asked of clusters, and what else has to be known of the answers.

A reader serves one request; a screen that wants something else stops it and takes another one. Reading gives the loop
back every few milliseconds, so that a key is answered while a hundred thousand lines come in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from textual.screen import Screen

from cluster.container_logs.log_stream import LogEnded, LogRefused, LogResumed, LogWaiting, LogWindow
from cluster.errors import ClusterError
from cluster.http.connection import Connection
from cluster.lists import fetch
from fleet.board.rows import Key
from fleet.fleet import Fleet
from fleet.logs.log_events import Event, LinesWritten, LogNotice, LogOpening, LogOptions, NoLog, StackChanged
from fleet.logs.log_sources import LogSource
from fleet.logs.read_logs import read_logs
from fleet.logs.update_names import UpdateNames, readable_updates
from fleet.resource_kinds import WORKSPACE_PODS
from fleet.scope import StackSelector
from fleet.stack_objects.ownership import PodOwnership
from fleet.stack_objects.queries import find_pods
from stacks.records.kubernetes import WorkspacePod
from stacks.records.workspace import workspace_of
from tui.logs.log_buffer import LogBuffer
from tui.widgets.workers import start_worker

TAIL = 2000
"""lines of each log to begin with, where several Stacks are read at once"""
OPERATOR_TAIL = 30
"""lines of the operator's about a Stack, in the place of a log"""
_TIME_SLICE = 0.0015  # seconds of work before somebody else may: a key takes half a dozen turns to its answer
_PIECE = 8 << 10  # bytes of a block that are taken at once
_CONNECTING = 0.3  # seconds in which a context that has just been added gets its connection


@dataclass(frozen=True)
class LogSubject:
    """Whose logs: Stacks, and perhaps only one pod or one container of theirs."""

    keys: tuple[Key, ...]
    pod: str = ""
    container: str = ""

    @property
    def several(self) -> bool:
        return len(self.keys) > 1


@dataclass(frozen=True)
class LogRequest:
    """Which part of the logs a reader has asked for."""

    previous: bool = False
    every_container: bool = False
    container: str = ""
    operator: bool = False
    tail: int | None = None

    @property
    def options(self) -> LogOptions:
        window = LogWindow(follow=not self.previous, previous=self.previous, tail_lines=self.tail)
        containers = (self.container,) if self.container else ()
        return LogOptions(window, containers, self.every_container, operator=self.operator)


async def split_by_connection(fleet: Fleet, subject: LogSubject) -> tuple[LogSubject, list[str]]:
    """Those whose contexts have a connection, and the contexts that have none yet."""
    contexts = dict.fromkeys(key.context for key in subject.keys)
    if any(fleet.connection(context) is None for context in contexts):
        await asyncio.sleep(_CONNECTING)
    missing = [context for context in contexts if fleet.connection(context) is None]
    return replace(subject, keys=tuple(key for key in subject.keys if key.context not in missing)), missing


async def read_subject(fleet: Fleet, subject: LogSubject, request: LogRequest) -> AsyncGenerator[Event, None]:
    """The events of all logs whose contexts have a connection."""
    contexts = dict.fromkeys(key.context for key in subject.keys)
    here = {context: found for context in contexts if (found := fleet.connection(context)) is not None}
    selectors = [
        StackSelector(context, (namespace,), names)
        for (context, namespace), names in _by_namespace(subject.keys).items()
        if context in here
    ]
    async with aclosing(read_logs(here, selectors, request.options, now=fleet.clock)) as events:
        async for event in with_pauses(events):
            yield event


def _by_namespace(keys: Sequence[Key]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for key in keys:
        place = (key.context, key.namespace)
        found[place] = (*found.get(place, ()), key.name)
    return found


async def with_pauses(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """The same events, with pauses in which keys are answered."""
    until = time.perf_counter() + _TIME_SLICE
    async for event in events:
        for each in _pieces(event):
            yield each
            if time.perf_counter() > until:
                await asyncio.sleep(0)
                until = time.perf_counter() + _TIME_SLICE


def _pieces(event: Event) -> Iterator[Event]:
    """A large block in several, cut between lines."""
    if not isinstance(event, LinesWritten) or len(event.block) <= _PIECE:
        yield event
        return
    block, start = event.block, 0
    while start < len(block):
        end = block.find(b"\n", min(start + _PIECE, len(block) - 1)) + 1 or len(block)
        yield LinesWritten(event.source, block[start:end])
        start = end


def stack_without_log(event: Event) -> Key | None:
    """The Stack that has no log now, if the event says so; else None."""
    match event:
        case LogNotice(Key() as key, LogWaiting(lost=False) | LogRefused()):
            return key
        case LogNotice(source, LogEnded(gone=True)) if not isinstance(source, str | Key):
            return source.key
    return None


async def explain_missing(connection: Connection, key: Key) -> AsyncGenerator[Event, None]:
    """Why a Stack has no log, what its objects say instead, and what the operator says about it."""
    options = LogOptions(LogWindow(tail_lines=OPERATOR_TAIL), operator=True)
    there_is_none = False
    selector = StackSelector(key.context, (key.namespace,), (key.name,))
    async with aclosing(read_logs({key.context: connection}, [selector], options)) as events:
        async for event in events:
            if isinstance(event, LogNotice) and isinstance(event.notice, NoLog):
                there_is_none = True
                reason = event.notice.reason.replace("--operator shows", "below is")
                yield replace(event, notice=replace(event.notice, reason=reason))
            elif isinstance(event, LinesWritten) and there_is_none and not event.source.kind.in_workspace_pod:
                yield event


async def waiting_message(connection: Connection, source: LogSource) -> str:
    """Why a container can't start, in the kubelet's words; empty if there are none, or the pod may not be read."""
    try:
        pod = await fetch(connection, WORKSPACE_PODS, source.namespace or source.key.namespace, source.pod)
    except ClusterError:
        return ""
    life = pod.statuses_by_name.get(source.container)
    return life.state.waiting.message if life is not None and life.state.waiting is not None else ""


async def containers_of(fleet: Fleet, subject: LogSubject) -> list[str]:
    """The names of the containers of these Stacks' pods, in the order in which they start. Raises ClusterError."""
    names: dict[str, None] = {}
    for key in subject.keys:
        row, connection = fleet.board.stacks.get(key), fleet.connection(key.context)
        if row is None or connection is None:
            continue
        for pod in await _pods(connection, key, workspace_of(row.stack)):
            if not subject.pod or pod.metadata.name == subject.pod:
                names.update(dict.fromkeys(pod.container_names))
    return list(names)


async def _pods(connection: Connection, key: Key, workspace: str) -> list[WorkspacePod]:
    ownership = PodOwnership(connection)
    pods = await find_pods(connection, [key.namespace], [workspace])
    return [pod for pod in pods if await ownership.stack_of(pod) == key.name]


_WORKERS = "logs"  # the group of workers that write into the buffer
_ABSENT = 2.0  # seconds in which a pod that went may come again, before its absence is explained


class LogReader:
    """`updates` learns the Updates of the Stacks; `updates_read` is called when more of them are known."""

    def __init__(
        self,
        screen: Screen[None],
        fleet: Fleet,
        subject: LogSubject,
        request: LogRequest,
        buffer: LogBuffer,
        updates: UpdateNames,
        updates_read: Callable[[], None],
    ) -> None:
        self.opened: dict[LogSource, None] = {}
        """the logs that are read, in the order in which they were opened"""
        self._screen = screen
        self._fleet = fleet
        self._subject = subject
        self._request = request
        self._buffer = buffer
        self._updates = updates
        self._updates_read = updates_read
        self._explained: set[Key] = set()
        """Stacks whose missing log has been explained"""
        self._known: set[Key] = set()
        """Stacks whose Updates have been asked for"""
        self._stopped = False

    def start(self) -> None:
        """Read in the background, until the screen is closed or `stop` is called."""
        start_worker(self._screen, self._read, group=_WORKERS, description="read logs")

    def stop(self) -> None:
        """Add nothing to the buffer any more."""
        self._stopped = True
        self._screen.workers.cancel_group(self._screen, _WORKERS)

    async def _read(self) -> None:
        connected, missing = await split_by_connection(self._fleet, self._subject)
        for context in missing:
            self._handle(LogNotice(context, LogWaiting("there is no connection to it yet", lost=True)))
            start_worker(self._screen, partial(self._read_when_connected, context), group=_WORKERS, description="wait")
        if connected.keys:
            await self._read_stream(connected)

    async def _read_when_connected(self, context: str) -> None:
        while self._fleet.connection(context) is None:  # noqa: ASYNC110 - nobody tells when a feed has opened its own
            await asyncio.sleep(_CONNECTING)
        self._handle(LogNotice(context, LogResumed()))
        keys = tuple(key for key in self._subject.keys if key.context == context)
        await self._read_stream(replace(self._subject, keys=keys))

    async def _read_stream(self, subject: LogSubject) -> None:
        async with aclosing(read_subject(self._fleet, subject, self._request)) as events:
            async for event in events:
                if self._stopped:
                    return
                self._handle(event)

    def _handle(self, event: Event) -> None:
        """Add an event to the buffer, and ask for what else has to be known of it."""
        if self._stopped:
            return
        if isinstance(event, LogNotice) and (key := self._needs_explanation(event)) is not None:
            self._explained.add(key)
            start_worker(self._screen, partial(self._explain, key, event), group=_WORKERS, description="explain")
            if isinstance(event.notice, LogWaiting):
                return  # the explanation says more in a moment
        self._buffer.add_event(event)
        match event:
            case StackChanged():
                self._put_stack(event)
            case LogNotice(LogSource(key) as source, LogOpening()):
                self.opened[source] = None
                self._explained.discard(key)
            case LogNotice(LogSource() as source, LogWaiting(lost=False)):
                start_worker(
                    self._screen, partial(self._add_waiting_message, source), group=_WORKERS, description="explain"
                )

    def _put_stack(self, event: StackChanged) -> None:
        if event.stack is None:
            self._buffer.add_note(f"{event.key}: the Stack is gone")
            return
        self._updates.add_stack(event.key, event.stack)
        if event.key not in self._known and not self._subject.several:
            self._known.add(event.key)
            start_worker(
                self._screen, partial(self._read_updates, event.key), group=_WORKERS, description="read Updates"
            )

    async def _read_updates(self, key: Key) -> None:
        if (connection := self._fleet.connection(key.context)) is not None:
            self._updates.add_updates(key, await readable_updates(connection, key))
            self._buffer.version += 1
            self._updates_read()

    # Explanations

    def _needs_explanation(self, event: LogNotice) -> Key | None:
        """The Stack that has no log now, unless that was explained, or nobody asked for its present."""
        key = stack_without_log(event)
        return key if key not in self._explained and not self._request.previous else None

    async def _add_waiting_message(self, source: LogSource) -> None:
        connection = self._fleet.connection(source.key.context)
        if connection is None:
            return
        message = await waiting_message(connection, source)
        if message and not self._stopped:
            self._buffer.add_note(message, "bad")

    async def _explain(self, key: Key, event: LogNotice) -> None:
        """Add what is known instead of a log; if nothing is, the event that said there is none."""
        if isinstance(event.about, LogSource):
            await asyncio.sleep(_ABSENT)
        connection = self._fleet.connection(key.context)
        if connection is None or key not in self._explained:
            return
        found = False
        async with aclosing(explain_missing(connection, key)) as events:
            async for each in events:
                found = True
                if not self._stopped:
                    self._buffer.add_event(each)
        if not found and not self._stopped and isinstance(event.notice, LogWaiting):
            self._buffer.add_event(event)
