"""A pod's log split into runs of pulumi.

The pod outlives its updates, and its log holds all of them in a row. The agent says where one begins
(it selects the stack) and how it ended; what stands before that, and between two runs, is the agent's
start and the workspace's initialization. A `RunSplitter` is given line after line, so a log can be split
while it is still being written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from stacks.logs.agent_log import AGENT_STARTS, BAD, AgentLine, agent_line, decode_fields
from stacks.logs.pulumi_log import TEXT, LineMark, mark, operation
from stacks.records.workspace import Update
from stacks.text import plain
from stacks.times import instant
from stacks.update_times import completed_at, update_created

Result: TypeAlias = Literal["", "running", "succeeded", "failed", "cut off"]

SLACK = 2.0
"""seconds by which the clocks of operator and node may differ"""
_COMPLETED = re.compile(r"(up|preview|refresh|destroy) completed( with an error)?$")
_METHODS = {"Up": "up", "Preview": "preview", "Refresh": "refresh", "Destroy": "destroy"}


@dataclass(slots=True)
class LogSection:
    """A stretch of the log, which grows while it is being read. `run` counts runs from 1; 0 is none (yet).

    Times are the agent's own, as it wrote them. `message` is why the operator wanted the run, where
    the log says so. `steps` counts what pulumi did to resources, `errors` its diagnostics.
    """

    run: int = 0
    operation: str = ""
    stack: str = ""
    began: str = ""
    ended: str = ""
    result: Result = ""
    message: str = ""
    lines: int = 0
    errors: int = 0
    first_error: str = ""
    steps: dict[str, int] = field(default_factory=dict)
    selected: bool = False
    """it began with the selection of a stack, so what comes next may be a run"""

    @property
    def is_run(self) -> bool:
        return self.run > 0

    @property
    def title(self) -> str:
        """``run 2: up dev failed``, or what else it is."""
        if not self.is_run:
            return "getting ready" if self.selected else "start of the workspace"
        parts = (self.operation, self.stack.rpartition("/")[2], self.result)
        return f"run {self.run}: {' '.join(part for part in parts if part)}"

    @property
    def counts(self) -> str:
        """``1 create, 3 same, 2 errors``"""
        parts = [f"{count} {verb}" for verb, count in self.steps.items()]
        if self.errors:
            parts.append(f"{self.errors} error{'s' if self.errors > 1 else ''}")
        return ", ".join(parts)


class RunSplitter:
    """Says of each line to which section it belongs. `sections` are all so far, in order."""

    def __init__(self) -> None:
        self.sections: list[LogSection] = []
        self._runs = 0

    @property
    def current(self) -> LogSection | None:
        return self.sections[-1] if self.sections else None

    @property
    def last_run(self) -> LogSection | None:
        """The run that goes on, or the last one that did."""
        return next((section for section in reversed(self.sections) if section.is_run), None)

    def section_of(self, text: str) -> LogSection:
        line = agent_line(text)
        if line is None or not line.of_program:
            return self.add(line)
        text = plain(line.message)
        return self.add(line, text, mark(text))

    def add(self, line: AgentLine | None, text: str = "", found: LineMark = TEXT) -> LogSection:
        """The section of a line that was parsed; of a program's line `text` is the plain text, `found` its mark."""
        section = self._section(line)
        section.lines += 1
        if line is None:
            return section
        if not section.began:
            section.began = line.time
        if line.of_program:
            self._add_output(section, text, found)
        elif line.logger == "server":
            self._add_server_message(section, line)
        elif line.logger == "cmd.serve.grpc":
            self._add_call(section, line)
        elif line.level in BAD:
            self._count_error(section, line.message)
        return section

    def end(self) -> None:
        """The container has ended: a run that hasn't said how it ended was cut off."""
        last = self.current
        if last is not None and last.is_run and last.result == "running":
            last.result = "cut off"

    def _section(self, line: AgentLine | None) -> LogSection:
        current = self.current
        if line is not None and line.logger == "server" and line.message == "selected a stack":
            return self._open(LogSection(stack=str(line.values.get("name", "")), selected=True))
        if line is not None and line.logger == "cmd.serve" and line.message == AGENT_STARTS:
            return self._open(LogSection())
        # A log that was asked for from some time on begins anywhere, perhaps within a run.
        return current if current is not None else self._open(LogSection(selected=True))

    def _open(self, section: LogSection) -> LogSection:
        self.end()
        self.sections.append(section)
        return section

    def _count_run(self, section: LogSection) -> None:
        """Count a run: something was seen that only a run does."""
        if section.selected and not section.is_run:
            self._runs += 1
            section.run = self._runs
            section.result = "running"

    def _add_output(self, section: LogSection, text: str, found: LineMark) -> None:
        self._count_run(section)
        if section.is_run and not section.operation:
            section.operation = operation(text)
        if found.kind == "step" and found.verb:
            section.steps[found.verb] = section.steps.get(found.verb, 0) + 1
        elif found.kind == "error":
            self._count_error(section, text)

    @staticmethod
    def _count_error(section: LogSection, text: str) -> None:
        section.errors += 1
        section.first_error = section.first_error or text.strip()

    def _add_server_message(self, section: LogSection, line: AgentLine) -> None:
        found = _COMPLETED.match(line.message)
        if found is None:
            if line.message == "install completed with an error":
                section.result = "failed"
            return
        self._count_run(section)
        values = line.values
        section.operation = found[1]
        section.ended = line.time
        failed = bool(found[2]) or str(values.get("result", "succeeded")) != "succeeded"
        section.result = "failed" if failed else "succeeded"
        section.message = _unquoted(str(values.get("message", "")))

    def _add_call(self, section: LogSection, line: AgentLine) -> None:
        if "Server created" in line.message:
            self._count_run(section)  # the server of engine events, which every operation opens before it starts pulumi
        elif line.message.startswith("finished streaming call"):
            method = _METHODS.get(str(line.values.get("grpc.method")), "")
            if method and section.is_run and section.result == "running":
                section.operation = method
                section.ended = line.time
                section.result = "succeeded" if line.message.endswith("code OK") else "failed"


def update_of(run: LogSection, updates: Sequence[Update]) -> Update | None:
    """The Update whose run this is; None where that can't be told.

    An Update's name says when it was made, its condition when it was over, and a Stack's Updates don't
    overlap: so it is the newest that was made before the run and wasn't over by then.
    """
    began = instant(run.began)
    if not run.is_run or began is None:
        return None
    fitting = [(created, update) for update in updates if (created := _fits(update, run, began)) is not None]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _fits(update: Update, run: LogSection, began: float) -> float | None:
    """When the Update was made, if the run can be its run."""
    created = update_created(update.metadata.name) or instant(update.metadata.creation_timestamp)
    if created is None or created > began + SLACK:
        return None
    ended = completed_at(update)
    if ended is not None and ended + SLACK < began:
        return None
    if run.operation and update.spec.type and run.operation != update.spec.type:
        return None
    if run.message and update.spec.message and run.message != update.spec.message:
        return None
    return created


def _unquoted(message: str) -> str:
    """Pulumi's result quotes the message once more: ``"Initial stack update"`` with its quotes."""
    if len(message) > 1 and message[0] == message[-1] == '"':
        return str(decode_fields(f'{{"it": {message}}}').get("it", message))
    return message
