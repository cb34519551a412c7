"""What a log screen shows, as lines: read, cut into runs, and bounded. Knows nothing of Textual.

Everything that was received is kept while the screen is open, also of pods that are gone, up to a
number of bytes; what had to be given up is said in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cluster.logs import Ended, Gap, Refused, Restarted
from fleet.logs.origins import Event, Instead, Origin, Told, Written
from fleet.logs.talk import place, words
from stacks.agentlog import BAD, agent_line, is_chatter, short
from stacks.operatorlog import operator_line
from stacks.operatorlog import short as operator_short
from stacks.pulumilog import mark
from stacks.runs import Cutter, Section
from stacks.text import plain

BOUND = 64 * 1024 * 1024
_GIVEN_UP = 10  # of what is kept, one part in so many goes at once
_TONES = {"error": "bad", "warning": "busy", "title": "strong", "summary": "strong", "detail": "dim", "link": "odd"}
_VERBS = {"create": "good", "update": "busy", "delete": "bad", "replace": "odd", "same": "dim"}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. `section` is the run that it belongs to; a line that heads a run has `head` set."""

    text: str
    tone: str = ""
    time: str = ""
    origin: Origin | None = None
    section: Section | None = None
    head: bool = False
    error: bool = False


class LogBook:
    """The lines of one or many logs, in the order in which they were told."""

    def __init__(self, bound: int = BOUND) -> None:
        self.version = 0
        self.chatter = 0
        """lines between agent and operator that say nothing, and aren't shown"""
        self.dropped = 0
        self.origins: list[Origin] = []
        self._bound = bound
        self._size = 0
        self._lines: list[LogLine] = []
        self._cutters: dict[Origin, Cutter] = {}

    @property
    def lines(self) -> Sequence[LogLine]:
        return self._lines

    @property
    def sections(self) -> list[Section]:
        """The runs of all logs, in the order in which they began; what stands before a first run isn't one."""
        runs = [section for cutter in self._cutters.values() for section in cutter.sections if section.is_run]
        return sorted(runs, key=lambda section: section.began)

    def take(self, event: Event) -> None:
        """Write down what was told."""
        match event:
            case Written(origin, block):
                for line in block.decode("utf-8", "replace").splitlines():
                    self._write(origin, line)
            case Told(about, Instead() as instead):
                self._say(place(about), instead.reason, "busy", about if isinstance(about, Origin) else None)
                for text in (instead.message, instead.permalink):
                    for line in plain(text).splitlines():
                        self._add(LogLine(line, "bad" if text is instead.message else "odd"))
            case Told(about, said):
                sentence = words(about, said, follow=True)
                if sentence:
                    tone = "bad" if isinstance(said, Gap | Refused) else "busy"
                    self._say("", sentence, tone, about if isinstance(about, Origin) else None)
                if isinstance(said, Ended | Restarted) and isinstance(about, Origin) and about in self._cutters:
                    self._cutters[about].end()
        self.version += 1

    def _say(self, where: str, sentence: str, tone: str, origin: Origin | None) -> None:
        text = f"{where}: {sentence}" if where else sentence
        self._add(LogLine(f"-- {plain(text)}", tone, origin=origin))

    def _write(self, origin: Origin, line: str) -> None:
        if origin not in self.origins:
            self.origins.append(origin)
        time, _, raw = line.partition(" ")
        section = self._section(origin, raw, time)
        if origin.operator:
            said = operator_line(raw)
            self._add(LogLine(plain(operator_short(said) if said else raw), "dim", time, origin))
            return
        agent = agent_line(raw)
        if agent is not None and is_chatter(agent):
            self.chatter += 1
            return
        if agent is not None and not agent.of_program:
            bad = agent.level in BAD
            self._add(LogLine(plain(short(agent)), "bad" if bad else "dim", time, origin, section, error=bad))
            return
        text = plain(agent.message if agent is not None else raw)
        found = mark(text)
        tone = _VERBS.get(found.verb, "") if found.kind == "step" else _TONES.get(found.kind, "")
        self._add(LogLine(text, tone, time, origin, section, error=found.kind == "error"))

    def _section(self, origin: Origin, raw: str, time: str) -> Section | None:
        """The run of this line; a run that begins gets a line of its own."""
        if not origin.is_agent:
            return None
        cutter = self._cutters.setdefault(origin, Cutter())
        before = cutter.current
        section = cutter.take(raw)
        if section is not before:
            self._add(LogLine("", "head", time, origin, section, head=True))
        return section

    def _add(self, line: LogLine) -> None:
        self._lines.append(line)
        self._size += len(line.text) + 64
        if self._size > self._bound:
            self._give_up()

    def _give_up(self) -> None:
        count = max(1, len(self._lines) // _GIVEN_UP)
        gone, self._lines = self._lines[:count], self._lines[count:]
        self.dropped += count
        self._size -= sum(len(line.text) + 64 for line in gone)


def chosen(book: LogBook, run: Section | None) -> list[LogLine]:
    """The lines of one run, with what was said about logs; all of them for None."""
    if run is None:
        return list(book.lines)
    return [line for line in book.lines if line.section is run or line.section is None]


def head_text(line: LogLine) -> str:
    """The words of a line that heads a section, as the section stands now."""
    section = line.section
    if section is None:
        return line.text
    counts = f" ({section.counts})" if section.counts else ""
    return f"== {section.title}{counts} =="
