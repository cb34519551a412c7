"""Where log lines come from, and what a reader of many logs is told."""

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
from stacks.records.pod import WorkspacePod
from stacks.records.stack import Stack

MAIN = "pulumi"
"""the container in which the agent runs pulumi"""


@dataclass(frozen=True, slots=True)
class LogSource:
    """One container of one pod, read on behalf of a Stack."""

    key: Key
    pod: str
    container: str
    uid: str = ""
    operator: bool = False
    """it is the operator's: only the lines about the Stack are told"""
    namespace: str = ""
    """the pod's, where that isn't the Stack's"""

    @property
    def is_agent(self) -> bool:
        """Whether the lines are the agent's, and so can be cut into runs."""
        return not self.operator and self.container == MAIN


@dataclass(frozen=True)
class LogOptions:
    """What is wanted of the logs.

    Without `containers` it is the agent's, and of the init containers those that keep it from running.
    `most` is how many logs may be open at once.
    """

    window: LogWindow = field(default_factory=LogWindow)
    containers: tuple[str, ...] = ()
    every_container: bool = False
    most: int = 64
    operator: bool = False

    def choose(self, pod: WorkspacePod) -> list[str]:
        """The containers of this pod that are wanted, in the order in which they start."""
        names = pod.container_names
        if self.containers:
            return [name for name in names if name in self.containers]
        if self.every_container:
            return names
        mains = [MAIN] if MAIN in names or not names else pod.main_names[:1]
        return [*(name for name in pod.init_names if _in_the_way(pod, name)), *mains]


def _in_the_way(pod: WorkspacePod, container: str) -> bool:
    """Whether an init container runs now, or failed, or hasn't been able to start."""
    life = pod.lives.get(container)
    if life is None or life.state.running is not None:
        return life is not None
    if life.state.waiting is not None:
        return life.state.waiting.reason not in ("", "PodInitializing", "ContainerCreating")
    return life.state.terminated is not None and life.state.terminated.exit_code != 0


@dataclass(frozen=True, slots=True)
class LinesWritten:
    """Whole lines of one log, each begun by its time. What is told after was written later, as far as is known."""

    origin: LogSource
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
    """What a context had at first has been told: its Stacks, or with `pods` also whose logs are read."""

    pods: bool = False


@dataclass(frozen=True, slots=True)
class LogOpening:
    """This log is going to be read."""


About: TypeAlias = LogSource | Key | str
"""One log, a Stack, or a whole context."""
Said: TypeAlias = (
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
    """What happened to something, other than that it wrote."""

    about: About
    said: Said


Event: TypeAlias = LinesWritten | LogNotice | StackChanged
