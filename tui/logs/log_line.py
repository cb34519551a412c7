"""One line of a log as a screen shows it: what the agent writes at length is shown in short, and kept whole."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from fleet.logs.log_sources import LogSource
from stacks.logs.parsed_line import ParsedLine
from stacks.logs.runs import LogSection
from stacks.text import plain
from views.tones import LOG_LINE, STEP

Kind: TypeAlias = Literal["", "error", "head", "note", "chatter"]
"""what a line is to a reader: text, an error, the head of a run, a note of ours, or talk between agent and operator"""


class LogLine(NamedTuple):
    """`number` counts all lines that were ever added. `time` is as the kubelet sent it; notes may have none."""

    number: int
    text: str
    kind: Kind = ""
    tone: str = ""
    time: str = ""
    source: LogSource | None = None
    section: LogSection | None = None
    whole: str = ""
    """the line as it was written, where `text` is short for it"""

    @property
    def shown(self) -> str:
        """What stands on the screen; the head of a run says how the run stands now."""
        return head_text(self) if self.kind == "head" else self.text


def style_line(line: ParsedLine, raw: str) -> tuple[str, Kind, str, str]:
    """Text, kind, tone and `whole` of the LogLine. `raw` is the line as it was written, without its time."""
    if not line.is_output:
        kind: Kind = "chatter" if line.is_chatter else "error" if line.is_error else ""
        return _flat(plain(line.text)), kind, "bad" if kind == "error" else "dim", _harmless(raw)
    mark = line.mark
    tone = STEP.get(mark.verb, "") if mark.kind == "step" else LOG_LINE.get(mark.kind, "")
    return _flat(line.text), "error" if line.is_error else "", tone, ""


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
