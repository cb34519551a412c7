"""Which runs of a pod's log are printed: all of them, the last one, or that of one Update."""

from __future__ import annotations

from collections import deque
from typing import Literal, TypeAlias

from fleet.logs.log_sources import LogSource
from fleet.logs.update_names import UpdateNames
from kubectl_plugin.output.log_lines import PrintedLine
from stacks.logs.runs import LogSection, RunSplitter

Choice: TypeAlias = Literal["all", "last", "update"]

MOST = 64 << 20
"""bytes of a last run that are kept until it is known that it is the last"""


class RunFilter:
    """Lets through the lines of the chosen runs. After `release` nothing is kept any more: the past has been read."""

    def __init__(self, choice: Choice, updates: UpdateNames, update: str = "") -> None:
        self._choice = choice
        self._updates = updates
        self._update = update
        self._logs: dict[LogSource, _FilteredLog] = {}
        self._live = choice != "last"

    def filter(self, source: LogSource, block: bytes) -> list[PrintedLine]:
        """The lines that can be printed now, of these and of those that were kept."""
        if not source.kind.has_runs:
            return [] if self._choice == "update" else [PrintedLine(source, line) for line in block.split(b"\n")[:-1]]
        log = self._log(source)
        return [shown for line in block.split(b"\n")[:-1] for shown in self._filter_line(log, source, line)]

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
        for source, log in self._logs.items():
            run = log.runs.last_run
            if run is not None:
                counts = f" ({run.counts})" if run.counts else ""
                earlier = f"; {run.run - 1} earlier: --all-runs" if run.run > 1 else ""
                found.append(f"{source.key}: {run.title}{counts}{earlier}")
        return found

    def run_of(self, source: LogSource) -> LogSection | None:
        """The run that goes on in this log, or the last one."""
        log = self._logs.get(source)
        return log.runs.last_run if log is not None else None

    def end(self, source: LogSource, gone: bool) -> None:
        """The log is over."""
        if gone and (log := self._logs.get(source)) is not None:
            log.runs.end()

    def _log(self, source: LogSource) -> _FilteredLog:
        if source not in self._logs:
            self._logs[source] = _FilteredLog()
        return self._logs[source]

    def _filter_line(self, log: _FilteredLog, source: LogSource, line: bytes) -> list[PrintedLine]:
        text = line.partition(b" ")[2].decode("utf-8", "surrogateescape")
        section = log.runs.section_of(text)
        shown = PrintedLine(source, line, section, self._updates.name_of(source, section))
        if self._choice == "update":
            return log.hold_until_run(shown, self._updates.name_of(source, section) == self._update)
        if self._live:
            return [shown]
        log.keep(shown)
        return []


class _FilteredLog:
    """One log's sections, and those of its lines of which it isn't known yet whether they are wanted."""

    def __init__(self) -> None:
        self.runs = RunSplitter()
        self.dropped = 0
        self._kept: deque[PrintedLine] = deque()
        self._pending: list[PrintedLine] = []
        self._size = 0
        self._run = 0

    def hold_until_run(self, shown: PrintedLine, wanted: bool) -> list[PrintedLine]:
        """The lines that can be printed now: a section's first lines come before it is known whose run it is."""
        section = shown.section
        assert section is not None
        if not section.is_run:
            pending = [each for each in self._pending if each.section is section]
            self._pending = [*pending, shown] if section.selected else []
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
