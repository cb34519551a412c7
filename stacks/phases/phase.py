"""What a Stack can be doing: the table of phases, the phase of one Stack as a value, and what it is decided from.

Argo CD's health is judged from the Stack alone; the phase also sees the Update, the Workspace, its
pod and the operator, and so can tell an update that runs from one that nobody will ever finish.

`PHASE_KINDS` is the one table of phases. Their order on the board, what is looked up for them, their colours, the
words of ``status:`` and ``--status``, the JSON and the table in docs/phases.md (a test prints what it has to be) come
from it; `stacks.phases.rules` decides on one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from stacks.operator import UNKNOWN_OPERATOR, OperatorState
from stacks.records.kubernetes import Pod
from stacks.records.workspace import Update, Workspace
from stacks.times import prose_span

# How urgently somebody has to look, 0 the most.
_STUCK_FOR_EVER, _STALLED, _FAILED, _RETRYING, _WITHOUT_SOURCE = 0, 1, 2, 3, 4
_BLOCKED_BY_BROKEN, _BLOCKED = 5, 6
_LATE, _IN_TROUBLE = 7, 8
_UNDER_WAY, _DESTROYING, _PREVIEWED, _READY = 9, 10, 11, 12


@dataclass(frozen=True, slots=True, eq=False)
class PhaseKind:
    """One phase. Two kinds are equal if they are the same object: rows are compared thousands of times a second."""

    name: str
    """as JSON, filters and ``--status`` have it; never changed"""
    words: str
    """as a reader sees it; a Phase may add a detail, an age or a countdown"""
    rank: int
    """how urgent it is, 0 the most"""
    meaning: str
    """for docs/phases.md, in one sentence"""
    rank_broken: int | None = None
    """its rank where it waits for something that won't come by itself; None: the same"""
    tone: Literal["busy", ""] = "busy"
    """its colour while nothing is wrong (`views.tones`); empty where there is nothing to notice"""
    detail: Literal["after a colon", "after a blank", "in place of the words"] = "after a colon"
    """where a Phase's detail stands"""
    shows_age: bool = False
    """whether the words are followed by how long it has lasted"""
    hopeless: bool = False
    """whether it won't end without help, so that Stacks that wait for this one wait in vain"""
    failed: bool = False
    """whether the error of the last run explains it best"""
    lookups: tuple[Literal["update", "workspace", "pod"], ...] = ("update",)
    """the objects beside the Stack that are asked for by name; none where the Stack tells all"""


