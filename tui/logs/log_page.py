"""The logs of the workspace pods behind one Stack or several, live and cut into runs: the keys, and what they do."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from cluster.errors import ClusterError
from fleet.resource_kinds import STACKS
from stacks.times import instant
from tui.logs.line_prefixes import STAMPS, sent, stamp, typed
from tui.logs.log_line import LogLine
from tui.logs.log_lines_widget import LogLines
from tui.logs.log_reader import TAIL, containers_of
from tui.logs.log_screen import LogPrompt, LogScreen
from tui.logs.search import NOTHING, Search, UnsearchableError
from tui.shell.file_export import FileExport
from tui.shell.navigation import KubectlReference
from tui.widgets.dialogs import ChoiceDialog
from tui.widgets.header_and_keys import bind
from tui.widgets.workers import start_worker


def _key(
    keys: str, action: str, word: str, name: str, does: str, *, show: bool = False, opens: bool = False
) -> Binding:
    """`opens` a line to type into: what comes behind it goes there, however fast."""
    return bind(keys, action, word, f"logs.{name}", does, show=show, priority=opens)


LOG_KEYS: list[BindingType] = [
    _key("e", "error(1)", "Error", "error", "The next error.", show=True),
    _key("E", "error(-1)", "Previous error", "error_back", "The previous error."),
    _key("left_square_bracket", "run(-1)", "Earlier run", "earlier", "The run before this one.", show=True),
    _key("right_square_bracket", "run(1)", "Later run", "later", "The run after this one.", show=True),
    _key("0", "tail", "All, end", "tail", "Everything, all runs, at its end.", show=True),
    _key("1", "head", "All, start", "head", "Everything from the first line that there is."),
    _key("2", "since(60)", "1m", "minute", "The last minute, all runs."),
    _key("3", "since(300)", "5m", "five_minutes", "The last 5 minutes, all runs."),
    _key("4", "since(900)", "15m", "quarter", "The last 15 minutes, all runs."),
    _key("5", "since(1800)", "30m", "half_hour", "The last 30 minutes, all runs."),
    _key("6", "since(3600)", "1h", "hour", "The last hour, all runs."),
    _key("s", "follow", "Autoscroll", "follow", "Stay at the end, or stay where you are.", show=True),
    _key("slash", "search", "Search", "search", "Look for a text or a regular expression.", show=True, opens=True),
    _key("n", "hit(1)", "Next hit", "hit", "The next line that holds it."),
    _key("N", "hit(-1)", "Previous hit", "hit_back", "The previous one."),
    _key("h", "only_hits", "Hits only", "only_hits", "Only lines that hold it, or all again."),
    _key("w", "wrap", "Wrap", "wrap", "Break long lines, or cut them.", show=True),
    _key("t", "times", "Times", "times", "The time of each line: as sent, local, its age, none.", show=True),
    _key("T", "jump", "Go to time", "jump", "Go to a time: -5m, 10:05, RFC 3339.", opens=True),
    _key("m", "mark", "Mark", "mark", "Mark this line, or unmark it."),
    _key("ctrl+backslash", "unmark", "Unmark", "unmark", "Take all marks away."),
    _key("c", "copy", "Copy", "copy", "Copy the marked lines, or all that are shown."),
    _key("a", "containers", "All containers", "containers", "All containers of the pod, or the agent's alone."),
    _key("C", "container", "Container", "container", "Choose a container."),
    _key("p", "previous", "Previous", "previous", "What containers wrote before they were started again."),
    _key("o", "operator", "Operator", "operator", "What the operator says about these Stacks, or not."),
    _key("z", "chatter", "Unfold", "chatter", "Unfold the talk between agent and operator, or fold it."),
    _key("f", "full", "Full screen", "full", "Hide everything but the log, or show it again."),
    _key("q,escape", "leave", "Back", "leave", "Back to where you came from.", show=True),
]
CLIPBOARD = 1 << 20
"""characters that are copied at most: terminals take less than files do"""
_WINDOWS = {60: "last 1m", 300: "last 5m", 900: "last 15m", 1800: "last 30m", 3600: "last 1h"}


class LogPage(LogScreen):
    BINDINGS: ClassVar[list[BindingType]] = LOG_KEYS

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where text is typed, the keys that open a line are text."""
        return not isinstance(self.focused, Input) if action in ("search", "jump") else True

    # Which part

    def action_run(self, direction: int) -> None:
        runs = self.buffer.sections
        if not runs:
            self.notify("There is no run in this log", markup=False, timeout=2)
            return
        last = len(runs) - 1
        here = runs.index(self._run) if self._run in runs else last
        # Back from everything one comes to the run that goes on, or the last one.
        self.turn_to(runs[last if self.everything else max(0, min(last, here + direction))])

    def action_tail(self) -> None:
        self.show_all()
        self.log_lines.action_last()

    def action_head(self) -> None:
        if self.asked.tail is not None:
            self.asked = replace(self.asked, tail=None)
            self.open_logs()
        self.show_all()
        self.log_lines.action_first()

    def action_since(self, seconds: int) -> None:
        self.show_all(sent(self.fleet.clock() - seconds), _WINDOWS.get(seconds, ""))
        self.log_lines.action_last()

    def action_containers(self) -> None:
        every = not self.asked.every_container
        self.everything = every or self.subject.several
        self._ask_for(every_container=every, container="" if every else self.subject.container)

    def action_previous(self) -> None:
        self._ask_for(previous=not self.asked.previous)

    def action_operator(self) -> None:
        operator = not self.asked.operator
        self.everything = self.everything or operator
        self._ask_for(operator=operator)

    def _ask_for(self, **changes: bool | str) -> None:
        self.asked = replace(self.asked, tail=TAIL if self.subject.several else None, **changes)  # type: ignore[arg-type]
        self.open_logs()

    def action_container(self) -> None:
        start_worker(self, self._choose_container, group="choose", exclusive=True, description="ask for containers")

    async def _choose_container(self) -> None:
        try:
            names = await containers_of(self.fleet, self.subject)
        except ClusterError as error:
            self.notify(f"The containers can't be looked for: {error}", severity="warning", markup=False)
            return
        if not names:
            self.notify("There is no pod whose container could be chosen", markup=False, timeout=3)
            return

        def answered(place: int | None) -> None:
            if place is not None:
                every, name = place == 0, "" if place == 0 else names[place - 1]
                self.everything = every or name != "pulumi" or self.subject.several
                self._ask_for(every_container=every, container=name)

        if self.is_active:  # it may have taken a while
            self.app.push_screen(ChoiceDialog("Whose log", ["all containers", *names]), answered)

    def action_chatter(self) -> None:
        self.choice = replace(self.choice, chatter=not self.choice.chatter)
        self.write()

    # Where in it

    def action_error(self, direction: int) -> None:
        places = [index for index, line in enumerate(self.view.lines) if line.kind == "error"]
        self._jump(direction, places, "There is no error here")

    def action_hit(self, direction: int) -> None:
        if not self.log_lines.search:
            self.notify("Search first: /", markup=False, timeout=2)
            return
        places, whole = self.log_lines.search.places(self.view.lines)
        self.hits = len(places)
        if self.log_lines.search.timed_out:
            self.stop_search()
            return
        if not whole:
            self.notify("The search took too long and was stopped; a simpler one goes further", markup=False)
        self._jump(direction, places, "Nothing holds that")

    def _jump(self, direction: int, places: Sequence[int], nothing: str) -> None:
        if not places:
            self.notify(nothing, markup=False, timeout=2)
            self.write_header()
            return
        lines = self.log_lines
        if lines.follow:  # from the end, the first one is what explains the others
            found = places[0] if direction > 0 else places[-1]
        elif direction > 0:
            found = next((place for place in places if place > lines.here), places[0])
        else:
            found = next((place for place in reversed(places) if place < lines.here), places[-1])
        lines.go(found)
        self.write_header()

    def action_follow(self) -> None:
        if self.log_lines.follow:
            self.log_lines.go(len(self.view.lines) - 1)
        else:
            self.log_lines.action_last()
        self.write_header()

    def action_jump(self) -> None:
        self.query_one(LogPrompt).ask("time")

    def _go_to(self, text: str) -> None:
        if not text.strip():
            return
        try:
            at = typed(text, self.fleet.clock())
        except ValueError as error:
            self.notify(str(error), severity="warning", markup=False)
            self.query_one(LogPrompt).ask("time", text)  # what was typed is there to be corrected
            return
        if not self.everything or self.choice.since:
            self.show_all()
        timed = [(index, when) for index, line in enumerate(self.view.lines) if (when := line.time)]
        place = bisect_left(timed, at, key=lambda pair: instant(pair[1]) or 0.0)
        if place < len(timed):
            self.log_lines.go(timed[place][0])
        else:
            self.notify("Nothing was written after that", markup=False, timeout=2)
            self.log_lines.action_last()
        self.write_header()

    # What is looked for

    def action_search(self) -> None:
        self.query_one(LogPrompt).ask("search", self.log_lines.search.text)

    def on_log_prompt_answered(self, event: LogPrompt.Answered) -> None:
        if event.asks == "time":
            self._go_to(event.text)
            return
        try:
            search = Search.of(event.text)
        except UnsearchableError as error:
            self.notify(str(error), severity="warning", markup=False)
            self.query_one(LogPrompt).ask("search", event.text)
            return
        self.log_lines.search, self.hits = search, None
        self.choice = replace(self.choice, only=search if self.choice.only and search else NOTHING)
        self.write()
        self.log_lines.refresh()
        if search:
            self.action_hit(1)

    def action_only_hits(self) -> None:
        if not self.log_lines.search:
            self.notify("Search first: /", markup=False, timeout=2)
            return
        here = self.log_lines.current
        self.choice = replace(self.choice, only=NOTHING if self.choice.only else self.log_lines.search)
        self.write()
        if here is not None and not self.log_lines.follow:
            self.log_lines.go(bisect_left(self.view.lines, here.number, key=lambda line: line.number))

    # How it looks

    def action_wrap(self) -> None:
        self.log_lines.configure(wrap=not self.log_lines.wraps)

    def action_times(self) -> None:
        following = STAMPS[(STAMPS.index(self.log_lines.stamps) + 1) % len(STAMPS)]
        self.log_lines.configure(stamps=following)

    def action_full(self) -> None:
        self.toggle_class("-full")

    def on_log_lines_moved(self) -> None:
        self.write_header()

    def on_log_lines_opened(self, event: LogLines.Opened) -> None:
        from tui.logs.whole_line import WholeLine  # not before one is opened

        self.app.push_screen(WholeLine(event.line))

    # What is taken along

    def action_mark(self) -> None:
        self.log_lines.toggle_mark()
        self.write_header()

    def action_unmark(self) -> None:
        self.log_lines.marked.clear()
        self.log_lines.refresh()
        self.write_header()

    def action_copy(self) -> None:
        marked = [line for line in self.view.lines if line.number in self.log_lines.marked]
        lines = marked or self.view.lines
        text = self._text(lines)
        if len(text) > CLIPBOARD:
            text = text[-CLIPBOARD:].partition("\n")[2] or text[-CLIPBOARD:]
            what = f"the last {text.count(chr(10)) + 1:,} of {len(lines):,} lines; ctrl+s saves all"
        else:
            what = f"{len(lines):,} {'marked ' if marked else ''}line{'s' if len(lines) != 1 else ''}"
        self.app.copy_to_clipboard(text)
        self.notify(f"Copied {what}", markup=False, timeout=3)

    def exports(self) -> list[FileExport]:
        """What can be saved of this screen besides its picture."""
        name = f"{self.subject.keys[0].name[:60]}-log"
        return [
            FileExport("the lines that are shown, whole", name, "txt", self._saving(lambda: self.view.lines)),
            FileExport("everything that was received, whole", name, "txt", self._saving(lambda: self.buffer.lines)),
        ]

    def _saving(self, lines: Callable[[], Sequence[LogLine]]) -> Callable[[], str]:
        return lambda: self._text(lines(), whole=True) + "\n"

    def _text(self, lines: Sequence[LogLine], *, whole: bool = False) -> str:
        """As on the screen; `whole` with times, and what was shown in short as it was written."""
        if whole:
            return "\n".join(f"{self._whose(line)}{line.time} {line.whole or line.shown}".lstrip() for line in lines)
        stamps, now = self.log_lines.stamps, self.fleet.clock()
        return "\n".join(f"{stamp(line.time, stamps, now)} {line.shown}".lstrip() for line in lines)

    def _whose(self, line: LogLine) -> str:
        """Where several logs stand in one file, which of them a line is of: as `logs --prefix` tells it."""
        source = line.source
        return f"[{source.key} {source.container}] " if self.subject.several and source is not None else ""

    def references(self) -> list[KubectlReference]:
        return [KubectlReference(key, STACKS.resource) for key in self.subject.keys]

    def action_leave(self) -> None:
        if self.has_class("-full"):
            self.action_full()
        else:
            self.dismiss()
