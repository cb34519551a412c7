"""What readers of many logs ask for, and the events that they get: lines, notices, Stacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from cluster.container_logs.log_stream import (
    ContainerRestarted,
    LogEnded,
    LogGap,
    LogRefused,
    LogResumed,
    LogWaiting,
    LogWindow,
)
from fleet.board.rows import Key
from fleet.logs.log_sources import AGENT_CONTAINER, LogSource
from stacks.records.kubernetes import WorkspacePod
from stacks.records.stack import Stack


@dataclass(frozen=True)
class LogOptions:
    """Which logs are wanted, and which part of them."""

    window: LogWindow = field(default_factory=LogWindow)
    containers: tuple[str, ...] = ()
    """none: the agent's, and of the init containers those that keep it from running"""
    every_container: bool = False
    most: int = 64
    """how many may be open at once"""
    operator: bool = False
    """also the operator's lines about the Stacks"""

    def containers_of(self, pod: WorkspacePod) -> list[str]:
        """The containers of this pod that are wanted, in the order in which they start."""
        names = pod.container_names
        if self.containers:
            return [name for name in names if name in self.containers]
        if self.every_container:
            return names
        mains = [AGENT_CONTAINER] if AGENT_CONTAINER in names or not names else pod.main_names[:1]
        return [*(name for name in pod.init_names if _blocks_the_agent(pod, name)), *mains]


def _blocks_the_agent(pod: WorkspacePod, container: str) -> bool:
    """Whether an init container runs now, or failed, or hasn't been able to start."""
    life = pod.statuses_by_name.get(container)
    if life is None or life.state.running is not None:
        return life is not None
    if life.state.waiting is not None:
        return not life.state.waiting.is_usual
    return life.state.terminated is not None and life.state.terminated.exit_code != 0


@dataclass(frozen=True, slots=True)
class LinesWritten:
    """Whole lines of one log, each begun by its time. Events that come after were written later, as far as is known."""

    source: LogSource
    block: bytes


@dataclass(frozen=True, slots=True)
class StackChanged:
    """A Stack as it is now; None if it is gone."""

    key: Key
    stack: Stack | None


@dataclass(frozen=True, slots=True)
class NoLog:
    """There is no log, and this is all that is known: why not, and what the run's own objects say."""

    reason: str
    message: str = ""
    permalink: str = ""
    operator_may_know: bool = False


@dataclass(frozen=True, slots=True)
class LogNote:
    """Something that a reader should know."""

    text: str


@dataclass(frozen=True, slots=True)
class LogsLimited:
    """More logs are wanted than may be open: these wait until another one ends."""

    most: int
    waiting: Sequence[LogSource]


@dataclass(frozen=True, slots=True)
class ContextSettled:
    """What a context has at first is known: its Stacks, or with `pods` also the pods whose logs are read."""

    pods: bool = False


@dataclass(frozen=True, slots=True)
class LogOpening:
    """This log is going to be read."""


About: TypeAlias = LogSource | Key | str
"""What a notice is about: one log, a Stack, or a whole context."""
Notice: TypeAlias = (
    LogWaiting
    | LogResumed
    | ContainerRestarted
    | LogGap
    | LogEnded
    | LogRefused
    | NoLog
    | LogNote
    | LogsLimited
    | ContextSettled
    | LogOpening
)


@dataclass(frozen=True, slots=True)
class LogNotice:
    """Something happened, other than that lines were written."""

    about: About
    notice: Notice


Event: TypeAlias = LinesWritten | LogNotice | StackChanged


def context_of(about: About) -> str:
    """The context of what a notice is about."""
    if isinstance(about, LogSource):
        return about.key.context
    return about.context if isinstance(about, Key) else about
