"""The column NEXT of ``get stacks``: of a row in trouble it says what its finding says, as on the board."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fleet.board.board import Board
from fleet.board.rows import Key
from fleet.clock import Clock
from stacks.phases.phase import is_broken
from views.cause_column import FindingLookup, next_column
from views.columns import Column

if TYPE_CHECKING:
    from diagnosis.board_findings import BoardFinding, BoardFindings


def with_findings(columns: Iterable[Column[Any]], board: Board, clock: Clock) -> list[Column[Any]]:
    """The columns of Stacks, with a NEXT that knows what is found for the rows of this board."""
    return [next_column(_lookup(board, clock)) if column.id == "next" else column for column in columns]


def _lookup(board: Board, clock: Clock) -> FindingLookup:
    """Finds it when it is printed: one takes a millisecond, and loading the causes as long as many of them."""
    findings: BoardFindings | None = None

    def lookup(key: Key) -> BoardFinding | None:
        nonlocal findings
        row = board.stacks.get(key)
        if row is None or not is_broken(row.rank):
            return None
        if findings is None:
            from diagnosis.board_findings import BoardFindings

            findings = BoardFindings(board)
        return findings.finding(key, clock())

    return lookup
