"""The finding of each row of a board that isn't fine, computed from the board's own records, without a request.

Records hold little, so what is found is marked where a closer look would tell more. A finding is computed again once
something that it rests on has changed, or enough time has passed where the phase goes on with time.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from diagnosis.board_causes import BOARD_CAUSES
from diagnosis.board_facts import CHAIN, board_facts, is_undecodable, rows_behind
from diagnosis.explain import OUR_ERROR, Diagnosis
from diagnosis.finding import CERTAIN, NOTE, Finding
from fleet.board.board import Board
from fleet.board.rows import Key, StackRow
from stacks.operator import UNKNOWN_OPERATOR, OperatorState
from stacks.phases.phase import READY, PhaseEvidence, PhaseThresholds, is_broken

_SOONEST, _LATEST = 10.0, 300.0
"""seconds after which what goes on with time is looked at again: a tenth of how long it has, within these"""
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class BoardFinding:
    """What is found for a row: the first finding, None where there is none, and the others behind it."""

    finding: Finding | None
    needs_look: bool
    """whether a closer look would tell more: it isn't certain, or nothing was found though the row is broken"""
    others: tuple[Finding, ...] = ()


class RowVersion(NamedTuple):
    """What a closer look rests on: while a row has the same version, what was found by it holds."""

    uid: str
    resource_version: str
    phase: str
    operator: OperatorState


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a finding was computed from. The same objects say the same."""

    rows: tuple[StackRow, ...]
    related: tuple[PhaseEvidence | None, ...]
    operator: OperatorState

    def is_same(self, other: _Basis) -> bool:
        if len(self.rows) != len(other.rows) or self.operator != other.operator:
            return False
        pairs = zip((*self.rows, *self.related), (*other.rows, *other.related), strict=True)
        return all(one is two or (not isinstance(one, StackRow) and one == two) for one, two in pairs)


@dataclass(frozen=True, slots=True)
class _Computed:
    found: BoardFinding
    basis: _Basis
    began: float
    """when it was first computed from this basis"""
    until: float
    """the instant from which time may have changed it"""


class BoardFindings:
    """The findings of a board's rows. Only rows that aren't fine cost anything.

    A table draws, sorts, filters and groups by `known`, which computes nothing; a timer of its screen computes, in
    slices that are short enough for the thread that draws:

        findings = BoardFindings(board)
        columns = (*STACK_COLUMNS, cause_column(findings.known))
        changed = findings.advance(0.005, now, first=keys_on_the_screen)  # of these rows, draw and filter anew

    `finding` computes one at once, as for the row under the cursor. After a closer look:

        version = findings.row_version(key)
        ...                                                      # read and diagnose
        findings.remember(key, diagnosis.findings(key), version)
    """

    def __init__(self, board: Board, thresholds: PhaseThresholds | None = None) -> None:
        self._board = board
        self._thresholds = thresholds or board.thresholds
        self._computed: dict[Key, _Computed] = {}
        self._looked_at: dict[Key, tuple[RowVersion, BoardFinding]] = {}
        self._undecodable: dict[str, Key] | None = None
        """by context: a Stack with which the operator can't see any; None before they were looked for"""
        self._ahead: deque[Key] = deque()
        self._round_of = -1
        """the board's version when everything was lined up the last time"""
        self._due = -_NEVER
        """the instant from which time may have changed something, once all of that is computed"""

    # Reading

    def finding(self, key: Key, now: float) -> BoardFinding | None:
        """What is found for a row, computed now if it has to be; None for a row that is fine or isn't there."""
        row = self._troubled(key)
        if row is None:
            return None
        return self._of_closer_look(row) or self._up_to_date(row, self._as_of(row, now)).found

    def known(self, key: Key) -> BoardFinding | None:
        """What was found for a row the last time, while it is still in that phase; computes nothing."""
        row = self._troubled(key)
        if row is None:
            return None
        computed = self._computed.get(key)
        if (looked_at := self._of_closer_look(row)) is not None:
            return looked_at
        return computed.found if computed is not None and computed.basis.rows[0].phase.kind is row.phase.kind else None

    def findings(self, key: Key) -> list[Finding]:
        """What is known of a row as `fleet_causes` takes it: its findings, the first one first."""
        found = self.known(key)
        return [] if found is None or found.finding is None else [found.finding, *found.others]

    def all_broken(self) -> Iterator[tuple[StackRow, BoardFinding | None]]:
        """Each row that is broken, with what is known of it."""
        for key, row in self._board.stacks.items():
            if is_broken(row.rank):
                yield row, self.known(key)

    def row_version(self, key: Key) -> RowVersion | None:
        """The version of a row, to be taken before a closer look; None for one that isn't there."""
        row = self._board.stacks.get(key)
        return None if row is None else self._version(row)

    # Computing

    def is_behind(self, now: float) -> bool:
        """Whether there is something to compute: events have arrived since, or it is time to look again."""
        return bool(self._ahead) or self._board.version != self._round_of or now >= self._due

    def advance(
        self, budget_seconds: float, now: float, first: Iterable[Key] = (), *, new_round: bool = True
    ) -> set[Key]:
        """Compute what is out of date, for about as long as this; returns the rows whose finding is another now.

        Those of `first` come first, then the broken rows, then the others that aren't fine. Whoever has everything
        computed begins anew, unless that is to wait: to find what is out of date, every row is looked at. One finding
        takes about a millisecond, and more where Stacks wait for others.
        """
        ends = time.perf_counter() + budget_seconds
        changed: set[Key] = set()
        for key in first:
            self._advance_one(key, now, changed)
            if time.perf_counter() >= ends:
                return changed
        if not self._ahead and new_round and (self._board.version != self._round_of or now >= self._due):
            self._begin_anew()
        while self._ahead:
            self._advance_one(self._ahead.popleft(), now, changed)
            if not self._ahead:
                self._due = min((each.until for each in self._computed.values()), default=_NEVER)
            if time.perf_counter() >= ends:
                break
        return changed

    def remember(self, key: Key, findings: Sequence[Finding], row_version: RowVersion | None) -> None:
        """Use what a closer look has found in place of what is computed, until the row changes.

        `row_version` is the row's before the look: if it has changed meanwhile, nothing is remembered.
        """
        row = self._troubled(key)
        if row is None or row_version is None or self._version(row) != row_version:
            return
        found = BoardFinding(findings[0], False, tuple(findings[1:])) if findings else BoardFinding(None, False)
        self._looked_at[key] = (row_version, found)

    def _advance_one(self, key: Key, now: float, changed: set[Key]) -> None:
        row = self._troubled(key)
        if row is None or self._of_closer_look(row) is not None:
            return
        before = self._computed.get(key)
        after = self._up_to_date(row, self._as_of(row, now))
        if after is before:
            return
        told = before is not None and before.basis.rows[0].phase.kind is row.phase.kind and before.found == after.found
        if not told:
            changed.add(key)

    def _begin_anew(self) -> None:
        """Forget the rows that are gone or fine, and line up all others."""
        stacks = self._board.stacks
        waiting = [(key, row.rank) for key, row in stacks.items() if row.phase.kind is not READY]
        here = {key for key, _ in waiting}
        for kept in (self._computed, self._looked_at):
            for key in [key for key in kept if key not in here]:
                del kept[key]
        self._find_undecodable(stacks[key] for key, _ in waiting)
        waiting.sort(key=lambda each: not is_broken(each[1]))
        self._ahead.extend(key for key, _ in waiting)
        self._round_of, self._due = self._board.version, _NEVER

    def _find_undecodable(self, rows: Iterable[StackRow]) -> None:
        found: dict[str, Key] = {}
        for row in rows:
            if row.stack.spec.prerequisites and is_undecodable(row):
                found.setdefault(row.key.context, row.key)
        self._undecodable = found

    def _troubled(self, key: Key) -> StackRow | None:
        """The row, where it isn't fine; of any other everything is forgotten."""
        row = self._board.stacks.get(key)
        if row is not None and row.phase.kind is not READY:
            return row
        self._computed.pop(key, None)
        self._looked_at.pop(key, None)
        return None

    def _up_to_date(self, row: StackRow, now: float) -> _Computed:
        basis, before = self._basis(row), self._computed.get(row.key)
        same = before is not None and before.basis.is_same(basis)
        if before is not None and same and now < before.until:
            return before
        found = self._compute(row, basis.rows, now)
        began = before.began if before is not None and same else now
        computed = _Computed(found, basis, began, _until(row, found.finding, began, now))
        self._computed[row.key] = computed
        return computed

    def _compute(self, row: StackRow, rows: Sequence[StackRow], now: float) -> BoardFinding:
        facts = board_facts(self._board, rows, self._thresholds, now)
        every = [each for each in Diagnosis(facts, BOARD_CAUSES).findings(row.key) if each.id != OUR_ERROR]
        first = every[0] if every else None
        if first is None or first.severity == NOTE:
            return BoardFinding(first, is_broken(row.rank), tuple(every[1:]))
        cut = bool(first.waits_for) and len(rows) >= CHAIN  # then what is behind it may lie further on
        return BoardFinding(first, cut or first.certainty != CERTAIN, tuple(every[1:]))

    def _basis(self, row: StackRow) -> _Basis:
        rows = tuple(rows_behind(self._board, row))
        undecodable = self._undecodable_row(row.key.context)
        if undecodable is not None and undecodable not in rows:
            rows = (*rows, undecodable)
        related = tuple([self._board.related_objects(each.key) for each in rows])
        return _Basis(rows, related, self._operator(row))

    def _undecodable_row(self, context: str) -> StackRow | None:
        stacks = self._board.stacks
        if self._undecodable is None:
            self._find_undecodable(row for row in stacks.values() if row.phase.kind is not READY)
        key = (self._undecodable or {}).get(context)
        row = stacks.get(key) if key is not None else None
        return row if row is not None and is_undecodable(row) else None

    def _of_closer_look(self, row: StackRow) -> BoardFinding | None:
        looked_at = self._looked_at.get(row.key)
        if looked_at is None:
            return None
        if looked_at[0] == self._version(row):
            return looked_at[1]
        del self._looked_at[row.key]
        return None

    def _version(self, row: StackRow) -> RowVersion:
        metadata = row.stack.metadata
        return RowVersion(metadata.uid, metadata.resource_version, row.phase.name, self._operator(row))

    def _operator(self, row: StackRow) -> OperatorState:
        context = self._board.contexts.get(row.key.context)
        return context.operator if context is not None else UNKNOWN_OPERATOR

    def _as_of(self, row: StackRow, now: float) -> float:
        """The instant that is known of: where a context can't be seen, time stands still."""
        context = self._board.contexts.get(row.key.context)
        heard = context.stacks.last_event_at if context is not None and context.stale(now) else None
        return now if heard is None else heard


def _until(row: StackRow, finding: Finding | None, began: float, now: float) -> float:
    """When time alone may have made another finding of it."""
    phase = row.phase
    told = finding and (finding.problem_at, finding.next.at if finding.next is not None else None)
    ends = min((at for at in told or () if at is not None and at > now), default=_NEVER)
    if not phase.kind.shows_age and phase.recheck_at is None and phase.late_at is None and phase.due is None:
        return ends
    lasts = now - (phase.since if phase.since is not None else began)
    return min(ends, now + min(max(lasts / 10, _SOONEST), _LATEST))
