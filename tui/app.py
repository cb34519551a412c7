"""The application: what keeps the fleet fed, and the ways in and out."""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input
from textual.worker import Worker, WorkerError

from fleet.fleet import Fleet
from tui.board import AppsScreen, StacksScreen
from tui.command_line import COMMANDS, CommandLine
from tui.saving import Export, save

if TYPE_CHECKING:
    from cluster.target import ExecPlugin

_GRACE = 0.7  # seconds that connections have to close in


class PkoArgo(App[None]):
    """The board of a fleet. It watches from after the first frame until it ends."""

    CSS_PATH = "app.tcss"
    TITLE = "kubectl pko-argo"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", id="app.help", tooltip="Every key that works here."),
        Binding(
            "colon",
            "command",
            "Command",
            show=False,
            id="app.command",
            tooltip="Type where to go: stacks, apps, ctx, theme NAME, q.",
        ),
        Binding(
            "ctrl+s",
            "save",
            "Save",
            show=False,
            id="app.save",
            tooltip="Save the screen as a picture, or the table as CSV.",
        ),
        Binding(
            "ctrl+e",
            "header",
            "Header",
            show=False,
            id="app.header",
            tooltip="Hide the lines at the top, or show them.",
        ),
        Binding(
            "ctrl+c", "quit", "Quit", show=False, priority=True, id="app.quit", tooltip="Leave the program at once."
        ),
    ]

    def __init__(self, fleet: Fleet, *, writable: bool = False, theme: str = "") -> None:
        super().__init__()
        self._wanted_theme = theme
        self.fleet = fleet
        fleet.lend_terminal = self._lend_terminal
        self.writable = writable
        self._watching: Worker[None] | None = None
        self._loading: Timer | None = None

    def get_default_screen(self) -> Screen[None]:
        return StacksScreen(self.fleet, writable=self.writable)

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end, number)
        if self._wanted_theme:
            self._choose_theme(self._wanted_theme)
        self.call_after_refresh(self._watch)

    async def on_unmount(self) -> None:
        gc.unfreeze()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)
        if self._watching is not None:
            self._watching.cancel()
            try:
                await asyncio.wait_for(self._watching.wait(), _GRACE)
            except (WorkerError, TimeoutError):
                pass  # cancelled, as it should be; a failure has already been told by the worker

    def _watch(self) -> None:
        """Start watching. The first frame is on the screen: what is imported now delays nobody."""
        self._watching = self.run_worker(self.fleet.run(), group="fleet", description="watch all contexts")
        self._loading = self.set_interval(1.0, self._set_aside)

    def _set_aside(self) -> None:
        """Take everything that has been loaded out of the garbage collector's rounds, once.

        With ten thousand rows a full round takes a tenth of a second, in which no key is answered.
        Rows hold no cycles: those that are replaced go away without it.
        """
        now = self.fleet.clock()
        if self._loading is None or any(c.state(now) == "connecting" for c in self.fleet.board.contexts.values()):
            return
        self._loading.stop()
        gc.collect()
        gc.freeze()

    def _lend_terminal(self, plugin: ExecPlugin) -> AbstractAsyncContextManager[None] | None:
        """Only a plugin that can't do without gets the terminal: the board goes away while it asks."""
        return self._lent() if plugin.interactive_mode == "Always" and not self.is_headless else None

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[None]:
        with self.suspend():
            yield

    def _end(self, number: int) -> None:
        self.exit(return_code=128 + number)

    def on_key(self, event: events.Key) -> None:
        """A key typed right after ``/`` or ``:`` was meant for the line that has opened meanwhile.

        Keys are handed to what has the focus when they arrive. In a burst, those after the slash
        arrive at the table, bubble up to here unused, and would be lost, or be taken for commands.
        """
        if isinstance(self.focused, Input) and event.is_printable and event.character:
            self.focused.insert_text_at_cursor(event.character)
            event.stop()
            event.prevent_default()

    # Where to go

    def action_contexts(self) -> None:
        from tui.contexts import ContextsScreen

        if not isinstance(self.screen, ContextsScreen):
            self.push_screen(ContextsScreen(self.fleet, writable=self.writable))

    def action_help(self) -> None:
        from tui.help import Help, key_lines

        active = self.screen.active_bindings.values()
        self.push_screen(Help(key_lines(active, self.get_key_display, _HELP)))

    def action_command(self) -> None:
        for line in self.screen.query(CommandLine):
            line.open()

    def on_command_line_given(self, event: CommandLine.Given) -> None:
        verb, _, rest = event.command.lstrip(": ").partition(" ")
        match verb.lower():
            case "":
                return
            case "stacks" | "stack" | "st":
                self._go_home()
            case "apps" | "app" | "applications":
                self._go_home()
                self.push_screen(AppsScreen(self.fleet, writable=self.writable))
            case "ctx" | "contexts" | "context":
                self.action_contexts()
            case "theme":
                self._choose_theme(rest.strip())
            case "help":
                self.action_help()
            case "q" | "quit" | "exit":
                self.exit()
            case _:
                self.notify(f"{verb} is no command; there are {', '.join(COMMANDS)}", severity="warning", markup=False)

    def _go_home(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def _choose_theme(self, name: str) -> None:
        if name in self.available_themes:
            self.theme = name
        else:
            self.notify(f"Themes: {', '.join(sorted(self.available_themes))}", markup=False)

    # What to keep

    def action_header(self) -> None:
        self.toggle_class("-no-header")

    def action_save(self) -> None:
        from tui.dialogs import Choice

        offered: list[Export] = [Export("the screen as SVG", "screen", "svg", self.export_screenshot)]
        exports = getattr(self.screen, "exports", None)
        if exports is not None:
            offered += exports()

        def chosen(place: int | None) -> None:
            if place is not None:
                self.call_after_refresh(self._save, offered[place])

        self.push_screen(Choice("Save", [export.words for export in offered]), chosen)

    def _save(self, export: Export) -> None:
        try:
            path = save(export, Path.cwd(), time.time())
        except OSError as error:
            self.notify(f"Not saved: {error.strerror or error}", severity="error", markup=False)
        else:
            self.notify(f"Saved {path.name}", markup=False)


_HELP = (
    "In the filter: text matches any column; !text leaves out; status:degraded and phases such as status:stalled; "
    "ctx: ns: app: match names; -f letters in order; -l key=value labels. All terms must hold.",
    "~ before a line: its context can't be seen now, and what stands there is as old as it says.",
)


def run(fleet: Fleet, *, writable: bool = False, theme: str = "") -> int:
    """Show the fleet until the reader leaves. Returns the exit code. A theme that isn't there is told on the screen."""
    app = PkoArgo(fleet, writable=writable, theme=theme)
    app.run()
    return app.return_code or 0
