"""A screen of logs: which lines are shown, the two lines over them, and the prompt. Its keys are in `log_page`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal, TypeAlias

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from fleet.board.rows import Key
from fleet.fleet import Fleet
from fleet.logs.log_sources import LogSource
from fleet.logs.update_names import UpdateNames
from settings.config_file import LOG_MEMORY
from stacks.logs.runs import LogSection
from tui.logs.line_prefixes import HINT
from tui.logs.log_buffer import LogBuffer
from tui.logs.log_lines_widget import LogLines
from tui.logs.log_reader import TAIL, LogReader, LogRequest, LogSubject
from tui.logs.log_title import LogStatus, first_line, nothing_to_show, second_line
from tui.logs.log_view import LineSelection, LogView
from tui.logs.search import NOTHING
from tui.shell.board_app import app_of
from tui.shell.command_line import CommandCandidates, CommandLine
from tui.widgets.header_and_keys import Header, KeyLine, bind
from tui.widgets.leavable import LeavableScreen

Asks: TypeAlias = Literal["search", "time"]
_HINTS = {"search": "text or regular expression; small letters match both, nothing ends the search", "time": HINT}


class LogPrompt(Input):
    """Hidden until it is asked for, and gone when it is answered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "drop", "Back", "logprompt.drop", "Leave everything as it is."),
    ]

    class Answered(Message):
        def __init__(self, asks: Asks, text: str) -> None:
            super().__init__()
            self.asks = asks
            self.text = text

    def __init__(self) -> None:
        super().__init__(compact=True)
        self.display = False
        self._asks: Asks = "search"

    def ask(self, asks: Asks, text: str = "") -> None:
        self._asks = asks
        self.value, self.placeholder = text, _HINTS[asks]
        self.display = True
        self.screen.set_focus(self)  # now: the next key is on its way already

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave()
        self.post_message(self.Answered(self._asks, self.value))

    def action_drop(self) -> None:
        self._leave()

    def on_blur(self) -> None:
        self.display = False

    def _leave(self) -> None:
        self.display = False
        self.screen.set_focus(self.screen.query(self.screen.AUTO_FOCUS or "*").first())


_FRAME = 0.125  # seconds between two pictures of a log that comes in
_CAUGHT_UP = 2.0  # seconds in which what was written before is read


