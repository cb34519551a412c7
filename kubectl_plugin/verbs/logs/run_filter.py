"""Which runs of a pod's log are printed: all of them, the last one, or that of one Update."""

from __future__ import annotations

from collections import deque
from typing import Literal, TypeAlias

from fleet.logs.log_events import LogSource
from fleet.logs.update_names import UpdateNames
from kubectl_plugin.output.log_lines import PrintedLine
from stacks.logs.runs import LogSection, RunSplitter

Choice: TypeAlias = Literal["all", "last", "update"]

MOST = 64 << 20
"""bytes of a last run that are kept until it is known that it is the last"""


class RunFilter:
    """Passes on the lines of the chosen runs. `release` says that the past is over: what is kept goes out."""

    def __init__(self, choice: Choice, ties: UpdateNames, update: str = "") -> None:
        self._choice = choice
        self._ties = ties
        self._update = update
        self._logs: dict[LogSource, _OneLog] = {}
        self._live = choice != "last"

    def take(self, origin: LogSource, block: bytes) -> list[PrintedLine]:
        """What of these lines can be printed now."""
        if not origin.is_agent:
            return [] if self._choice == "update" else [PrintedLine(origin, line) for line in block.split(b"\n")[:-1]]
        log = self._log(origin)
        return [shown for line in block.split(b"\n")[:-1] for shown in self._one(log, origin, line)]

    def release(self) -> list[PrintedLine]:
        """The last runs of all logs, in the order of their times; from here on every line is passed on."""
        if self._live:
            return []
        self._live = True
        kept = [shown for log in self._logs.values() for shown in log.all()]
        return sorted(kept, key=lambda shown: shown.line[:30])

    @property
    def dropped(self) -> int:
        """Lines of last runs that were too many to keep."""
        return sum(log.dropped for log in self._logs.values())

    def summaries(self) -> list[str]:
        """What is shown of each log, in words: which run, what it did, and that there are others."""
        found = []
        for origin, log in self._logs.items():
            run = log.cutter.last_run
            if run is not None:
                counts = f" ({run.counts})" if run.counts else ""
                earlier = f"; {run.run - 1} earlier: --all-runs" if run.run > 1 else ""
                found.append(f"{origin.key}: {run.title}{counts}{earlier}")
        return found

    def run_of(self, origin: LogSource) -> LogSection | None:
        """The run that goes on in this log, or the last one."""
        log = self._logs.get(origin)
        return log.cutter.last_run if log is not None else None

    def end(self, origin: LogSource, gone: bool) -> None:
        """The log is over."""
        if gone and (log := self._logs.get(origin)) is not None:
            log.cutter.end()

    def _log(self, origin: LogSource) -> _OneLog:
        if origin not in self._logs:
            self._logs[origin] = _OneLog()
        return self._logs[origin]

    def _one(self, log: _OneLog, origin: LogSource, line: bytes) -> list[PrintedLine]:
        text = line.partition(b" ")[2].decode("utf-8", "surrogateescape")
        section = log.cutter.take(text)
        shown = PrintedLine(origin, line, section, self._ties.name(origin, section))
        if self._choice == "update":
            return log.of_run(shown, self._ties.name(origin, section) == self._update)
        if self._live:
            return [shown]
        log.keep(shown)
        return []


class _OneLog:
    """One log's sections, and those of its lines of which it isn't known yet whether they are wanted."""

    def __init__(self) -> None:
        self.cutter = RunSplitter()
        self.dropped = 0
        self._kept: deque[PrintedLine] = deque()
        self._pending: list[PrintedLine] = []
        self._size = 0
        self._run = 0

    def of_run(self, shown: PrintedLine, wanted: bool) -> list[PrintedLine]:
        """A section's first lines come before it is known what it is."""
        section = shown.section
        assert section is not None
        if not section.is_run:
            held = [each for each in self._pending if each.section is section]
            self._pending = [*held, shown] if section.selected else []
            return []
        before = [each for each in self._pending if each.section is section]
        self._pending = []
        return [*before, shown] if wanted else []

    def keep(self, shown: PrintedLine) -> None:
        """Keep what may turn out to be the last run: a new one makes the one before it uninteresting."""
        section = shown.section
        assert section is not None
        if self._pending and self._pending[-1].section is not section:
            self._add(*self._pending)
            self._pending = []
        if section.is_run and section.run != self._run:
            self._run = section.run
            self._kept.clear()
            self._size = self.dropped = 0
            self._add(*self._pending)
            self._pending = []
        if section.is_run or not section.selected:
            self._add(shown)
        else:
            self._pending.append(shown)

    def all(self) -> list[PrintedLine]:
        """Everything that was kept."""
        return [*self._kept, *self._pending]

    def _add(self, *more: PrintedLine) -> None:
        for shown in more:
            self._kept.append(shown)
            self._size += len(shown.line)
        while self._size > MOST:
            self._size -= len(self._kept.popleft().line)
            self.dropped += 1
