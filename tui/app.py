"""When the garbage collector runs: while nobody is waiting for an answer to a key.

With ten thousand rows a full collection takes a tenth of a second, in which no key is answered, and at a
thousand changes a second there would be one every few seconds. Rows hold no cycles, so those that
are replaced go away without it. What was made since is therefore collected among once a second, which
takes a millisecond, and everything that is alive then set aside, to be looked through as a whole when
the keyboard has been quiet for a while.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from textual import events
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import Worker, WorkerError

from fleet.fleet import Fleet
from stacks.text import harmless, plain
from tui.board_screens import StacksScreen
from tui.commands import COMMANDS
from tui.page_factories import screen_of
from tui.shell.board_app import BoardApp
from tui.shell.navigation import OpenChecks, OpenContexts, Page
from tui.shell.preferences import CHANGES, Preferences, WriteSwitch
from tui.shell.themes import Ascii, Colourless, ours, tone_rules, use_theme
from tui.widgets.harmless_lines import HarmlessLines

if TYPE_CHECKING:
    from cluster.target import ExecPlugin


EVERY = 120.0
"""seconds between two full collections"""
QUIET = 20.0
"""seconds without a key before one may start"""


class GarbageSchedule:
    """Decides when to collect, and does it. Instants are of any monotonic clock, in seconds."""

    def __init__(self, clock: float) -> None:
        self._key_at = clock
        self._full_at = clock

    def key_pressed(self, clock: float) -> None:
        self._key_at = clock

    def collect(self, clock: float) -> bool:
        """Collect among what was made since the last time, or among everything if that is due. True if it was."""
        full = clock - self._full_at >= EVERY and clock - self._key_at >= QUIET
        if full:
            self._full_at = clock
            gc.unfreeze()
        gc.collect()
        gc.freeze()
        return full

    def end(self) -> None:
        """Leave the collector as it was found: nothing set aside."""
        gc.unfreeze()


_USUAL = Preferences()
_READ_ONLY = WriteSwitch()
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_HARMLESS = HarmlessLines()
_GRACE = 0.7
"""seconds that connections have to close in"""
_FIRST_FRAME = 0.5
"""seconds after which the first frame isn't waited for any more"""


class PkoArgo(BoardApp):
    """The board of a fleet. It watches from after the first frame until it ends."""

    CSS_PATH = "app.tcss"
    CSS = tone_rules()
    TITLE = "kubectl pko-argo"
    ENABLE_COMMAND_PALETTE = False
    NOTIFICATION_TIMEOUT = 4.0
    commands = COMMANDS

    def __init__(self, fleet: Fleet, *, writing: WriteSwitch = _READ_ONLY, preferences: Preferences = _USUAL) -> None:
        super().__init__(fleet, writing, preferences)
        self.unshared = ""
        """what was copied last, if the terminal won't take it"""
        for theme in ours():
            self.register_theme(theme)
        fleet.lend_terminal = self._lend_terminal
        self._watching: Worker[None] | None = None
        self._garbage = GarbageSchedule(time.monotonic())

    def get_default_screen(self) -> Screen[None]:
        return StacksScreen(self.fleet)

    def open_page(self, page: Page) -> None:
        """Open a page over the screen that is seen; the tables of contexts and of checks only once."""
        screen = screen_of(page, self)
        if not (isinstance(page, OpenContexts | OpenChecks) and type(screen) is type(self.screen)):
            self.push_screen(screen)

    # From start to end

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._end, number)
        self.set_class(self.no_color, "-no-color")
        if self.preferences.theme:
            use_theme(self, self.preferences.theme)
        self.call_after_refresh(self._watch)
        self.set_timer(_FIRST_FRAME, self._watch)  # a fast key opens another screen, and the board's frame never comes

    async def on_unmount(self) -> None:
        self._garbage.end()
        await self._changes_noted()
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
        if self._watching is not None:
            self._watching.cancel()
            try:
                await asyncio.wait_for(self._watching.wait(), _GRACE)
            except (WorkerError, TimeoutError):
                pass  # cancelled, as it should be; a failure has already been told by the worker

    async def _changes_noted(self) -> None:
        """A change under way has been told to stop by now. It still waits for its answer, to note what came of it."""
        changes = [worker.wait() for worker in self.workers if worker.group == CHANGES]
        await asyncio.gather(*changes, return_exceptions=True)

    def _watch(self) -> None:
        """Start watching. The first frame is on the screen: what is imported now delays nobody."""
        if self._watching is not None:
            return
        gc.enable()
        self._apply_configuration()
        self._watching = self.run_worker(self.fleet.run(), group="fleet", description="watch all contexts")
        self.set_interval(1.0, self._collect_garbage)

    def _apply_configuration(self) -> None:
        """Use the user's own keys, and say what of the configuration can't be in force."""
        problems = list(self.preferences.problems)
        if self.preferences.keys or self.preferences.columns:
            # It imports every screen, to see which keys they have: the first frame doesn't wait for that.
            from tui.config_check import checked_columns, checked_keys

            keymap, wrong = checked_keys(self.preferences.keys)
            self.set_keymap(keymap)
            problems += [*wrong, *checked_columns(self.preferences.columns)[1]]
        for problem in problems:
            self.notify(problem, title="Configuration", severity="warning", markup=False, timeout=15)

    def _collect_garbage(self) -> None:
        now = self.fleet.clock()
        if all(context.state(now) != "connecting" for context in self.fleet.board.contexts.values()):
            self._garbage.collect(time.monotonic())

    def _end(self, number: int) -> None:
        self.exit(return_code=128 + number)

    # What the terminal can do

    def on_key(self, event: events.Key) -> None:
        """A key typed right after one that opens a dialog was meant for the line that has the focus by now.

        Keys are handed to what has the focus when they arrive. In a burst, those that come before the
        dialog is there bubble up to here unused, and would be lost.
        """
        self._garbage.key_pressed(time.monotonic())
        if isinstance(self.focused, Input) and event.is_printable and event.character:
            self.focused.replace(event.character, *self.focused.selection)
            event.stop()
            event.prevent_default()

    def _lend_terminal(self, plugin: ExecPlugin) -> AbstractAsyncContextManager[None] | None:
        """Only a plugin that can't do without gets the terminal: the board goes away while it asks."""
        return self._suspended() if plugin.interactive_mode == "Always" and not self.is_headless else None

    @asynccontextmanager
    async def _suspended(self) -> AsyncIterator[None]:
        with self.suspend():
            yield

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = list(super().get_line_filters())
        if self.no_color:
            filters = [Colourless()]
        return [_HARMLESS, *filters, *([Ascii()] if self.preferences.ascii else [])]

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        super().notify(plain(message), title=title, severity=severity, timeout=timeout, markup=markup)

    def copy_to_clipboard(self, text: str) -> None:
        text = harmless(text)
        super().copy_to_clipboard(text)
        if not self.preferences.osc52:
            if not self.unshared:
                self.notify("This terminal has no clipboard: what you copied is printed when you leave.", markup=False)
            self.unshared = text


def run(fleet: Fleet, *, writing: WriteSwitch = _READ_ONLY, preferences: Preferences = _USUAL) -> int:
    """Show the fleet until the reader leaves. Returns the exit code."""
    app = PkoArgo(fleet, writing=writing, preferences=preferences)
    app.run(mouse=preferences.mouse)
    if app.unshared:
        sys.stdout.write(f"{app.unshared}\n")
    return app.return_code or 0
