"""Reads the logs of a screen into its buffer, and asks what else has to be known of them.

A reader serves one request; a screen that wants something else stops it and takes another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

from textual.screen import Screen

from cluster.container_logs.log_stream import LogResumed, LogWaiting
from fleet.board.rows import Key
from fleet.fleet import Fleet
from fleet.logs.log_events import Event, LogNotice, LogOpening, StackChanged
from fleet.logs.log_sources import LogSource
from fleet.logs.update_names import UpdateNames, readable_updates
from tui.logs.log_buffer import LogBuffer
from tui.logs.log_requests import (
    LogRequest,
    LogSubject,
    explain_missing,
    read_subject,
    split_by_connection,
    stack_without_log,
    wait_for_connection,
    waiting_message,
)

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
        self._screen.run_worker(self._read(), group=_WORKERS, description="read logs")

    def stop(self) -> None:
        """Add nothing to the buffer any more."""
        self._stopped = True
        self._screen.workers.cancel_group(self._screen, _WORKERS)

    async def _read(self) -> None:
        connected, missing = await split_by_connection(self._fleet, self._subject)
        for context in missing:
            self._handle(LogNotice(context, LogWaiting("there is no connection to it yet", lost=True)))
            self._screen.run_worker(self._read_when_connected(context), group=_WORKERS, description="wait")
        if connected.keys:
            await self._read_stream(connected)

    async def _read_when_connected(self, context: str) -> None:
        await wait_for_connection(self._fleet, context)
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
            self._screen.run_worker(self._explain(key, event), group=_WORKERS, description="explain")
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
                self._screen.run_worker(self._add_waiting_message(source), group=_WORKERS, description="explain")

    def _put_stack(self, event: StackChanged) -> None:
        if event.stack is None:
            self._buffer.add_note(f"{event.key}: the Stack is gone")
            return
        self._updates.add_stack(event.key, event.stack)
        if event.key not in self._known and not self._subject.several:
            self._known.add(event.key)
            self._screen.run_worker(self._read_updates(event.key), group=_WORKERS, description="read Updates")

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
        """Add what the kubelet says of a container that can't start."""
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
