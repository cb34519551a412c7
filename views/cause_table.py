"""The columns of the table of causes, and the fields that a filter asks for there."""

from __future__ import annotations

from dataclasses import dataclass

from diagnosis.finding import SEVERITIES
from diagnosis.fleet_causes import CauseKey, FleetCause
from stacks.times import kubectl_age
from views.cause_column import TO_LOOK_AT
from views.columns import Column, ColumnWidth
from views.filter import FilterFields
from views.findings import names_subject, verb_words
from views.next_events import brief_in_words, next_in_brief
from views.tones import FINDING

_NEVER = float("inf")


@dataclass(frozen=True)
class CauseRow:
    """A cause, and whether a closer look at one of its Stacks would tell more."""

    cause: FleetCause
    needs_look: bool = False
    verb: str = ""
    """the one that helps first; empty where none does"""

    @property
    def key(self) -> CauseKey:
        return self.cause.identity


def _title(row: CauseRow) -> str:
    cause = row.cause
    about = "" if names_subject(cause.example) else f": {cause.key}"
    return f"{TO_LOOK_AT if row.needs_look else ''}{cause.title}{about}"


def _contexts(row: CauseRow) -> str:
    return " ".join(row.cause.contexts)


def _since(row: CauseRow, now: float) -> str:
    return "" if row.cause.since is None else kubectl_age(now - row.cause.since)


def _next(row: CauseRow, now: float) -> str:
    """What comes next for the first of its Stacks, in the words of the board's column NEXT."""
    happens = row.cause.example.next
    return "" if happens is None else brief_in_words(next_in_brief(happens, now))


def _fix(row: CauseRow) -> str:
    return verb_words(row.cause.example, row.verb) if row.verb else ""


def _next_order(row: CauseRow) -> float:
    happens = row.cause.example.next
    return _NEVER if happens is None or happens.at is None else happens.at


CAUSE_COLUMNS: tuple[Column[CauseRow], ...] = (
    Column(
        "id", "ID", lambda r, now: r.cause.id, lambda r: r.cause.id, "I",
        width=ColumnWidth(0, 6, 14), tone=lambda r: FINDING.get(r.cause.severity, ""),
    ),
    Column("cause", "CAUSE", lambda r, now: _title(r), _title, "E", width=ColumnWidth(0, 30, 4000, fills=True)),
    Column(
        "stacks", "STACKS", lambda r, now: f"{len(r.cause.stacks):,}", lambda r: -len(r.cause.stacks), "T",
        width=ColumnWidth(0, 6, 7), tone=lambda r: "strong",
    ),
    Column("contexts", "CONTEXTS", lambda r, now: _contexts(r), _contexts, "X", width=ColumnWidth(2, 8, 24)),
    Column("since", "SINCE", _since, lambda r: r.cause.since or _NEVER, "A", width=ColumnWidth(1, 6, 8), is_time=True),
    Column("fix", "FIX", lambda r, now: _fix(r), _fix, width=ColumnWidth(4, 17, 25)),
    Column("next", "NEXT", _next, _next_order, "R", width=ColumnWidth(3, 15, 17), is_time=True),
)  # fmt: skip


def by_severity(row: CauseRow) -> tuple[int, int, float]:
    """The worst first, of equally bad ones the one that most Stacks have, and then the oldest."""
    cause = row.cause
    return SEVERITIES.index(cause.severity), -len(cause.stacks), cause.since or _NEVER


def cause_filter_fields(row: CauseRow) -> FilterFields:
    """A cause is found by its words, and by the names of its Stacks."""
    stacks = row.cause.stacks
    words = f"{row.cause.id} {_title(row)} {row.cause.key}".lower()
    names = " ".join(dict.fromkeys(key.name for key in stacks)).lower()
    return FilterFields(
        f"{words} {_contexts(row)} {names} {row.verb}".lower(),
        context=_contexts(row).lower(),
        namespace=" ".join(dict.fromkeys(key.namespace for key in stacks)).lower(),
        name=names,
        others={"cause": words},
    )
