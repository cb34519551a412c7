"""What one line of a log means, whoever wrote it: the shape that both front ends colour and print.

There are two parsers, one for workspace pods and one for the operator. A reader of many lines asks for a
`ParsedLine`; `LineDetails` decodes the JSON fields too, which is worth its price only for single lines.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from stacks.logs.agent_log import BAD, AgentLine, agent_line, is_chatter, last_of_progress, short
from stacks.logs.operator_log import operator_line
from stacks.logs.operator_log import short as operator_short
from stacks.logs.pulumi_log import TEXT, LineMark, mark

_CLASSIFIED = 2000  # characters of a line by which it is classified


class ParsedLine(NamedTuple):
    """`text` is the line in one sentence; where it isn't a program's output it may hold control characters."""

    text: str
    is_output: bool = False
    """a program wrote it, and not the agent or the operator about itself"""
    is_error: bool = False
    is_chatter: bool = False
    """only the agent and the operator talking to each other: nothing for a reader"""
    mark: LineMark = TEXT
    """of a program's output, what the line is to pulumi"""
    agent: AgentLine | None = None


class LineDetails(NamedTuple):
    """The parts of one line. `level` and `logger` are None where it has none."""

    message: str
    level: str | None = None
    logger: str | None = None
    fields: dict[str, Any] | None = None
    has_fields: bool = False
    is_output: bool = False


def parse_workspace_line(raw: str) -> ParsedLine:
    """A line of a workspace pod: the agent's own, or what a program prints, through the agent or by itself."""
    agent = agent_line(raw)
    if agent is not None and not agent.of_program:
        return ParsedLine(short(agent), False, agent.level in BAD, is_chatter(agent), TEXT, agent)
    text = last_of_progress(agent.message if agent is not None else raw)
    found = mark(text if len(text) < _CLASSIFIED else text[:_CLASSIFIED])
    return ParsedLine(text, True, found.kind == "error", False, found, agent)


def parse_operator_line(raw: str) -> ParsedLine:
    """A line of the operator, already without what may hold outputs."""
    line = operator_line(raw)
    return ParsedLine(operator_short(line) if line is not None else raw)


def workspace_line_details(raw: str) -> LineDetails:
    line = agent_line(raw)
    if line is None:
        return LineDetails(raw)
    return LineDetails(line.message, line.level, line.logger, line.values, bool(line.fields), line.of_program)


def operator_line_details(raw: str) -> LineDetails:
    line = operator_line(raw)
    if line is None:
        return LineDetails(raw, logger="operator")
    return LineDetails(line.message, line.level, "operator", line.fields, bool(line.fields))
