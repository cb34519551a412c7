"""The log of a workspace pod: the agent's own lines, and the program's output that it passes on.

The agent writes zap's console form, ``time TAB level TAB logger TAB message [TAB json]``, and hands on
every line of pulumi's stdout (INFO) and stderr (WARN) under the logger ``pulumi``. Whatever doesn't
begin like that goes on with the line before it, or is of a container that isn't the agent's. With ``AGENT_JSON_LOG``
it writes the same as JSON, an object a line.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from stacks.logs.pulumi_log import mark
from stacks.messages import begins_outputs, ends_outputs, headline, without_outputs
from stacks.redaction import MASK
from stacks.text import plain
from stacks.times import rfc3339

PROGRAM = "pulumi"
AGENT_STARTS = "Pulumi Kubernetes Agent"
LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "DPANIC", "PANIC", "FATAL")
BAD = frozenset({"ERROR", "DPANIC", "PANIC", "FATAL"})

_HEADER = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT[^\t]{8,24})\t(?P<level>" + "|".join(LEVELS) + r")\t(?P<logger>[^\t]*)\t(?P<rest>.*)",
    re.DOTALL,
)
_LINE_END = "\\n"  # as JSON writes it
_MANY = 6
_NO_OUTPUT = frozenset({"step", "detail", "summary", "title"})
_UNINTERESTING = re.compile(r"grpc\.|system$|span\.kind$|peer\.|auth\.|user\.|grpc_log$|stackName$")


class AgentLine(NamedTuple):
    """One line of the agent. `fields` is the JSON it ends with, as text; the program's lines have none.

    `as_json`: the whole line is JSON.
    """

    time: str
    level: str
    logger: str
    message: str
    fields: str = ""
    as_json: bool = False

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
        return _json_line(text) if text.startswith("{") else None
    time, level, logger, rest = found.groups()
    if logger == PROGRAM:
        return AgentLine(time, level, logger, rest)
    message, tab, fields = rest.rpartition("\t")
    if tab and fields.startswith("{") and fields.endswith("}"):
        return AgentLine(time, level, logger, message, fields)
    return AgentLine(time, level, logger, rest)


def _json_line(text: str) -> AgentLine | None:
    """The line that zap writes as JSON; None for anybody else's JSON, which names no logger."""
    values = decode_fields(text)
    time, level, logger, message = (values.pop(name, None) for name in ("ts", "level", "logger", "msg"))
    if not isinstance(logger, str) or not isinstance(level, str) or not isinstance(message, str):
        return None
    fields = json.dumps(values, ensure_ascii=False) if values and logger != PROGRAM else ""
    return AgentLine(_moment(time), level.upper(), logger, message, fields, as_json=True)


def _moment(time: Any) -> str:
    """When a line was written; zap writes text, or seconds since 1970."""
    if isinstance(time, int | float):
        try:
            return rfc3339(time)
        except (ValueError, OverflowError, OSError):
            return ""
    return time if isinstance(time, str) else ""


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
    the middle of outputs, so it begins by hiding, until the first line that isn't indented. No line is hidden for its
    form alone: of JSON only what stands under ``Outputs:`` in its texts is.
    """

    def __init__(self) -> None:
        self.hides = True
        """whether the next line may be an output"""
        self._certain = False
        """whether the head of the section was seen: then a line at the margin goes on with an output"""
        self._at_start = True
        self._first = True
        self._seen_header = False
        self._follows_program = True

    def redact(self, text: str) -> str | None:
        """The line as it may be shown; None if it may not."""
        line = agent_line(text)
        first, self._first = self._first, False
        self._seen_header = self._seen_header or line is not None
        if line is None:
            return self._redact_other(text, first)
        self._follows_program = line.of_program and line.level == "INFO"
        if not line.of_program:
            return self._redact_fields(text, line) if "utputs" in text else text
        if line.level != "INFO":
            return text  # stderr: outputs are on stdout
        shown = self._redact_output(line.message)
        if shown is None or shown == line.message:
            return None if shown is None else text
        return _with_message(text, shown) if line.as_json else text[: len(text) - len(line.message)] + shown

    def _redact_other(self, text: str, first: bool) -> str | None:
        """A line that the agent didn't begin."""
        if text.startswith(("{", "[")) and (values := _decoded(text)) is not None:
            clean = without_outputs_within(values)
            return text if clean == values else json.dumps(clean, ensure_ascii=False)
        if not self._seen_header and (_LINE_END in text or (first and text.endswith('"}'))):
            return _end_of_a_line(text)
        # The agent hands on every line of an output, so one at the margin is none; it doesn't end them.
        hidden = self._follows_program and self.hides and text.strip() and text[:1].isspace()
        return self._placeholder() if hidden and not ends_outputs(text) else text

    def _redact_output(self, message: str) -> str | None:
        """One line of the program, by the rule for whole messages."""
        if self.hides:
            if self._is_output(message) and not (self._at_start and mark(message).kind in _NO_OUTPUT):
                return self._placeholder()
            self.hides = False
        self._at_start = False
        self.hides = self._certain = begins_outputs(message)
        return without_outputs(message)

    def _placeholder(self) -> str | None:
        """What stands in the place of a hidden line: where a log begins with some, that is said once."""
        was_at_start, self._at_start = self._at_start, False
        return MASK if was_at_start else None

    def _is_output(self, message: str) -> bool:
        return not (ends_outputs(message) or (not self._certain and message[:1].strip()))

    @staticmethod
    def _redact_fields(text: str, line: AgentLine) -> str:
        if line.as_json:
            return json.dumps(without_outputs_within(decode_fields(text)), ensure_ascii=False)
        if not line.fields:
            return text
        values = line.values
        fields = json.dumps(without_outputs_within(values), ensure_ascii=False) if values else MASK
        return text[: len(text) - len(line.fields)] + fields


def _with_message(text: str, message: str) -> str:
    """The line of JSON with another message."""
    return json.dumps({**decode_fields(text), "msg": message}, ensure_ascii=False)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _end_of_a_line(text: str) -> str:
    """What may be seen of the end of a line of JSON whose beginning isn't there: what comes behind the outputs."""
    parts = text.split(_LINE_END)
    behind = next((place for place, part in enumerate(parts) if ends_outputs(part)), len(parts))
    if behind == len(parts) and not text.endswith('"}') and "utputs" not in text:
        return text  # somebody writes about line ends
    rest = _LINE_END.join(parts[behind:])
    said = f"(the beginning of this line isn't there, and what may be outputs isn't shown) {rest}".rstrip()
    return said if "utputs" not in rest else without_outputs(said.replace(_LINE_END, "\n")).replace("\n", _LINE_END)


def without_outputs_within(value: Any) -> Any:
    """A JSON value with its texts without outputs."""
    if isinstance(value, str):
        return without_outputs(value)
    if isinstance(value, dict):
        return {key: without_outputs_within(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_outputs_within(item) for item in value]
    return value
