"""Lines of logs as a diagnosis may quote them: without outputs, without secrets, each with its time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from diagnosis.facts.context_objects import QuotableLine
from stacks.logs.agent_log import OutputRedactor
from stacks.logs.operator_log import operator_line, redacted
from stacks.text import plain
from stacks.times import instant


def workspace_lines(lines: Iterable[str]) -> list[QuotableLine]:
    """The lines of a container of a workspace pod that may be quoted, in their order."""
    redactor = OutputRedactor()
    found = []
    for line in lines:
        time, text = _split_time(line)
        shown = redactor.redact(text)
        if shown is not None:
            found.append(_with_own_time(QuotableLine(plain(shown), time)))
    return found


def operator_lines(lines: Iterable[str]) -> list[QuotableLine]:
    """The lines of the operator's log that can be read, without what may hold outputs. A stack trace is left out."""
    found = []
    for line in lines:
        time, text = _split_time(line)
        parsed = operator_line(text)
        if parsed is not None:
            found.append(QuotableLine(plain(redacted(parsed)), parsed.time or time))
    return found


def _split_time(line: str) -> tuple[str, str]:
    """The time that a kubelet puts before a line, and the line."""
    time, blank, text = line.partition(" ")
    return (time, text) if blank and "\t" not in time and instant(time) is not None else ("", line)


def _with_own_time(line: QuotableLine) -> QuotableLine:
    """The line with the time that it says itself, where no kubelet said one."""
    own = line.text.partition("    ")[0]  # a tab, made plain
    return replace(line, time=own) if not line.time and instant(own) is not None else line
