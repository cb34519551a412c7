"""The columns that say why a row isn't fine, and what becomes of it by itself.

That stands in no row, so the columns are made with a way to look it up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from diagnosis.finding import NOTE, NextEvent
from fleet.board.rows import Key, StackRow
from stacks.times import prose_span
from views.columns import RUNNING, STACK_COLUMNS, Column, ColumnWidth, next_run
from views.next_events import next_in_brief
from views.tones import FINDING, Tone

if TYPE_CHECKING:
    from diagnosis.board_findings import BoardFinding

FindingLookup = Callable[[Key], "BoardFinding | None"]
TO_LOOK_AT = "? "
"""stands before what a closer look may tell better"""
_NO_CAUSE = "~"
"""after every id"""


def cause_column(lookup: FindingLookup) -> Column[StackRow]:
    """The column CAUSE of a table of Stacks.

    It is drawn, sorted and searched by `lookup`, so that has to answer at once: `BoardFindings.known`. What it shows
    changes though its row doesn't: rows that `BoardFindings.advance` returns have to be drawn and filtered anew.

        findings = BoardFindings(board)
        spec = replace(STACK_TABLE, columns=(*STACK_COLUMNS[:5], cause_column(findings.known), *STACK_COLUMNS[5:]))
    """
    return Column(
        "cause",
        "CAUSE",
        lambda row, now: cause_text(row, lookup(row.key), now),
        lambda row: _order(lookup(row.key)),
        width=ColumnWidth(3, 20, 60),
        tone=lambda row: cause_tone(lookup(row.key)),
        search_text=lambda row: _searched(lookup(row.key)),
        filter_word="cause",
    )


_NEXT = next(column for column in STACK_COLUMNS if column.id == "next")


def next_column(lookup: FindingLookup) -> Column[StackRow]:
    """The column NEXT of a table of Stacks that has their findings; see `cause_column`."""
    return replace(
        _NEXT,
        text=lambda row, now: next_text(row, lookup(row.key), now),
        order=lambda row: _next_order(row, lookup(row.key)),
    )


def next_text(row: StackRow, found: BoardFinding | None, now: float) -> str:
    """When it goes on by itself, or what ends it: by what is found, and only where nothing is, by its row."""
    happens = _next_event(found)
    return next_run(row, now) if happens is None else next_in_brief(happens, now)


def _next_event(found: BoardFinding | None) -> NextEvent | None:
    finding = found.finding if found is not None else None
    return None if finding is None or finding.severity == NOTE else finding.next


def cause_text(row: StackRow, found: BoardFinding | None, now: float) -> str:
    """What a row's cell says: the title of the finding; where there is none for a row in trouble, what it says."""
    if found is None:
        return ""
    words = found.finding.title if found.finding is not None else unexplained_words(row, now)
    return f"{TO_LOOK_AT}{words}" if found.needs_look else words


def unexplained_words(row: StackRow, now: float) -> str:
    """What is said of a row for which nothing is found: how long its run lasts where that is unusual, as its condition
    says the same of every run; else its message."""
    phase = row.phase
    if phase.late(now) and phase.kind in RUNNING and phase.since is not None:
        return f"runs for {prose_span(now - phase.since)}, unusually long"
    return row.message


def cause_tone(found: BoardFinding | None) -> Tone:
    return FINDING.get(found.finding.severity, "") if found is not None and found.finding is not None else ""


def cause_group(found: BoardFinding | None) -> str:
    """What rows are grouped by: the cause and what it is about; empty where there is none."""
    if found is None or found.finding is None:
        return ""
    return f"{found.finding.id} {found.finding.title if found.finding.caused_by else found.finding.subject}".strip()


def _order(found: BoardFinding | None) -> Any:
    return found.finding.id if found is not None and found.finding is not None else _NO_CAUSE


def _next_order(row: StackRow, found: BoardFinding | None) -> float:
    happens = _next_event(found)
    at = row.next_attempt if happens is None else happens.at
    return float("inf") if at is None else at


def _searched(found: BoardFinding | None) -> str:
    if found is None or found.finding is None:
        return ""
    return f"{found.finding.id} {found.finding.title} {found.finding.subject}"
