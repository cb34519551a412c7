"""One log on its way to the desk: waiting for a place, being read, being veiled, coming to its end."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field

from cluster.container_logs.log_stream import LogChunk, LogEnded, LogRef, LogRefused, LogResumed, LogWindow, read
from cluster.http.connection import Connection
from fleet.logs.log_events import LogNotice, LogOpening, LogSource
from fleet.logs.log_merge import LogChannel
from fleet.logs.log_redaction import AgentLineRedactor, OperatorLineRedactor
from fleet.logs.log_session import LogSession

QUIET = 1.0
"""seconds without a line after which a log whose pod is gone has said everything"""
PATIENCE = 10.0
"""seconds after which it is over in any case"""


@dataclass(eq=False)
class OpenLog:
    """An open log, and what hurries it along or ends it."""

    origin: LogSource
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    back: asyncio.Event = field(default_factory=asyncio.Event)
    """set where the cluster is found again: whoever else waits for it needn't wait longer"""
    task: asyncio.Task[None] | None = None
    channel: LogChannel | None = None
    lines: int = 0
    over: bool = False


def start_reading(
    desk: LogSession,
    connection: Connection,
    origin: LogSource,
    window: LogWindow,
    sieve: OperatorLineRedactor | None = None,
    back: asyncio.Event | None = None,
) -> OpenLog:
    """Read this log to its end, as soon as there is a place for it. `back` is set when a lost cluster answers again."""
    reading = OpenLog(origin) if back is None else OpenLog(origin, back=back)
    desk.say(LogNotice(origin, LogOpening()))
    if desk.places.take_free():
        reading.channel = desk.merger.open(origin)
    reading.task = desk.start(_read(desk, connection, reading, window, sieve))
    return reading


async def _read(
    desk: LogSession, connection: Connection, reading: OpenLog, window: LogWindow, sieve: OperatorLineRedactor | None
) -> None:
    if reading.channel is None:
        await desk.take_place(reading.origin)
        reading.channel = desk.merger.open(reading.origin)
    try:
        await _pass_on(desk, connection, reading, window, reading.channel, sieve)
    finally:
        reading.over = True
        reading.channel.close()
        desk.places.give_back()


async def _pass_on(
    desk: LogSession,
    connection: Connection,
    reading: OpenLog,
    window: LogWindow,
    channel: LogChannel,
    sieve: OperatorLineRedactor | None,
) -> None:
    origin = reading.origin
    log = LogRef(origin.namespace or origin.key.namespace, origin.pod, origin.container, origin.uid)
    veil = AgentLineRedactor() if origin.is_agent else None
    async with aclosing(read(connection, log, window, sleep=desk.sleep, hurry=reading.hurry)) as said:
        async for each in said:
            if not isinstance(each, LogChunk):
                reading.over = isinstance(each, LogEnded | LogRefused)
                if isinstance(each, LogResumed):
                    reading.back.set()
                channel.tell(LogNotice(origin, each))
                continue
            reading.lines += 1
            if sieve is not None:
                for whose, block in sieve.through(each.block):
                    await channel.put(block, whose)
                continue
            block = veil.over(each.block) if veil is not None else each.block
            if block:
                await channel.put(block)
    for whose, block in sieve.rest() if sieve is not None else ():
        await channel.put(block, whose)


async def say_farewell(desk: LogSession, reading: OpenLog) -> None:
    """The pod is gone: hear the log out, and end it. A node that died with it closes no connection."""
    reading.hurry.set()
    waited = 0.0
    before = -1
    while not reading.over and waited < PATIENCE and before != reading.lines:
        before = reading.lines
        await desk.sleep(QUIET)
        waited += QUIET
    if not reading.over and reading.task is not None:
        reading.over = True
        gone = LogNotice(reading.origin, LogEnded("the pod is gone", gone=True))
        if reading.channel is not None:
            reading.channel.tell(gone)  # after the last lines
        else:
            desk.say(gone)
        reading.task.cancel()
