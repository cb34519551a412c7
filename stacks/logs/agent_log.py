"""The log of a workspace pod: the agent's own lines, and the program's output that it passes on.

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
_UNINTERESTING = re.compile(r"grpc\.|system$|span\.kind$|peer\.|auth\.|user\.|grpc_log$|stackName$")


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
        return decode_fields(self.fields)


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


def decode_fields(fields: str) -> dict[str, Any]:
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
    """One sentence: the program's text as it is, the agent's message with the fields that say something."""
    if line.of_program or not line.fields:
        return line.message
    values = line.values
    if line.message == "selected a stack":
        return f"selected a stack: {values.get('name', '?')}"
    error = values.get("error") or values.get("stderr")
    if isinstance(error, str) and error:
        # The agent leaves out what the operator writes before an error, and by which it is taken apart.
        wrapping = f"{line.message.partition(' ')[0]} failed: "
        return f"{line.message}: {headline(wrapping + error).removeprefix(wrapping)}"
    named = [
        f"{key}={value}"
        for key, value in values.items()
        if isinstance(value, str | int) and not _UNINTERESTING.match(key)
    ]
    return f"{line.message} ({', '.join(named[:_MANY])})" if named else line.message


def last_of_progress(text: str) -> str:
    """The line as plain text; of a progress bar that draws over itself, its last state."""
    if "\r" in text:
        text = text.rstrip("\r").rpartition("\r")[2]
    if not text.isprintable():  # bytes that are no text are seen to be none
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return plain(text)


class OutputRedactor:
    """Takes the values under ``Outputs:`` out of a log, line by line as it comes.

    Pulumi masks secret values itself; but it only knows those that were marked as secret. A log may begin in
    the middle of outputs, so it begins by hiding, until the first line that isn't indented.
    """

    def __init__(self) -> None:
        self.hides = True
        """whether the next line may be an output"""
        self._at_start = True
        self._seen_header = False
        self._follows_program = True

    def redact(self, text: str) -> str | None:
        """The line as it may be shown; None if it may not."""
        line = agent_line(text)
        self._seen_header = self._seen_header or line is not None
        if line is None and not self._seen_header and _CUT_OFF.search(text):
            return "(the rest of a line whose beginning isn't there: not shown)"
        if line is None:
            # A line that was cut may begin at the margin with anything: it doesn't end the outputs.
            hidden = self._follows_program and self.hides and text.strip() and self._is_output(text)
            return self._placeholder() if hidden else text
        self._follows_program = line.of_program and line.level == "INFO"
        if not line.of_program:
            return self._redact_fields(text, line) if "utputs:" in line.fields else text
        if line.level != "INFO":
            return text  # stderr: outputs are on stdout
        shown = self._redact_output(line.message)
        return None if shown is None else text[: len(text) - len(line.message)] + shown

    def _redact_output(self, message: str) -> str | None:
        """One line of the program, by the rule for whole messages."""
        if self.hides:
            if self._is_output(message) and not (self._at_start and mark(message).kind in _NO_OUTPUT):
                return self._placeholder()
            self.hides = False
        self._at_start = False
        shown = without_outputs(message)
        self.hides = shown != message and shown.endswith("(not shown)")
        return shown

    def _placeholder(self) -> str | None:
        """What stands in the place of a hidden line: where a log begins with some, that is said once."""
        was_at_start, self._at_start = self._at_start, False
        return "(not shown)" if was_at_start else None

    @staticmethod
    def _is_output(message: str) -> bool:
        return "\n" not in without_outputs(f"Outputs:\n{message}")

    @staticmethod
    def _redact_fields(text: str, line: AgentLine) -> str:
        values = line.values
        fields = json.dumps(without_outputs_within(values), ensure_ascii=False) if values else "(not shown)"
        return text[: len(text) - len(line.fields)] + fields


def without_outputs_within(value: Any) -> Any:
    """A JSON value with its texts without outputs."""
    if isinstance(value, str):
        return without_outputs(value) if "utputs:" in value else value
    if isinstance(value, dict):
        return {key: without_outputs_within(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_outputs_within(item) for item in value]
    return value
