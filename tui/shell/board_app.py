"""The application as its screens and commands see it, and the keys that work on every screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.actions import ActionParseResult
from textual.app import App
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.notifications import Notify, SeverityLevel
from textual.widget import Widget
from textual.widgets import Input

from fleet.fleet import Fleet
from tui.shell.command_line import Command, CommandLine, resolve
from tui.shell.file_export import ask_what_to_save
from tui.shell.leaving import Leaving
from tui.shell.navigation import ExplainsFixes, OpenCauses, OpenChecks, OpenContexts, Page, SessionChange
from tui.shell.preferences import Preferences, RememberedState, WriteSwitch
from tui.shell.themes import names
from tui.shell.timed_notification import TimedNotification
from tui.widgets.header_and_keys import bind

if TYPE_CHECKING:
    from diagnosis.board_findings import BoardFindings

MOST_SCREENS = 12
"""that lie over each other, as each takes some megabytes; pages lead to each other in circles"""

MOST_ENDED_CHANGES = 20
"""that stay findable, as each keeps what was read of its clusters"""


class BoardApp(App[None]):
    """What every screen can ask for. Screens don't import the application itself, which stands above them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("question_mark", "help", "Help", "app.help", "Every key that works here."),
        bind(
            "colon",
            "command",
            "Command",
            "app.command",
            "Type what to do: stacks, apps, ctx, ns, compare, health, theme, copy kubectl ...; tab completes.",
            show=False,
            priority=True,
        ),
        bind(
            "ctrl+s",
            "save",
            "Save",
            "app.save",
            "Save the screen as a picture, or the table as CSV or JSON.",
            show=False,
        ),
        bind("ctrl+e", "header", "Header", "app.header", "Hide the lines at the top, or show them.", show=False),
        bind("ctrl+c", "quit", "Quit", "app.quit", "Leave the program at once.", show=False, priority=True),
    ]

    commands: ClassVar[Sequence[Command]] = ()
    """what can be typed after a colon"""

    def __init__(self, fleet: Fleet, writing: WriteSwitch, preferences: Preferences) -> None:
        super().__init__()
        self.fleet = fleet
        self.preferences = preferences
        self.memory = RememberedState(preferences.state, preferences.columns)
        self.writing = writing
        self.session_changes: list[SessionChange] = []
        """what was agreed to, the newest last"""
        self.findings: BoardFindings | None = None
        """of the board's rows, for every screen that says why; None until that is loaded, soon after the first frame"""
        self.leaving: Leaving | None = None
        """what ends the process in time; None where the app isn't all of it, as in a test"""
        self._quit_keys: tuple[str, ...] = ("ctrl+c",)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a notification, as Textual does; its time can't run out while it is being shown."""
        lasts = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.post_message(Notify(TimedNotification(message, title, severity, lasts, markup=markup)))

    @property
    def board_findings(self) -> BoardFindings:
        """The same, brought to be where nobody did so yet."""
        if self.findings is None:
            from diagnosis.board_findings import BoardFindings  # here, as the first frame doesn't wait for the causes

            self.findings = BoardFindings(self.fleet.board)
        return self.findings

    @property
    def writable(self) -> bool:
        return self.writing.on

    def open_page(self, page: Page) -> None:
        raise NotImplementedError

    def allow_writes(self, *, on: bool) -> None:
        """Switch writes on or off, where that may be, and say so."""
        if on and self.writing.refused:
            self.notify(f"{self.writing.refused}, so nothing may be changed", severity="warning", markup=False)
            return
        self.writing = self.writing.switched(on=on)
        now = "Writes are on: each change is shown, and asked about, before it is sent" if on else "Writes are off"
        self.notify(now, markup=False)

    def keep_change(self, change: SessionChange) -> None:
        """Keep what was agreed to findable. Of what has ended, only the newest are kept."""
        others = [each for each in self.session_changes if each is not change]
        ended = [each for each in others if each.ended]
        dropped = ended[: max(0, len(ended) - MOST_ENDED_CHANGES)]
        self.session_changes = [each for each in others if not any(each is one for one in dropped)] + [change]

    def argument_words(self, kind: str) -> Sequence[str]:
        """The words that a command can take on any screen as this kind of argument."""
        known = {
            "theme": names(self.available_themes),
            "ctx": ["all", *self.fleet.board.contexts],
            "watched": [f'"{name}"' if " " in name else name for name in self.fleet.board.contexts],
            "copy": ["kubectl", "name"],
            "write": ["on", "off"],
        }
        return known.get(kind, [])

    def has_room(self) -> bool:
        """Whether one more screen may be opened; where not, say how there will be."""
        room = len(self.screen_stack) < MOST_SCREENS
        if not room:
            self.notify(f"{MOST_SCREENS} screens lie over each other; esc goes back", severity="warning", markup=False)
        return room

    # Keys

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run it, unless its screen is still being made: one may open while a key is on its way to another."""
        if isinstance(default_namespace, Widget) and not default_namespace.screen.is_mounted:
            return False
        return await super().run_action(action, default_namespace, namespaces)

    def leaves(self, key: str) -> bool:
        """Whether this key leaves the program, whatever is on the screen."""
        return key in self._quit_keys

    def quit_with(self, keys: str) -> None:
        """Have these keys, with commas between them, leave the program from now on."""
        self._quit_keys = tuple(key.strip() for key in keys.split(","))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where text is typed, a colon is one; and a dialog has no line for commands."""
        if action != "command":
            return True
        return not isinstance(self.focused, Input) and bool(self.screen.query(CommandLine))

    def action_command(self) -> None:
        for line in self.screen.query(CommandLine):
            line.open()

    def on_command_line_entered(self, event: CommandLine.Entered) -> None:
        command, argument = resolve(event.line, self.commands)
        if command is not None:
            command.run(self.screen, argument)
        elif event.line.strip(": "):
            names = ", ".join(one.name for one in self.commands)
            verb = event.line.strip().partition(" ")[0]
            self.notify(f"{verb} is no command; there are {names}", severity="warning", markup=False)

    def action_help(self) -> None:
        if not self.has_room():
            return
        from tui.shell.help_screen import HelpScreen, help_groups  # here, as the first frame doesn't wait for it

        screen = self.screen
        groups = help_groups(screen.active_bindings.values(), self.get_key_display)
        self.push_screen(HelpScreen(groups, screen.fix_help if isinstance(screen, ExplainsFixes) else None))

    def action_contexts(self) -> None:
        self.open_page(OpenContexts())

    def action_causes(self) -> None:
        self.open_page(OpenCauses())

    def action_checks(self) -> None:
        self.open_page(OpenChecks())

    def action_header(self) -> None:
        self.toggle_class("-no-header")

    def action_save(self) -> None:
        if self.has_room():
            ask_what_to_save(self, self.fleet.clock)


def app_of(node: DOMNode) -> BoardApp:
    app = node.app
    assert isinstance(app, BoardApp)
    return app
