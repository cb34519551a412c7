"""The program on a terminal of its own: a pty, a screen size, and what was written to it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from support.program import PROGRAM, ROOT, environment
from support.waiting import LIMIT

_CONTROLS = re.compile(r"\x1b\[[0-9;:?<=>]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_].*?\x1b\\|\x1b.")


class Terminal:
    """One end of a pty with the program on the other."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self.raw = b""
        self._master = master
        self._written = asyncio.Event()
        asyncio.get_running_loop().add_reader(master, self._read)

    @property
    def text(self) -> str:
        """Everything that was ever written, without its controls."""
        return _CONTROLS.sub("", self.raw.decode(errors="replace"))

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    async def until(self, condition: Callable[[], bool], within: float = LIMIT) -> None:
        """Wait for what the program writes to make this true; TimeoutError if that takes longer."""
        async with asyncio.timeout(within):
            while not condition():
                self._written.clear()
                await self._written.wait()

    def resize(self, columns: int, lines: int) -> None:
        """Change the size, as a window manager does."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def modes(self) -> list[object]:
        """The line discipline's settings: those of the shell before and after."""
        return termios.tcgetattr(self._master)

    async def ended(self, within: float = LIMIT) -> int:
        """The exit code; AssertionError if the program doesn't end in time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while self.process.poll() is None:
            assert loop.time() < until, f"still running after {within} s"
            await asyncio.sleep(0.01)
        self._read()
        return int(self.process.returncode)

    def stall(self) -> None:
        """Read nothing any more, though keys can still be typed: as with a connection that is stuck."""
        asyncio.get_running_loop().remove_reader(self._master)

    def go_on(self) -> None:
        """Read again."""
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def hang_up(self) -> None:
        """The window is closed: no more reading, no more keys."""
        self._stop_reading()
        os.close(self._master)
        self._master = -1

    def close(self) -> None:
        if self._master >= 0:
            self.hang_up()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        try:
            self.raw += os.read(self._master, 1 << 16)
            self._written.set()
        except (BlockingIOError, OSError):
            if self.process.poll() is not None:
                self._stop_reading()

    def _stop_reading(self) -> None:
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)


@asynccontextmanager
async def terminal(
    kubeconfig: Path | str,
    *arguments: str,
    columns: int = 120,
    lines: int = 40,
    env: Mapping[str, str] | None = None,
    program: Sequence[str] = PROGRAM,
    cwd: Path = ROOT,
) -> AsyncIterator[Terminal]:
    """Start the program on a terminal of this size; killed at the end if it hasn't ended."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    os.set_blocking(master, False)
    process = subprocess.Popen(
        [*program, *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment(kubeconfig, **(env or {})),
        cwd=cwd,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # its controlling terminal, as a shell's
        close_fds=True,
    )
    os.close(slave)
    made = Terminal(process, master)
    try:
        yield made
    finally:
        made.close()