UPDATING = PhaseKind(
    "updating", "updating", _UNDER_WAY,
    "An update, preview, refresh or destroy runs, or is about to.",
    rank_broken=_IN_TROUBLE, detail="in place of the words", shows_age=True,
)  # fmt: skip
RESYNCING = PhaseKind(
    "resyncing", "resyncing", _UNDER_WAY,
    "The last run is done once more: the same spec, commit and request succeeded before.",
    rank_broken=_IN_TROUBLE, shows_age=True,
)  # fmt: skip
WAITING_WORKSPACE = PhaseKind(
    "waiting-workspace", "waiting for workspace", _UNDER_WAY,
    "The workspace's pod isn't ready; what keeps it from that is said where it shows.",
    rank_broken=_IN_TROUBLE, shows_age=True, lookups=("update", "workspace", "pod"),
)  # fmt: skip
WAITING_PREREQUISITE = PhaseKind(
    "waiting-prerequisite", "waiting for", _BLOCKED,
    "Another Stack has to succeed first; more urgent where that one won't by itself.",
    rank_broken=_BLOCKED_BY_BROKEN, detail="after a blank",
)  # fmt: skip
WAITING_SOURCE = PhaseKind(
    "waiting-source", "waiting for", _WITHOUT_SOURCE,
    "Its Program, Flux source or repository isn't there yet.",
    detail="after a blank",
)  # fmt: skip
RETRYING = PhaseKind(
    "retrying", "retrying", _RETRYING,
    "The last run failed, and the operator tries again by itself.",
    detail="in place of the words", failed=True,
)  # fmt: skip
FAILED = PhaseKind(
    "failed", "failed", _FAILED,
    "It has failed as often as its limit allows, or nobody knows when it is tried again.",
    detail="in place of the words", hopeless=True, failed=True,
)  # fmt: skip
STALLED = PhaseKind(
    "stalled", "stalled", _STALLED,
    "The operator has given it up until something changes; the reason follows.",
    hopeless=True, lookups=(),
)  # fmt: skip
WEDGED = PhaseKind(
    "wedged", "wedged", _STUCK_FOR_EVER,
    "The operator waits for an Update that is gone, or was over long ago.",
    shows_age=True, hopeless=True,
)  # fmt: skip
REQUESTED = PhaseKind(
    "requested", "requested", _UNDER_WAY,
    "A run was asked for by annotation, and the operator hasn't taken it up.",
    rank_broken=_IN_TROUBLE, shows_age=True,
)  # fmt: skip
DESTROYING = PhaseKind(
    "destroying", "destroying", _DESTROYING,
    "It is being deleted.",
    shows_age=True,
)  # fmt: skip
DESTROY_STUCK = PhaseKind(
    "destroy-stuck", "destroy stuck", _STUCK_FOR_EVER,
    "It is being deleted, and what it made can't be destroyed.",
    hopeless=True,
)  # fmt: skip
PREVIEW_ONLY = PhaseKind(
    "preview-only", "preview only", _PREVIEWED,
    "A preview succeeded; nothing was applied.",
    tone="", lookups=(),
)  # fmt: skip
READY = PhaseKind(
    "ready", "ready", _READY,
    "What the spec wants has been applied.",
    tone="", lookups=(),
)  # fmt: skip
UNSEEN = PhaseKind(
    "unseen", "not seen by the operator", _UNDER_WAY,
    "The operator hasn't looked at the Stack, or at its new spec.",
    rank_broken=_IN_TROUBLE, detail="in place of the words", shows_age=True,
)  # fmt: skip
UNKNOWN = PhaseKind(
    "unknown", "unknown", _UNDER_WAY,
    "Its status says something that no rule understands; the reason follows.",
    rank_broken=_IN_TROUBLE,
)  # fmt: skip
PHASE_KINDS = (
    UPDATING, RESYNCING, WAITING_WORKSPACE, WAITING_PREREQUISITE, WAITING_SOURCE, RETRYING, FAILED, STALLED, WEDGED,
    REQUESTED, DESTROYING, DESTROY_STUCK, PREVIEW_ONLY, READY, UNSEEN, UNKNOWN,
)  # fmt: skip
"""In the order in which they are named to a reader. To add one: a `PhaseKind`, its place here, a rule in
`stacks.phases.rules`; where it can disagree with the health, a sentence in `diagnosis.object_findings`."""


def urgency(kind: PhaseKind, *, broken: bool, late: bool) -> int:
    """The rank of a phase: `broken` if it waits in vain, `late` if it has gone on for unusually long."""
    rank = kind.rank_broken if broken and kind.rank_broken is not None else kind.rank
    return min(rank, _LATE) if late else rank


def is_broken(rank: int) -> bool:
    """Whether a rank means that something is wrong, not merely under way."""
    return rank <= _BLOCKED_BY_BROKEN or rank in (_LATE, _IN_TROUBLE)


def markdown_table() -> str:
    """The phases as docs/phases.md lists them, the most urgent first."""
    lines = [
        f"| `{kind.name}` | {kind.words} | {'broken' if is_broken(kind.rank) else ''} | {kind.meaning} |"
        for kind in sorted(PHASE_KINDS, key=lambda kind: kind.rank)
    ]
    return "\n".join(["| phase | on the board | counts as | means |", "|---|---|---|---|", *lines])


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


class PhaseEvidence(Struct, frozen=True):
    """The objects beside a Stack that its phase is decided from; None for those that haven't been read."""

    update: Update | None = None
    update_gone: bool = False
    """whether the Update that the Stack names was looked up, and isn't there"""
    workspace: Workspace | None = None
    pod: Pod | None = None
    operator: OperatorState = UNKNOWN_OPERATOR
    broken: Mapping[str, str] = {}
    """prerequisites that won't succeed by themselves: name -> why"""


class Phase(Struct, frozen=True):
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
            return f"{text} in {prose_span(self.due - now)}" if self.due > now else f"{text} due"
        if self.since is not None and kind.shows_age:
            return f"{text} {prose_span(now - self.since)}"
        return text

    def late(self, now: float) -> bool:
        """Whether this has gone on for unusually long."""
        return self.late_at is not None and now >= self.late_at

    def urgency(self, now: float) -> int:
        """How soon a human has to look, 0 the soonest. Within one rank the oldest trouble comes first."""
        return urgency(self.kind, broken=self.broken, late=self.late(now))
