"""What there is of each context on the board, counted: how its Stacks stand, and what its operator works on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from fleet.board.board import Board
from fleet.board.rows import Key, StackRow
from fleet.board.worker_use import worker_use
from views.tones import standing

_EVERY = 1.0
"""seconds; counting takes ten milliseconds for as many thousand Stacks"""
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class ContextCounts:
    """What there is of a context. Of Stacks that aren't seen now, what was seen last is counted."""

    broken: int = 0
    working: int = 0
    ready: int = 0
    apps: int = 0
    busy: int = 0
    """Stacks whose Update runs"""
    unclear: int = 0
    """Stacks with an Update that couldn't be looked at, or wasn't yet"""
    waiting: tuple[Key, ...] = ()
    """Stacks whose Update waits for a worker"""
    oldest: StackRow | None = None
    """of the broken ones the one that has been so for longest, as far as that is known"""

    @property
    def stacks(self) -> int:
        return self.broken + self.working + self.ready


NOTHING_THERE = ContextCounts()


@dataclass(slots=True)
class _Tally:
    standing: Counter[str] = field(default_factory=Counter)
    uses: Counter[str] = field(default_factory=Counter)
    waiting: list[Key] = field(default_factory=list)
    oldest: StackRow | None = None

    def add(self, row: StackRow, use: str) -> None:
        word = standing(row.phase, row.rank)
        self.standing[word] += 1
        if word == "broken" and (self.oldest is None or _since(row) < _since(self.oldest)):
            self.oldest = row
        if use:
            self.uses[use] += 1
        if use == "waits":
            self.waiting.append(row.key)


def _since(row: StackRow) -> float:
    return _NEVER if row.phase.since is None else row.phase.since


def counts_by_context(board: Board, now: float) -> dict[str, ContextCounts]:
    """The counts of every watched context."""
    tallies = {context: _Tally() for context in board.contexts}
    for key, row in board.stacks.items():
        if (tally := tallies.get(key.context)) is not None:
            tally.add(row, worker_use(row, board.related_objects(key), now))
    apps = Counter(row.key.context for row in board.apps())
    return {context: _counts(tally, apps[context]) for context, tally in tallies.items()}


def _counts(tally: _Tally, apps: int) -> ContextCounts:
    by_standing, uses = tally.standing, tally.uses
    return ContextCounts(
        by_standing["broken"],
        by_standing["working"],
        by_standing["ready"],
        apps,
        uses["busy"],
        uses["unknown"],
        tuple(sorted(tally.waiting)),
        tally.oldest,
    )


class CountedContexts:
    """The counts of a board's contexts, kept up to date by `update`, at most once a second.

    `version` is another one whenever a count is.
    """

    def __init__(self, board: Board, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.version = 0
        self._board = board
        self._monotonic = monotonic
        self._counts: Mapping[str, ContextCounts] = {}
        self._counted_at = -_NEVER

    def update(self, now: float) -> None:
        """Count again if it is time to; at once where a context has come."""
        at = self._monotonic()
        if at - self._counted_at < _EVERY and self._counts.keys() >= set(self._board.contexts):
            return
        counts = counts_by_context(self._board, now)
        self._counted_at = at
        if counts != self._counts:
            self._counts, self.version = counts, self.version + 1

    def of(self, context: str) -> ContextCounts:
        return self._counts.get(context, NOTHING_THERE)


def names_of(keys: Iterable[Key], most: int) -> str:
    """These Stacks of one context by namespace and name, as many as may be; more are counted."""
    every = [f"{key.namespace}/{key.name}" for key in keys]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return f"{', '.join(every[:most])}{more}"
