"""One log of a session: it waits for a slot, is read and redacted, and ends.

A log may be opened before it is certain whose it is: then nothing of it, not even a notice, leaves it until
`confirm` is called, and nothing ever does after `reject`.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from cluster.container_logs.container_status import ContainerInstance
from cluster.container_logs.log_stream import LogChunk, LogEnded, LogRef, LogRefused, LogResumed, LogWindow, read_log
from cluster.http.connection import Connection
from fleet.logs.log_events import LogNotice, LogOpening
from fleet.logs.log_merge import LogChannel
from fleet.logs.log_session import LogSession
from fleet.logs.log_sources import LogRedactor, LogSource

QUIET = 1.0
"""seconds without a line after which the log of a pod that is gone counts as complete"""
PATIENCE = 10.0
"""seconds after which it is over in any case"""


class OpenLog:
    """A log that is being read, or waits for it.

    Setting `retry_now` ends a pause before the next attempt; `back` is set when a lost cluster answers again, so that
    whoever else waits for it needn't wait longer. `known` is the container as it was seen just now, if it was.
    """

    def __init__(
        self,
        session: LogSession,
        connection: Connection,
        source: LogSource,
        window: LogWindow,
        *,
        redactor: LogRedactor | None = None,
        back: asyncio.Event | None = None,
        known: ContainerInstance | None = None,
        confirmed: bool = True,
    ) -> None:
        self.source = source
        self.retry_now = asyncio.Event()
        self._session = session
        self._connection = connection
        self._window = window
        self._redactor = redactor or source.kind.redactor(source)
        self._back = back
        self._known = known
        self._confirmed = asyncio.Event()
        self._chunks = 0
        self._over = False
        self._channel: LogChannel | None = None
        if confirmed:
            self.confirm()
        if session.acquire_slot_now():
            self._channel = session.merger.open(source)
        else:
            self._known = None  # by the time that a slot is free it isn't the present any more
        self._task = session.start_task(self._run())
        self._task.add_done_callback(self._close)

    def confirm(self) -> None:
        """It is the Stack's: what was read may be shown."""
        if not self._confirmed.is_set():
            self._confirmed.set()
            self._session.notify(self.source, LogOpening())

    def reject(self) -> None:
        """It isn't the Stack's: what was read is dropped."""
        self._task.cancel()

    async def finish(self) -> None:
        """The pod is gone: read the rest of the log, and end it. A node that died with it closes no connection."""
        self.retry_now.set()
        waited = 0.0
        before = -1
        while not self._over and waited < PATIENCE and before != self._chunks:
            before = self._chunks
            await self._session.sleep(QUIET)
            waited += QUIET
        if not self._over:
            self._over = True
            gone = LogEnded("the pod is gone", gone=True)
            if self._channel is not None:
                self._channel.notify(LogNotice(self.source, gone))  # after the last lines
            else:
                self._session.notify(self.source, gone)
            self._task.cancel()

    async def _run(self) -> None:
        if self._channel is None:
            await self._session.acquire_slot(self.source)
            self._channel = self._session.merger.open(self.source)
        await self._read(self._channel)

    def _close(self, _: asyncio.Task[None]) -> None:
        """A callback, because a task that is cancelled before it began doesn't come to its own end."""
        self._over = True
        if self._channel is not None:
            self._channel.close()
            self._session.release_slot()

    async def _read(self, channel: LogChannel) -> None:
        source, redactor = self.source, self._redactor
        log = LogRef(source.namespace or source.key.namespace, source.pod, source.container, source.uid)
        updates = read_log(
            self._connection, log, self._window, sleep=self._session.sleep, retry_now=self.retry_now, known=self._known
        )
        async with aclosing(updates):
            async for update in updates:
                await self._confirmed.wait()
                if not isinstance(update, LogChunk):
                    self._over = isinstance(update, LogEnded | LogRefused)
                    if isinstance(update, LogResumed) and self._back is not None:
                        self._back.set()
                    channel.notify(LogNotice(source, update))
                    continue
                self._chunks += 1
                for whose, block in redactor.redact(update.block):
                    await channel.put(block, whose)
        for whose, block in redactor.finish():
            await channel.put(block, whose)
