"""The application: what keeps the fleet fed, and the ways in and out."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import Worker, WorkerError

from fleet.fleet import Fleet
from tui.board_screens import StacksScreen
from tui.page_factories import screen_of
from tui.shell.command_line import CommandLine
from tui.shell.file_export import FileExport, save
from tui.shell.garbage_schedule import GarbageSchedule
from tui.shell.navigation import OpenChecks, OpenContexts, Page
from tui.shell.preferences import Preferences
from tui.shell.remembered_state import RememberedState
from tui.shell.terminal import Ascii, Colourless
from tui.shell.themes import ours
from tui.shell.write_switch import CHANGES, WriteSwitch
from tui.tables.table_screen import TableScreen

if TYPE_CHECKING:
    from cluster.target import ExecPlugin

USUAL = Preferences()
NOTHING = WriteSwitch()
_GRACE = 0.7  # seconds that connections have to close in
_COVERED = 0.5  # seconds after which the first frame isn't waited for any more


class PkoArgo(App[None]):
    """The board of a fleet. It watches from after the first frame until it ends."""

    CSS_PATH = "app.tcss"
    TITLE = "kubectl pko-argo"
    ENABLE_COMMAND_PALETTE = False
    NOTIFICATION_TIMEOUT = 4.0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", id="app.help", tooltip="Every key that works here."),
        Binding(
            "colon",
            "command",
            "Command",
            show=False,
            priority=True,
            id="app.command",
            tooltip="Type what to do: stacks, apps, ctx, ns, health, theme, copy kubectl ...; tab completes.",
        ),
        Binding(
            "ctrl+s",
            "save",
            "Save",
            show=False,
            id="app.save",
            tooltip="Save the screen as a picture, or the table as CSV or JSON.",
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

    def __init__(self, fleet: Fleet, *, writing: WriteSwitch = NOTHING, preferences: Preferences = USUAL) -> None:
        super().__init__()
        self.fleet = fleet
        self.preferences = preferences
        self.memory = RememberedState(preferences.state, preferences.columns)
        self.unshared = ""
        """what was copied last, if the terminal won't take it"""
        for theme in ours():
            self.register_theme(theme)
        fleet.lend_terminal = self._lend_terminal
        self.writing = writing
        self._watching: Worker[None] | None = None
        self._rounds = GarbageSchedule(time.monotonic())

    @property
    def writable(self) -> bool:
        return self.writing.on

    def get_default_screen(self) -> Screen[None]:
        return StacksScreen(self.fleet, writable=self.writable, memory=self.memory, hints=self.preferences.hints)

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end, number)
        self.set_class(self.no_color, "-no-color")
        if self.preferences.theme:
            self.choose_theme(self.preferences.theme)
        self.call_after_refresh(self._watch)
        self.set_timer(_COVERED, self._watch)  # a fast key opens another screen, and the board's frame never comes

    async def on_unmount(self) -> None:
        self._rounds.end()
        await self._changes_noted()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
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
        self._take_keys()
        self._watching = self.run_worker(self.fleet.run(), group="fleet", description="watch all contexts")
        self.set_interval(1.0, self._tidy)

    def _take_keys(self) -> None:
        """Use the user's own keys, and say what of the configuration can't be in force."""
        problems = list(self.preferences.problems)
        if self.preferences.keys:
            from tui.shell.keymap import checked

            keymap, wrong = checked(self.preferences.keys)
            self.set_keymap(keymap)
            problems += wrong
        if self.preferences.columns:
            from tui.shell.config_check import checked_columns

            problems += checked_columns(self.preferences.columns)[1]
        for problem in problems:
            self.notify(problem, title="Configuration", severity="warning", markup=False, timeout=15)

    def _tidy(self) -> None:
        now = self.fleet.clock()
        if all(context.state(now) != "connecting" for context in self.fleet.board.contexts.values()):
            self._rounds.tick(time.monotonic())

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
        """A key typed right after one that opens a dialog was meant for the line that has the focus by now.

        Keys are handed to what has the focus when they arrive. In a burst, those that come before the
        dialog is there bubble up to here unused, and would be lost.
        """
        self._rounds.key(time.monotonic())
        if isinstance(self.focused, Input) and event.is_printable and event.character:
            self.focused.replace(event.character, *self.focused.selection)
            event.stop()
            event.prevent_default()

    # Where to go

    def open_page(self, page: Page) -> None:
        """Open a page over the screen that is seen; the tables of contexts and of checks only once."""
        screen = screen_of(page, self)
        if not (isinstance(page, OpenContexts | OpenChecks) and type(screen) is type(self.screen)):
            self.push_screen(screen)

    def action_contexts(self) -> None:
        self.open_page(OpenContexts())

    def action_checks(self) -> None:
        self.open_page(OpenChecks())

    def action_help(self) -> None:
        from tui.shell.help_screen import HelpScreen, key_lines

        active = self.screen.active_bindings.values()
        self.push_screen(HelpScreen(key_lines(active, self.get_key_display, _HELP)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where text is typed, a colon is one; and a dialog has no line for commands."""
        if action != "command":
            return True
        return not isinstance(self.focused, Input) and bool(self.screen.query(CommandLine))

    def action_command(self) -> None:
        for line in self.screen.query(CommandLine):
            line.open()

    def on_command_line_given(self, event: CommandLine.Given) -> None:
        from tui.shell.command_runner import run_command

        run_command(self, event.command)

    def go_home(self) -> None:
        """Back to the board."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def allow_writes(self, *, on: bool) -> None:
        """Switch writes on or off, where that may be, and say so."""
        if on and self.writing.refused:
            self.notify(f"{self.writing.refused}, so nothing may be changed", severity="warning", markup=False)
            return
        self.writing = self.writing.switched(on=on)
        for screen in self.screen_stack:
            if isinstance(screen, TableScreen):
                screen.writable = on
        now = "Writes are on: each change is shown, and asked about, before it is sent" if on else "Writes are off"
        self.notify(now, markup=False)

    def choose_theme(self, name: str) -> None:
        """Change the colours; without a name, or with a wrong one, say which there are."""
        from tui.shell.themes import full_name, names

        full = full_name(name)
        if full in self.available_themes:
            self.theme = full
        else:
            wrong = f"{name} is no theme. " if name else ""
            self.notify(f"{wrong}Themes: {', '.join(names(self.available_themes))}", markup=False, timeout=10)

    # What the terminal can do

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = list(super().get_line_filters())
        if self.no_color:
            filters = [Colourless()]
        return [*filters, Ascii()] if self.preferences.ascii else filters

    def copy_to_clipboard(self, text: str) -> None:
        super().copy_to_clipboard(text)
        if not self.preferences.osc52:
            if not self.unshared:
                self.notify("This terminal has no clipboard: what you copied is printed when you leave.", markup=False)
            self.unshared = text

    # What to keep

    def action_header(self) -> None:
        self.toggle_class("-no-header")

    def exports(self) -> list[FileExport]:
        """What can be saved of this screen."""
        picture = FileExport("the screen as SVG", "screen", "svg", self.export_screenshot)
        more = getattr(self.screen, "exports", None)
        return [picture, *(more() if more is not None else ())]

    def save_as(self, suffix: str) -> bool:
        """Save the screen in this form, or ask in which; False if there is no such form here."""
        if not suffix:
            self.action_save()
            return True
        export = next((one for one in self.exports() if one.suffix == suffix), None)
        if export is not None:
            self.call_after_refresh(self._save, export)
        return export is not None

    def action_save(self) -> None:
        from tui.widgets.dialogs import ChoiceDialog

        offered = self.exports()

        def chosen(place: int | None) -> None:
            if place is not None:
                self.call_after_refresh(self._save, offered[place])

        self.push_screen(ChoiceDialog("Save", [export.words for export in offered]), chosen)

    def _save(self, export: FileExport) -> None:
        try:
            path = save(export, Path.cwd(), time.time())
        except OSError as error:
            self.notify(f"Not saved: {error.strerror or error}", severity="error", markup=False)
        else:
            self.notify(f"Saved {_homely(path)}", markup=False, timeout=8)


_HELP = (
    "In the filter: text matches any column; !text leaves out; status:degraded and phases such as status:stalled; "
    "ctx: ns: app: match names; -f letters in order; -l key=value labels. All terms must hold.",
    "~ before a line: its context can't be seen now, and what stands there is as old as it says; - before a line: "
    "its object is gone. [-] before a group: it is open; [+]: it is folded.",
)


def _homely(path: Path) -> str:
    """A path as people write it, with a tilde for their home folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def run(fleet: Fleet, *, writing: WriteSwitch = NOTHING, preferences: Preferences = USUAL) -> int:
    """Show the fleet until the reader leaves. Returns the exit code."""
    app = PkoArgo(fleet, writing=writing, preferences=preferences)
    app.run(mouse=preferences.mouse)
    if app.unshared:
        sys.stdout.write(f"{app.unshared}\n")
    return app.return_code or 0
