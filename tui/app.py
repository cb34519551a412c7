"""The program on the terminal: the app over a fleet, from its first frame to its end."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual import events
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.worker import Worker, WorkerError

from fleet.board.board import Board
from fleet.fleet import Fleet
from stacks.text import harmless, plain
from tui.board_screens import StacksScreen
from tui.commands import COMMANDS
from tui.page_factories import screen_of
from tui.shell.board_app import BoardApp
from tui.shell.board_driver import BoardDriver
from tui.shell.garbage_schedule import GarbageSchedule
from tui.shell.key_turns import KeyTurns
from tui.shell.leaving import Leaving
from tui.shell.navigation import OpenCauses, OpenChecks, OpenContexts, Page
from tui.shell.preferences import CHANGES, Preferences, WriteSwitch
from tui.shell.themes import Ascii, Colourless, ours, tone_rules, use_theme
from tui.widgets.harmless_lines import HarmlessLines
from tui.widgets.workers import start_worker

if TYPE_CHECKING:
    from cluster.target import ExecPlugin
    from diagnosis.board_findings import BoardFindings


_USUAL = Preferences()
_READ_ONLY = WriteSwitch()
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
        self._turns = KeyTurns(self, super().on_event, self.leaves)

    def get_default_screen(self) -> Screen[None]:
        return StacksScreen(self.fleet)

    def open_page(self, page: Page) -> None:
        """Open a page over the screen that is seen; the tables of contexts, of checks and of causes only once."""
        if not self.has_room():
            return
        screen = screen_of(page, self)
        if not (isinstance(page, OpenContexts | OpenChecks | OpenCauses) and type(screen) is type(self.screen)):
            self.push_screen(screen)

    async def on_event(self, event: events.Event) -> None:
        """What is typed is dealt with one by one. A key that nobody wanted comes back here, marked as forwarded."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._garbage.key_pressed(time.monotonic())
            await self._turns.take(event)
        else:
            await super().on_event(event)

    # From start to end

    def on_mount(self) -> None:
        if self.leaving is not None:
            self.leaving.ask(lambda number: self.exit(return_code=128 + number))
        self.set_class(self.no_color, "-no-color")
        if self.preferences.theme:
            use_theme(self, self.preferences.theme)
        self.call_after_refresh(self._watch)
        self.set_timer(_FIRST_FRAME, self._watch)  # a fast key opens another screen, and the board's frame never comes

    async def on_unmount(self) -> None:
        self._garbage.end()
        await asyncio.gather(self._changes_noted(), self._connections_closed())

    async def _changes_noted(self) -> None:
        """A change under way has been told to stop by now. It still waits for its answer, to note what came of it."""
        changes = [worker.wait() for worker in self.workers if worker.group == CHANGES]
        await asyncio.gather(*changes, return_exceptions=True)

    async def _connections_closed(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            try:
                await asyncio.wait_for(self._watching.wait(), _GRACE)
            except (WorkerError, TimeoutError):
                pass  # cancelled, as it should be; a failure has already been told by the worker

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave the program: what was typed and not dealt with is dropped, and nothing holds it up for long."""
        if self.leaving is not None:
            self.leaving.begin(return_code)
        self._turns.end()
        super().exit(result, return_code, message)

    def _watch(self) -> None:
        """Start watching. The first frame is on the screen: what is imported now delays nobody."""
        if self._watching is not None:
            return
        gc.enable()
        self._apply_configuration()
        self._watching = start_worker(self, self.fleet.run, group="fleet", description="watch all contexts")
        start_worker(self, self._load_findings, group="findings", description="load the causes")
        self.set_interval(1.0, self._collect_garbage)

    async def _load_findings(self) -> None:
        """Import the causes, which takes as long as ten frames, beside what is drawn meanwhile."""
        findings = await asyncio.to_thread(_findings_of, self.fleet.board)
        if self.findings is None:  # whoever couldn't wait has made them meanwhile
            self.findings = findings

    def _apply_configuration(self) -> None:
        """Use the user's own keys, and say what of the configuration can't be in force."""
        problems = list(self.preferences.problems)
        if self.preferences.keys or self.preferences.columns:
            # It imports every screen, to see which keys they have: the first frame doesn't wait for that.
            from tui.config_check import checked_columns, checked_keys

            keymap, wrong = checked_keys(self.preferences.keys)
            self.set_keymap(keymap)
            self.quit_with(keymap.get("app.quit", "ctrl+c"))
            problems += [*wrong, *checked_columns(self.preferences.columns)[1]]
        for problem in problems:
            self.notify(problem, title="Configuration", severity="warning", markup=False, timeout=15)

    def _collect_garbage(self) -> None:
        now = self.fleet.clock()
        if all(context.state(now) != "connecting" for context in self.fleet.board.contexts.values()):
            self._garbage.collect(time.monotonic(), self.screen_stack)

    # What the terminal can do

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


def _findings_of(board: Board) -> BoardFindings:
    from diagnosis.board_findings import BoardFindings  # not before the first frame

    return BoardFindings(board)


def run(fleet: Fleet, *, writing: WriteSwitch = _READ_ONLY, preferences: Preferences = _USUAL) -> int:
    """Show the fleet until the reader leaves. Returns the exit code."""
    app = PkoArgo(fleet, writing=writing, preferences=preferences)
    app.driver_class = BoardDriver
    app.leaving = Leaving()
    app.leaving.listen()
    app.run(mouse=preferences.mouse)
    if app.unshared:
        sys.stdout.write(f"{app.unshared}\n")
    return app.return_code or 0
