"""A Stack's phase as a value, and what it is decided from besides the Stack. `stacks.phases.rules` decides it.

Argo CD's health is judged from the Stack alone; the phase also sees the Update, the Workspace, its
pod and the operator, and so can tell an update that runs from one that nobody will ever finish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stacks.phases.phase_kinds import PhaseKind, urgency
from stacks.records.pod import Pod
from stacks.records.update import Update
from stacks.records.workspace import Workspace
from stacks.times import span
from stacks.versions import PkoVersion


@dataclass(frozen=True, slots=True)
class PhaseThresholds:
    """How long is too long, in seconds. All of it can be configured."""

    wedged: float = 300.0
    """a current update without its Update object, or with one that is complete, is wedged after this"""
    unseen: float = 120.0
    """an operator that is well has seen a new Stack long before this"""
    long_run: float = 1800.0
    """unusually long, where the last run's length isn't known"""
    long_factor: float = 3.0
    """unusually long, as a multiple of the last run"""


DEFAULT_THRESHOLDS = PhaseThresholds()


@dataclass(frozen=True, slots=True)
class OperatorState:
    """What is known of the operator in one context."""

    version: PkoVersion | None = None
    leading: bool | None = None
    """whether somebody holds the Lease: None if it can't be read"""


UNKNOWN_OPERATOR = OperatorState()


@dataclass(frozen=True, slots=True)
class RelatedObjects:
    """The objects beside a Stack that its phase is decided from; None for those that haven't been read."""

    update: Update | None = None
    update_gone: bool = False
    """whether the Update that the Stack names was looked up, and isn't there"""
    workspace: Workspace | None = None
    pod: Pod | None = None
    operator: OperatorState = UNKNOWN_OPERATOR
    broken: Mapping[str, str] = field(default_factory=dict)
    """prerequisites that won't succeed by themselves: name -> why"""


@dataclass(frozen=True, slots=True)
class Phase:
    """What one Stack is doing: which of the phases, what else there is to say, and when it began.

    `since` and `due` are instants or None. `late_at` is the instant from which this has gone on for
    unusually long; `recheck_at` is when the answer may change although no object does.
    """

    kind: PhaseKind
    detail: str = ""
    since: float | None = None
    due: float | None = None
    late_at: float | None = None
    recheck_at: float | None = None
    broken: bool = False
    """it waits for something that won't come by itself"""

    @property
    def name(self) -> str:
        """The phase as JSON, filters and ``--status`` have it."""
        return self.kind.name

    def words(self, now: float) -> str:
        """The phase in words, with its age or countdown as of `now`."""
        kind = self.kind
        text = kind.words
        if self.detail:
            match kind.detail:
                case "in place of the words":
                    text = self.detail
                case "after a blank":
                    text = f"{text} {self.detail}"
                case "after a colon":
                    text = f"{text}: {self.detail}"
        if self.due is not None:
            return f"{text} in {span(self.due - now)}" if self.due > now else f"{text} due"
        if self.since is not None and kind.shows_age:
            return f"{text} {span(now - self.since)}"
        return text

    def late(self, now: float) -> bool:
        """Whether this has gone on for unusually long."""
        return self.late_at is not None and now >= self.late_at

    def urgency(self, now: float) -> int:
        """How soon a human has to look, 0 the soonest. Within one rank the oldest trouble comes first."""
        return urgency(self.kind, broken=self.broken, late=self.late(now))
