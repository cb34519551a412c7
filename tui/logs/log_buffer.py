"""The lines of a log screen: parsed, split into runs, and bounded. Knows nothing of Textual.

Everything that was received is kept while the screen is open, also of pods that are gone, up to a
number of bytes; a note says how many older lines were dropped.
"""

from __future__ import annotations

from collections.abc import Sequence

from cluster.container_logs.log_stream import ContainerRestarted, LogEnded, LogGap, LogRefused, LogResumed, LogWaiting
from fleet.logs.log_events import About, Event, LinesWritten, LogNotice, LogsLimited, NoLog, Notice, context_of
from fleet.logs.log_sources import LogSource
from fleet.logs.log_words import LostContexts, describe, sentence_for
from settings.config_file import LOG_MEMORY
from stacks.logs.runs import LogSection, RunSplitter
from stacks.messages import without_outputs
from stacks.text import plain
from tui.logs.log_line import Kind, LogLine, style_line

_DROPPED_AT_ONCE = 10  # of what is kept, one part in so many goes at once
_COST = 220  # bytes that a line takes beside its text
_UTC = 30  # characters of a time in UTC with nanoseconds, as kubelets write it


class LogBuffer:
    """The lines of one or many logs, in the order in which they came, and notes between them."""

    def __init__(self, bound: int = LOG_MEMORY, pod: str = "") -> None:
        self.version = 0
        self.chatter = 0
        """lines between agent and operator that say nothing"""
        self.dropped = 0
        self.sources: dict[LogSource, RunSplitter | None] = {}
        """every log that wrote something, and what splits it into runs if it can be split"""
        self.lost = LostContexts()
        self.first = 0
        """the number of the first line that is kept"""
        self.lines: list[LogLine] = []
        self._bound = bound
        self._pod = pod
        self.size = 0
        """bytes that the kept lines take, about"""
        self._explanations: dict[About, NoLog] = {}

    @property
    def sections(self) -> list[LogSection]:
        """The runs of all logs, in the order in which they began; what stands before a first run isn't one."""
        splitters = [splitter for splitter in self.sources.values() if splitter is not None]
        runs = [section for splitter in splitters for section in splitter.sections if section.is_run]
        return sorted(runs, key=lambda section: section.began)

    def source_of(self, section: LogSection) -> LogSource | None:
        for source, splitter in self.sources.items():
            if splitter is not None and any(each is section for each in splitter.sections):
                return source
        return None

    def since(self, number: int) -> Sequence[LogLine]:
        """The lines from this number on, as far as they are kept."""
        return self.lines[max(0, number - self.first) :]

    def add_event(self, event: Event) -> None:
        match event:
            case LinesWritten(source, block):
                if self._is_wanted(source):
                    self._write(source, block)
            case LogNotice(LogSource() as source, _) if not self._is_wanted(source):
                return
            case LogNotice(about, notice):
                self._add_notice(about, notice)
        self.version += 1

    def add_note(self, sentence: str, tone: str = "busy") -> None:
        """Add a line of our own."""
        self._add(f"-- {plain(sentence)}", "note", tone)
        self.version += 1

    def _is_wanted(self, source: LogSource) -> bool:
        return not (self._pod and source.kind.in_workspace_pod) or source.pod == self._pod

    # Notices

    def _add_notice(self, about: About, notice: Notice) -> None:
        match notice:
            case LogWaiting(reason, lost=True):
                if self.lost.add(about, reason):
                    context = context_of(about)
                    self._note(context, f"{context}: {reason}; trying again, what was received stays", "bad")
            case LogResumed():
                if self.lost.remove(about):
                    self._note(context_of(about), f"{context_of(about)}: connected again", "busy")
            case NoLog():
                self._explain(about, notice)
            case LogsLimited(most, waiting):
                self._note(
                    about, f"{most} logs are open at once, {len(waiting)} more wait until another one ends", "bad"
                )
                for source in waiting[:_NAMED]:
                    self._note(about, f"   waits: {describe(source)}", "busy")
                if len(waiting) > _NAMED:
                    self._note(about, f"   and {len(waiting) - _NAMED} others; mark fewer Stacks to see them", "busy")
            case _:
                if sentence := sentence_for(about, notice, follow=True):
                    self._note(about, sentence, "bad" if isinstance(notice, LogGap | LogRefused) else "busy")
        if isinstance(notice, LogEnded | ContainerRestarted) and (splitter := self._splitter(about)) is not None:
            splitter.end()
        if isinstance(notice, LogEnded | LogRefused):
            self.lost.remove(about)

    def _explain(self, about: About, found: NoLog) -> None:
        """Where there is no log, what the objects say is what the reader was looking for."""
        if self._explanations.get(about) == found:
            return
        self._explanations[about] = found
        self._note(about, f"{describe(about)}: {found.reason}", "busy")
        for line in plain(without_outputs(found.message)).splitlines():
            self._add(line, "error" if line.lstrip().startswith("error:") else "", "bad")
        if found.permalink:
            self._add(plain(found.permalink), "", "odd")

    def _note(self, about: About, sentence: str, tone: str) -> None:
        """A note stands in the run that it happened in."""
        splitter, source = self._splitter(about), about if isinstance(about, LogSource) else None
        section = splitter.current if splitter is not None else None
        self._add(f"-- {plain(sentence)}", "note", tone, source=source, section=section)

    def _splitter(self, about: About) -> RunSplitter | None:
        return self.sources.get(about) if isinstance(about, LogSource) else None

    # Lines

    def _write(self, source: LogSource, block: bytes) -> None:
        try:
            splitter = self.sources[source]
        except KeyError:
            splitter = self.sources[source] = RunSplitter() if source.kind.has_runs else None
        parse = source.kind.parse
        for line in block.decode("utf-8", "replace").split("\n")[:-1]:
            if line[_UTC - 1 : _UTC + 1] == "Z ":
                time, raw = line[:_UTC], line[_UTC + 1 :]
            else:
                time, _, raw = line.partition(" ")
            parsed = parse(raw)
            text, kind, tone, whole = style_line(parsed, raw)
            section = None
            if splitter is not None:
                before = splitter.current
                section = splitter.add(parsed.agent, text, parsed.mark)
                if section is not before:
                    self._add("", "head", "head", time, source, section)
            self.chatter += parsed.is_chatter
            self._add(text, kind, tone, time, source, section, whole)

    def _add(
        self,
        text: str,
        kind: Kind = "",
        tone: str = "",
        time: str = "",
        source: LogSource | None = None,
        section: LogSection | None = None,
        whole: str = "",
    ) -> None:
        self.lines.append(LogLine(self.first + len(self.lines), text, kind, tone, time, source, section, whole))
        self.size += len(text) + len(whole) + _COST
        if self.size > self._bound:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        """The oldest lines go, and in their place it is said how many went."""
        left, goal = self.size, self._bound - self._bound // _DROPPED_AT_ONCE
        count = 0
        while left > goal and count < len(self.lines) - 1:
            left -= _cost(self.lines[count])
            count += 1
        if not count:
            return
        last = self.lines[count - 1]
        self.dropped += count - (self.dropped > 0)  # the line that says so isn't one of them
        self.size, self.lines = left, self.lines[count - 1 :]
        self.first = last.number
        sentence = f"{self.dropped:,} older lines were let go: more than {_mebibytes(self._bound)} came (log-memory)"
        until = f"; the last of them was of {last.time[:19]}Z" if last.time else ""
        self.lines[0] = LogLine(last.number, f"-- {sentence}{until}", "note", "bad")
        self.size += _cost(self.lines[0])


_NAMED = 5


def _cost(line: LogLine) -> int:
    return len(line.text) + len(line.whole) + _COST


def _mebibytes(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size:,} bytes"
