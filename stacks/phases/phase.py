"""What a Stack is doing, in one word and one short sentence: the values. `stacks.phases.rules` decides them.

Argo CD's health is judged from the Stack alone; the phase also sees the Update, the Workspace, its
pod and the operator, and so can tell an update that runs from one that nobody will ever finish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    """The other objects that a phase looks at. None everywhere means that nobody looked."""

    update: Update | None = None
    update_gone: bool = False
    """the Update that the Stack names was asked for, and isn't there"""
    workspace: Workspace | None = None
    pod: Pod | None = None
    operator: OperatorState = UNKNOWN_OPERATOR
    broken: Mapping[str, str] = field(default_factory=dict)
    """prerequisites that won't succeed by themselves: name -> why"""


@dataclass(frozen=True, slots=True)
class Phase:
    """A word of the fixed list, what else there is to say, and when it began.

    `since` and `due` are instants or None. `late_at` is the instant from which this has gone on for
    unusually long; `next_look` is when the answer may change although no object does.
    """

    name: str
    detail: str = ""
    since: float | None = None
    due: float | None = None
    late_at: float | None = None
    next_look: float | None = None
    broken: bool = False
    """it waits for something that won't come by itself"""

    def words(self, now: float) -> str:
        """The phase in words, with its age or countdown as of `now`."""
        text = _WORDS.get(self.name, self.name)
        if self.detail:
            text = self.detail if self.name in _DETAIL_SAYS_ALL else f"{text}{_joint(self.name)}{self.detail}"
        if self.due is not None:
            return f"{text} in {span(self.due - now)}" if self.due > now else f"{text} due"
        if self.since is not None and self.name in _AGED:
            return f"{text} {span(now - self.since)}"
        return text

    def late(self, now: float) -> bool:
        """Whether this has gone on for unusually long."""
        return self.late_at is not None and now >= self.late_at


NAMES = (
    "updating",
    "resyncing",
    "waiting-workspace",
    "waiting-prerequisite",
    "waiting-source",
    "retrying",
    "failed",
    "stalled",
    "wedged",
    "requested",
    "destroying",
    "destroy-stuck",
    "preview-only",
    "ready",
    "unseen",
    "unknown",
)

_WORDS = {
    "waiting-workspace": "waiting for workspace",
    "waiting-prerequisite": "waiting for",
    "waiting-source": "waiting for",
    "destroy-stuck": "destroy stuck",
    "preview-only": "preview only",
    "unseen": "not seen by the operator",
}
_DETAIL_SAYS_ALL = {"retrying", "failed", "unseen", "updating"}
_AGED = {
    "updating",
    "resyncing",
    "waiting-workspace",
    "wedged",
    "requested",
    "destroying",
    "unseen",
}


def _joint(name: str) -> str:
    return " " if name in ("waiting-prerequisite", "waiting-source") else ": "
