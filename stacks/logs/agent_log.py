"""What a workspace pod prints: the agent's own lines, and inside of them the program's output.

The agent writes zap's console form, ``time TAB level TAB logger TAB message [TAB json]``, and hands on
every line of pulumi's stdout (INFO) and stderr (WARN) under the logger ``pulumi``. Whatever doesn't
begin like that goes on with the line before it, or is of a container that isn't the agent's.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from stacks.logs.pulumi_log import mark
from stacks.messages import headline, without_outputs
from stacks.text import plain

PROGRAM = "pulumi"
AGENT_STARTS = "Pulumi Kubernetes Agent"
LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "DPANIC", "PANIC", "FATAL")
BAD = frozenset({"ERROR", "DPANIC", "PANIC", "FATAL"})

_HEADER = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT[^\t]{8,24})\t(?P<level>" + "|".join(LEVELS) + r")\t(?P<logger>[^\t]*)\t(?P<rest>.*)",
    re.DOTALL,
)
_CUT_OFF = re.compile(r"\\n|\"\}$|utputs:")  # JSON with somebody's output in it
_MANY = 6
_NO_OUTPUT = frozenset({"step", "detail", "summary", "title"})
_DULL = re.compile(r"grpc\.|system$|span\.kind$|peer\.|auth\.|user\.|grpc_log$|stackName$")


class AgentLine(NamedTuple):
    """One line of the agent. `fields` is the JSON it ends with, as text; the program's lines have none."""

    time: str
    level: str
    logger: str
    message: str
    fields: str = ""

    @property
    def of_program(self) -> bool:
        return self.logger == PROGRAM

    @property
    def values(self) -> dict[str, Any]:
        """The fields, decoded; empty if they can't be."""
        return decoded(self.fields)


def agent_line(text: str) -> AgentLine | None:
    """The line taken apart; None for one that the agent didn't begin."""
    found = _HEADER.match(text)
    if found is None:
        return None
    time, level, logger, rest = found.groups()
    if logger == PROGRAM:
        return AgentLine(time, level, logger, rest)
    message, tab, fields = rest.rpartition("\t")
    if tab and fields.startswith("{") and fields.endswith("}"):
        return AgentLine(time, level, logger, message, fields)
    return AgentLine(time, level, logger, rest)


def decoded(fields: str) -> dict[str, Any]:
    """The JSON object at the end of a line; empty if it isn't one. A key that stands there twice counts once."""
    try:
        values = json.loads(fields) if fields else {}
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def is_chatter(line: AgentLine) -> bool:
    """Whether the line only says that the agent and the operator talk to each other.

    A failed stream's line repeats what the server has just said; a failed unary call may be all there is.
    """
    if line.logger != "cmd.serve.grpc":
        return False
    return line.message.startswith(("[core]", "finished streaming call")) or line.message.endswith("code OK")


def short(line: AgentLine) -> str:
    """The line in short: the program's words as they are, the agent's with the fields that say something."""
    if line.of_program or not line.fields:
        return line.message
    values = line.values
    if line.message == "selected a stack":
        return f"selected a stack: {values.get('name', '?')}"
    error = values.get("error") or values.get("stderr")
    if isinstance(error, str) and error:
        return f"{line.message}: {_headline(line.message.partition(' ')[0], error)}"
    told = [f"{key}={value}" for key, value in values.items() if isinstance(value, str | int) and not _DULL.match(key)]
    return f"{line.message} ({', '.join(told[:_MANY])})" if told else line.message


def _headline(operation: str, error: str) -> str:
    """The agent leaves out what the operator writes before an error, and by which it is taken apart."""
    wrapping = f"{operation} failed: "
    return headline(wrapping + error).removeprefix(wrapping)


def last_of_progress(text: str) -> str:
    """A plain line; of a progress bar that draws over itself, what stands there in the end."""
    if "\r" in text:
        text = text.rstrip("\r").rpartition("\r")[2]
    if not text.isprintable():  # bytes that are no text are seen to be none
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return plain(text)


class OutputRedactor:
    """Hides what stands under ``Outputs:``, line by line as it comes: those values may be nobody's business.

    Secret ones are masked by pulumi itself; but it only knows those that somebody told it of. A log may
    begin in the middle of them, so it begins drawn, and the first line at the margin opens it.
    """

    def __init__(self) -> None:
        self.drawn = True
        self._fresh = True
        self._begun = False
        self._within_program = True

    def pass_(self, text: str) -> str | None:
        """The line as it may be shown; None if it may not."""
        line = agent_line(text)
        self._begun = self._begun or line is not None
        if line is None and not self._begun and _CUT_OFF.search(text):
            return "(the rest of a line whose beginning isn't there: not shown)"
        if line is None:
            # A line that was cut may begin at the margin with anything: it doesn't open the curtain.
            hidden = self._within_program and self.drawn and text.strip() and self._covers(text)
            return self._hidden() if hidden else text
        self._within_program = line.of_program and line.level == "INFO"
        if not line.of_program:
            return self._cleaned(text, line) if "utputs:" in line.fields else text
        if line.level != "INFO":
            return text  # stderr: outputs are on stdout
        shown = self._program(line.message)
        return None if shown is None else text[: len(text) - len(line.message)] + shown

    def _program(self, message: str) -> str | None:
        """One line of the program, by the rule for whole messages."""
        if self.drawn:
            if self._covers(message) and not (self._fresh and mark(message).kind in _NO_OUTPUT):
                return self._hidden()
            self.drawn = False
        self._fresh = False
        shown = without_outputs(message)
        self.drawn = shown != message and shown.endswith("(not shown)")
        return shown

    def _hidden(self) -> str | None:
        """What stands in the place of a hidden line: where a log begins with some, that is said once."""
        fresh, self._fresh = self._fresh, False
        return "(not shown)" if fresh else None

    @staticmethod
    def _covers(message: str) -> bool:
        return "\n" not in without_outputs(f"Outputs:\n{message}")

    @staticmethod
    def _cleaned(text: str, line: AgentLine) -> str:
        values = line.values
        fields = json.dumps(without_outputs_within(values), ensure_ascii=False) if values else "(not shown)"
        return text[: len(text) - len(line.fields)] + fields


def without_outputs_within(value: Any) -> Any:
    """The same JSON, its texts without outputs."""
    if isinstance(value, str):
        return without_outputs(value) if "utputs:" in value else value
    if isinstance(value, dict):
        return {key: without_outputs_within(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_outputs_within(item) for item in value]
    return value
