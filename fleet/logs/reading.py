"""One log on its way to the desk: waiting for a place, being read, being veiled, coming to its end."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field

from cluster.connection import Connection
from cluster.logs import Ended, Lines, Log, Refused, Resumed, Window, read
from fleet.logs.merging import Channel
from fleet.logs.origins import Opening, Origin, Told
from fleet.logs.reader import Desk
from fleet.logs.veil import Sieve, Veil

QUIET = 1.0
"""seconds without a line after which a log whose pod is gone has said everything"""
PATIENCE = 10.0
"""seconds after which it is over in any case"""


@dataclass(eq=False)
class Reading:
    """An open log, and what hurries it along or ends it."""

    origin: Origin
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    back: asyncio.Event = field(default_factory=asyncio.Event)
    """set where the cluster is found again: whoever else waits for it needn't wait longer"""
    task: asyncio.Task[None] | None = None
    channel: Channel | None = None
    lines: int = 0
    over: bool = False


def start_reading(
    desk: Desk,
    connection: Connection,
    origin: Origin,
    window: Window,
    sieve: Sieve | None = None,
    back: asyncio.Event | None = None,
) -> Reading:
    """Read this log to its end, as soon as there is a place for it. `back` is set when a lost cluster answers again."""
    reading = Reading(origin) if back is None else Reading(origin, back=back)
    desk.say(Told(origin, Opening()))
    if desk.places.take_free():
        reading.channel = desk.merger.open(origin)
    reading.task = desk.start(_read(desk, connection, reading, window, sieve))
    return reading


async def _read(desk: Desk, connection: Connection, reading: Reading, window: Window, sieve: Sieve | None) -> None:
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
    desk: Desk, connection: Connection, reading: Reading, window: Window, channel: Channel, sieve: Sieve | None
) -> None:
    origin = reading.origin
    log = Log(origin.namespace or origin.key.namespace, origin.pod, origin.container, origin.uid)
    veil = Veil() if origin.is_agent else None
    async with aclosing(read(connection, log, window, sleep=desk.sleep, hurry=reading.hurry)) as said:
        async for each in said:
            if not isinstance(each, Lines):
                reading.over = isinstance(each, Ended | Refused)
                if isinstance(each, Resumed):
                    reading.back.set()
                channel.tell(Told(origin, each))
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


async def say_farewell(desk: Desk, reading: Reading) -> None:
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
        gone = Told(reading.origin, Ended("the pod is gone", gone=True))
        if reading.channel is not None:
            reading.channel.tell(gone)  # after the last lines
        else:
            desk.say(gone)
        reading.task.cancel()
