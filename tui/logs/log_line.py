"""One line of a log as a screen shows it. What the agent writes at length is shown in short, and kept whole."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from fleet.logs.log_events import LogSource
from stacks.logs.agent_log import BAD, AgentLine, agent_line, is_chatter, last_of_progress, short
from stacks.logs.operator_log import operator_line
from stacks.logs.operator_log import short as operator_short
from stacks.logs.pulumi_log import TEXT, LineMark, mark
from stacks.logs.runs import LogSection
from stacks.text import plain

Kind: TypeAlias = Literal["", "error", "head", "note", "chatter"]
"""what a line is to a reader: text, something to look at, the head of a run, ours, or nothing worth seeing"""

_TELLING = 2000  # characters of a line that say what it is
_TONES = {"error": "bad", "warning": "busy", "title": "strong", "summary": "strong", "detail": "dim", "link": "odd"}
STEP_TONES = {"create": "good", "update": "busy", "delete": "bad", "replace": "odd", "same": "dim", "import": "odd"}


class LogLine(NamedTuple):
    """`number` counts all lines that were ever taken. `time` is as the kubelet sent it; notes may have none."""

    number: int
    text: str
    kind: Kind = ""
    tone: str = ""
    time: str = ""
    origin: LogSource | None = None
    section: LogSection | None = None
    whole: str = ""
    """the line as it was written, where `text` is short for it"""

    @property
    def head(self) -> bool:
        return self.kind == "head"

    @property
    def error(self) -> bool:
        return self.kind == "error"

    @property
    def shown(self) -> str:
        """What stands on the screen; the head of a run says how the run stands now."""
        return head_text(self) if self.kind == "head" else self.text


class RawLine(NamedTuple):
    """What a raw line looks like, and what a `Cutter` wants to know of it."""

    text: str
    kind: Kind = ""
    tone: str = ""
    whole: str = ""
    agent: AgentLine | None = None
    found: LineMark = TEXT


def read_raw_line(origin: LogSource, raw: str) -> RawLine:
    """How this line is shown. `raw` is what follows its time."""
    if origin.operator:
        said = operator_line(raw)
        return RawLine(_flat(operator_short(said) if said else raw), tone="dim", whole=_harmless(raw))
    agent = agent_line(raw)
    if agent is not None and not agent.of_program:
        kind: Kind = "error" if agent.level in BAD else ""
        if is_chatter(agent):
            kind = "chatter"
        return RawLine(_flat(short(agent)), kind, "bad" if kind == "error" else "dim", _harmless(raw), agent)
    text = _flat(last_of_progress(agent.message if agent is not None else raw))
    found = mark(text if len(text) < _TELLING else text[:_TELLING])
    tone = STEP_TONES.get(found.verb, "") if found.kind == "step" else _TONES.get(found.kind, "")
    return RawLine(text, "error" if found.kind == "error" else "", tone, "", agent, found)


def head_text(line: LogLine) -> str:
    """The words of a line that heads a section, as the section stands now."""
    section = line.section
    if section is None:
        return line.text
    counts = f" ({section.counts})" if section.counts else ""
    return f"== {section.title}{counts} =="


def _flat(text: str) -> str:
    """Harmless, and one line: what a terminal takes for the end of a line may stand in one."""
    if text.isprintable():
        return text
    text = plain(text)
    return text.replace("\n", " ") if "\n" in text else text


def _harmless(raw: str) -> str:
    """The same line for keeping: its parts stay parted by tabs."""
    return "\t".join(_flat(part) for part in raw.split("\t"))
