"""Where log lines come from: each kind of source described once, by what its lines mean and what is redacted.

What must not be seen is taken out where lines enter, so that no front end can show it by mistake. A new kind
of log is one more `SourceKind`, opened by a function of `pod_logs` that `listed_logs` and `followed_logs` call where a
field of `LogOptions` (`log_events`) asks for it; that option needs a flag, and a key of the page of logs. Readers ask
its fields. The previous run of a container is no source, but a `LogWindow` of one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from fleet.board.rows import Key
from stacks.logs.agent_log import OutputRedactor
from stacks.logs.operator_log import OperatorLogFilter
from stacks.logs.parsed_line import (
    LineDetails,
    ParsedLine,
    operator_line_details,
    parse_operator_line,
    parse_workspace_line,
    workspace_line_details,
)

AGENT_CONTAINER = "pulumi"
"""the container of a workspace pod in which the agent runs pulumi"""


class LogRedactor(Protocol):
    """Takes out of a log what must not be seen, block by block. A block is whole lines, each begun by its time."""

    def redact(self, block: bytes) -> Iterable[tuple[LogSource, bytes]]:
        """The lines that may be seen, and of which source they are."""
        ...

    def finish(self) -> Iterable[tuple[LogSource, bytes]]:
        """What was kept until the log's end."""
        ...


@dataclass(frozen=True, eq=False)
class SourceKind:
    """What is true of all logs of one kind. `parse` is for many lines, `details` for one."""

    redactor: Callable[[LogSource], LogRedactor]
    parse: Callable[[str], ParsedLine]
    details: Callable[[str], LineDetails]
    title: str = ""
    """what readers see as its name; empty: the container's name"""
    has_runs: bool = False
    """whether it can be split into runs of pulumi"""
    in_workspace_pod: bool = True
    """whether its pod is the Stack's own"""


@dataclass(frozen=True, slots=True)
class LogSource:
    """One container of one pod, read on behalf of a Stack."""

    key: Key
    kind: SourceKind
    pod: str
    container: str
    uid: str = ""
    """the pod's"""
    namespace: str = ""
    """the pod's, where that isn't the Stack's"""

    @property
    def title(self) -> str:
        """What it is called beside its Stack: ``pulumi``, ``fetch``, ``operator``."""
        return self.kind.title or self.container


def workspace_source(key: Key, pod: str, container: str, uid: str = "") -> LogSource:
    """A container of a Stack's workspace pod: the agent's, or an init container, or a sidecar."""
    return LogSource(key, AGENT if container == AGENT_CONTAINER else CONTAINER, pod, container, uid)


class NoRedaction:
    """For containers of which nothing is known: all their lines are passed on."""

    def __init__(self, source: LogSource) -> None:
        self._source = source

    def redact(self, block: bytes) -> Iterable[tuple[LogSource, bytes]]:
        return ((self._source, block),)

    def finish(self) -> Iterable[tuple[LogSource, bytes]]:
        return ()


class AgentRedactor(NoRedaction):
    """For the agent's log: the values under ``Outputs:`` are left out."""

    def __init__(self, source: LogSource) -> None:
        super().__init__(source)
        self._outputs = OutputRedactor()

    def redact(self, block: bytes) -> Iterable[tuple[LogSource, bytes]]:
        # Nearly always that is the very same block.
        if self._outputs.hides or _may_begin_outputs(block):
            block = b"".join(self._redacted(line) for line in block.split(b"\n")[:-1])
        return ((self._source, block),) if block else ()

    def _redacted(self, line: bytes) -> bytes:
        if not self._outputs.hides and not _may_begin_outputs(line):
            return line + b"\n"
        time, text = _split_time(line)
        shown = self._outputs.redact(text)
        return b"" if shown is None else time + b" " + shown.encode("utf-8", "surrogateescape") + b"\n"


class OperatorRedactor:
    """For the operator's log: only the lines about some Stacks, and of those never a run's result.

    `sources` says for each Stack, (namespace, name), whose lines they are then; for `workspaces` see
    `OperatorLogFilter`. With a `tail` only the last so many lines come through, all of them at the end: a
    server that is asked for its last lines knows nothing of Stacks.
    """

    def __init__(
        self,
        sources: Mapping[tuple[str, str], LogSource],
        workspaces: Mapping[tuple[str, str], str],
        tail: int | None = None,
    ) -> None:
        self._sources = sources
        self._filter = OperatorLogFilter(sources.keys(), workspaces)
        self._kept: deque[tuple[LogSource, bytes]] | None = None if tail is None else deque(maxlen=tail)

    def redact(self, block: bytes) -> Iterable[tuple[LogSource, bytes]]:
        if self._kept is None:
            return _joined(self._filtered(block))
        self._kept.extend(self._filtered(block))
        return ()

    def finish(self) -> Iterable[tuple[LogSource, bytes]]:
        return _joined(self._kept or ())

    def _filtered(self, block: bytes) -> Iterator[tuple[LogSource, bytes]]:
        for line in block.split(b"\n")[:-1]:
            time, text = _split_time(line)
            found = self._filter.filter(text)
            if found is not None and (source := self._sources.get(found[0])) is not None:
                yield source, time + b" " + found[1].encode("utf-8", "surrogateescape") + b"\n"


def _joined(lines: Iterable[tuple[LogSource, bytes]]) -> Iterator[tuple[LogSource, bytes]]:
    """Lines that follow each other and are of one source, as one block."""
    for source, group in groupby(lines, key=lambda each: each[0]):
        yield source, b"".join(line for _, line in group)


def _may_begin_outputs(text: bytes) -> bool:
    return b"utputs" in text or b"UTPUTS" in text


def _split_time(line: bytes) -> tuple[bytes, str]:
    """A line's time, and its text; bytes that are no text survive the way there and back."""
    time, _, text = line.partition(b" ")
    return time, text.decode("utf-8", "surrogateescape")


AGENT = SourceKind(AgentRedactor, parse_workspace_line, workspace_line_details, has_runs=True)
CONTAINER = SourceKind(NoRedaction, parse_workspace_line, workspace_line_details)
OPERATOR = SourceKind(
    # Read for one Stack, whose workspace is called like it.
    lambda source: OperatorRedactor({(source.key.namespace, source.key.name): source}, {}),
    parse_operator_line,
    operator_line_details,
    title="operator",
    in_workspace_pod=False,
)