class LogScreen(LeavableScreen[None]):
    """Shows the logs of one or many Stacks. Opens on the run that goes on, or the last one; reading ends with it."""

    AUTO_FOCUS = "LogLines"

    def __init__(
        self,
        fleet: Fleet,
        keys: Sequence[Key],
        *,
        pod: str = "",
        container: str = "",
        update: str = "",
        bound: int | None = None,
    ) -> None:
        super().__init__()
        self.fleet = fleet
        self.subject = LogSubject(tuple(keys), pod, container)
        self._parts = len({key.context for key in keys}) > 1, len({key.namespace for key in keys}) > 1
        """whether contexts, and namespaces, tell these Stacks apart"""
        self.asked = LogRequest(container=container, tail=TAIL if len(keys) > 1 else None)
        self.header = Header()
        self.log_lines = LogLines(fleet.clock)
        self.updates = UpdateNames()
        self._bound = bound
        self._run: LogSection | None = None
        self._pinned = update
        """the Update whose run is to be shown, and not the one that goes on"""
        self.everything = len(keys) > 1
        self.window = ""
        """what is shown instead of a run, in words"""
        self.choice = LineSelection()
        self.hits: int | None = None
        self._drawn_state = (-1, -1)
        self._is_flooded = False
        self._end = 0
        self._begin()

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.log_lines
        yield LogPrompt()
        yield CommandCandidates()
        yield CommandLine(app_of(self).commands, self.words)
        yield KeyLine()

    def on_mount(self) -> None:
        self.set_interval(_FRAME, self.tick)
        self.open_logs()

    def words(self, kind: str) -> Sequence[str]:
        return app_of(self).argument_words(kind) if kind == "theme" else []

    # What is shown

    def tick(self) -> None:
        """Draw what has come since the last time, and once a second what only time changes."""
        if self.log_lines.search.timed_out:
            self.stop_search()
        if not self.is_current or self._drawn_state == self._current_state():
            return
        if self._is_flooded and self.log_lines.follow:
            self._is_flooded = False  # nobody reads that fast; half as many pictures leave room for keys
            return
        end = self.buffer.first + len(self.buffer.lines)
        self._is_flooded = end - self._end > 2 * self.size.height
        self._end = end
        self.write()

    def stop_search(self) -> None:
        """Look for nothing any more: the pattern took too long on a line."""
        self.log_lines.search, self.hits = NOTHING, None
        self.choice = replace(self.choice, only=NOTHING)
        self.notify("The pattern takes too long on these lines, and isn't looked for any more", markup=False)
        self.write()

    def _current_state(self) -> tuple[int, int]:
        return self.buffer.version, int(self.fleet.clock())

    def write(self) -> None:
        """Show the chosen lines as they are now."""
        fresh = self._drawn_state[0] != self.buffer.version
        self._drawn_state = self._current_state()
        if not self.everything and (fresh or self._run is None):
            self._choose_run()
        run = None if self.everything else self._run
        if run is not self.choice.run:
            self.choice = replace(self.choice, run=run, since="")
        before = self.view.lines
        self.view.choose(self.choice)
        if self.view.lines is before:
            self.view.update()
        prefixes: dict[object, str] = {source: self._prefix(source) for source in self.buffer.sources}
        self.log_lines.configure(prefixes=prefixes if len(set(prefixes.values())) > 1 else {})
        if fresh or self.view.lines is not before or self.log_lines.stamps == "age":
            self.log_lines.show(self.view.lines, self.view.gone)
        self.log_lines.show_notice(
            "" if self.view.lines else nothing_to_show(self._status(), list(self._reader.opened))
        )
        self.write_header()

    def _choose_run(self) -> None:
        """The one that was asked for, once it has been read; else the one that goes on, or was the last."""
        runs = self.buffer.sections
        if self._pinned and (self._run is None or self._update(self._run) != self._pinned):
            found = next((run for run in reversed(runs) if self._update(run) == self._pinned), None)
            self._run = found or (runs[-1] if runs else None)
        elif self._run is None or (self.log_lines.follow and not self._pinned):
            self._run = runs[-1] if runs else None

    def turn_to(self, run: LogSection) -> None:
        """Show this run: from its beginning, unless it is the last one."""
        self.everything, self.window, self._pinned = False, "", ""
        self._run = run
        self.log_lines.go(0, follow=run is self.buffer.sections[-1])
        self.write()
        if not self.log_lines.follow:
            self.log_lines.go(0)

    def show_all(self, since: str = "", window: str = "") -> None:
        """Show all runs, perhaps only from an instant on, which `window` says in words."""
        self.everything, self.window, self._pinned = True, window, ""
        self.choice = replace(self.choice, run=None, since=since)
        self.write()

    def write_header(self) -> None:
        status = self._status()
        self.header.show(first_line(status), second_line(status, self.fleet.clock()))

    def _status(self) -> LogStatus:
        run, lines = None if self.everything else self._run, self.log_lines
        return LogStatus(
            self.subject, self.asked, self.buffer, run, self._update(run), self.window, lines.search, self.hits,
            bool(self.choice.only), len(self.view.lines), lines.follow, len(lines.marked), self.view.folded,
        )  # fmt: skip

    def _update(self, run: LogSection | None) -> str:
        source = self.buffer.source_of(run) if run is not None else None
        return self.updates.name_of(source, run) if source is not None else ""

    def _prefix(self, source: LogSource) -> str:
        if not self.subject.several:
            return f"[{source.title}]"
        key = source.key
        contexts, namespaces = self._parts
        context = f"{key.context}/" if contexts else ""
        namespace = f"{key.namespace}/" if namespaces else ""
        stack = f"{context}{namespace}{key.name}"
        return f"[{stack}]" if source.kind.has_runs else f"[{stack} {source.title}]"

    # The logs

    def open_logs(self) -> None:
        """Read what is asked for now, from the beginning."""
        self._reader.stop()
        self._begin()
        if self.asked.tail is not None and not self.asked.previous:
            self.buffer.add_note(
                f"the last {self.asked.tail:,} lines of each log; 1 reads them from the beginning", "dim"
            )
        self._reader.start()
        self.write()

    def _begin(self) -> None:
        self.buffer = LogBuffer(self._bound if self._bound is not None else self._configured(), self.subject.pod)
        self._reader = LogReader(
            self, self.fleet, self.subject, self.asked, self.buffer, self.updates, self._updates_read
        )
        self.view = LogView(self.buffer)
        self._run = None
        self.choice = replace(self.choice, run=None, since="")
        self.hits = None

    def _configured(self) -> int:
        return app_of(self).preferences.log_memory if self.is_attached else LOG_MEMORY

    def _updates_read(self) -> None:
        self.set_timer(_CAUGHT_UP, self._note_missing_run)

    def _note_missing_run(self) -> None:
        """Say that the run that was asked for isn't there."""
        if self._pinned and (self._run is None or self._update(self._run) != self._pinned):
            self.buffer.add_note(
                f"this log doesn't hold the run of {self._pinned} (any more); this is another one", "bad"
            )
            self._pinned = ""
