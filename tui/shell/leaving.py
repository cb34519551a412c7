"""Leaving: within two seconds whatever hangs, with the terminal as it was; asked by a key, a signal or a closed window.

A screen that can't be written to, a thread that never ends or a server that doesn't answer may each hold up an orderly
end for ever. So a thread of its own hears that the program is to be left, and ends it when its time is up.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
LEFT_WITHIN = 2.0
"""seconds from the wish to leave to the end of the process"""
_FORCED_AFTER = 1.2
"""seconds after which an orderly end isn't waited for any more; what is left is for the terminal"""
_WRITTEN_WITHIN = 0.25
"""seconds in which a terminal may take what puts it right"""

_PUT_RIGHT = (
    b"\x1b\\"  # ends whatever sequence was broken off
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # no reports of the mouse
    b"\x1b[?2004l\x1b[?2026l\x1b[?2048l\x1b[?1004l"  # nor of pastes, of the size and the focus; output is shown at once
    b"\x1b[<u\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h"  # the usual keys, wrapping, no colour, the shell's screen, a cursor
)


class Leaving:
    """Sees to it that the process ends, once it was asked to. There is one, and it stays until then."""

    def __init__(self) -> None:
        self.terminal_taken = False
        """whether the terminal shows the board, and has to be put right"""
        self._modes = _modes()
        self._begun = False
        self._code = 0
        self._asked = 0
        self._leave: Callable[[int], None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told, self._tell = os.pipe()

    def listen(self) -> None:
        """From now on, hear signals and the hang-up of the terminal. To be called in the main thread."""
        for number in SIGNALS:
            signal.signal(number, self._heard)
        threading.Thread(target=self._wait, name="leaving", daemon=True).start()

    def ask(self, leave: Callable[[int], None]) -> None:
        """Have `leave` called in the running loop, with the number of the signal, when the program is to be left."""
        self._loop, self._leave = asyncio.get_running_loop(), leave
        if self._asked:
            leave(self._asked)

    def begin(self, code: int) -> None:
        """The program is being left: it has LEFT_WITHIN seconds. Safe in signal handlers and in any thread."""
        if self._begun:
            return
        self._begun, self._code = True, code
        signal.setitimer(signal.ITIMER_REAL, LEFT_WITHIN)  # where not even a thread can run, the system ends it
        os.write(self._tell, b"!")

    def _heard(self, number: int, _frame: FrameType | None = None) -> None:
        self.begin(128 + number)
        self._asked = self._asked or number
        if self._loop is not None and self._leave is not None:
            with suppress(RuntimeError):  # the loop is closed: the end is near
                self._loop.call_soon_threadsafe(self._leave, number)

    def _wait(self) -> None:
        """In a thread: until the program is being left, or its terminal is gone; then until the time is up."""
        poller, terminal = select.poll(), sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
        poller.register(self._told, select.POLLIN)
        if os.isatty(terminal):
            poller.register(terminal, 0)
        while not self._begun:
            for descriptor, happened in poller.poll():
                if descriptor == terminal and happened & select.POLLHUP:
                    self._heard(signal.SIGHUP)
                elif descriptor == terminal:  # it can't be watched
                    poller.unregister(terminal)
        time.sleep(_FORCED_AFTER)
        if self.terminal_taken:
            put_right(self._modes)
        os._exit(self._code)


def put_right(modes: list[Any] | None) -> None:
    """Give the controlling terminal back as a shell expects it, though what writes to it hangs. Never waits long."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})  # in the background we would be stopped
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return  # it is gone
    until = time.monotonic() + _WRITTEN_WITHIN
    while time.monotonic() < until:
        try:
            # What nobody reads stands in the way, and its writer keeps others out: drop it, and wake the writer.
            termios.tcflush(terminal, termios.TCOFLUSH)
            termios.tcflow(terminal, termios.TCOOFF)
            termios.tcflow(terminal, termios.TCOON)
            if os.write(terminal, _PUT_RIGHT) == len(_PUT_RIGHT):
                break
        except BlockingIOError:  # another thread is in the middle of writing
            time.sleep(0.001)
        except (OSError, termios.error):
            break
    if modes is not None:
        with suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSANOW, modes)


def _modes() -> list[Any] | None:
    try:
        return termios.tcgetattr(sys.__stdin__.fileno()) if sys.__stdin__ is not None else None
    except (termios.error, OSError, ValueError):
        return None
