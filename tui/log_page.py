"""The logs of the workspace pods behind one Stack or several, live and cut into runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from cluster.logs import Window
from fleet.fleet import Fleet
from fleet.logs.origins import Who, Wish
from fleet.logs.reader import read_logs
from fleet.rows import Key
from stacks.runs import Section
from tui.header import Header
from tui.keyline import KeyLine
from tui.log_book import LogBook, LogLine, chosen, head_text
from tui.log_lines import LogLines
from tui.saving import Export
from tui.summary import Piece
from tui.table_view import FRAME


class LogPage(Screen[None]):
    """Opens on the run that goes on, or the last one. The streams end with the page."""

    AUTO_FOCUS = "LogLines"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "run(-1)", "Earlier run", id="logs.earlier", tooltip="The run before this one."),
        Binding("right_square_bracket", "run(1)", "Later run", id="logs.later", tooltip="The run after this one."),
        Binding("0", "everything", "All", id="logs.all", tooltip="Everything the pod has, all runs."),
        Binding("e", "error(1)", "Error", id="logs.error", tooltip="The next error."),
        Binding("E", "error(-1)", "Previous error", show=False, id="logs.error_back", tooltip="The previous error."),
        Binding("s", "follow", "Autoscroll", id="logs.follow", tooltip="Stay at the end, or stay where you are."),
        Binding("t", "timestamps", "Times", id="logs.times", tooltip="The time of each line, in UTC."),
        Binding("slash", "search", "Search", id="logs.search", tooltip="Mark the lines that hold a text."),
        Binding("n", "hit(1)", "Next hit", show=False, id="logs.hit", tooltip="The next line that holds it."),
        Binding("N", "hit(-1)", "Previous hit", show=False, id="logs.hit_back", tooltip="The previous one."),
        Binding("h", "only_hits", "Hits only", show=False, id="logs.only_hits", tooltip="Only lines that hold it."),
        Binding(
            "a", "containers", "Containers", show=False, id="logs.containers", tooltip="All containers of the pod."
        ),
        Binding("p", "previous", "Previous", show=False, id="logs.previous", tooltip="Of containers before a restart."),
        Binding("f", "full", "Full screen", show=False, id="logs.full", tooltip="Hide everything but the log."),
        Binding("c", "copy", "Copy", show=False, id="logs.copy", tooltip="Copy the lines that are shown."),
        Binding("q,escape", "leave", "Back", id="logs.leave", tooltip="Close the logs."),
    ]

    def __init__(self, fleet: Fleet, keys: Sequence[Key]) -> None:
        super().__init__()
        self.fleet = fleet
        self.keys = tuple(keys)
        self.book = LogBook()
        self.header = Header()
        self.log_lines = LogLines()
        self._run: Section | None = None
        self._everything = len(self.keys) > 1
        self._every_container = False
        self._previous = False
        self._only_hits = False
        self._shown: list[LogLine] = []
        self._drawn = -1

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.log_lines
        search = Input(placeholder="text to look for", id="log-search", compact=True)
        search.display = False
        yield search
        yield KeyLine()

    def on_mount(self) -> None:
        self.set_interval(FRAME, self.tick)
        self._open()
        self.write()

    def tick(self) -> None:
        """Draw what has come since the last time."""
        if self.is_current and self._drawn != self.book.version:
            self.write()

    def write(self) -> None:
        """Show the chosen lines."""
        self._drawn = self.book.version
        if not self._everything and (self._run is None or self.log_lines.follow):
            runs = self.book.sections
            self._run = runs[-1] if runs else None
        lines = chosen(self.book, None if self._everything else self._run)
        if self._only_hits and self.log_lines.wanted:
            lines = [line for line in lines if self._is_hit(line)]
        self._shown = lines
        several = len(self.book.origins) > 1
        self.log_lines.prefixes = {o: self._prefix(o.key, o.container) for o in self.book.origins} if several else {}
        self.log_lines.show(lines)
        self.header.show(self._title())

    def _prefix(self, key: Key, container: str) -> str:
        where = f"{key.context}/{key.namespace}/" if len(self.keys) > 1 else ""
        return f"[{where}{key.name} {container}]" if len(self.keys) > 1 else f"[{container}]"

    def _title(self) -> list[Piece]:
        first = self.keys[0]
        name = first.name if len(self.keys) == 1 else f"{len(self.keys)} stacks"
        pieces = [Piece(f"Logs {name}", "strong")]
        runs = self.book.sections
        if self._everything:
            pieces.append(Piece(f"all {len(runs)} runs" if runs else "everything", "", 1))
        elif self._run is not None:
            place = f"run {runs.index(self._run) + 1} of {len(runs)}" if self._run in runs else self._run.title
            tone = {"failed": "bad", "cut off": "bad", "running": "busy", "succeeded": "good"}.get(self._run.result, "")
            pieces += [Piece(place, "", 1), Piece(f"{self._run.operation} {self._run.result}", tone, 1)]
            if self._run.counts:
                pieces.append(Piece(self._run.counts, "", 2))
        if self.book.chatter:
            pieces.append(Piece(f"{self.book.chatter} lines of chatter folded", "dim", 4))
        if self.book.dropped:
            pieces.append(Piece(f"{self.book.dropped} oldest lines given up", "busy", 2))
        pieces.append(Piece("follows" if self.log_lines.follow else "stays", "dim", 3))
        if len(self.keys) == 1:
            pieces.append(Piece(f"{first.context} / {first.namespace}", "dim", 5))
        return pieces

    # The streams

    def _open(self) -> None:
        self.book = LogBook()
        self._run = None
        self.run_worker(self._read(), group="logs", exclusive=True, description="read logs")

    async def _read(self) -> None:
        connections = {key.context: found for key in self.keys if (found := self.fleet.connection(key.context))}
        whos = [Who(key.context, (key.namespace,), (key.name,)) for key in self.keys if key.context in connections]
        wish = Wish(Window(follow=not self._previous, previous=self._previous), every_container=self._every_container)
        book = self.book
        async for event in read_logs(connections, whos, wish):
            book.take(event)

    # Keys

    def action_run(self, direction: int) -> None:
        runs = self.book.sections
        if not runs:
            return
        here = runs.index(self._run) if self._run in runs else len(runs) - 1
        self._everything = False
        self._run = runs[max(0, min(len(runs) - 1, here + direction))]
        self.log_lines.follow = self._run is runs[-1]
        self.write()
        if not self.log_lines.follow:
            self.log_lines.action_first()

    def action_everything(self) -> None:
        self._everything = True
        self.log_lines.follow = True
        self.write()

    def action_error(self, direction: int) -> None:
        self._jump(direction, lambda line: line.error, "no error here")

    def action_hit(self, direction: int) -> None:
        self._jump(direction, self._is_hit, "nothing holds that text" if self.log_lines.wanted else "search first: /")

    def _jump(self, direction: int, wanted: object, nothing: str) -> None:
        assert callable(wanted)
        places = [index for index, line in enumerate(self._shown) if wanted(line)]
        if not places:
            self.notify(nothing, markup=False, timeout=2)
            return
        here = self.log_lines.top + self.log_lines.size.height // 3
        if self.log_lines.follow:
            here = -1 if direction > 0 else len(self._shown)
        after = [p for p in places if p > here] if direction > 0 else [p for p in reversed(places) if p < here]
        self.log_lines.go(after[0] if after else places[0 if direction > 0 else -1])
        self.header.show(self._title())

    def _is_hit(self, line: LogLine) -> bool:
        text = head_text(line) if line.head else line.text
        return bool(self.log_lines.wanted) and self.log_lines.wanted.lower() in text.lower()

    def action_follow(self) -> None:
        self.log_lines.follow = not self.log_lines.follow
        self.write()

    def action_timestamps(self) -> None:
        self.log_lines.timestamps = not self.log_lines.timestamps
        self.log_lines.refresh()

    def action_search(self) -> None:
        search = self.query_one("#log-search", Input)
        search.display = True
        self.set_focus(search)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.log_lines.wanted = event.value
        event.input.display = False
        self.set_focus(self.log_lines)
        self.write()
        if event.value:
            self.action_hit(1)

    def action_only_hits(self) -> None:
        self._only_hits = not self._only_hits
        self.write()

    def action_containers(self) -> None:
        self._every_container = not self._every_container
        self._everything = self._everything or self._every_container
        self._open()

    def action_previous(self) -> None:
        self._previous = not self._previous
        self._open()

    def action_full(self) -> None:
        self.toggle_class("-full")

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._text())
        self.notify(f"Copied {len(self._shown)} lines", markup=False, timeout=2)

    def action_leave(self) -> None:
        search = self.query_one("#log-search", Input)
        if search.display:
            search.display = False
            self.set_focus(self.log_lines)
            return
        self.dismiss()

    def exports(self) -> list[Export]:
        """What can be saved of this screen besides its picture."""
        return [Export("the log as text", f"{self.keys[0].name[:60]}-log", "txt", lambda: self._text() + "\n")]

    def _text(self) -> str:
        return "\n".join(head_text(line) if line.head else line.text for line in self._shown)
