"""What a Stack of the play is, does and will do: the operator's memory of it, and its luck."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf

from demo.operator.agent_output import Program
from demo.schedule import Cue

Key = tuple[str, str]  # namespace, name

LIMIT = 3  # failures after which 2.8 and later give up


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of pulumi: how long it takes and how it ends. `error` is its stderr; empty for a good end.

    A run of infinite length never ends by itself. `says` is how many lines a second the program prints of
    its own; after `evicted` seconds the node throws the pod out.
    """

    seconds: float = 9.0
    error: str = ""
    steps: tuple[str, ...] = ()
    says: float = 0.0
    evicted: float = inf


GOOD = PlannedRun()
HANGS = PlannedRun(inf)


def forever(*runs: PlannedRun) -> Iterator[PlannedRun]:
    """These runs, and then the last one again and again."""
    return itertools.chain(runs, itertools.repeat(runs[-1]))


def over_and_over(*runs: PlannedRun) -> Iterator[PlannedRun]:
    return itertools.cycle(runs)


@dataclass(eq=False)
class StackLife:
    """One Stack as its operator remembers it.

    `pending` is why the run was wanted that waits for a workspace or a prerequisite, `again` why one is
    wanted as soon as the present one ends. `source` says why the program can't be fetched, if so.
    """

    key: Key
    program: Program
    runs: Iterator[PlannedRun] = field(default_factory=lambda: forever(GOOD))
    init_errors: Iterator[str] = field(default_factory=lambda: itertools.repeat(""))
    commits: Iterator[float] = field(default_factory=lambda: iter(()))
    outputs: dict[str, object] = field(default_factory=dict)
    source: str = ""
    cloud: bool = True
    commit: str = ""
    request: str = ""
    generation: int = 1
    saved: bool = False
    fresh: bool = True
    busy: bool = False
    pending: str = ""
    again: str = ""
    updates: int = 1
    cue: Cue | None = None

    def drop_cue(self) -> None:
        if self.cue is not None:
            self.cue.cancel()
            self.cue = None


def cooldown(failures: int, cap: int = 86_400) -> int:
    """Seconds from a failure to the next attempt, as PKO 2.2 and later count them."""
    return 10 if failures == 0 else min(10 * 3**failures, cap)


def go_duration(seconds: float) -> str:
    """As Go prints a time.Duration: 10s, 1m30s, 24h0m0s."""
    total = int(seconds)
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def every(seconds: Iterable[float]) -> Iterator[float]:
    return itertools.cycle(seconds)
