"""Which runs of a pod's log are printed: all of them, the last one, or that of one Update, which may be in no log."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from fleet.board.rows import Key
from fleet.logs.log_events import NoLog
from fleet.logs.log_sources import LogSource
from fleet.logs.missing_log import explain_missing_run
from fleet.logs.update_names import UpdateNames
from fleet.stack_objects.history import run_of
from kubectl_plugin.output.log_lines import PrintedLine
from stacks.logs.runs import LogSection, RunSplitter
from stacks.records.stack import Stack
from stacks.records.workspace import Update
from stacks.times import instant

Choice: TypeAlias = Literal["all", "last", "update"]
MOST = 64 << 20
"""bytes of a last run that are kept until it is known that it is the last"""


class RunFilter:
    """Lets through the lines of the chosen runs. After `release` nothing is kept any more: the past has been read."""

    def __init__(self, choice: Choice, updates: UpdateNames, update: str = "") -> None:
        self._choice = choice
        self._updates = updates
        self._update = update
        self._logs: defaultdict[LogSource, _FilteredLog] = defaultdict(_FilteredLog)
        self._live = choice != "last"

    def filter(self, source: LogSource, block: bytes) -> list[PrintedLine]:
        """The lines that can be printed now, of these and of those that were kept."""
        if not source.kind.has_runs:
            return [] if self._choice == "update" else [PrintedLine(source, line) for line in block.split(b"\n")[:-1]]
        log = self._logs[source]
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
        return sum(log.dropped for log in self._logs.values())

    def summaries(self) -> list[str]:
        """What is shown of each log, in words: which run, what it did, and that there are others."""
        found = []
        for source, log in self._logs.items():
            if (run := log.runs.last_run) is not None:
                counts = f" ({run.counts})" if run.counts else ""
                earlier = f"; {run.run - 1} earlier: --all-runs" if run.run > 1 else ""
                found.append(f"{source.key}: {run.title}{counts}{earlier}")
        return found

    def run_of(self, source: LogSource) -> LogSection | None:
        """The run that goes on in this log, or the last one."""
        log = self._logs.get(source)
        return log.runs.last_run if log is not None else None

    def end(self, source: LogSource, gone: bool) -> None:
        if gone and (log := self._logs.get(source)) is not None:
            log.runs.end()

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
        return [*self._kept, *self._pending]

    def _add(self, *more: PrintedLine) -> None:
        for shown in more:
            self._kept.append(shown)
            self._size += len(shown.line)
        while self._size > MOST:
            self._size -= len(self._kept.popleft().line)
            self.dropped += 1


class OneUpdate:
    """Collects what is needed to say why nothing was printed."""

    def __init__(self, name: str, *, of_a_part: bool) -> None:
        self.name = name
        self.printed = False
        self._of_a_part = of_a_part
        self._known: dict[Key, tuple[Stack, Sequence[Update]]] = {}
        self._begins: dict[Key, str] = {}
        self._why: dict[Key, str] = {}

    def put_stack(self, key: Key, stack: Stack, updates: Sequence[Update] | None = None) -> None:
        """Take in a Stack of the name, and its Updates where they were asked for."""
        before = self._known.get(key, (stack, ()))[1]
        self._known[key] = (stack, before if updates is None else updates)

    def log_begins(self, key: Key, line: bytes) -> None:
        """Take in the first line of a log: a run that ended before it was in another pod."""
        self._begins.setdefault(key, line[:30].decode("ascii", "replace"))

    def put_reason(self, key: Key, why: str) -> None:
        """Take in why the Stack has no log at all."""
        self._why[key] = why

    @property
    def unknown(self) -> str:
        """That nobody knows an Update of the name; empty if somebody does, or if there is no Stack of which it were."""
        if not self._known or any(True for _ in self.explanations()):
            return ""
        return f"no Update {self.name} of {', '.join(map(str, self._known))} is known"

    def explanations(self) -> Iterator[tuple[Key, NoLog]]:
        """For each Stack why the run isn't in a log, and what its objects say of it."""
        for key, (stack, updates) in self._known.items():
            if (found := explain_missing_run(stack, updates, self.name)) is not None:
                why = self._why.get(key) or self._replaced(key, updates) or found.reason
                yield key, replace(found, reason=f"{self.name}: {why}")

    def _replaced(self, key: Key, updates: Sequence[Update]) -> str:
        if self._of_a_part:
            return "the part of the log that was asked for has nothing of its run"
        ended = next((run_of(one).ended for one in updates if one.metadata.name == self.name), None)
        begins = self._begins.get(key, "")
        at = instant(begins)
        if ended is None or at is None or at <= ended:
            return ""
        return (
            f"its run is in no log: that of the pod begins at {begins[:19]}Z, after the run had ended, so the pod was "
            "replaced, or its log rotated"
        )
