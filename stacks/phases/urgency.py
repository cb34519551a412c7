"""Who needs a human first."""

from __future__ import annotations

from stacks.phases.phase import Phase

_RANKS = {
    "wedged": 0,
    "destroy-stuck": 0,
    "stalled": 1,
    "failed": 2,
    "retrying": 3,
    "waiting-source": 4,
    "destroying": 10,
    "preview-only": 11,
    "ready": 12,
}
_BLOCKED_BY_BROKEN, _BLOCKED, _LATE, _IN_TROUBLE, _PROGRESSING = 5, 6, 7, 8, 9
WORST, READY = 0, 12


def urgency(phase: Phase, now: float) -> int:
    """The rank of a phase, 0 the worst. Within one rank the oldest trouble comes first."""
    rank = _RANKS.get(phase.name)
    if phase.name == "waiting-prerequisite":
        return _BLOCKED_BY_BROKEN if phase.broken else _BLOCKED
    if phase.late(now) and phase.name != "ready":
        return min(_LATE, rank if rank is not None else _LATE)
    if rank is not None:
        return rank
    return _IN_TROUBLE if phase.broken else _PROGRESSING


def is_broken(rank: int) -> bool:
    """Whether a rank means that something is wrong, not merely under way."""
    return rank <= _BLOCKED_BY_BROKEN or rank in (_LATE, _IN_TROUBLE)
