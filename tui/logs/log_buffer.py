"""What a log screen knows, as lines: read, cut into runs, and bounded. Knows nothing of Textual.

Everything that was received is kept while the screen is open, also of pods that are gone, up to a
number of bytes; what had to be given up is said in its place.
"""

from __future__ import annotations

from collections.abc import Sequence

from cluster.container_logs.log_stream import ContainerRestarted, LogEnded, LogGap, LogRefused, LogResumed, LogWaiting
from fleet.board.rows import Key
from fleet.logs.log_events import About, Event, LinesWritten, LogNotice, LogsLimited, LogSource, NoLog, Said
from fleet.logs.log_words import place, words
from settings.config_file import LOG_MEMORY
from stacks.logs.runs import LogSection, RunSplitter
from stacks.messages import without_outputs
from stacks.text import plain
from tui.logs.log_line import Kind, LogLine, read_raw_line

_GIVEN_UP = 10  # of what is kept, one part in so many goes at once
_COST = 220  # bytes that a line takes beside its text
_UTC = 30  # characters of a time in UTC with nanoseconds, as kubelets write it


class LogBuffer:
    """The lines of one or many logs, in the order in which they were told."""

    def __init__(self, bound: int = LOG_MEMORY, pod: str = "") -> None:
        self.version = 0
        self.chatter = 0
        """lines between agent and operator that say nothing"""
        self.dropped = 0
        self.origins: dict[LogSource, RunSplitter | None] = {}
        """every log that wrote something, and what cuts it into runs if it can be cut"""
        self.lost: dict[str, str] = {}
        """contexts that can't be reached now, and why"""
        self.first = 0
        """the number of the first line that is kept"""
        self.lines: list[LogLine] = []
        self._bound = bound
        self._pod = pod
        self._size = 0
        self._lost: dict[str, set[About]] = {}
        self._reasons: dict[str, set[str]] = {}
        self._instead: dict[About, NoLog] = {}

    @property
    def sections(self) -> list[LogSection]:
        """The runs of all logs, in the order in which they began; what stands before a first run isn't one."""
        cutters = [cutter for cutter in self.origins.values() if cutter is not None]
        runs = [section for cutter in cutters for section in cutter.sections if section.is_run]
        return sorted(runs, key=lambda section: section.began)

    @property
    def size(self) -> int:
        """Bytes that the kept lines take, about."""
        return self._size

    def origin_of(self, section: LogSection) -> LogSource | None:
        """The log that a run stands in."""
        for origin, cutter in self.origins.items():
            if cutter is not None and any(each is section for each in cutter.sections):
                return origin
        return None

    def since(self, number: int) -> Sequence[LogLine]:
        """The lines from this number on, as far as they are kept."""
        return self.lines[max(0, number - self.first) :]

    def take(self, event: Event) -> None:
        """Write down what was told."""
        match event:
            case LinesWritten(origin, block):
                if self._is_meant(origin):
                    self._write(origin, block)
            case LogNotice(LogSource() as origin, _) if not self._is_meant(origin):
                return
            case LogNotice(about, said):
                self._tell(about, said)
        self.version += 1

    def say(self, sentence: str, tone: str = "busy") -> None:
        """A line of our own."""
        self._add(f"-- {plain(sentence)}", "note", tone)
        self.version += 1

    def _is_meant(self, origin: LogSource) -> bool:
        return not self._pod or origin.operator or origin.pod == self._pod

    # What is told

    def _tell(self, about: About, said: Said) -> None:
        match said:
            case LogWaiting(reason, lost=True):
                self._lose(about, reason)
            case LogResumed():
                self._find(about)
            case NoLog():
                self._put_instead(about, said)
            case LogsLimited(most, waiting):
                self._say(
                    about, f"{most} logs are open at once, {len(waiting)} more wait until another one ends", "bad"
                )
                for origin in waiting[:_NAMED]:
                    self._say(about, f"   waits: {place(origin)}", "busy")
                if len(waiting) > _NAMED:
                    self._say(about, f"   and {len(waiting) - _NAMED} others; mark fewer Stacks to see them", "busy")
            case _:
                if sentence := words(about, said, follow=True):
                    self._say(about, sentence, "bad" if isinstance(said, LogGap | LogRefused) else "busy")
        if isinstance(said, LogEnded | ContainerRestarted) and (cutter := self._cutter(about)) is not None:
            cutter.end()
        if isinstance(said, LogEnded | LogRefused):
            self._forget(about)

    def _lose(self, about: About, reason: str) -> None:
        """A cluster that is lost is lost to all its logs, and each reason for it is said once."""
        context = _context(about)
        self._lost.setdefault(context, set()).add(about)
        if context not in self.lost or reason not in self._reasons[context]:
            self.lost[context] = reason
            self._reasons.setdefault(context, set()).add(reason)
            self._say(context, f"{context}: {reason}; trying again, what was received stays", "bad")

    def _find(self, about: About) -> None:
        if self._forget(about):
            self._say(_context(about), f"{_context(about)}: connected again", "busy")

    def _forget(self, about: About) -> bool:
        """This waits for its cluster no more; says whether nobody does now."""
        context = _context(about)
        missing = self._lost.get(context, set())
        missing.discard(about)
        if missing or self.lost.pop(context, None) is None:
            return False
        self._reasons.pop(context, None)
        return True

    def _put_instead(self, about: About, said: NoLog) -> None:
        """Where there is no log, what the objects say is what the reader was looking for."""
        if self._instead.get(about) == said:
            return
        self._instead[about] = said
        self._say(about, f"{place(about)}: {said.reason}", "busy")
        for line in plain(without_outputs(said.message)).splitlines():
            self._add(line, "error" if line.lstrip().startswith("error:") else "", "bad")
        if said.permalink:
            self._add(plain(said.permalink), "", "odd")

    def _say(self, about: About, sentence: str, tone: str) -> None:
        """A note stands in the run that it happened in."""
        cutter, origin = self._cutter(about), about if isinstance(about, LogSource) else None
        section = cutter.current if cutter is not None else None
        self._add(f"-- {plain(sentence)}", "note", tone, origin=origin, section=section)

    def _cutter(self, about: About) -> RunSplitter | None:
        return self.origins.get(about) if isinstance(about, LogSource) else None

    # What is written

    def _write(self, origin: LogSource, block: bytes) -> None:
        try:
            cutter = self.origins[origin]
        except KeyError:
            cutter = self.origins[origin] = RunSplitter() if origin.is_agent else None
        for line in block.decode("utf-8", "replace").split("\n")[:-1]:
            if line[_UTC - 1 : _UTC + 1] == "Z ":
                time, raw = line[:_UTC], line[_UTC + 1 :]
            else:
                time, _, raw = line.partition(" ")
            look = read_raw_line(origin, raw)
            section = None
            if cutter is not None:
                before = cutter.current
                section = cutter.note(look.agent, look.text, look.found)
                if section is not before:
                    self._add("", "head", "head", time, origin, section)
            self.chatter += look.kind == "chatter"
            self._add(look.text, look.kind, look.tone, time, origin, section, look.whole)

    def _add(
        self,
        text: str,
        kind: Kind = "",
        tone: str = "",
        time: str = "",
        origin: LogSource | None = None,
        section: LogSection | None = None,
        whole: str = "",
    ) -> None:
        self.lines.append(LogLine(self.first + len(self.lines), text, kind, tone, time, origin, section, whole))
        self._size += len(text) + len(whole) + _COST
        if self._size > self._bound:
            self._give_up()

    def _give_up(self) -> None:
        """The oldest lines go, and in their place it is said how many went."""
        left, goal = self._size, self._bound - self._bound // _GIVEN_UP
        count = 0
        while left > goal and count < len(self.lines) - 1:
            left -= _cost(self.lines[count])
            count += 1
        if not count:
            return
        last = self.lines[count - 1]
        self.dropped += count - (self.dropped > 0)  # the line that says so isn't one of them
        self._size, self.lines = left, self.lines[count - 1 :]
        self.first = last.number
        sentence = f"{self.dropped:,} older lines were let go: more than {_mebibytes(self._bound)} came (log-memory)"
        until = f"; the last of them was of {last.time[:19]}Z" if last.time else ""
        self.lines[0] = LogLine(last.number, f"-- {sentence}{until}", "note", "bad")
        self._size += _cost(self.lines[0])


_NAMED = 5


def _cost(line: LogLine) -> int:
    return len(line.text) + len(line.whole) + _COST


def _mebibytes(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size:,} bytes"


def _context(about: About) -> str:
    if isinstance(about, LogSource):
        return about.key.context
    return about.context if isinstance(about, Key) else about
