"""Keys are dealt with one at a time, so that each belongs to what is there when its turn comes.

Textual hands a key to what has the focus when the key arrives. Of two keys in one burst, the second would go to the
screen that the first one leaves, or to one that is about to close. Here it waits until what the first one asked for has
happened: its messages were handled, and a screen that it opened has been made and has its focus.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

TypedEvent: TypeAlias = events.Key | events.Paste
Deliver: TypeAlias = Callable[[TypedEvent], Awaitable[None]]

_AT_LEAST, _AT_MOST = 2, 12
"""how often a callback goes the way of a key before the key is taken to be dealt with"""
_STUCK = 0.5
"""seconds: twice as long without a step, and the next key doesn't wait any more"""


class KeyTurns:
    """Delivers what is typed, in its order, each when the one before has been dealt with.

    A key is dealt with when a callback has followed it through every queue between the focus and the app, once for the
    key and again for the messages that came of it. Keys that are to be delivered `at_once` never wait.
    """

    def __init__(self, app: App[Any], deliver: Deliver, at_once: Callable[[str], bool]) -> None:
        self._app = app
        self._at_once = at_once
        self._deliver = deliver
        self._waiting: deque[TypedEvent] = deque()
        self._number = 0
        self._busy = False
        self._steps = 0
        """of all callbacks so far"""
        self._watch: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Everything that was typed has been dealt with."""
        return not self._busy

    async def take(self, event: TypedEvent) -> None:
        """Deliver it now, or when its turn has come."""
        if isinstance(event, events.Key) and self._at_once(event.key):
            await self._deliver(event)
        elif self._busy:
            self._waiting.append(event)
        else:
            await self._begin(event)

    def end(self) -> None:
        """Deliver nothing any more."""
        self._waiting.clear()
        if self._watch is not None:
            self._watch.cancel()

    async def _begin(self, event: TypedEvent) -> None:
        self._busy = True
        self._number += 1
        self._watch_over(self._number, steps=-1, idle_looks=0)
        if not self._app.screen_stack or self._app.screen.is_mounted:
            await self._deliver(event)
        else:
            self._waiting.appendleft(event)  # a screen that nobody's key opened is being made
        await self._follow(self._number, passes=0)

    async def _follow(self, turn: int, passes: int) -> None:
        """Send a callback through the queues that the key went through, as they are by now."""
        await self._step(turn, passes, self._place(), self._route())

    async def _step(self, turn: int, passes: int, place: object, route: Sequence[MessagePump]) -> None:
        """Go on to the next queue of the route; behind the last one, decide whether the key has been dealt with."""
        if turn != self._number or not self._busy:
            return
        self._steps += 1
        for index, pump in enumerate(route, 1):
            if pump.call_later(self._step, turn, passes, place, route[index:]):
                return  # one that is closed takes none, and is passed over
        passes += 1
        quiet = place == self._place() and not any(pump.message_queue_size for pump in self._route())
        if passes >= _AT_MOST or (quiet and passes >= _AT_LEAST):
            await self._next(turn)
        else:
            await self._follow(turn, passes)

    async def _next(self, turn: int) -> None:
        if turn != self._number or not self._busy:
            return
        self._busy = False
        if self._watch is not None:
            self._watch.cancel()
        if self._waiting and self._app.screen_stack:
            await self._begin(self._waiting.popleft())

    def _place(self) -> object:
        return (self._app.screen, self._app.focused) if self._app.screen_stack else None

    def _route(self) -> list[MessagePump]:
        """From what has the focus up to the app."""
        if not self._app.screen_stack:
            return [self._app]
        return list((self._app.focused or self._app.screen).ancestors_with_self)

    def _watch_over(self, turn: int, steps: int, idle_looks: int) -> None:
        """Let the next key go where a callback got lost: its queue was closed before it came to it.

        A loop that was held up answers late to this too, and has made a step by the second look.
        """
        if turn != self._number or not self._busy:
            return
        idle_looks = idle_looks + 1 if steps == self._steps else 0
        if idle_looks == 2:
            self._app.call_later(self._next, turn)
        else:
            loop = asyncio.get_running_loop()
            self._watch = loop.call_later(_STUCK, self._watch_over, turn, self._steps, idle_looks)
